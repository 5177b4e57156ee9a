// Passwords: scrypt in PHC format, and how often one may be guessed.
import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type AttemptState, checkAttempts, constantTimeEqual, takeAttempt } from 'otpure';
import type { Store } from './database.js';
import { Busy } from './queue.js';

const scryptAsync = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

// A setting that OWASP lists; 32 MiB each.
const cost = { ln: 15, r: 8, p: 3 };

export async function hashPassword(password: string, { ln, r, p } = cost): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, ln, r, p);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(hash)}`;
}

/** For an unknown user give `null`: it takes as long, so that time does not tell who has an account. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored ?? (await nobody));
  if (!parts) throw new Error('A stored password hash has an unknown format.');
  const [ln, r, p] = parts.slice(1, 4).map(Number) as [number, number, number];
  const [salt, hash] = parts.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer];
  const same = constantTimeEqual(await derive(password, salt, ln, r, p), hash);
  return same && stored !== null;
}

function derive(password: string, salt: Uint8Array, ln: number, r: number, p: number): Promise<Buffer> {
  // The same letters, however the keyboard composed the accents.
  const text = password.normalize('NFKC');
  return scryptAsync(text, salt, 32, { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r });
}

const nobody = hashPassword(randomBytes(16).toString('hex'));

// ----- how often one may be guessed

/** Guesses slow down to one a minute and never lock: else anyone could lock anyone out by the e-mail address. */
const limits = { freeFailures: 10, firstWaitSeconds: 5, maxWaitSeconds: 60 };
const mostFailures = 99;

/** When the next try is allowed; `null`: now. It only looks, so that who has to wait takes no place in the queue. */
export const passwordWait = (state: AttemptState | null, now: number): number | null =>
  checkAttempts(state, { ...limits, timestamp: now }).retryAt;

/** The same, and counts a failure where the try is allowed: before the password is looked at. */
export async function takePasswordAttempt(
  store: Store,
  key: string,
  read: AttemptState | null,
  now: number,
): Promise<number | null> {
  let before = read;
  // Each round that fails, another request got through; so many in a row is overload.
  for (let rounds = 0; rounds < 50; rounds++) {
    const { state, retryAt } = takeAttempt(before, { ...limits, timestamp: now });
    if (retryAt !== null || !state) return retryAt;
    const after = { ...state, failures: Math.min(state.failures, mostFailures) };
    if (await store.storeAttempts(key, before, after)) return null;
    before = (await store.readAttempts([key])).get(key) ?? null;
  }
  throw new Busy('Too many requests count the same attempts.');
}
