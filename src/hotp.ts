//! otpure (MIT)
// HOTP (RFC 4226): truncation, generation, verification and resynchronisation by counter.
import { checkInteger } from './checks.js';
import { equalMask, select } from './constant-time.js';
import { type HmacMessages, hmac, setKey, wipeKey } from './hmac.js';
import { checkCounter, MAX_UINT64, type OtpAlgorithm, type OtpOptions, readOtpOptions } from './options.js';
import { digitMask, foldCode, separatorMask } from './typed-text.js';

// Room for separators: ten digits with one after each are 20 characters.
const MAX_TYPED_LENGTH = 64;
const MAX_VALUE = 0x7fff_ffff;
const DIGIT_0 = 48;
// What parseCode returns for what equals no code.
const NO_CODE = -1;
const TOO_LARGE = -2;
// A table, because `10 ** digits` takes as long as writing out the code.
const POWERS_OF_TEN = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The type of a counter and of the next one: for `0`, `number`. */
type Counter<C> = C extends bigint ? bigint : number;

/** Options of `verifyHotp`. */
export interface VerifyHotpOptions extends OtpOptions {
  /** How many counters after the expected one may match, too: 0 to 100. Default 10. */
  lookAhead?: number | undefined;
}

/** Options of `resyncHotp`. */
export interface ResyncHotpOptions extends OtpOptions {
  /** How many counters after the expected one the first code may be: 0 to 1000. Default 100. */
  lookAhead?: number | undefined;
}

/** Which counter a HOTP code matched. */
export interface HotpMatch<C extends number | bigint = number | bigint> {
  /** The counter of the code that matched; of the last one if several were typed. */
  counter: C;
  /** The counter to store. After the highest counter it is out of range, and every function rejects it. */
  nextCounter: C;
}

/**
 * Generates the HOTP code of a counter (RFC 4226 §5).
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @param counter An integer from 0 to 2^53 − 1, or a bigint from 0 to 2^64 − 1.
 * @param options The hash, and the number of digits.
 * @returns The code: `digits` digits, with leading zeros.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * import { generateHotp } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * generateHotp(secret, 0); // '755224'
 */
export function generateHotp(secret: Uint8Array, counter: number | bigint, options?: OtpOptions): string {
  const { algorithm, digits } = readOtpOptions(secret, options);
  const value = hotpValue(algorithm, secret, checkCounter(counter));
  return String(lastDigits(value, digits)).padStart(digits, '0');
}

/**
 * Generates the 31-bit number that the HOTP code of a counter is made of (Snum of RFC 4226 §5.3), for
 * services that don't write it in digits, such as Steam Guard.
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @param counter An integer from 0 to 2^53 − 1, or a bigint from 0 to 2^64 − 1.
 * @param options The hash; `digits` has no effect.
 * @returns An integer from 0 to 2^31 − 1.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * import { generateHotpValue } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * generateHotpValue(secret, 0); // 1284755224
 */
export function generateHotpValue(
  secret: Uint8Array,
  counter: number | bigint,
  options?: OtpOptions,
): number {
  const { algorithm } = readOtpOptions(secret, options);
  return hotpValue(algorithm, secret, checkCounter(counter));
}

/**
 * Checks a typed HOTP code against the expected counter and those after it (RFC 4226 §7.2, §7.4).
 *
 * If it matches, store `nextCounter` with compare-and-set before you log anyone in. If it doesn't, leave the
 * stored counter as it is: otherwise anyone could push it out of reach. Limit the attempts with
 * `takeAttempt`.
 *
 * It never looks back. A code equal to that of `counter - 1`, the last one accepted, is refused even if a
 * later counter happens to have the same digits; an older code is no likelier to match than a random guess.
 * All counters are computed and compared, whatever was typed.
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @param code What the person typed, of any type. White space, invisible characters and dashes are ignored.
 * @param counter The next counter expected: an integer from 0 to 2^53 − 1, or a bigint from 0 to 2^64 − 1.
 * @param options How far to look ahead, the hash, and the number of digits.
 * @returns The lowest counter that matches, as a number or a bigint like `counter`, or `null`.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * import { verifyHotp } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * verifyHotp(secret, '287 082', 0); // { counter: 1, nextCounter: 2 }
 * verifyHotp(secret, '287 082', 2); // null
 */
export function verifyHotp<C extends number | bigint>(
  secret: Uint8Array,
  code: string,
  counter: C,
  options?: VerifyHotpOptions,
): HotpMatch<Counter<C>> | null {
  const { algorithm, digits } = readOtpOptions(secret, options);
  const { lookAhead = 10 } = options ?? {};
  checkInteger('lookAhead', lookAhead, 0, 100);
  const furthest = Math.min(lookAhead, countersAfter(checkCounter(counter)));

  const typed = parseCode(code, digits);
  const messages = setKey(algorithm, secret);
  let match = -1;
  try {
    // Downwards: the lowest counter that matches is selected last.
    for (let i = furthest; i >= 0; i--) {
      match = select(matchMask(messages, add(counter, i), digits, typed), i, match);
    }
    // After them all: the code of the last counter used is refused.
    if (counter > 0) match = select(matchMask(messages, add(counter, -1), digits, typed), -1, match);
  } finally {
    wipeKey(messages);
  }
  return match < 0 ? null : hotpMatch(add(counter, match));
}

/**
 * Finds the counter of a token that has run ahead, by two or three codes in a row (RFC 4226 §7.4).
 *
 * More than one code is needed because a wide search for one would ease guessing. It never looks back.
 * Limit the attempts, as for a login.
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @param codes What the person typed, oldest code first: an array of 2 or 3. Anything else is no match.
 * @param counter The next counter expected: an integer from 0 to 2^53 − 1, or a bigint from 0 to 2^64 − 1.
 * @param options How far to look ahead, the hash, and the number of digits.
 * @returns The lowest match, or `null`: `counter` is that of the last code, `nextCounter` the one to store.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * import { resyncHotp } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * resyncHotp(secret, ['254676', '287922'], 0); // { counter: 6, nextCounter: 7 }
 */
export function resyncHotp<C extends number | bigint>(
  secret: Uint8Array,
  codes: readonly string[],
  counter: C,
  options?: ResyncHotpOptions,
): HotpMatch<Counter<C>> | null {
  const { algorithm, digits } = readOtpOptions(secret, options);
  const { lookAhead = 100 } = options ?? {};
  checkInteger('lookAhead', lookAhead, 0, 1000);
  checkCounter(counter);
  if (!Array.isArray(codes) || codes.length < 2 || codes.length > 3) return null;
  // Not map(), which leaves a hole of the array a hole.
  const typed = Array.from(codes, (code) => parseCode(code, digits));
  const furthest = Math.min(lookAhead + typed.length - 1, countersAfter(counter));

  const messages = setKey(algorithm, secret);
  const expected: number[] = [];
  try {
    for (let i = 0; i <= furthest; i++) expected.push(codeAsNumber(messages, add(counter, i), digits));
  } finally {
    wipeKey(messages);
  }
  let match = -1;
  for (let last = furthest; last >= typed.length - 1; last--) {
    let mask = -1;
    for (let i = 0; i < typed.length; i++) mask &= equalMask(expected[last - typed.length + 1 + i], typed[i]);
    match = select(mask, last, match);
  }
  return match < 0 ? null : hotpMatch(add(counter, match));
}

/** −1 if a typed code is that of a counter, else 0, under the key that is set. */
export function matchMask(
  messages: HmacMessages,
  counter: number | bigint,
  digits: number,
  typed: number,
): number {
  return equalMask(codeAsNumber(messages, counter, digits), typed);
}

/** The code of a counter as a number, under the key that is set. */
function codeAsNumber(messages: HmacMessages, counter: number | bigint, digits: number): number {
  return lastDigits(truncate(hmac(messages, counter)), digits);
}

/** The 31-bit number of one counter (Snum of RFC 4226 §5.3). */
function hotpValue(algorithm: OtpAlgorithm, secret: Uint8Array, counter: number | bigint): number {
  const messages = setKey(algorithm, secret);
  try {
    return truncate(hmac(messages, counter));
  } finally {
    wipeKey(messages);
  }
}

/** Dynamic truncation (RFC 4226 §5.3): 31 bits from where the low four bits of the last byte point. */
function truncate(digest: string): number {
  const offset = digest.charCodeAt(digest.length - 1) & 15;
  return (
    ((digest.charCodeAt(offset) & 0x7f) << 24) |
    (digest.charCodeAt(offset + 1) << 16) |
    (digest.charCodeAt(offset + 2) << 8) |
    digest.charCodeAt(offset + 3)
  );
}

/** The number modulo 10^digits (RFC 4226 §5.3). Ten digits hold all 31 bits. */
function lastDigits(value: number, digits: number): number {
  return digits > 9 ? value : value % POWERS_OF_TEN[digits];
}

/** The number that a typed code stands for; `NO_CODE` for text that isn't `digits` digits. */
export function parseCode(code: unknown, digits: number): number {
  if (typeof code !== 'string' || code.length > MAX_TYPED_LENGTH) return NO_CODE;
  const value = parseAscii(code, digits);
  return value === NO_CODE ? parseAscii(foldCode(code), digits) : value;
}

/** Arithmetic only: no branch depends on a digit. */
function parseAscii(code: string, digits: number): number {
  let value = 0;
  let count = 0;
  let invalid = 0;
  for (let i = 0; i < code.length; i++) {
    const charCode = code.charCodeAt(i);
    const isDigit = digitMask(charCode);
    value = value * (1 + (9 & isDigit)) + ((charCode - DIGIT_0) & isDigit);
    count -= isDigit;
    invalid |= ~(isDigit | separatorMask(charCode));
  }
  if (count !== digits || invalid !== 0) return NO_CODE;
  // Ten digits can exceed the 31 bits of a code, and would be cut to 32 bits when compared.
  return value <= MAX_VALUE ? value : TOO_LARGE;
}

/** Whether a text is exactly `digits` digits, as a code is. */
export function hasCodeForm(code: unknown, digits: number): boolean {
  return parseCode(code, digits) !== NO_CODE;
}

/** How many counters of its type come after one. */
function countersAfter(counter: number | bigint): number {
  return typeof counter === 'bigint' ? Number(MAX_UINT64 - counter) : Number.MAX_SAFE_INTEGER - counter;
}

function add<C extends number | bigint>(counter: C, steps: number): C {
  return (typeof counter === 'bigint' ? counter + BigInt(steps) : (counter as number) + steps) as C;
}

function hotpMatch<C extends number | bigint>(counter: C): HotpMatch<Counter<C>> {
  return { counter, nextCounter: add(counter, 1) } as HotpMatch<Counter<C>>;
}
