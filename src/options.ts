import { OtpError } from './errors.js';

/** Hash of the HMAC, named as in otpauth URIs. Most authenticator apps support `'SHA1'` only. */
export type OtpAlgorithm = 'SHA1' | 'SHA256' | 'SHA512';

/** What a code is made of. The same three values must be used to generate and to verify. */
export interface OtpOptions {
  /** Hash of the HMAC. Default `'SHA1'`, the only one that every authenticator app supports. */
  algorithm?: OtpAlgorithm;
  /** Digits of the code: an integer from 6 to 10 (RFC 4226 R4 and §5.3). Default 6. */
  digits?: number;
  /**
   * Least length of the secret in bytes: an integer from 1 to 64. Default 16, the 128 bits of
   * RFC 4226 R6. Lower it for the 10-byte secrets of older services, raise it by policy.
   */
  minSecretBytes?: number;
}

/** Which moment, and how time is cut into steps (RFC 6238 §4). */
export interface TimeOptions {
  /**
   * The moment: a `Date`, or Unix **milliseconds** as from `Date.now()`, from 0 to 8.64e15;
   * fractions are floored. Default: now.
   */
  timestamp?: number | Date;
  /** Length of a time step in **seconds**: an integer from 1 to 86,400. Default 30. */
  period?: number;
  /** Where step 0 starts, in Unix **seconds**: an integer from 0 up to the moment. Default 0. */
  t0?: number;
}

/** @internal The bytes of the HMAC output: the key length RFC 6238 §5.1 asks for. */
export const DIGEST_BYTES: Record<OtpAlgorithm, number> = { SHA1: 20, SHA256: 32, SHA512: 64 };

/** @internal */
export const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'] as const;
/** @internal */
export const DEFAULT_ALGORITHM = 'SHA1';
/** @internal */
export const DEFAULT_DIGITS = 6;
/** @internal */
export const DEFAULT_PERIOD = 30;

// Every one of these sets how much is computed, or how large a number can get.
/** @internal */
export const MAX_UINT64: bigint = 0xffff_ffff_ffff_ffffn;
const MIN_DIGITS = 6;
const MAX_DIGITS = 10;
const MAX_PERIOD = 86_400;
/** @internal The last moment a `Date` can hold, in milliseconds. */
export const MAX_TIMESTAMP = 8.64e15;

/** @internal The error for an argument of the wrong type: shows the type, because the value may be a secret. */
export function invalidArgument(name: string, allowed: string, given: unknown): OtpError {
  const type = given === null ? 'null' : Array.isArray(given) ? 'array' : typeof given;
  return new OtpError('INVALID_ARGUMENT', `${name} must be ${allowed}, got ${type}`);
}

/** @internal The error for a number that is none, or out of range: shows the number. */
export function invalidNumber(name: string, allowed: string, given: unknown): OtpError {
  if (typeof given !== 'number') return invalidArgument(name, allowed, given);
  return new OtpError('INVALID_ARGUMENT', `${name} must be ${allowed}, got ${given}`);
}

/** @internal */
export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw invalidNumber(name, `an integer from ${min} to ${max}`, value);
  }
  return value as number;
}

/** @internal */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value);
  return value;
}

/** @internal */
export function checkString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidArgument(name, 'a string', value);
  return value;
}

/** @internal A pepper or a moment passed in place of the options must not be taken for no options at all. */
export function checkObject<T>(name: string, value: T): T {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || ArrayBuffer.isView(value) || value instanceof Date) {
    throw invalidArgument(name, 'a plain object', value);
  }
  return value;
}

/** @internal */
export function checkArray<T>(name: string, value: readonly T[], min: number, max: number): readonly T[] {
  if (!Array.isArray(value)) throw invalidArgument(name, 'an array', value);
  checkInteger(`${name}.length`, value.length, min, max);
  return value;
}

// Pure, for bundlers: an app that needs no bytes checked is not to carry it.
const typedArrayName = /* @__PURE__ */ getTypedArrayName();

/**
 * Reads the name every typed array carries in an internal slot: right across realms (vm, Jest), where
 * `instanceof` is not, and impossible to forge.
 */
function getTypedArrayName(): (this: unknown) => string | undefined {
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  return Object.getOwnPropertyDescriptor(typedArray, Symbol.toStringTag)?.get as () => string | undefined;
}

/** @internal */
export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName.call(value) === 'Uint8Array';
}

/** @internal */
export function checkBytes(name: string, value: unknown): Uint8Array {
  if (!isBytes(value)) throw invalidArgument(name, 'a Uint8Array', value);
  return value;
}

/** @internal */
export function checkAlgorithm(value: unknown): OtpAlgorithm {
  if (!ALGORITHMS.includes(value as OtpAlgorithm)) {
    throw invalidArgument('algorithm', `one of ${ALGORITHMS.join(', ')}`, value);
  }
  return value as OtpAlgorithm;
}

/** @internal */
export function checkDigits(value: unknown): number {
  return checkInteger('digits', value, MIN_DIGITS, MAX_DIGITS);
}

/** @internal */
export function checkPeriod(value: unknown): number {
  return checkInteger('period', value, 1, MAX_PERIOD);
}

/** @internal A HOTP counter: eight bytes (RFC 4226 §5.2). Above 2^53 − 1 a number would be rounded. */
export function checkCounter<C extends number | bigint>(value: C): C {
  if (
    typeof value === 'bigint' ? value < 0n || value > MAX_UINT64 : !Number.isSafeInteger(value) || value < 0
  ) {
    throw invalidNumber('counter', 'an integer from 0 to 2^53 - 1, or a bigint from 0 to 2^64 - 1', value);
  }
  return value;
}

/** @internal Options of every function that computes a code, with the defaults filled in. */
export function readOtpOptions(
  secret: Uint8Array,
  options: OtpOptions,
): { algorithm: OtpAlgorithm; digits: number } {
  const {
    algorithm = DEFAULT_ALGORITHM,
    digits = DEFAULT_DIGITS,
    minSecretBytes = 16,
  } = checkObject('options', options);
  checkAlgorithm(algorithm);
  checkDigits(digits);
  checkInteger('minSecretBytes', minSecretBytes, 1, 64);
  if (!isBytes(secret)) {
    throw invalidArgument('secret', 'a Uint8Array (Base32 text is decoded with decodeBase32)', secret);
  }
  if (secret.length < minSecretBytes) {
    throw new OtpError(
      'SECRET_TOO_SHORT',
      `secret must be at least ${minSecretBytes} bytes (minSecretBytes), got ${secret.length}`,
    );
  }
  return { algorithm, digits };
}

/** @internal A moment in whole Unix milliseconds. */
export function readTimestamp(options: { timestamp?: number | Date }): number {
  const { timestamp = Date.now() } = checkObject('options', options);
  const milliseconds = typeof timestamp === 'object' ? fromDate(timestamp) : timestamp;
  if (typeof milliseconds !== 'number' || !(milliseconds >= 0 && milliseconds <= MAX_TIMESTAMP)) {
    throw invalidNumber('timestamp', `a Date or Unix milliseconds from 0 to ${MAX_TIMESTAMP}`, milliseconds);
  }
  return Math.floor(milliseconds) + 0; // -0 becomes 0
}

/** Right for a Date of another realm, where `instanceof` is not; other objects are left as they are. */
function fromDate(value: unknown): unknown {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return value;
  }
}

/** @internal The moment and its division into steps, all in milliseconds. */
export function readTimeOptions(options: TimeOptions): { now: number; period: number; t0: number } {
  const now = readTimestamp(options);
  const { period = DEFAULT_PERIOD, t0 = 0 } = options;
  checkPeriod(period);
  // Before t0 there is no step to compute: RFC 6238 counts from 0.
  checkInteger('t0', t0, 0, Math.floor(now / 1000));
  return { now, period: period * 1000, t0: t0 * 1000 };
}
