import { readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { OtpError, type OtpErrorCode } from '../../src/index.js';

/** A vector file. A list in it that is empty would make its tests pass without testing. */
export function loadVectors<T extends object>(name: string): T {
  const vectors = JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'));
  for (const [key, value] of Object.entries(vectors)) {
    if (Array.isArray(value) && value.length === 0) throw new Error(`${name}: ${key} is empty`);
  }
  return vectors;
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Expects one documented error, and its message to name the argument. Returns it. */
export function expectOtpError(call: () => unknown, code: OtpErrorCode, message: RegExp | string): OtpError {
  try {
    call();
  } catch (error) {
    return checkOtpError(error, code, message);
  }
  throw new Error('expected an OtpError, but nothing was thrown');
}

export function checkOtpError(error: unknown, code: OtpErrorCode, message: RegExp | string): OtpError {
  expect(error).toBeInstanceOf(OtpError);
  expect(error).toMatchObject({ name: 'OtpError', code });
  expect((error as OtpError).message).toMatch(message);
  return error as OtpError;
}

/** The same for a promise, which rejects; a function that returns one never throws. */
export async function expectRejection(
  result: Promise<unknown>,
  code: OtpErrorCode,
  message: RegExp | string,
) {
  const fulfilled = () => expect.fail('expected an OtpError, but the promise was fulfilled');
  return checkOtpError(await result.then(fulfilled, (reason: unknown) => reason), code, message);
}

/** The byte arrays that a call makes, whether it throws or not, but for the one it returns. */
export function copiesMadeBy(call: () => unknown): Uint8Array[] {
  const made: Uint8Array[] = [];
  class Watched extends Uint8Array {
    constructor(length: number) {
      super(length);
      made.push(this);
    }
  }
  vi.stubGlobal('Uint8Array', Watched);
  let returned: unknown;
  try {
    returned = call();
  } catch {
  } finally {
    vi.unstubAllGlobals();
  }
  return made.filter((bytes) => bytes !== returned);
}

/** The library is called from JavaScript too: passes what the types refuse. */
// biome-ignore lint/suspicious/noExplicitAny: its purpose
export const untyped = (value: unknown): any => value;

/** Values of every kind that is not an integer in a small range. */
export const NOT_INTEGERS: unknown[] = [
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -0.5, 6.5, 1e21, '6', '', 6n],
  ...[null, true, [6], {}, new Date(0), () => 6, Symbol('6')],
];

/** What people and programs send in place of a code, none of which may match or throw. */
export const NOT_CODES: unknown[] = [
  ...['', ' ', '-', '- - -', undefined, null, 0, 287082, 287082n, Number.NaN, true, [], ['287082'], {}],
  ...[{ toString: () => '287082' }, Symbol('287082'), () => '287082', new String('287082')],
];
