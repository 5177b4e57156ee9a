import * as crypto from 'node:crypto';
import { invalidArgument, isBytes } from './options.js';

/**
 * Whether two tokens are equal, in a time that depends on their lengths only.
 *
 * For the app's own tokens: CSRF tokens, API keys, signatures. The codes of this library are compared
 * by its `verify…` functions; there is no need to compare them with this.
 *
 * @param a A string or bytes of any length. Next to bytes, a string stands for its UTF-8 bytes, in
 * which a lone surrogate is U+FFFD.
 * @param b The same. The order does not matter.
 * @returns `false` for unequal lengths and contents.
 * @throws `OtpError` `INVALID_ARGUMENT` if either is neither a string nor a `Uint8Array`.
 *
 * @example
 * constantTimeEqual('token', 'token'); // true
 * constantTimeEqual('token', new TextEncoder().encode('other')); // false
 */
export function constantTimeEqual(a: string | Uint8Array, b: string | Uint8Array): boolean {
  // UTF-8 has one replacement for every lone surrogate, so two different strings could become the
  // same bytes; UTF-16 keeps them apart.
  const encoding = typeof a === 'string' && typeof b === 'string' ? 'utf16le' : 'utf8';
  const left = toBytes('a', a, encoding);
  const right = toBytes('b', b, encoding);
  return left.length === right.length && crypto.timingSafeEqual(left, right);
}

function toBytes(name: string, value: string | Uint8Array, encoding: 'utf16le' | 'utf8'): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, encoding);
  if (!isBytes(value)) throw invalidArgument(name, 'a string or a Uint8Array', value);
  return value;
}

/** @internal −1 if two 32-bit integers are equal, else 0: a mask for `select`, found without a branch. */
export function equalMask(a: number, b: number): number {
  const difference = a ^ b;
  return ~((difference | -difference) >> 31);
}

/** @internal `ifSet` where the mask is −1, `ifClear` where it is 0. All are 32-bit integers. */
export function select(mask: number, ifSet: number, ifClear: number): number {
  return (ifSet & mask) | (ifClear & ~mask);
}
