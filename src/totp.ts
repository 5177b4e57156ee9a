//! otpure (MIT)
// TOTP (RFC 6238): time steps, generation, and verification in which one code is good for one login.
import { checkInteger, invalidArgument, invalidNumber } from './checks.js';
import { select } from './constant-time.js';
import { setKey, wipeKey } from './hmac.js';
import { generateHotp, matchMask, parseCode } from './hotp.js';
import { type OtpOptions, readOtpOptions, readTimeOptions, type TimeOptions } from './options.js';

/** A time step. All moments from `startsAt` up to, but not including, `endsAt` share one code. */
export interface TimeStep {
  /** The step's number, T of RFC 6238 §4.2. */
  timeStep: number;
  /** The first moment of the step, in Unix milliseconds. */
  startsAt: number;
  /** The first moment after the step, in Unix milliseconds. */
  endsAt: number;
}

/** Options of `generateTotp`. */
export interface GenerateTotpOptions extends OtpOptions, TimeOptions {}

/** Options of `verifyTotp`. */
export interface VerifyTotpOptions extends GenerateTotpOptions {
  /**
   * How many steps before and after the current one may match, too: 0 to 10, one number for both sides or
   * one for each. Default 1, as RFC 6238 §5.2 recommends. Steps before 0 don't exist.
   */
  window?: number | { past: number; future: number } | undefined;
}

/** Which time step a TOTP code matched. */
export interface TotpMatch {
  /** The step of the code. Store it, and pass it as `lastUsedTimeStep` next time. */
  timeStep: number;
  /** How many steps the person's clock is ahead; negative if it is behind. */
  drift: number;
}

/**
 * Finds the time step of a moment (RFC 6238 §4.2), such as for a countdown.
 *
 * @param options The moment (default: now), and how time is divided into steps.
 * @returns The step's number, where it starts and where it ends.
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * import { getTimeStep } from 'otpure';
 *
 * getTimeStep({ timestamp: 59_000 }); // { timeStep: 1, startsAt: 30000, endsAt: 60000 }
 */
export function getTimeStep(options?: TimeOptions): TimeStep {
  const { now, period, t0 } = readTimeOptions(options);
  const timeStep = Math.floor((now - t0) / period);
  const startsAt = t0 + timeStep * period;
  return { timeStep, startsAt, endsAt: startsAt + period };
}

/**
 * Generates the TOTP code of a moment (RFC 6238 §4).
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @param options The moment (default: now), the length of a step, the hash, and the number of digits.
 * @returns The code: `digits` digits, with leading zeros.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * import { generateTotp } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * generateTotp(secret, { timestamp: 59_000, digits: 8 }); // '94287082'
 */
export function generateTotp(secret: Uint8Array, options?: GenerateTotpOptions): string {
  return generateHotp(secret, getTimeStep(options).timeStep, options);
}

/**
 * Checks a typed TOTP code against the current time step and those around it (RFC 6238 §5.2).
 *
 * **A code works once.** If it matches, store `timeStep` with compare-and-set before you log anyone in.
 * Only steps later than `lastUsedTimeStep` match, and the highest one wins. A code equal to that of
 * `lastUsedTimeStep`, or of an earlier step of the window, is refused even if a later step happens to have
 * the same digits. After a clock that went backwards, nothing matches until it has caught up. All steps are
 * computed and compared, whatever was typed. Limit the attempts with `takeAttempt`; `createTwoFactor` does
 * all of this.
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @param code What the person typed, of any type. White space, invisible characters and dashes are ignored.
 * @param lastUsedTimeStep The `timeStep` stored at the last success: an integer from 0 to 2^53 − 1, or `null`
 * if there was none.
 * @param options The window, the moment (default: now), the length of a step, the hash, and the number of
 * digits.
 * @returns The highest step that matches, or `null`.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * import { verifyTotp } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * verifyTotp(secret, '287082', null, { timestamp: 75_000 }); // { timeStep: 1, drift: -1 }
 * verifyTotp(secret, '287082', 1, { timestamp: 75_000 }); // null
 */
export function verifyTotp(
  secret: Uint8Array,
  code: string,
  lastUsedTimeStep: number | null,
  options?: VerifyTotpOptions,
): TotpMatch | null {
  const lastUsed = readLastUsed(lastUsedTimeStep);
  const { algorithm, digits } = readOtpOptions(secret, options);
  const { timeStep } = getTimeStep(options);
  const { past, future } = readWindow(options?.window);
  const first = Math.max(0, timeStep - past);
  const last = timeStep + future;

  const typed = parseCode(code, digits);
  const messages = setKey(algorithm, secret);
  let match = -1;
  let refused = 0;
  try {
    for (let step = first; step <= last; step++) {
      const mask = matchMask(messages, step, digits, typed);
      if (step > lastUsed) match = select(mask, step - first, match);
      else refused |= mask;
    }
    if (lastUsed >= 0 && (lastUsed < first || lastUsed > last)) {
      refused |= matchMask(messages, lastUsed, digits, typed);
    }
  } finally {
    wipeKey(messages);
  }
  match = select(refused, -1, match);
  return match < 0 ? null : { timeStep: first + match, drift: first + match - timeStep };
}

function readWindow(window: VerifyTotpOptions['window'] = 1): { past: number; future: number } {
  if (typeof window === 'object' && window !== null) {
    return {
      past: checkInteger('window.past', window.past, 0, 10),
      future: checkInteger('window.future', window.future, 0, 10),
    };
  }
  if (typeof window !== 'number') throw invalidArgument('window', 'a number or { past, future }', window);
  checkInteger('window', window, 0, 10);
  return { past: window, future: window };
}

/** The last used step, or −1. `undefined` throws: a column that wasn't selected doesn't mean "never logged in". */
function readLastUsed(lastUsed: number | null): number {
  if (lastUsed === null) return -1;
  if (!Number.isSafeInteger(lastUsed) || lastUsed < 0) {
    throw invalidNumber(
      'lastUsedTimeStep',
      'the timeStep stored at the last success, an integer from 0 to 2^53 - 1, or null if there was none (options come after it)',
      lastUsed,
    );
  }
  return lastUsed;
}
