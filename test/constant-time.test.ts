// Equality of tokens, and the masks that stand in for branches.
import * as crypto from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { equalMask, select } from '../src/constant-time.js';
import { constantTimeEqual } from '../src/index.js';
import { ascii, expectOtpError, untyped } from './tools/vectors.js';

describe('constantTimeEqual', () => {
  test.each<[string | Uint8Array, string | Uint8Array]>([
    ['', ''],
    ['token', 'token'],
    ['tökén \u{1f511}', 'tökén \u{1f511}'],
    ['tökén', ascii('tökén')],
    [ascii('token'), 'token'],
    [ascii('token'), Buffer.from('token')],
    [new Uint8Array(0), ''],
    ['\ud83d', '\ud83d'],
  ])('%o and %o are equal', (a, b) => {
    expect(constantTimeEqual(a, b)).toBe(true);
  });

  test.each<[string | Uint8Array, string | Uint8Array]>([
    ['token', 'tokem'],
    ['token', 'Token'],
    ['token', 'toke'],
    ['', 'token'],
    ['token', ascii('tokem')],
    [ascii('token'), ascii('uoken')],
    [ascii('token'), ascii('toke')],
    ['\u0141', 'A'],
    // Both become the replacement character in UTF-8.
    ['\ud83d', '\udd11'],
    ['\ud83d', '\ufffd'],
    // One composed, one decomposed: the same to a reader, not to a program.
    ['é', 'e\u0301'],
  ])('%o and %o are not', (a, b) => {
    expect(constantTimeEqual(a, b)).toBe(false);
    expect(constantTimeEqual(b, a)).toBe(false);
  });

  test('leaves no copy of a text behind, and the bytes of the caller alone', () => {
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    const bytes = ascii('token');
    expect(constantTimeEqual('token', bytes)).toBe(true);
    expect(constantTimeEqual(bytes, 'token')).toBe(true);
    expect(compare.mock.calls).toStrictEqual([
      [Buffer.alloc(5), bytes],
      [bytes, Buffer.alloc(5)],
    ]);
    expect(bytes).toStrictEqual(ascii('token'));
  });

  test('an error names the argument', () => {
    expectOtpError(() => constantTimeEqual(untyped(7), 'token'), 'INVALID_ARGUMENT', /^a must be/);
    expectOtpError(() => constantTimeEqual('token', untyped(7)), 'INVALID_ARGUMENT', /^b must be/);
  });
});

describe('masks', () => {
  const integers = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, -1, 0, 1));

  test('equalMask is -1 for equal integers, else 0', () => {
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        expect(equalMask(a, b)).toBe(a === b ? -1 : 0);
        expect(equalMask(a, a)).toBe(-1);
      }),
    );
    for (let bit = 0; bit < 32; bit++) expect(equalMask(7, 7 ^ (1 << bit))).toBe(0);
  });

  test('select takes the first where the mask is set, else the second', () => {
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        expect(select(-1, a, b)).toBe(a);
        expect(select(0, a, b)).toBe(b);
      }),
    );
  });
});
