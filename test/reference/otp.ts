// RFC 4226 and RFC 6238 written for reading: BigInt, createHmac, one step a line, no shortcuts.
import { createHmac } from 'node:crypto';

export interface ReferenceOptions {
  algorithm?: string;
  digits?: number;
}

export function referenceHmac(secret: Uint8Array, counter: bigint, algorithm = 'SHA1'): Uint8Array {
  const message = Buffer.from(counter.toString(16).padStart(16, '0'), 'hex');
  return createHmac(algorithm.toLowerCase(), secret).update(message).digest();
}

export function referenceValue(secret: Uint8Array, counter: bigint, algorithm?: string): number {
  const hmac = referenceHmac(secret, counter, algorithm);
  const offset = hmac[hmac.length - 1] % 16;
  const fourBytes = Buffer.from(hmac.subarray(offset, offset + 4)).toString('hex');
  return Number(BigInt(`0x${fourBytes}`) % 2n ** 31n);
}

export function referenceHotp(
  secret: Uint8Array,
  counter: bigint,
  { algorithm, digits = 6 }: ReferenceOptions = {},
): string {
  return referenceValue(secret, counter, algorithm).toString().padStart(10, '0').slice(-digits);
}

export function referenceTimeStep(milliseconds: number, period = 30, t0 = 0): bigint {
  return (BigInt(Math.floor(milliseconds)) - BigInt(t0) * 1000n) / (BigInt(period) * 1000n);
}

/** What was typed as a server should read it: the digits, or nothing. */
export function referenceTyped(typed: unknown, digits: number): string | undefined {
  if (typeof typed !== 'string') return undefined;
  const text = [...typed].filter((character) => character !== ' ' && character !== '-').join('');
  return new RegExp(`^[0-9]{${digits}}$`).test(text) ? text : undefined;
}

export function referenceVerifyTotp(
  secret: Uint8Array,
  typed: unknown,
  options: ReferenceOptions & {
    timestamp: number;
    period?: number;
    t0?: number;
    past?: number;
    future?: number;
    lastUsed?: number | null;
  },
): { timeStep: number; drift: number } | null {
  const { timestamp, period, t0, past = 1, future = 1, lastUsed = null, digits = 6 } = options;
  const code = referenceTyped(typed, digits);
  const now = Number(referenceTimeStep(timestamp, period, t0));
  if (code === undefined) return null;
  if (lastUsed !== null && code === referenceHotp(secret, BigInt(lastUsed), options)) return null;
  const matches = [];
  for (let step = now - past; step <= now + future; step++) {
    if (step < 0 || (lastUsed !== null && step <= lastUsed)) continue;
    if (referenceHotp(secret, BigInt(step), options) === code) matches.push(step);
  }
  const timeStep = matches.at(-1);
  return timeStep === undefined ? null : { timeStep, drift: timeStep - now };
}

export function referenceVerifyHotp(
  secret: Uint8Array,
  typed: unknown,
  counter: bigint,
  options: ReferenceOptions & { lookAhead?: number } = {},
): bigint | null {
  const { lookAhead = 10, digits = 6 } = options;
  const code = referenceTyped(typed, digits);
  if (code === undefined) return null;
  if (counter > 0n && code === referenceHotp(secret, counter - 1n, options)) return null;
  for (let i = 0n; i <= lookAhead; i++) {
    if (counter + i < 2n ** 64n && referenceHotp(secret, counter + i, options) === code) return counter + i;
  }
  return null;
}
