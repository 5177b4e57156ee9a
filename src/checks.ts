//! otpure (MIT)
// Checks of what the calling code passes, with errors that name the argument.
import { OtpError } from './errors.js';

// Objects that are passed in place of options by mistake, such as `generateTotp(secret, new Date())`. They
// would mean "all defaults".
const NO_OPTIONS = [Date, Map, Set, Promise];

/** The error for an argument of the wrong type. It shows only the type: the value may be a secret. */
export function invalidArgument(name: string, allowed: string, given: unknown): OtpError {
  return new OtpError('INVALID_ARGUMENT', `${name} must be ${allowed}, got ${typeName(given)}`);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isBytes(value)) return 'Uint8Array';
  return NO_OPTIONS.find((type) => value instanceof type)?.name ?? typeof value;
}

/** The error for a number of the wrong type or out of range. It shows the number. */
export function invalidNumber(name: string, allowed: string, given: unknown): OtpError {
  if (typeof given !== 'number') return invalidArgument(name, allowed, given);
  return new OtpError('INVALID_ARGUMENT', `${name} must be ${allowed}, got ${given}`);
}

export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw invalidNumber(name, min === max ? `${min}` : `an integer from ${min} to ${max}`, value);
  }
  return value as number;
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value);
  return value;
}

export function checkString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidArgument(name, 'a string', value);
  return value;
}

export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidArgument(name, 'a function', value);
}

export function checkOneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) {
    throw invalidArgument(name, `one of '${allowed.join("', '")}' (case matters)`, value);
  }
  return value as T;
}

export function checkObject<T>(name: string, value: T, allowed = 'a plain object'): T {
  if (!isObject(value)) throw invalidArgument(name, allowed, value);
  return value;
}

/** Refuses other names: a misspelt option would silently have its default. */
export function checkNames(name: string, value: object, allowed: readonly string[]): void {
  for (const key of Object.keys(checkObject(name, value))) {
    if (allowed.includes(key)) continue;
    throw new OtpError('INVALID_ARGUMENT', `${name} has no option ${key}, only ${allowed.join(', ')}`);
  }
}

/** Whether something can be an object of options. Those of another realm, or with a prototype, are. */
function isObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  // Most are plain objects. The engine leaves compiled code to find a prototype.
  if (value.constructor === Object) return true;
  return (
    !Array.isArray(value) && !ArrayBuffer.isView(value) && !NO_OPTIONS.some((type) => value instanceof type)
  );
}

export function checkArray<T>(name: string, value: readonly T[], min: number, max: number): readonly T[] {
  if (!Array.isArray(value)) throw invalidArgument(name, 'an array', value);
  checkInteger(`${name}.length`, value.length, min, max);
  return value;
}

// Pure, so that a bundle without checks of bytes leaves it out.
const typedArrayName = /* @__PURE__ */ getTypedArrayName();

/**
 * Reads the name that every typed array carries in an internal slot. It is right across realms (vm, Jest),
 * where `instanceof` is not, and can't be forged.
 */
function getTypedArrayName(): (this: unknown) => string | undefined {
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  return Object.getOwnPropertyDescriptor(typedArray, Symbol.toStringTag)?.get as () => string | undefined;
}

export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName.call(value) === 'Uint8Array';
}

export function checkBytes(name: string, value: unknown, min: number, max: number): Uint8Array {
  if (!isBytes(value)) throw invalidArgument(name, 'a Uint8Array', value);
  checkInteger(`${name}.length`, value.length, min, max);
  return value;
}

/** One key, or a list of them (rotation): always a list, each checked. */
export function checkKeys(
  name: string,
  value: Uint8Array | readonly Uint8Array[],
  min: number,
  max: number,
): readonly Uint8Array[] {
  if (isBytes(value)) return [checkBytes(name, value, min, max)];
  if (!Array.isArray(value)) throw invalidArgument(name, 'a Uint8Array or an array of them', value);
  return Array.from(checkArray(name, value, 1, 100), (key, i) => checkBytes(`${name}[${i}]`, key, min, max));
}
