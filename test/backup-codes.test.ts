// Backup codes: drawn, hashed, checked.
import * as crypto from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { generateBackupCodes, hashBackupCodes, verifyBackupCode } from '../src/index.js';
import { referenceBackupHash } from './reference/reference.mjs';
import { ascii, checkOtpError, NOT_CODES, untyped } from './tools/vectors.js';
import vectors from './vectors/backup-hashes.json' with { type: 'json' };

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const CHEAP = { cost: { N: 2, r: 1, p: 1 } };

/** Makes the random source give these numbers, then zeros. */
function scriptRandomInts(...script: number[]): { asked: number[] } {
  const asked: number[] = [];
  vi.spyOn(crypto, 'randomInt').mockImplementation(((max: number) => {
    asked.push(max);
    return script[asked.length - 1] ?? 0;
  }) as typeof crypto.randomInt);
  return { asked };
}

async function expectRejection(
  promise: Promise<unknown>,
  code: Parameters<typeof checkOtpError>[1],
  message: RegExp | string,
) {
  const error = await promise.then(
    () => expect.fail('expected an OtpError, but the promise was fulfilled'),
    (reason: unknown) => reason,
  );
  return checkOtpError(error, code, message);
}

describe('generateBackupCodes', () => {
  test('ten codes of 16 Crockford characters, in groups of four', () => {
    const codes = generateBackupCodes();
    expect(codes).toHaveLength(10);
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
  });

  test('ten digits, in groups of five', () => {
    const codes = generateBackupCodes({ alphabet: 'digits' });
    expect(codes).toHaveLength(10);
    for (const code of codes) expect(code).toMatch(/^[0-9]{5}-[0-9]{5}$/);
  });

  test.each([
    [8, 'base32', /^.{4}-.{4}$/],
    [10, 'base32', /^.{4}-.{4}-.{2}$/],
    [32, 'base32', /^(.{4}-){7}.{4}$/],
    [8, 'digits', /^\d{5}-\d{3}$/],
    [32, 'digits', /^(\d{5}-){6}\d{2}$/],
  ] as const)('a length of %i in %s', (length, alphabet, pattern) => {
    for (const code of generateBackupCodes({ length, alphabet })) expect(code).toMatch(pattern);
  });

  test.each([1, 100])('%i codes, all distinct', (count) => {
    expect(new Set(generateBackupCodes({ count, alphabet: 'digits', length: 8 })).size).toBe(count);
  });

  // crypto.randomInt is uniform by contract; what is left to show is that each number has a character of its own.
  test.each([
    ['base32', 32, CROCKFORD],
    ['digits', 10, '0123456789'],
  ] as const)('%s: each number below %i has its character', (alphabet, symbols, characters) => {
    const random = scriptRandomInts(...Array(symbols).keys());
    const [code] = generateBackupCodes({ count: 1, length: symbols, alphabet });
    expect(code.replaceAll('-', '')).toBe(characters);
    expect(random.asked).toEqual(Array(symbols).fill(symbols));
  });

  test('a random source that fails: nothing is returned', () => {
    const failure = new Error('no entropy');
    const { randomInt } = crypto;
    let calls = 0;
    vi.spyOn(crypto, 'randomInt').mockImplementation(((max: number) => {
      if (++calls === 100) throw failure;
      return randomInt(max);
    }) as typeof crypto.randomInt);
    expect(() => generateBackupCodes()).toThrow(failure);
  });

  test('a random source that repeats itself: an error, not a loop without end', () => {
    vi.spyOn(crypto, 'randomInt').mockImplementation((() => 7) as typeof crypto.randomInt);
    expect(() => generateBackupCodes()).toThrow('the random source repeats itself');
    expect(generateBackupCodes({ count: 1 })).toEqual(['7777-7777-7777-7777']);
  });

  test('a code that was drawn before is drawn again', () => {
    scriptRandomInts(...Array(16).fill(1), ...Array(16).fill(1), ...Array(16).fill(2));
    expect(generateBackupCodes({ count: 2, length: 16 })).toEqual([
      '1111-1111-1111-1111',
      '2222-2222-2222-2222',
    ]);
  });
});

/** Reads a PHC string and computes it anew. */
function recompute(hash: string, code: string, pepper?: Uint8Array): string {
  const [, cost, salt] = /^\$scrypt\$([^$]+)\$([^$]+)\$/.exec(hash) ?? expect.fail(`no PHC string: ${hash}`);
  const { ln, r, p } = Object.fromEntries(cost.split(',').map((part) => part.split('=')));
  const numbers = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  return `$scrypt$${cost}$${salt}$${referenceBackupHash(code, salt, numbers, pepper)}`;
}

const pepperOf = (byte: number) => new Uint8Array(32).fill(byte);

/** Replaces scrypt by one that does no work, and counts its calls. */
const freeScrypt = () =>
  vi
    .spyOn(crypto, 'scrypt')
    .mockImplementation(((...args: unknown[]) =>
      (args[4] as (error: null, key: Buffer) => void)(null, Buffer.alloc(32))) as typeof crypto.scrypt);

describe('hashBackupCodes', () => {
  const codes = ['0123-4567-89ab-cdef', 'ghjk-mnpq-rstv-wxyz'];

  test('scrypt, as PHC strings with one salt for the set', async () => {
    const hashes = await hashBackupCodes(codes, { cost: { N: 16, r: 3, p: 2 } });
    expect(hashes).toHaveLength(2);
    for (const hash of hashes)
      expect(hash).toMatch(/^\$scrypt\$ln=4,r=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(hashes[0].split('$')[3]).toBe(hashes[1].split('$')[3]);
    expect(recompute(hashes[0], '0123456789abcdef')).toBe(hashes[0]);
    expect(recompute(hashes[1], 'ghjkmnpqrstvwxyz')).toBe(hashes[1]);
  });

  test('a pepper is mixed in by HMAC-SHA-256 after scrypt, and its id is in the string', async () => {
    const pepper = pepperOf(9);
    const hashes = await hashBackupCodes(codes, { cost: { N: 16, r: 3, p: 2 }, pepper });
    for (const hash of hashes)
      expect(hash).toMatch(
        /^\$scrypt\$ln=4,r=3,p=2,keyid=[\w+/-]{4,16}\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
      );
    expect(recompute(hashes[0], '0123456789abcdef', pepper)).toBe(hashes[0]);
    const idOf = (hash: string) => /keyid=([^$]+)/.exec(hash)?.[1];
    const [again, other] = await Promise.all(
      [pepper, pepperOf(8)].map((one) => hashBackupCodes(codes, { ...CHEAP, pepper: one })),
    );
    expect(idOf(again[0])).toBe(idOf(hashes[1]));
    expect(idOf(other[0])).not.toBe(idOf(hashes[0]));
  });

  test('the caller may wipe the pepper, and change its lists, as soon as the call is made', async () => {
    const hmac = vi.spyOn(crypto, 'createHmac');
    const pepper = pepperOf(3);
    const wiped = pepper.slice();
    const hashing = hashBackupCodes(codes, { ...CHEAP, pepper: wiped });
    wiped.fill(0);
    const hashes = await hashing;
    const again = pepper.slice();
    const list = [...hashes];
    const verifying = verifyBackupCode(codes[1], list, { pepper: again });
    again.fill(0);
    list.length = 0;
    expect(await verifying).toStrictEqual({ used: [hashes[1]], remaining: [hashes[0]] });
    // The copies that both made are wiped as well.
    const copies = hmac.mock.calls.map(([, key]) => key);
    expect(copies).toEqual(Array(3).fill(new Uint8Array(pepper.length)));
  });

  test('the salt is new each time', async () => {
    const [[first], [second]] = await Promise.all([
      hashBackupCodes(codes, CHEAP),
      hashBackupCodes(codes, CHEAP),
    ]);
    expect(first).not.toBe(second);
  });

  test('the spelling of a code does not matter', async () => {
    vi.spyOn(crypto, 'randomFillSync').mockImplementation((salt) => salt);
    const [plain] = await hashBackupCodes(['0110110110'], CHEAP);
    expect(await hashBackupCodes(['oIL-0i1 oLi-O'], CHEAP)).toEqual([plain]);
  });

  test.each([
    [{ N: 1, r: 8, p: 1 }, 'cost.N must be an integer from 2 to 2097152, got 1'],
    [{ N: 3, r: 8, p: 1 }, /^cost\.N must .*power of 2.*, got 3$/],
    [{ N: 2 ** 22, r: 1, p: 1 }, 'cost.N must be an integer from 2 to 2097152'],
    [{ N: 2 ** 18, r: 8, p: 2 }, /^cost\b.* 2\^21.*, got 4194304$/],
    [{ N: 2 ** 16, r: 1, p: 1 }, /^cost\.N must .*, got 65536$/],
    [{ N: 1024, r: 0, p: 1 }, 'cost.r must be an integer from 1 to 32, got 0'],
    [{ N: 1024, r: 33, p: 1 }, 'cost.r must be an integer from 1 to 32, got 33'],
    [{ N: 1024, r: 8, p: 0 }, 'cost.p must be an integer from 1 to 32, got 0'],
    [{ N: 1024, r: 8, p: 33 }, 'cost.p must be an integer from 1 to 32, got 33'],
    [{ N: 1024, r: 8 }, 'cost.p must be an integer from 1 to 32, got undefined'],
    [{ N: '1024', r: 8, p: 1 }, 'cost.N must be an integer'],
    [null, 'cost must be a plain object, got null'],
    [14, 'cost must be a plain object, got number'],
  ])('refuses the cost %o', async (cost, message) => {
    await expectRejection(hashBackupCodes(codes, untyped({ cost })), 'INVALID_ARGUMENT', message);
  });

  test.each([
    { N: 2 ** 15, r: 1, p: 1 },
    { N: 2, r: 32, p: 32 },
  ])('takes the cost %o', async (cost) => {
    const hashes = await hashBackupCodes(codes, { cost });
    expect((await verifyBackupCode(codes[1], hashes))?.used).toEqual([hashes[1]]);
  });

  test.each([
    [['0'.repeat(65)]],
    [['0123456']],
    [['0123-4567', '0123_4567']],
    [['0123-4567', '0123 4567']],
    [['0123-4567', 'ol23-4567']],
    [['0123-4567', undefined]],
    [new Array(2)],
    [['0123-4567', 'caf\u00e9-cafe']],
    // U+212A, the Kelvin sign, whose lower case is k.
    [['0123-456\u212a']],
  ])('refuses codes that are not distinct codes: %o', async (bad) => {
    const error = await expectRejection(
      hashBackupCodes(untyped(bad)),
      'INVALID_ARGUMENT',
      /^codes(\[\d\] must be 8 to 64 ASCII letters and digits| must be distinct)/,
    );
    expect(error.message).not.toContain('0123');
  });

  test.each([
    ['codes must be an array, got string', '0123-4567'],
    ['codes must be an array, got null', null],
    ['codes.length must be an integer from 1 to 100, got 0', []],
    ['codes.length must be an integer from 1 to 100, got 101', Array(101).fill('0123-4567')],
  ])('refuses codes: %s', async (message, bad) => {
    await expectRejection(hashBackupCodes(untyped(bad)), 'INVALID_ARGUMENT', message);
  });

  test.each([
    ['options must be a plain object', null],
    // A pepper in place of the options would be no pepper at all.
    ['options must be a plain object', new Uint8Array(16)],
    [/^pepper must be a Uint8Array.*, got string/, { pepper: 'pepper' }],
    [/^pepper must be a Uint8Array.*, got null/, { pepper: null }],
    ['pepper.length must be an integer from 16 to 1024, got 15', { pepper: new Uint8Array(15) }],
    ['pepper.length must be an integer from 16 to 1024, got 1025', { pepper: new Uint8Array(1025) }],
  ])('refuses the options: %s', async (message, options) => {
    await expectRejection(hashBackupCodes(codes, untyped(options)), 'INVALID_ARGUMENT', message);
    await expectRejection(verifyBackupCode(codes[0], [], untyped(options)), 'INVALID_ARGUMENT', message);
  });

  test('options that are undefined are absent', async () => {
    const scrypt = freeScrypt();
    const [hash] = await hashBackupCodes([codes[0]], { pepper: undefined, cost: undefined });
    expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$/);
    expect(await verifyBackupCode(codes[0], [hash], { pepper: undefined })).not.toBeNull();
    expect(scrypt).toHaveBeenCalledTimes(2);
  });

  test.each([
    [1, 'base32, 13 characters, 65 bits', ['0123456789abc']],
    [5, 'base32, 12 characters, 60 bits', ['0123456789ab']],
    [5, 'the weakest counts', ['0123456789abcdef', 'ghjkmnpq']],
    [1, '20 digits, 66 bits', ['01234567890123456789']],
    [5, '19 digits, 63 bits', ['0123456789012345678']],
    [5, '10 digits, 33 bits', ['01234-56789']],
    [1, 'digits in a set that has letters too', ['0123456789012', 'abcdefghjkmnp']],
  ])('the default cost is p = %i for %s', async (p, _, set) => {
    const scrypt = freeScrypt();
    const [hash] = await hashBackupCodes(set);
    expect(hash).toMatch(new RegExp(`^\\$scrypt\\$ln=14,r=8,p=${p}\\$`));
    expect(scrypt.mock.calls[0][3]).toMatchObject({ N: 16_384, r: 8, p });
  });

  test.each([
    'a1b2c3d4',
    'AbCdEfGhUu',
    '550e8400-e29b-41d4-a716-446655440000',
    'Zz9'.repeat(21),
    '0'.repeat(64),
  ])('takes codes of other software: %s', async (code) => {
    const hashes = await hashBackupCodes([code, 'another-code'], CHEAP);
    expect((await verifyBackupCode(code, hashes))?.used).toEqual([hashes[0]]);
    expect((await verifyBackupCode(code.toUpperCase(), hashes))?.used).toEqual([hashes[0]]);
  });
});

describe('verifyBackupCode', () => {
  test.each(vectors.hashes)('takes $code for the hash that another implementation made', async (vector) => {
    const pepper = 'pepper' in vector ? Buffer.from(vector.pepper, 'hex') : undefined;
    const match = await verifyBackupCode(vector.code, [vector.hash], { pepper });
    expect(match).toEqual({ used: [vector.hash], remaining: [] });
    expect(await verifyBackupCode(vector.code.replace(/[1-9]/, '0'), [vector.hash], { pepper })).toBeNull();
  });

  let codes: string[];
  let hashes: string[];
  beforeEach(async () => {
    codes = generateBackupCodes({ count: 5 });
    hashes = await hashBackupCodes(codes, CHEAP);
  });

  test('returns the hash to delete and those that remain', async () => {
    for (const [i, code] of codes.entries()) {
      const remaining = hashes.filter((_, other) => other !== i);
      expect(await verifyBackupCode(code, hashes)).toStrictEqual({ used: [hashes[i]], remaining });
    }
  });

  test('a wrong code, or one whose hash is gone, is no match', async () => {
    expect(await verifyBackupCode('0000-0000-0000-0000', hashes)).toBeNull();
    expect(await verifyBackupCode(codes[0], hashes.slice(1))).toBeNull();
    expect(await verifyBackupCode(codes[0], [])).toBeNull();
  });

  test('a hash that is stored twice does not remain', async () => {
    const match = await verifyBackupCode(codes[0], [hashes[0], hashes[1], hashes[0]]);
    expect(new Set(match?.used)).toEqual(new Set([hashes[0]]));
    expect(match?.remaining).toEqual([hashes[1]]);
  });

  test('a code that was hashed twice is used up at once', async () => {
    const again = await hashBackupCodes(codes, CHEAP);
    const match = await verifyBackupCode(codes[2], [...hashes, ...again]);
    expect(match?.used).toEqual([hashes[2], again[2]]);
    expect(match?.remaining).toHaveLength(8);
    expect(await verifyBackupCode(codes[2], match?.remaining ?? [])).toBeNull();
  });

  test('typing is forgiven: case, spaces, hyphens, look-alikes', async () => {
    const stored = await hashBackupCodes(['0123-4567-89ab-1010'], CHEAP);
    for (const typed of [
      '0123456789AB1010',
      ' 0 1-2 3 4567 89ab 1010--',
      'oI23456789abLOiO',
      'OL23-4567-89AB-i0L0',
    ]) {
      expect(await verifyBackupCode(typed, stored)).toMatchObject({ used: [stored[0]] });
    }
  });

  test('the longest codes', async () => {
    const longest = ['0'.repeat(64)];
    const stored = await hashBackupCodes(longest, CHEAP);
    expect((await verifyBackupCode(longest[0], stored))?.used).toEqual([stored[0]]);
  });

  test('codes of digits', async () => {
    const digits = generateBackupCodes({ alphabet: 'digits' });
    const stored = await hashBackupCodes(digits, CHEAP);
    expect((await verifyBackupCode(digits[9], stored))?.used).toEqual([stored[9]]);
  });

  test.each([
    ...NOT_CODES,
    '0123456',
    '0123_4567_89ab_cdef',
    '0123-4567-89ab-cde\uff46',
    '\u212a123-4567-89ab-cdef',
    '0'.repeat(65),
    ' '.repeat(200),
    '0'.repeat(10_000_000),
  ])('no match, no error, and no scrypt: %#', async (typed) => {
    const scrypt = vi.spyOn(crypto, 'scrypt');
    expect(await verifyBackupCode(untyped(typed), hashes)).toBeNull();
    expect(scrypt).not.toHaveBeenCalled();
  });

  test('128 characters are looked at, no more', async () => {
    const padded = (length: number) => codes[0] + ' '.repeat(length - codes[0].length);
    expect(await verifyBackupCode(padded(128), hashes)).not.toBeNull();
    expect(await verifyBackupCode(padded(129), hashes)).toBeNull();
  });

  test.each(['right', 'wrong'])(
    'one scrypt for a set, and all hashes compared, for a %s code',
    async (which) => {
      const scrypt = vi.spyOn(crypto, 'scrypt');
      const compare = vi.spyOn(crypto, 'timingSafeEqual');
      await verifyBackupCode(which === 'right' ? codes[0] : '0000-0000-0000-0000', hashes);
      expect(scrypt).toHaveBeenCalledTimes(1);
      expect(compare).toHaveBeenCalledTimes(5);
    },
  );

  test('up to four sets, one scrypt each', async () => {
    const others = await Promise.all(codes.map((code) => hashBackupCodes([code], CHEAP)));
    const four = others.slice(0, 4).flat();
    const scrypt = vi.spyOn(crypto, 'scrypt');
    expect((await verifyBackupCode(codes[3], four))?.used).toEqual([four[3]]);
    expect((await verifyBackupCode(codes[0], four))?.used).toEqual([four[0]]);
    expect(scrypt).toHaveBeenCalledTimes(8);
    const message = 'the number of sets among hashes must be an integer from 0 to 4, got 5';
    await expectRejection(verifyBackupCode(codes[0], others.flat()), 'INVALID_ARGUMENT', message);
  });

  test('the pepper is found by its id; hashes without one stay good', async () => {
    const old = await hashBackupCodes(codes, { ...CHEAP, pepper: pepperOf(1) });
    const now = await hashBackupCodes(['aaaa-aaaa'], { ...CHEAP, pepper: pepperOf(2) });
    const pepper = [pepperOf(2), pepperOf(1)];
    expect((await verifyBackupCode(codes[2], old, { pepper: pepperOf(1) }))?.used).toEqual([old[2]]);
    expect((await verifyBackupCode(codes[2], hashes, { pepper }))?.used).toEqual([hashes[2]]);
    const scrypt = vi.spyOn(crypto, 'scrypt');
    const all = [...old, ...now, ...hashes];
    expect((await verifyBackupCode(codes[2], all, { pepper }))?.used).toEqual([old[2], hashes[2]]);
    expect((await verifyBackupCode('aaaa-aaaa', all, { pepper }))?.used).toEqual(now);
    expect(scrypt).toHaveBeenCalledTimes(6);
  });

  test('hashes with a pepper that is not given are an error, never no match, before any work', async () => {
    const peppered = await hashBackupCodes(codes, { ...CHEAP, pepper: pepperOf(1) });
    const scrypt = vi.spyOn(crypto, 'scrypt');
    for (const options of [{}, { pepper: pepperOf(2) }, { pepper: [pepperOf(2), pepperOf(3)] }]) {
      const verifying = verifyBackupCode(codes[2], [...hashes, ...peppered], options);
      await expectRejection(verifying, 'INVALID_ARGUMENT', /pepper/);
    }
    expect(scrypt).not.toHaveBeenCalled();
  });

  test.each([
    [/pepper/, []],
    [/pepper.* Uint8Array.*, got string/, [pepperOf(1), 'pepper']],
    [/pepper.*length must be an integer from 16 to 1024, got 15/, [new Uint8Array(15)]],
  ])('refuses the list of peppers: %s', async (message, pepper) => {
    const options = untyped({ pepper });
    await expectRejection(verifyBackupCode(codes[0], hashes, options), 'INVALID_ARGUMENT', message);
  });

  test('at most two scrypts run at once in a process', async () => {
    const { scrypt } = crypto;
    let [running, most] = [0, 0];
    vi.spyOn(crypto, 'scrypt').mockImplementation((password, salt, length, cost, done) => {
      most = Math.max(most, ++running);
      scrypt(password, salt, length, cost, (...results) => {
        running--;
        done(...results);
      });
    });
    const checks = Array.from({ length: 6 }, () => verifyBackupCode(codes[0], hashes));
    const made = await Promise.all([...checks, hashBackupCodes(codes, CHEAP), hashBackupCodes(codes, CHEAP)]);
    expect(made).toHaveLength(8);
    expect(most).toBe(2);
  });

  test('a scrypt that fails lets the next one run', async () => {
    const failure = new Error('no memory');
    const scrypt = vi
      .spyOn(crypto, 'scrypt')
      .mockImplementation(((...args: unknown[]) =>
        (args[4] as (error: Error) => void)(failure)) as typeof crypto.scrypt);
    for (let i = 0; i < 3; i++) await expect(verifyBackupCode(codes[0], hashes)).rejects.toBe(failure);
    scrypt.mockImplementation(() => {
      throw failure;
    });
    for (let i = 0; i < 3; i++) await expect(verifyBackupCode(codes[0], hashes)).rejects.toBe(failure);
    scrypt.mockRestore();
    expect(await verifyBackupCode(codes[0], hashes)).not.toBeNull();
  });

  const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
  const HASH = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';
  test.each([
    undefined,
    null,
    5,
    '',
    'plain text',
    '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    `$scrypt$ln=4,r=8,p=1$${SALT}$`,
    `$scrypt$ln=4,r=8,p=1$${SALT}$${HASH}=`,
    `$scrypt$ln=4,r=8,p=1$${SALT}==$${HASH}`,
    `$scrypt$ln=4,r=8,p=1$${SALT.slice(1)}$${HASH}`,
    `$scrypt$ln=4,r=8,p=1$${SALT}$${HASH.slice(1)}`,
    `$scrypt$ln=4,r=8,p=1$${SALT}$A${HASH}`,
    `$scrypt$ln=4,r=8,p=1$${SALT.slice(0, -1)}B$${HASH}`,
    `$scrypt$ln=4,r=8,p=1$${SALT}$${HASH.slice(0, -1)}h`,
    `$scrypt$ln=4,r=8,p=1$${SALT}$${HASH}\n`,
    ` $scrypt$ln=4,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=04,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=0,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=4,r=0,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=4,r=8$${SALT}$${HASH}`,
    `$scrypt$ln=4,r=8,p=1,keyid=$${SALT}$${HASH}`,
    `$scrypt$ln=4,r=8,p=1,keyid=a$b$${SALT}$${HASH}`,
    `$scrypt$keyid=AAAAAA,ln=4,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$N=16,r=8,p=1$${SALT}$${HASH}`,
    `$argon2id$ln=4,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=19,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=99,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=16,r=1,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=4,r=33,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=4,r=8,p=33$${SALT}$${HASH}`,
  ])('a stored string that is no such hash throws, before any work: %s', async (foreign) => {
    const scrypt = vi.spyOn(crypto, 'scrypt');
    const stored = untyped([...hashes, foreign]);
    const error = await expectRejection(
      verifyBackupCode(codes[0], stored),
      'INVALID_BACKUP_HASH',
      'a stored backup hash',
    );
    expect(error.message).not.toContain('$');
    await expectRejection(verifyBackupCode('', stored), 'INVALID_BACKUP_HASH', 'a stored backup hash');
    expect(scrypt).not.toHaveBeenCalled();
  });

  test('text in a list, or made by an object, is no stored hash', async () => {
    for (const disguised of [[hashes[0]], { toString: () => hashes[0] }]) {
      await expectRejection(
        verifyBackupCode(codes[0], untyped([disguised])),
        'INVALID_BACKUP_HASH',
        'a stored backup hash is not one',
      );
    }
  });

  test('the most that a stored hash may ask for', async () => {
    const started = new Error('started');
    const scrypt = vi.spyOn(crypto, 'scrypt').mockImplementation(() => {
      throw started;
    });
    const most = [`$scrypt$ln=11,r=32,p=32$${SALT}$${HASH}`];
    await expect(verifyBackupCode(codes[0], most)).rejects.toBe(started);
    expect(scrypt).toHaveBeenCalledTimes(1);
    const more = [`$scrypt$ln=12,r=32,p=32$${SALT}$${HASH}`];
    const error = await expectRejection(
      verifyBackupCode(codes[0], more),
      'INVALID_BACKUP_HASH',
      'too much work',
    );
    expect(error.cause).toMatchObject({ message: 'cost: N * r * p must be at most 2^21, got 4194304' });
    expect(scrypt).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['hashes must be an array, got undefined', undefined],
    ['hashes must be an array, got null', null],
    ['hashes must be an array, got string', '$scrypt$'],
    ['hashes.length must be an integer from 0 to 100, got 101', Array(101).fill('')],
  ])('refuses hashes: %s', async (message, bad) => {
    await expectRejection(verifyBackupCode(codes[0], untyped(bad)), 'INVALID_ARGUMENT', message);
  });

  test('says what is missing where node:crypto has no scrypt', async () => {
    vi.spyOn(crypto as { scrypt: unknown }, 'scrypt', 'get').mockReturnValue(undefined);
    await expect(verifyBackupCode(codes[0], hashes)).rejects.toThrow('otpure needs crypto.scrypt');
  });

  test('leaves what it was given as it was', async () => {
    const frozen = Object.freeze([...hashes]);
    expect((await verifyBackupCode(codes[4], frozen))?.used).toEqual([hashes[4]]);
  });

  test('the event loop runs on while ten verifications do', async () => {
    const [hash] = await hashBackupCodes([codes[0]], { cost: { N: 2 ** 13, r: 8, p: 1 } });
    const start = performance.now();
    await verifyBackupCode(codes[0], [hash]);
    const one = performance.now() - start;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await Promise.all(Array.from({ length: 10 }, () => verifyBackupCode(codes[0], [hash])));
    delay.disable();
    // A single scrypt on the main thread would hold the loop for its whole time, each of the ten times.
    expect(delay.percentile(50) / 1e6).toBeLessThan(one / 2);
  });
});

test('peppers of another realm, and Buffers, are bytes', async () => {
  const codes = ['0123-4567'];
  const hashes = await hashBackupCodes(codes, { ...CHEAP, pepper: Buffer.from(ascii('sixteen bytes!!!')) });
  expect(await verifyBackupCode('01234567', hashes, { pepper: ascii('sixteen bytes!!!') })).not.toBeNull();
});

test.each(['0123-4567-89ab-cdef', 'abcd-efgh-jkmn-0123'])('the default cost of %s', async (code) => {
  const [hash] = await hashBackupCodes([code]);
  expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$/);
  expect(recompute(hash, code.replaceAll('-', ''))).toBe(hash);
});
