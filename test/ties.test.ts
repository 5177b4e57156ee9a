// Under a hash that gives the same output for everything, all codes are equal: shows which of several
// matches wins, and how numbers are treated that codes rarely have.
import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { generateHotp, generateTotp, resyncHotp, verifyHotp, verifyTotp } from '../src/index.js';
import { NOT_CODES, untyped } from './tools/vectors.js';

const secret = new Uint8Array(20);
const timestamp = 3_000_000;
describe('where all codes are equal', () => {
  let code: string;
  beforeEach(() => {
    vi.spyOn(crypto, 'hash').mockReturnValue('\u0001'.repeat(20) as never);
    code = generateTotp(secret, { timestamp });
  });

  test('verifyHotp: the lowest counter', () => {
    expect(verifyHotp(secret, code, 0)).toStrictEqual({ counter: 0, nextCounter: 1 });
  });

  test('verifyHotp: none, where the last accepted code is the same', () => {
    expect(verifyHotp(secret, code, 1)).toBeNull();
  });

  test('resyncHotp: the lowest counters', () => {
    expect(resyncHotp(secret, [code, code], 5)).toStrictEqual({ counter: 6, nextCounter: 7 });
  });

  test('verifyTotp: the highest step', () => {
    expect(verifyTotp(secret, code, null, { timestamp, window: 3 })).toStrictEqual({
      timeStep: 103,
      drift: 3,
    });
  });

  test('verifyTotp: none, where the last used code is the same', () => {
    expect(verifyTotp(secret, code, 50, { timestamp })).toBeNull();
  });

  test('verifyTotp: none, where the last used code is that of step 0', () => {
    expect(verifyTotp(secret, code, 0, { timestamp: 0 })).toBeNull();
  });

  test('verifyTotp: none, where an earlier step of the window was used', () => {
    expect(verifyTotp(secret, code, 100, { timestamp })).toBeNull();
    expect(verifyTotp(secret, code, 101, { timestamp })).toBeNull();
  });

  test.each(['000000', 'not a code', ''])('verifyTotp: computes the whole window for "%s"', (typed) => {
    const hash = vi.mocked(crypto.hash).mockClear();
    verifyTotp(secret, typed, null, { timestamp });
    expect(hash).toHaveBeenCalledTimes(6);
    verifyTotp(secret, typed, 0, { timestamp });
    expect(hash).toHaveBeenCalledTimes(14);
  });
});

test.each(NOT_CODES)('where all codes are 000001, %o is none', (typed) => {
  hashTo(1);
  expect(verifyHotp(secret, '000001', 0)).not.toBeNull();
  expect(verifyHotp(secret, untyped(typed), 0)).toBeNull();
});

test('the largest value of a code, 2^31 - 1, is verified', () => {
  hashTo(2 ** 31 - 1);
  expect(generateHotp(secret, 0, { digits: 10 })).toBe('2147483647');
  expect(verifyHotp(secret, '2147483647', 0, { digits: 10 })).toStrictEqual({ counter: 0, nextCounter: 1 });
});

/** A hash whose truncation is the value: its last byte, 0, is the offset (RFC 4226 §5.3). */
function hashTo(value: number): void {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32BE(value);
  vi.spyOn(crypto, 'hash').mockReturnValue(bytes.toString('latin1') as never);
}
