//! otpure (MIT)
// Options that several modules take, with their defaults and limits; the only place that reads the clock.
import { checkInteger, checkObject, checkOneOf, invalidArgument, invalidNumber, isBytes } from './checks.js';
import { OtpError } from './errors.js';

/** The hash of the HMAC, named as in otpauth URIs. */
export type OtpAlgorithm = 'SHA1' | 'SHA256' | 'SHA512';

/** How a code is made. The server and the authenticator app need the same values. */
export interface OtpOptions {
  /** The hash of the HMAC. Default `'SHA1'`, the only one that every authenticator app supports. */
  algorithm?: OtpAlgorithm | undefined;
  /** The number of digits: 6 to 10 (RFC 4226 R4 and §5.3). Default 6. */
  digits?: number | undefined;
  /** The shortest secret allowed, in bytes: 1 to 64. Default 16 (RFC 4226 R6). Older services use 10. */
  minSecretBytes?: number | undefined;
}

/** A `Uint8Array`. From TypeScript 5.7 on its type also says that its buffer is an `ArrayBuffer`. */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** The moment that a function works with. */
export interface TimestampOptions {
  /** A `Date`, or Unix **milliseconds** from 0 to 8.64e15; fractions are floored. Default: now. */
  timestamp?: number | Date | undefined;
}

/** At which moment, and how time is divided into steps (RFC 6238 §4). */
export interface TimeOptions extends TimestampOptions {
  /** The length of a time step, in **seconds**: 1 to 86,400. Default 30. */
  period?: number | undefined;
  /** The start of step 0, in Unix **seconds**: 0 up to the moment. Default 0. */
  t0?: number | undefined;
}

/** The bytes of the HMAC output: the key length that RFC 6238 §5.1 asks for. */
export const DIGEST_BYTES: Record<OtpAlgorithm, number> = { SHA1: 20, SHA256: 32, SHA512: 64 };
export const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'] as const;
export const DEFAULT_ALGORITHM = 'SHA1';
export const DEFAULT_DIGITS = 6;
export const DEFAULT_PERIOD = 30;
const DEFAULT_MIN_SECRET_BYTES = 16;

// Each of these bounds how much is computed, or how large a number can get.
export const MAX_SECRET_BYTES = 1024;
/** Characters of a Base32 text, and of an otpauth URI. */
export const MAX_TEXT_LENGTH = 8192;
export const MAX_UINT64: bigint = 0xffff_ffff_ffff_ffffn;
/** The last moment that a `Date` can hold, in milliseconds. */
export const MAX_TIMESTAMP = 8.64e15;

export function checkAlgorithm(value: unknown): OtpAlgorithm {
  return checkOneOf('algorithm', value, ALGORITHMS);
}

export function checkDigits(value: unknown): number {
  return checkInteger('digits', value, 6, 10);
}

export function checkPeriod(value: unknown): number {
  return checkInteger('period', value, 1, 86_400);
}

/** A HOTP counter: eight bytes (RFC 4226 §5.2). Above 2^53 − 1 a number would be rounded. */
export function checkCounter<C extends number | bigint>(value: C): C {
  if (
    typeof value === 'bigint' ? value < 0n || value > MAX_UINT64 : !Number.isSafeInteger(value) || value < 0
  ) {
    const allowed = 'an integer from 0 to 2^53 - 1, or a bigint from 0 to 2^64 - 1';
    // A bigint can have millions of digits, which take long to print.
    if (typeof value === 'bigint' && Math.abs(Number(value)) < 1e30) {
      throw new OtpError('INVALID_ARGUMENT', `counter must be ${allowed}, got ${value}`);
    }
    throw invalidNumber('counter', allowed, value);
  }
  return value;
}

/** What a code is made of, with the defaults filled in. */
type CodeOptions = { algorithm: OtpAlgorithm; digits: number };

const DEFAULT_CODE_OPTIONS: CodeOptions = { algorithm: DEFAULT_ALGORITHM, digits: DEFAULT_DIGITS };

/** The options of every function that computes a code, checked together with its secret. */
export function readOtpOptions(secret: Uint8Array, options?: OtpOptions): CodeOptions {
  // Most calls pass none. Reading and checking them costs a tenth of a code.
  if (options === undefined) {
    checkSecret(secret, DEFAULT_MIN_SECRET_BYTES);
    return DEFAULT_CODE_OPTIONS;
  }
  const {
    algorithm = DEFAULT_ALGORITHM,
    digits = DEFAULT_DIGITS,
    minSecretBytes = DEFAULT_MIN_SECRET_BYTES,
  } = checkObject('options', options);
  checkAlgorithm(algorithm);
  checkDigits(digits);
  checkInteger('minSecretBytes', minSecretBytes, 1, 64);
  checkSecret(secret, minSecretBytes);
  return { algorithm, digits };
}

function checkSecret(secret: unknown, minSecretBytes: number): void {
  if (!isBytes(secret)) {
    throw invalidArgument('secret', 'a Uint8Array (Base32 text is decoded with decodeBase32)', secret);
  }
  const { length } = secret;
  if (length < minSecretBytes) {
    throw new OtpError(
      'SECRET_TOO_SHORT',
      `secret must be at least ${minSecretBytes} bytes (minSecretBytes), got ${length}`,
    );
  }
  if (length > MAX_SECRET_BYTES) throw invalidNumber('secret.length', `at most ${MAX_SECRET_BYTES}`, length);
}

/** A moment in whole Unix milliseconds. */
export function readTimestamp(options: TimestampOptions): number {
  return toMilliseconds(checkObject('options', options).timestamp);
}

function toMilliseconds(timestamp: unknown = Date.now()): number {
  const milliseconds = typeof timestamp === 'object' ? fromDate(timestamp) : timestamp;
  if (typeof milliseconds !== 'number' || !(milliseconds >= 0 && milliseconds <= MAX_TIMESTAMP)) {
    throw invalidNumber('timestamp', `a Date or Unix milliseconds from 0 to ${MAX_TIMESTAMP}`, milliseconds);
  }
  return Math.floor(milliseconds) + 0; // -0 becomes 0
}

/** Right for a Date of another realm, where `instanceof` is not. Other objects are left as they are. */
function fromDate(value: unknown): unknown {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return value;
  }
}

/** The moment and its division into steps, all in milliseconds. */
export function readTimeOptions(options?: TimeOptions): { now: number; period: number; t0: number } {
  if (options === undefined) return { now: toMilliseconds(), period: DEFAULT_PERIOD * 1000, t0: 0 };
  const now = readTimestamp(options);
  const { period = DEFAULT_PERIOD, t0 = 0 } = options;
  checkPeriod(period);
  // Before t0 there is no step to compute: RFC 6238 counts from 0.
  checkInteger('t0', t0, 0, Math.floor(now / 1000));
  return { now, period: period * 1000, t0: t0 * 1000 };
}
