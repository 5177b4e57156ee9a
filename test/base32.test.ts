// Base32 (RFC 4648 §6), strict and as authenticator apps read it.
import { describe, expect, test } from 'vitest';
import { decodeBase32, encodeBase32 } from '../src/index.js';
import { referenceDecodeBase32 } from './reference/reference.mjs';
import { ascii, expectOtpError, fromHex, loadVectors } from './tools/vectors.js';

const vectors = loadVectors<{
  vectors: { text: string; base32: string }[];
  bad: { base32: string; why: string }[];
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

  test('returns a plain Uint8Array with a buffer of its own', () => {
    const bytes = decodeBase32('MZXW6YTB');
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(bytes.buffer.byteLength).toBe(5);
  });

  test.each(vectors.bad)('refuses $why: $base32', ({ base32 }) => {
    const error = expectOtpError(() => decodeBase32(base32), 'INVALID_BASE32', /^text is not Base32: /);
    expect(error.message.replace('text is not Base32: ', '')).not.toContain(base32);
  });

  test.each([
    ['MZ', 'spare bits'],
    ['MY=', 'padding must be complete'],
    ['MY=======', 'padding must be complete'],
    ['ABC', 'no bytes have this length, 3 characters without padding'],
    ['A-BC1', 'the character at index 4 is none of A-Z and 2-7'],
    ['M=YA', 'the character at index 1 is none of A-Z and 2-7'],
  ])('says what is wrong with %s', (text, reason) => {
    expectOtpError(() => decodeBase32(text), 'INVALID_BASE32', reason);
  });

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

  test('every character of UTF-16 is in the alphabet or refused', () => {
    for (let code = 0; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      const expected = referenceDecodeBase32(`A${character}AAAAAA`);
      let actual: Uint8Array | null = null;
      try {
        actual = decodeBase32(`A${character}AAAAAA`);
      } catch {}
      if (`${actual}` !== `${expected}`)
        expect.fail(`U+${code.toString(16)}: ${actual}, expected ${expected}`);
    }
  });
});
