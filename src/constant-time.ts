//! otpure (MIT)
// The constant-time core: equality of tokens, and masks in place of branches.
import * as crypto from 'node:crypto';
import { invalidArgument, isBytes } from './checks.js';

type Encoding = 'utf16le' | 'utf8';

/**
 * Compares two tokens of your own in a time that depends only on their lengths. The `verify…` functions
 * compare codes themselves.
 *
 * @param a A string or bytes of any length. Compared with bytes, a string stands for its UTF-8 bytes, in
 * which a lone surrogate is U+FFFD.
 * @param b Another one.
 * @returns Whether they are equal.
 * @throws `OtpError` `INVALID_ARGUMENT` if either is neither a string nor a `Uint8Array`.
 *
 * @example
 * import { constantTimeEqual } from 'otpure';
 *
 * constantTimeEqual('token', 'token'); // true
 * constantTimeEqual('token', new TextEncoder().encode('other')); // false
 */
export function constantTimeEqual(a: string | Uint8Array, b: string | Uint8Array): boolean {
  // UTF-8 has one replacement for every lone surrogate, so two different strings could become the
  // same bytes; UTF-16 keeps them apart.
  const encoding = typeof a === 'string' && typeof b === 'string' ? 'utf16le' : 'utf8';
  const length = byteLength('a', a, encoding);
  if (length !== byteLength('b', b, encoding)) return false;
  const left = toBytes(a, length, encoding);
  const right = toBytes(b, length, encoding);
  const isEqual = crypto.timingSafeEqual(left, right);
  if (left !== a) left.fill(0);
  if (right !== b) right.fill(0);
  return isEqual;
}

function byteLength(name: string, value: string | Uint8Array, encoding: Encoding): number {
  if (typeof value === 'string') return Buffer.byteLength(value, encoding);
  if (!isBytes(value)) throw invalidArgument(name, 'a string or a Uint8Array', value);
  return value.length;
}

function toBytes(value: string | Uint8Array, length: number, encoding: Encoding): Uint8Array {
  if (typeof value !== 'string') return value;
  // Not Buffer.from, which would leave the token in the pool that all buffers of the process share.
  const bytes = Buffer.alloc(length);
  bytes.write(value, encoding);
  return bytes;
}

/** −1 if two 32-bit integers are equal, else 0: a mask for `select`, found without a branch. */
export function equalMask(a: number, b: number): number {
  const difference = a ^ b;
  return ~((difference | -difference) >> 31);
}

/** −1 if an integer lies in a range, else 0. All are integers of at most 31 bits. */
export function rangeMask(value: number, min: number, max: number): number {
  return ~(((value - min) | (max - value)) >> 31);
}

/** `ifSet` where the mask is −1, `ifClear` where it is 0. All are 32-bit integers. */
export function select(mask: number, ifSet: number, ifClear: number): number {
  return (ifSet & mask) | (ifClear & ~mask);
}
