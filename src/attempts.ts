import { checkInteger, checkObject, MAX_TIMESTAMP, readTimestamp } from './options.js';

/** Consecutive failures of one person: facts only, plain data for any database. `null` is no failures. */
export interface AttemptState {
  /** How many since the last success: an integer of 0 or more. */
  failures: number;
  /** When the last one was, in Unix milliseconds. */
  lastFailureAt: number;
}

/** How many failures lead to how long a wait. */
export interface AttemptPolicy {
  /** Failures until the first wait: an integer from 0 to 100. Default 5; 0 is as 1. */
  freeFailures?: number;
  /** The first wait, in **seconds**: an integer from 1 to 31,536,000. Default 30. Doubles with each failure. */
  firstWait?: number;
  /** The longest wait, in **seconds**: an integer from 1 to 31,536,000. Default 3600. */
  maxWait?: number;
  /** Failures that lock until someone resets: an integer from 1 to 100 (NIST SP 800-63B). Default 100. */
  maxFailures?: number;
}

/** Options of `recordFailure`. */
export interface RecordFailureOptions {
  /** The moment: a `Date`, or Unix **milliseconds** from 0 to 8.64e15. Default: now. */
  timestamp?: number | Date;
}

/** Options of `checkAttempts`. */
export interface CheckAttemptsOptions extends AttemptPolicy, RecordFailureOptions {}

/** Whether an attempt may be made now. */
export interface AttemptDecision {
  /** Whether the code may be checked. */
  allowed: boolean;
  /** While waiting, when the next attempt is allowed, in Unix milliseconds; else `null`. */
  retryAt: number | null;
  /** Whether there were `maxFailures` failures: only a reset, by storing `null`, helps. */
  locked: boolean;
}

const MAX_WAIT = 31_536_000;

/**
 * Whether a code may be checked now (RFC 4226 §7.3).
 *
 * Against parallel guesses the order matters: check this, **store the failure first** (`recordFailure`,
 * with compare-and-set on the state that was read), then check the code, and store `null` on success. In
 * the other order, a hundred requests that arrive together all pass the check before one is counted.
 *
 * A clock that went backwards keeps the wait.
 *
 * @param state What is stored, for all sessions and all kinds of codes of one person together.
 * @param options `freeFailures`, `firstWait`, `maxWait`, `maxFailures`; `timestamp`.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for a malformed state: it never counts as no failures.
 *
 * @example
 * checkAttempts({ failures: 5, lastFailureAt: 0 }, { timestamp: 1000 });
 * // { allowed: false, retryAt: 30000, locked: false }
 */
export function checkAttempts(
  state: AttemptState | null,
  options: CheckAttemptsOptions = {},
): AttemptDecision {
  const now = readTimestamp(options);
  const { freeFailures = 5, firstWait = 30, maxWait = 3600, maxFailures = 100 } = options;
  checkInteger('freeFailures', freeFailures, 0, 100);
  checkInteger('firstWait', firstWait, 1, MAX_WAIT);
  checkInteger('maxWait', maxWait, 1, MAX_WAIT);
  checkInteger('maxFailures', maxFailures, 1, 100);

  const { failures, lastFailureAt } = readState(state);
  if (failures >= maxFailures) return { allowed: false, retryAt: null, locked: true };
  if (failures === 0 || failures < freeFailures) return { allowed: true, retryAt: null, locked: false };
  const wait = Math.min(firstWait * 2 ** (failures - Math.max(freeFailures, 1)), maxWait);
  const retryAt = lastFailureAt + wait * 1000;
  return now < retryAt
    ? { allowed: false, retryAt, locked: false }
    : { allowed: true, retryAt: null, locked: false };
}

/**
 * The state after one more failure. Store it before the code is checked: see `checkAttempts`.
 *
 * @param state What is stored; not changed.
 * @param options `timestamp`.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for a malformed state.
 *
 * @example
 * recordFailure(null, { timestamp: 1000 }); // { failures: 1, lastFailureAt: 1000 }
 */
export function recordFailure(state: AttemptState | null, options: RecordFailureOptions = {}): AttemptState {
  const now = readTimestamp(options);
  const { failures, lastFailureAt } = readState(state);
  return {
    failures: Math.min(failures + 1, Number.MAX_SAFE_INTEGER),
    // A clock that went backwards must not bring the end of a wait forward.
    lastFailureAt: Math.max(now, lastFailureAt),
  };
}

/** A state that is missing for another reason than `null`, or broken, must not open the door. */
function readState(state: AttemptState | null): AttemptState {
  if (state === null) return { failures: 0, lastFailureAt: 0 };
  const { failures, lastFailureAt } = checkObject('state', state);
  checkInteger('state.failures', failures, 0, Number.MAX_SAFE_INTEGER);
  checkInteger('state.lastFailureAt', lastFailureAt, 0, MAX_TIMESTAMP);
  return { failures, lastFailureAt };
}
