// Passwords: how they are stored, and how often one may be guessed.
import { hash, type Options, verify } from '@node-rs/argon2';
import { type AttemptState, checkAttempts, takeAttempt } from 'otpure';
import type { Store } from './database.js';
import { newSessionId } from './keys.js';
import { Busy } from './queue.js';

export const isValid = (text: string) => text.length <= 200 && text.normalize('NFKC').length >= 10;

/** The same letters, however the keyboard composed the accents. A long text would take long. */
const textOf = (password: string) => password.slice(0, 200).normalize('NFKC');

/** Argon2id, by default with a cost that OWASP lists: 19 MiB, two passes. */
export const hashPassword = (password: string, cost?: Options) => hash(textOf(password), cost);

const nobody = hashPassword(newSessionId());

/** For an unknown user give `null`: it takes as long, so that time does not tell who has an account. */
export const verifyPassword = async (password: string, stored: string | null): Promise<boolean> =>
  (await verify(stored ?? (await nobody), textOf(password))) && stored !== null && isValid(password);

// ----- how often one may be guessed

/** Guesses slow down to one a minute and never lock: else anyone could lock anyone out by the e-mail address. */
export const limits = { freeFailures: 10, firstWaitSeconds: 5, maxWaitSeconds: 60 };
const mostFailures = 99;

/** When the next try is allowed; `null`: now. It only looks, so that whoever has to wait takes no place in the queue. */
export const waitOf = (state: AttemptState | null = null, now: number): number | null =>
  checkAttempts(state, { ...limits, timestamp: now }).retryAt;

/** The same, and counts a failure where the try is allowed, before the password is looked at. `after`: that count. */
export async function takeTry(store: Store, key: string, read: Map<string, AttemptState>, now: number) {
  let counted = read;
  // Each round that fails, another request got through; so many in a row is overload.
  for (let rounds = 0; rounds < 50; rounds++) {
    const before = counted.get(key) ?? null;
    const { state, retryAt } = takeAttempt(before, { ...limits, timestamp: now });
    if (retryAt !== null || !state) return { retryAt, after: null };
    const after = { ...state, failures: Math.min(state.failures, mostFailures) };
    if (await store.storeAttempts(key, before, after)) return { retryAt, after };
    counted = await store.readAttempts([key]);
  }
  throw new Busy('Too many requests count the same attempts.');
}
