// Two-factor login as one decision: set-up, login, new backup codes, and whether a session is through.
import * as crypto from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  createSecondFactor,
  hashBackupCodes,
  hasPassed,
  replaceBackupCodes,
  type SecondFactor,
  verifyBackupCode,
  verifySecondFactor,
} from '../src/index.js';
import { at, CHEAP, codes, secret } from './tools/second-factor.js';
import { ascii, expectOtpError, expectRejection, NOT_CODES, NOT_INTEGERS, untyped } from './tools/vectors.js';

const PEPPER = new Uint8Array(16).fill(7);

describe('createSecondFactor', () => {
  test('a right code makes a factor, and ten backup codes', async () => {
    const created = await createSecondFactor(secret, codes[5], at(5));
    const { factor, result } = created ?? expect.fail();
    expect(factor).toStrictEqual({
      id: factor.id,
      lastUsedTimeStep: 5,
      backupHashes: factor.backupHashes,
      attempts: null,
    });
    expect(result).toStrictEqual({ passedFactor: factor.id, backupCodes: result.backupCodes });
    expect(result.backupCodes).toHaveLength(10);
    for (const code of result.backupCodes) expect(code).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    expect(factor.backupHashes).toHaveLength(10);
    for (const hash of factor.backupHashes) expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$/);
    expect(JSON.parse(JSON.stringify(factor))).toStrictEqual(factor);
  });

  test('the backup codes are those of the hashes', async () => {
    const created = await createSecondFactor(secret, codes[5], { ...CHEAP, ...at(5) });
    const { factor, result } = created ?? expect.fail();
    for (const [i, code] of result.backupCodes.entries()) {
      expect((await verifyBackupCode(code, factor.backupHashes))?.used).toEqual([factor.backupHashes[i]]);
    }
  });

  test('a wrong code makes none, and costs no scrypt', async () => {
    const scrypt = vi.spyOn(crypto, 'scrypt');
    for (const typed of ['000000', codes[3], codes[7], ...NOT_CODES]) {
      expect(await createSecondFactor(secret, untyped(typed), at(5))).toBeNull();
    }
    expect(scrypt).not.toHaveBeenCalled();
  });

  test('the time step that is kept is the highest that has the code', async () => {
    const used = async (code: string, step: number, window?: number) =>
      (await createSecondFactor(secret, code, { ...at(step), window, backupCodes: false }))?.factor
        .lastUsedTimeStep;
    expect(await used(codes[4], 5)).toBe(4);
    expect(await used(codes[6], 5)).toBe(6);
    expect(await used(codes[0], 0)).toBe(0);
    expect(await used(codes[3], 5, 2)).toBe(3);
    // Steps 910737 and 910738 have one code (test/vectors/collisions.json).
    expect(await used('911617', 910737)).toBe(910738);
  });

  test('the code of the set-up does not log in as well', async () => {
    const created = await createSecondFactor(secret, codes[5], { ...at(5), backupCodes: false });
    const { factor } = created ?? expect.fail();
    expect((await verifySecondFactor(secret, factor, codes[5], at(5))).result).toBeNull();
    expect((await verifySecondFactor(secret, factor, codes[4], at(5))).result).toBeNull();
    expect((await verifySecondFactor(secret, factor, codes[6], at(6))).result).not.toBeNull();
  });

  test('the options of the code are passed on', async () => {
    const key = ascii('12345678901234567890123456789012');
    const options = { algorithm: 'SHA256', digits: 8, backupCodes: false } as const;
    // RFC 6238, Appendix B; then the same moment counted from another start, in other periods.
    const first = await createSecondFactor(key, '46119246', { ...options, timestamp: 59_000 });
    expect(first?.factor.lastUsedTimeStep).toBe(1);
    const moved = { ...options, timestamp: 1_160_000, t0: 1000, period: 160 };
    expect((await createSecondFactor(key, '46119246', moved))?.factor.lastUsedTimeStep).toBe(1);
    const short = { ...at(5), backupCodes: false } as const;
    await expectRejection(createSecondFactor(new Uint8Array(10), '', short), 'SECRET_TOO_SHORT', 'got 10');
    expect(await createSecondFactor(new Uint8Array(10), '', { ...short, minSecretBytes: 10 })).toBeNull();
  });

  test('the default moment is now', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(150_000);
    const created = await createSecondFactor(secret, codes[5], { backupCodes: false });
    expect(created?.factor.lastUsedTimeStep).toBe(5);
  });

  test('no backup codes, or others', async () => {
    const none = await createSecondFactor(secret, codes[5], { ...at(5), backupCodes: false });
    expect(none?.factor.backupHashes).toEqual([]);
    expect(none?.result.backupCodes).toEqual([]);
    const backupCodes = { count: 3, alphabet: 'digits', length: 8 } as const;
    const digits = await createSecondFactor(secret, codes[5], { ...at(5), ...CHEAP, backupCodes });
    expect(digits?.result.backupCodes).toHaveLength(3);
    for (const code of digits?.result.backupCodes ?? []) expect(code).toMatch(/^\d{5}-\d{3}$/);
    expect(digits?.factor.backupHashes[2]).toMatch(/^\$scrypt\$ln=1,r=1,p=1\$/);
  });

  test('the pepper is passed on', async () => {
    const created = await createSecondFactor(secret, codes[5], { ...at(5), ...CHEAP, pepper: PEPPER });
    const { factor, result } = created ?? expect.fail();
    expect(
      await verifyBackupCode(result.backupCodes[0], factor.backupHashes, { pepper: PEPPER }),
    ).not.toBeNull();
    await expectRejection(
      verifyBackupCode(result.backupCodes[0], factor.backupHashes),
      'INVALID_ARGUMENT',
      'pepper',
    );
  });

  test('every option may be undefined', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(150_000);
    const names = [
      'algorithm',
      'digits',
      'minSecretBytes',
      'timestamp',
      'period',
      't0',
      'window',
      'pepper',
      'fields',
    ];
    const options = Object.fromEntries(names.map((name) => [name, undefined]));
    const created = await createSecondFactor(secret, codes[5], {
      ...options,
      backupCodes: undefined,
      cost: undefined,
    });
    expect(created?.factor.backupHashes).toHaveLength(10);
  });

  test('fields of the app stand beside, and are not changed', async () => {
    const fields = Object.freeze({
      secret: 'otpure1.x',
      device: Object.freeze(Object.assign(Object.create(null), { name: 'phone' })),
    });
    const created = await createSecondFactor(secret, codes[5], { ...at(5), backupCodes: false, fields });
    expect(created?.factor).toMatchObject({ lastUsedTimeStep: 5, ...fields });
    expect(Object.keys(fields)).toEqual(['secret', 'device']);
  });

  test.each(['id', 'lastUsedTimeStep', 'backupHashes', 'attempts'])(
    'the field %s is refused, whatever was typed',
    async (name) => {
      for (const typed of [codes[5], '000000']) {
        const fields = { secret: 'confidential', [name]: null };
        const error = await expectRejection(
          createSecondFactor(secret, typed, { ...at(5), backupCodes: false, fields }),
          'INVALID_ARGUMENT',
          name,
        );
        expect(error.message).toMatch(/fields/);
        expect(error.message).not.toMatch(/confidential/);
      }
    },
  );

  test.each(
    [null, 5, 'otpure1.x', ['x'], new Map(), new Date(0), new Uint8Array(3), () => 1].map((fields) => [
      fields,
    ]),
  )('fields that are no plain object are refused: %o', async (fields) => {
    const options = untyped({ ...at(5), backupCodes: false, fields });
    await expectRejection(createSecondFactor(secret, codes[5], options), 'INVALID_ARGUMENT', 'fields');
  });

  test('bytes in a field would be a readable secret', async () => {
    for (const secret of [new Uint8Array(20), Buffer.alloc(20)]) {
      const options = { ...at(5), backupCodes: false, fields: { secret } } as const;
      const made = createSecondFactor(new Uint8Array(20), codes[5], options);
      await expectRejection(made, 'INVALID_ARGUMENT', 'fields.secret');
    }
  });

  test.each(['000000', codes[5]])('backup codes that look like TOTP codes are refused: %s', async (typed) => {
    for (const digits of [8, 9, 10]) {
      const backupCodes = { alphabet: 'digits', length: digits } as const;
      const options = { ...at(5), ...CHEAP, digits, backupCodes };
      await expectRejection(createSecondFactor(secret, typed, options), 'INVALID_ARGUMENT', 'backupCodes');
      const factor = { id: 'x', lastUsedTimeStep: null, backupHashes: [], attempts: null };
      await expectRejection(replaceBackupCodes(factor, options), 'INVALID_ARGUMENT', 'backupCodes');
    }
  });

  test('a field named __proto__ makes no prototype', async () => {
    const fields = JSON.parse('{"__proto__":{"attempts":{"failures":0}},"secret":"x"}');
    const created = await createSecondFactor(secret, codes[5], { ...at(5), backupCodes: false, fields });
    expect(Object.getPrototypeOf(created?.factor)).toBe(Object.prototype);
    expect(created?.factor.attempts).toBeNull();
  });

  test('the id is 128 random bits, new each time', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 200; i++) {
      const created = await createSecondFactor(secret, codes[5], { ...at(5), backupCodes: false });
      ids.push(created?.factor.id ?? expect.fail());
    }
    const bits = ids.map(bitsOfId);
    expect(new Set(ids).size).toBe(200);
    // A bit that is fixed, as six of a UUID are, would be the same in all. By chance: 128 · 2^-199.
    for (let bit = 0; bit < 128; bit++) expect(new Set(bits.map((all) => all[bit])).size).toBe(2);
  });

  function bitsOfId(id: string): string {
    const bytes = Buffer.from(id, id.length === 32 ? 'hex' : 'base64url');
    expect(bytes.length).toBe(16);
    return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  }

  test.each<[string, object | null]>([
    ['options', null],
    ['digits', { digits: 5 }],
    ['window', { window: 11 }],
    ['timestamp', { timestamp: 'now' }],
    ['count', { backupCodes: { count: 0 } }],
    ['backupCodes', { backupCodes: null }],
    ['backupCodes', { backupCodes: true }],
    ['pepper', { pepper: new Uint8Array(15) }],
    ['cost.N', { cost: { N: 1, r: 8, p: 1 } }],
  ])('refuses %s, whatever was typed: %o', async (name, options) => {
    for (const typed of [codes[5], '000000']) {
      const given = untyped(options && { ...at(5), ...options });
      await expectRejection(createSecondFactor(secret, typed, given), 'INVALID_ARGUMENT', name);
    }
  });
});

describe('replaceBackupCodes', () => {
  test('new codes, the old ones void, all else kept', async () => {
    const old = ['aaaa-aaaa-aaaa-aaaa'];
    const factor = Object.freeze({
      id: await newId(),
      lastUsedTimeStep: 5,
      backupHashes: await hashBackupCodes(old, CHEAP),
      attempts: Object.freeze({ failures: 2, lastFailureAt: 5 }),
      secret: 'otpure1.x',
    });
    const { factor: next, result } = await replaceBackupCodes(factor, CHEAP);
    expect(next).toStrictEqual({ ...factor, backupHashes: next.backupHashes });
    expect(result).toStrictEqual({ passedFactor: factor.id, backupCodes: result.backupCodes });
    expect(result.backupCodes).toHaveLength(10);
    expect((await verifyBackupCode(result.backupCodes[9], next.backupHashes))?.remaining).toEqual(
      next.backupHashes.slice(0, 9),
    );
    expect(await verifyBackupCode(old[0], next.backupHashes)).toBeNull();
  });

  test('the factor is that of the call, whatever becomes of it meanwhile', async () => {
    const factor = { id: 'first', lastUsedTimeStep: 5, backupHashes: ['old'], attempts: null };
    const replacing = replaceBackupCodes(factor, CHEAP);
    Object.assign(factor, { id: 'second', lastUsedTimeStep: null });
    const { factor: next, result } = await replacing;
    expect(next).toMatchObject({ id: 'first', lastUsedTimeStep: 5 });
    expect(result.passedFactor).toBe('first');
  });

  test('the options are passed on', async () => {
    const factor = { id: await newId(), lastUsedTimeStep: null, backupHashes: [], attempts: null };
    const backupCodes = { count: 2, alphabet: 'digits' } as const;
    const { factor: next, result } = await replaceBackupCodes(factor, {
      ...CHEAP,
      pepper: PEPPER,
      backupCodes,
    });
    expect(result.backupCodes).toHaveLength(2);
    expect(result.backupCodes[0]).toMatch(/^\d{5}-\d{5}$/);
    expect(next.backupHashes[0]).toMatch(/ln=1,r=1,p=1.*keyid=|keyid=.*ln=1,r=1,p=1/);
    await expectRejection(replaceBackupCodes(factor, untyped(null)), 'INVALID_ARGUMENT', 'options');
    const bad = untyped({ pepper: 'pepper' });
    await expectRejection(replaceBackupCodes(factor, bad), 'INVALID_ARGUMENT', 'pepper');
  });

  test('every option may be undefined', async () => {
    const factor = { id: await newId(), lastUsedTimeStep: null, backupHashes: [], attempts: null };
    const options = { backupCodes: undefined, pepper: undefined, cost: undefined };
    expect((await replaceBackupCodes(factor, options)).result.backupCodes).toHaveLength(10);
  });
});

async function newId(): Promise<string> {
  const created = await createSecondFactor(secret, codes[5], { ...at(5), backupCodes: false });
  return created?.factor.id ?? expect.fail();
}

describe('hasPassed', () => {
  let factor: SecondFactor;
  beforeAll(async () => {
    factor = { id: await newId(), lastUsedTimeStep: 5, backupHashes: [], attempts: null };
  });

  test('a session that passed this factor has', async () => {
    expect(hasPassed(factor, factor.id)).toBe(true);
    expect(hasPassed(JSON.parse(JSON.stringify(factor)), factor.id)).toBe(true);
    expect(hasPassed(factor, await newId())).toBe(false);
    // The longest that is taken.
    expect(hasPassed({ ...factor, id: 'x'.repeat(128) }, 'x'.repeat(128))).toBe(true);
  });

  test('a session that passed none, or something that is no id, is not through', () => {
    for (const passed of [null, undefined, '', 'undefined', 'null', factor.id.slice(1), `${factor.id} `]) {
      expect(hasPassed(factor, passed)).toBe(false);
    }
  });

  test("without a factor, a session that stored 'none' has, and no other", () => {
    expect(hasPassed(null, 'none')).toBe(true);
    for (const passed of [null, undefined, '', 'NONE', factor.id])
      expect(hasPassed(null, passed)).toBe(false);
    expect(hasPassed(factor, 'none')).toBe(false);
  });

  test("a factor can't have the id of no factor", () => {
    expectOtpError(() => hasPassed({ ...factor, id: 'none' }, 'none'), 'INVALID_ARGUMENT', 'id of factor');
  });

  test.each(
    NOT_INTEGERS.filter((value) => value != null && typeof value !== 'string').map((value) => [value]),
  )('what is passed in place of an id is refused: %#', (passed) => {
    expectOtpError(() => hasPassed(factor, untyped(passed)), 'INVALID_ARGUMENT', 'passedFactor');
    expectOtpError(() => hasPassed(null, untyped(passed)), 'INVALID_ARGUMENT', 'passedFactor');
  });
});
