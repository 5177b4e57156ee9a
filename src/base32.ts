import { OtpError } from './errors.js';
import { checkBoolean, checkBytes, checkObject, checkString } from './options.js';

// No table is indexed by, and no branch depends on, a character of the secret: caches and branch
// predictors are what other processes on the same machine can watch.

/** Options of `encodeBase32`. */
export interface EncodeBase32Options {
  /** Whether to end in `=` signs up to a multiple of 8. Default `false`. */
  padding?: boolean;
}

/** Options of `decodeBase32`, and of `parseOtpauthUri`. */
export interface DecodeBase32Options {
  /**
   * Whether to take spare bits that are not zero and padding of any length too, as authenticator apps do;
   * secrets of other services need that. Default `false`.
   */
  lenient?: boolean;
}

/**
 * Base32 text of some bytes (RFC 4648 §6), upper case.
 *
 * @param bytes Of any length; a secret, say.
 * @param options `padding`. Without it, as otpauth URIs and authenticator apps want it.
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * encodeBase32(new TextEncoder().encode('12345678901234567890')); // 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
 * encodeBase32(new Uint8Array([102]), { padding: true }); // 'MY======'
 */
export function encodeBase32(bytes: Uint8Array, options: EncodeBase32Options = {}): string {
  checkBytes('bytes', bytes);
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
 * complete and at the end. Everything else is refused: other characters (`0`, `1`, `8`, `9`, `ſ`, `ı`
 * and full-width letters too), lengths that no bytes have, and spare bits that are not zero. So each
 * sequence of bytes has one spelling, and a mistyped secret is noticed.
 *
 * @param text Base32 of any length; the empty string gives no bytes.
 * @param options `lenient`.
 * @throws `OtpError` `INVALID_BASE32` (the message never shows the text), `INVALID_ARGUMENT`.
 *
 * @example
 * new TextDecoder().decode(decodeBase32('gezd gnbv gy3t qojq gezd gnbv gy3t qojq')); // '12345678901234567890'
 */
export function decodeBase32(text: string, options: DecodeBase32Options = {}): Uint8Array {
  checkString('text', text);
  const { lenient = false } = checkObject('options', options);
  checkBoolean('lenient', lenient);

  const compact = text.includes(' ') || text.includes('-') ? text.replace(/[ -]/g, '') : text;
  let length = compact.length;
  while (length > 0 && compact.charCodeAt(length - 1) === PADDING) length--;
  const padding = compact.length - length;
  if (!lenient && padding > 0 && (padding > 6 || compact.length % 8 !== 0)) {
    throw invalidBase32('padding must be complete or left out');
  }
  const spareBits = (length * 5) % 8;
  if (spareBits > 4) throw invalidBase32(`no bytes have this length, ${length} characters without padding`);

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

const PADDING = 61; // '='

/** The 5 bits a character stands for, or −1 for a character outside the alphabet. */
function toValue(charCode: number): number {
  const letter = (charCode & ~32) - 65;
  const digit = charCode - 50;
  const noLetter = (letter | (25 - letter)) >> 31;
  const noDigit = (digit | (5 - digit)) >> 31;
  return (letter & ~noLetter) | ((digit + 26) & ~noDigit) | (noLetter & noDigit);
}

function invalidBase32(reason: string): OtpError {
  return new OtpError('INVALID_BASE32', `text is not Base32: ${reason}`);
}
