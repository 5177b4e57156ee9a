//! otpure (MIT)
// Limits on guessing (RFC 4226 §7.3; NIST SP 800-63B: at most 100 consecutive failures).
import { checkInteger, checkObject } from './checks.js';
import { MAX_TIMESTAMP, readTimestamp, type TimestampOptions } from './options.js';

/** The consecutive failures of one person, as plain data for any database. `null` means no failures. */
export type AttemptState = {
  /** How many since the last success: an integer of 0 or more. */
  failures: number;
  /** When the last one was, in Unix milliseconds. */
  lastFailureAt: number;
};

/** How many failures are free, and how long the waits after them are. */
export interface AttemptPolicy {
  /** Failures until the first wait: 1 to 100. Default 5. */
  freeFailures?: number | undefined;
  /** The first wait, in **seconds**: 1 to `maxWaitSeconds`. Default 30. It doubles with each failure. */
  firstWaitSeconds?: number | undefined;
  /** The longest wait, in **seconds**: 1 to 31,536,000. Default 3600. */
  maxWaitSeconds?: number | undefined;
  /** Failures after which only a reset helps: 1 to 100. Default 100. */
  maxFailures?: number | undefined;
}

/** Options of `takeAttempt` and `checkAttempts`. */
export interface AttemptOptions extends AttemptPolicy, TimestampOptions {}

/** Whether an attempt may be made now. */
export interface AttemptDecision {
  /** Whether the code may be looked at. */
  allowed: boolean;
  /** While waiting, when the next attempt is allowed, in Unix milliseconds; else `null`. */
  retryAt: number | null;
  /** Whether there were `maxFailures` failures. Then only a reset helps, which is to store `null`. */
  locked: boolean;
}

/** An `AttemptDecision`, and the state to store. */
export interface AttemptTaken extends AttemptDecision {
  /** If allowed, one failure more than before; else the state that was given. */
  state: AttemptState | null;
}

// A day in milliseconds: servers whose clocks differ by less must not cancel each other's waits.
const MAX_CLOCK_DIFFERENCE = 86_400_000;

/**
 * Checks the limit on guessing and counts an attempt, both at once (RFC 4226 §7.3).
 *
 * Store `state` with compare-and-set **before** the code is looked at, and `null` on success. If you check first
 * and count later, parallel guesses all get through. `createTwoFactor` does all of this.
 *
 * A clock that went backwards keeps the wait. A last failure further ahead than the longest wait, and than a day,
 * was recorded under a wrong clock: it doesn't wait, and the next one corrects it.
 *
 * @param state What is stored, for all sessions and all kinds of codes of one person together; `null` if there
 * were no failures.
 * @param options The policy, and the moment (default: now).
 * @returns Whether the code may be looked at, and the state to store.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for a malformed state, which must not count as no failures.
 *
 * @example
 * import { takeAttempt } from 'otpure';
 *
 * takeAttempt(null, { timestamp: 1000 });
 * // { allowed: true, state: { failures: 1, lastFailureAt: 1000 }, retryAt: null, locked: false }
 */
export function takeAttempt(state: AttemptState | null, options: AttemptOptions = {}): AttemptTaken {
  const now = readTimestamp(options);
  const { freeFailures = 5, firstWaitSeconds = 30, maxWaitSeconds = 3600, maxFailures = 100 } = options;
  checkInteger('freeFailures', freeFailures, 1, 100);
  checkInteger('maxWaitSeconds', maxWaitSeconds, 1, 31_536_000);
  checkInteger('firstWaitSeconds', firstWaitSeconds, 1, maxWaitSeconds);
  checkInteger('maxFailures', maxFailures, 1, 100);

  const { failures, lastFailureAt } = readAttemptState('state', state);
  const isWrongClock = lastFailureAt > now + Math.max(maxWaitSeconds * 1000, MAX_CLOCK_DIFFERENCE);
  const counted = {
    failures: failures + 1,
    lastFailureAt: isWrongClock ? now : Math.max(now, lastFailureAt),
  };
  const locked = failures >= maxFailures;
  const wait = Math.min(firstWaitSeconds * 2 ** (failures - freeFailures), maxWaitSeconds);
  const end = lastFailureAt + wait * 1000;
  const isWaiting = !locked && failures >= freeFailures && !isWrongClock && now < end;
  const allowed = !locked && !isWaiting;
  return { allowed, state: allowed ? counted : state, retryAt: isWaiting ? end : null, locked };
}

/**
 * Tells whether an attempt would be allowed now, for a page that shows the wait. It counts nothing.
 *
 * @param state What is stored; `null` if there were no failures.
 * @param options The policy, and the moment (default: now).
 * @returns Whether an attempt would be allowed, and when the next one will be.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for a malformed state.
 *
 * @example
 * import { checkAttempts } from 'otpure';
 *
 * checkAttempts({ failures: 5, lastFailureAt: 0 }, { timestamp: 1000 });
 * // { allowed: false, retryAt: 30000, locked: false }
 */
export function checkAttempts(state: AttemptState | null, options: AttemptOptions = {}): AttemptDecision {
  const { allowed, retryAt, locked } = takeAttempt(state, options);
  return { allowed, retryAt, locked };
}

/** Anything but `null` or a well-formed state throws: a missing column must not switch the limit off. */
export function readAttemptState(name: string, state: AttemptState | null): AttemptState {
  if (state === null) return { failures: 0, lastFailureAt: 0 };
  const { failures, lastFailureAt } = checkObject(name, state, 'an AttemptState, or null for no failures');
  checkInteger(`${name}.failures`, failures, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(`${name}.lastFailureAt`, lastFailureAt, 0, MAX_TIMESTAMP);
  return { failures, lastFailureAt };
}
