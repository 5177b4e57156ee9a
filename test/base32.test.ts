// Base32 (RFC 4648 §6), strict and as authenticator apps read it.
import { describe, expect, test } from 'vitest';
import { decodeBase32, encodeBase32 } from '../src/index.js';
import { referenceDecodeBase32 } from './reference/reference.mjs';
import { ascii, copiesMadeBy, expectOtpError, fromHex, loadVectors } from './tools/vectors.js';

const vectors = loadVectors<{
  vectors: { text: string; base32: string }[];
  bad: { base32: string; why: string }[];
  typed: { base32: string; hex: string }[];
  lenient: { base32: string; hex: string }[];
}>('base32.json');

test.each(vectors.vectors)('RFC 4648 §10: "$text" is "$base32"', ({ text, base32 }) => {
  const bytes = ascii(text);
  const unpadded = base32.replace(/=/g, '');
  expect(encodeBase32(bytes, { padding: true })).toBe(base32);
  expect(encodeBase32(bytes)).toBe(unpadded);
  expect(encodeBase32(bytes, { padding: false })).toBe(unpadded);
  for (const spelling of [base32, unpadded, base32.toLowerCase()])
    expect(decodeBase32(spelling)).toEqual(bytes);
});

describe('encodeBase32', () => {
  test('takes 5,120 bytes, which decodeBase32 reads, and no more', () => {
    expect(encodeBase32(new Uint8Array(5120))).toBe('A'.repeat(8192));
    const more = () => encodeBase32(new Uint8Array(5121));
    expectOtpError(more, 'INVALID_ARGUMENT', 'bytes.length must be an integer from 0 to 5120, got 5121');
  });

  test('options that are undefined are absent', () => {
    expect(encodeBase32(ascii('f'), { padding: undefined })).toBe('MY');
    expectOtpError(() => decodeBase32('MZ', { lenient: undefined }), 'INVALID_BASE32', 'spare bits');
  });
});

describe('decodeBase32', () => {
  test('takes either case, spaces and hyphens anywhere', () => {
    for (const text of ['GEZD GNBV', 'gezd-gnbv', ' g-e z-d g-n b-v ', '---GEZDGNBV   ']) {
      expect(decodeBase32(text)).toEqual(ascii('12345'));
    }
    for (const text of ['MY ==-====', ' M Y======', 'MY======--'])
      expect(decodeBase32(text)).toEqual(ascii('f'));
  });

  test.each(vectors.typed)('takes $base32 as it was pasted', ({ base32, hex }) => {
    expect(decodeBase32(base32)).toEqual(fromHex(hex));
  });

  test('returns a plain Uint8Array with a buffer of its own', () => {
    for (const text of ['MZXW6YTB', 'MZXW 6YTB']) {
      const bytes = decodeBase32(text);
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect(bytes.buffer.byteLength).toBe(5);
    }
  });

  test.each(vectors.bad)('refuses $why: $base32', ({ base32 }) => {
    const error = expectOtpError(() => decodeBase32(base32), 'INVALID_BASE32', /^text is not Base32: /);
    expect(error.message.replace('text is not Base32: ', '')).not.toContain(base32);
  });

  test.each([
    ['MZ', 'spare bits'],
    ['MY=', 'padding must be complete'],
    ['MY=======', 'padding must be complete'],
    ['ABC', '3 characters without padding are an impossible length'],
    ['A-BC1', 'the character at index 4 is not one of A-Z and 2-7'],
    ['A1', 'the character at index 1 is not one of A-Z and 2-7'],
    ['MZ1', 'the character at index 2 is not one of A-Z and 2-7'],
    ['MY=1', 'the character at index 3 is not one of A-Z and 2-7'],
    ['\u{e0020} GEZD1', 'the character at index 7 is not one of A-Z and 2-7'],
    ['M=YA', 'the character at index 1 is not one of A-Z and 2-7'],
    ['=MY', 'the character at index 0 is not one of A-Z and 2-7'],
  ])('says what is wrong with %s', (text, reason) => {
    expectOtpError(() => decodeBase32(text), 'INVALID_BASE32', reason);
  });

  test.each([...vectors.bad, ...vectors.lenient])(
    'names lenient only where it helps: $base32',
    ({ base32 }) => {
      const { message } = expectOtpError(() => decodeBase32(base32), 'INVALID_BASE32', 'text');
      let isTaken = true;
      try {
        decodeBase32(base32, { lenient: true });
      } catch {
        isTaken = false;
      }
      expect(message.includes('lenient')).toBe(isTaken);
    },
  );

  test.each(['GEZDGNB1', 'GEZDGN=BV', 'GEZDGNBVA', 'GEZDGNBVGZ', 'GEZDGNBVGY=', 'GE ZD GN BV'])(
    'no copy of the bytes stays behind %s',
    (text) => {
      const copies = copiesMadeBy(() => decodeBase32(text));
      expect(copies.map((bytes) => [...new Set(bytes)])).toEqual([[0]]);
    },
  );

  test.each(vectors.lenient)('lenient takes $base32', ({ base32, hex }) => {
    expect(decodeBase32(base32, { lenient: true })).toEqual(fromHex(hex));
    expectOtpError(() => decodeBase32(base32, { lenient: false }), 'INVALID_BASE32', 'text');
  });

  test.each(['M0', '\u017fY', 'M=Y', '=MY'])('lenient still refuses %s', (text) => {
    expectOtpError(() => decodeBase32(text, { lenient: true }), 'INVALID_BASE32', 'text');
  });

  test('takes 8,192 characters, and looks at no more', () => {
    expect(decodeBase32('A'.repeat(8192))).toEqual(new Uint8Array(5120));
    for (const lenient of [true, false]) {
      // Each character would be refused, if it were looked at.
      for (const text of ['A'.repeat(8193), '!'.repeat(8193), ' '.repeat(8193)]) {
        expectOtpError(() => decodeBase32(text, { lenient }), 'INVALID_BASE32', /8,?192 characters/);
      }
    }
  });

  test('the time for too long a text does not grow with it', () => {
    const decode = (length: number) => {
      const text = 'A'.repeat(length);
      const start = performance.now();
      expectOtpError(() => decodeBase32(text), 'INVALID_BASE32', 'characters');
      return performance.now() - start;
    };
    const median = (length: number) =>
      Array.from({ length: 5 }, () => decode(length)).sort((a, b) => a - b)[2];
    median(10_000);
    expect(median(10_000_000) / median(10_000)).toBeLessThan(50);
  });

  test('every character is in the alphabet, ignored or refused', () => {
    const all = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
    // Beyond the first plane, those that codes don't refuse.
    for (const character of all.filter((one, code) => code < 0x10000 || /\p{Cf}|\p{Nd}/u.test(one))) {
      const expected = referenceDecodeBase32(`A${character}AAAAAA`);
      let actual: Uint8Array | null = null;
      try {
        actual = decodeBase32(`A${character}AAAAAA`);
      } catch {}
      if (`${actual}` !== `${expected}`)
        expect.fail(`U+${character.codePointAt(0)?.toString(16)}: ${actual}, expected ${expected}`);
    }
  });
});
