// Base32 (RFC 4648 §6), the text form of secrets.
import { checkBoolean, checkBytes, checkObject, checkString } from './checks.js';
import { rangeMask } from './constant-time.js';
import { OtpError } from './errors.js';
import { MAX_TEXT_LENGTH } from './options.js';

const MAX_BYTES = (MAX_TEXT_LENGTH / 8) * 5;
const PADDING = 61; // '='

// No table is indexed by, and no branch depends on, a character of the secret: caches and branch
// predictors are what other processes on the same machine can watch.

export interface EncodeBase32Options {
  /** Whether to end in `=` signs up to a multiple of 8. Default `false`. */
  padding?: boolean | undefined;
}

/** Options of `decodeBase32`, and of `parseOtpauthUri`. */
export interface DecodeBase32Options {
  /**
   * Whether to take, as authenticator apps do, spare bits that are not zero, any padding, and lengths that
   * no bytes have (1, 3 or 6 above a multiple of 8), whose bits left over are dropped. Default `false`.
   */
  lenient?: boolean | undefined;
}

/**
 * Base32 text of some bytes (RFC 4648 §6), upper case.
 *
 * @param bytes At most 5,120; a secret, say.
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * import { encodeBase32 } from 'otpure';
 *
 * encodeBase32(new TextEncoder().encode('12345678901234567890')); // 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
 * encodeBase32(new Uint8Array([102]), { padding: true }); // 'MY======'
 */
export function encodeBase32(bytes: Uint8Array, options: EncodeBase32Options = {}): string {
  checkBytes('bytes', bytes, 0, MAX_BYTES);
  const { padding = false } = checkObject('options', options);
  checkBoolean('padding', padding);
  let text = '';
  for (let i = 0; i < bytes.length; i += 5) {
    // 40 bits as two halves of 20. What is read past the end is undefined, which counts as 0 here.
    const high = (bytes[i] << 12) | (bytes[i + 1] << 4) | (bytes[i + 2] >> 4);
    const low = ((bytes[i + 2] & 15) << 16) | (bytes[i + 3] << 8) | bytes[i + 4];
    text += String.fromCharCode(
      toCharCode(high >> 15),
      toCharCode((high >> 10) & 31),
      toCharCode((high >> 5) & 31),
      toCharCode(high & 31),
      toCharCode(low >> 15),
      toCharCode((low >> 10) & 31),
      toCharCode((low >> 5) & 31),
      toCharCode(low & 31),
    );
  }
  const length = Math.ceil((bytes.length * 8) / 5);
  return padding ? text.slice(0, length).padEnd(text.length, '=') : text.slice(0, length);
}

/** 0–25 to `A`–`Z`, 26–31 to `2`–`7`, which stand 41 places lower than `Z` would have it. */
function toCharCode(value: number): number {
  return value + 65 - (((25 - value) >> 8) & 41);
}

/**
 * The bytes that a Base32 text stands for (RFC 4648 §6).
 *
 * Takes either case, spaces (U+0020) and `-` anywhere, and the `=` padding or none; padding has to be
 * complete and at the end. Refused are other characters (`0`, `1`, `8`, `9`, `ſ`, `ı` and full-width
 * letters too), lengths that no bytes have, and spare bits that are not zero: a typing error is noticed.
 *
 * @param text At most 8,192 characters; the empty string gives no bytes.
 * @throws `OtpError` `INVALID_BASE32` (the message does not show the text), `INVALID_ARGUMENT`.
 *
 * @example
 * import { decodeBase32 } from 'otpure';
 *
 * new TextDecoder().decode(decodeBase32('gezd gnbv gy3t qojq gezd gnbv gy3t qojq')); // '12345678901234567890'
 */
export function decodeBase32(text: string, options: DecodeBase32Options = {}): Uint8Array {
  checkString('text', text);
  const { lenient = false } = checkObject('options', options);
  checkBoolean('lenient', lenient);
  if (text.length > MAX_TEXT_LENGTH) throw invalidBase32(`it has more than ${MAX_TEXT_LENGTH} characters`);

  const compact = text.includes(' ') || text.includes('-') ? text.replace(/[ -]/g, '') : text;
  let length = compact.length;
  while (length > 0 && compact.charCodeAt(length - 1) === PADDING) length--;
  const padding = compact.length - length;
  if (!lenient && padding > 0 && (padding > 6 || compact.length % 8 !== 0)) {
    throw invalidBase32('padding must be complete or left out (lenient: true takes any)');
  }
  const spareBits = (length * 5) % 8;
  if (!lenient && spareBits > 4) {
    throw invalidBase32(
      `no bytes have this length, ${length} characters without padding (lenient: true takes it)`,
    );
  }

  const bytes = new Uint8Array((length * 5) >> 3);
  let buffer = 0;
  let bits = 0;
  let written = 0;
  let invalid = 0;
  for (let i = 0; i < length; i++) {
    const value = toValue(compact.charCodeAt(i));
    invalid |= value;
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = buffer >> bits;
    }
  }
  if (invalid < 0) {
    throw invalidBase32(`the character at index ${text.search(/[^A-Za-z2-7 -]/)} is none of A-Z and 2-7`);
  }
  if (!lenient && (buffer & ((1 << spareBits) - 1)) !== 0) {
    throw invalidBase32('the last character has spare bits that are not zero (lenient: true takes them)');
  }
  return bytes;
}

/** The 5 bits that a character stands for, or −1 for a character outside the alphabet. */
function toValue(charCode: number): number {
  const upper = charCode & ~32;
  const isLetter = rangeMask(upper, 65, 90);
  const isDigit = rangeMask(charCode, 50, 55);
  return ((upper - 65) & isLetter) | ((charCode - 24) & isDigit) | ~(isLetter | isDigit);
}

function invalidBase32(reason: string): OtpError {
  return new OtpError('INVALID_BASE32', `text is not Base32: ${reason}`);
}
