//! otpure (MIT)
// Base32 (RFC 4648 §6), the text form of secrets.
import { checkBoolean, checkBytes, checkObject, checkString } from './checks.js';
import { rangeMask } from './constant-time.js';
import { OtpError } from './errors.js';
import { type Bytes, MAX_TEXT_LENGTH } from './options.js';
import { foldSeparators, separatorMask } from './typed-text.js';

const MAX_BYTES = (MAX_TEXT_LENGTH / 8) * 5;
const PADDING = 61; // '='

// No table is indexed by, and no branch depends on, a character of the secret: other processes on the
// same machine can watch caches and branch predictors.

/** Options of `encodeBase32`. */
export interface EncodeBase32Options {
  /** Whether to append `=` up to a multiple of 8 characters. Default `false`. */
  padding?: boolean | undefined;
}

/** Options of `decodeBase32` and `parseOtpauthUri`. */
export interface DecodeBase32Options {
  /**
   * Whether to be as lenient as authenticator apps, which accept any padding, spare bits that are not zero,
   * and lengths that no bytes have (1, 3 or 6 above a multiple of 8; the bits left over are dropped). In a
   * URI, also a label without an account and a HOTP key without a counter. Default `false`.
   */
  lenient?: boolean | undefined;
}

/**
 * Encodes bytes as Base32 (RFC 4648 §6).
 *
 * @param bytes At most 5,120 bytes, such as a secret.
 * @param options Whether to pad the text.
 * @returns The text in upper case, without padding by default.
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
 * Decodes Base32 (RFC 4648 §6), in either case, with or without padding.
 *
 * Ignores white space, format characters (such as zero-width spaces) and dashes. Rejects all other
 * characters (including `0`, `1`, `8`, `9`, `ſ`, `ı` and full-width letters), incomplete padding, impossible
 * lengths and spare bits that are not zero, so that typing errors are noticed.
 *
 * @param text At most 8,192 characters. The empty string gives no bytes.
 * @param options Whether to be lenient.
 * @returns The bytes, in a buffer of their own.
 * @throws `OtpError` `INVALID_BASE32` (the message does not show the text), `INVALID_ARGUMENT`.
 *
 * @example
 * import { decodeBase32 } from 'otpure';
 *
 * new TextDecoder().decode(decodeBase32('gezd gnbv gy3t qojq gezd gnbv gy3t qojq')); // '12345678901234567890'
 */
export function decodeBase32(text: string, options: DecodeBase32Options = {}): Bytes {
  checkString('text', text);
  const { lenient = false } = checkObject('options', options);
  checkBoolean('lenient', lenient);
  if (text.length > MAX_TEXT_LENGTH) throw invalidBase32(`it has more than ${MAX_TEXT_LENGTH} characters`);

  const bytes = new Uint8Array((text.length * 5) >> 3);
  try {
    const length = decodeInto(bytes, text, lenient);
    if (length === bytes.length) return bytes;
    const decoded = bytes.slice(0, length);
    bytes.fill(0);
    return decoded;
  } catch (error) {
    bytes.fill(0);
    throw error;
  }
}

/** Writes the bytes, and returns their number. */
function decodeInto(bytes: Uint8Array, text: string, lenient: boolean): number {
  let buffer = 0;
  let bits = 0;
  let written = 0;
  let padding = 0;
  for (let i = 0; i < text.length; i++) {
    const charCode = text.charCodeAt(i);
    const value = toValue(charCode);
    if (value < 0) {
      if (charCode === PADDING) padding++;
      else if (separatorMask(charCode) === 0) {
        const folded = foldSeparators(text);
        if (folded === text) throw invalidCharacter(i);
        return decodeInto(bytes, folded, lenient);
      }
      continue;
    }
    if (padding > 0) throw invalidCharacter(text.indexOf('='));
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = buffer >> bits;
    }
  }
  if (lenient) return written;
  const length = (8 * written + bits) / 5;
  if (padding > 0 && (padding > 6 || (length + padding) % 8 !== 0)) {
    throw invalidBase32('padding must be complete or left out (lenient: true accepts any)');
  }
  if (bits > 4) {
    throw invalidBase32(
      `${length} characters without padding are an impossible length (lenient: true accepts it)`,
    );
  }
  if ((buffer & ((1 << bits) - 1)) !== 0) {
    throw invalidBase32('the last character has spare bits that are not zero (lenient: true accepts them)');
  }
  return written;
}

/** The 5 bits that a character stands for, or −1 for a character outside the alphabet. */
function toValue(charCode: number): number {
  const upper = charCode & ~32;
  const isLetter = rangeMask(upper, 65, 90);
  const isDigit = rangeMask(charCode, 50, 55);
  return ((upper - 65) & isLetter) | ((charCode - 24) & isDigit) | ~(isLetter | isDigit);
}

function invalidCharacter(index: number): OtpError {
  return invalidBase32(`the character at index ${index} is not one of A-Z and 2-7`);
}

function invalidBase32(reason: string): OtpError {
  return new OtpError('INVALID_BASE32', `text is not Base32: ${reason}`);
}
