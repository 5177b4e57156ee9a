// TOTP (RFC 6238): time steps, generation, and verification in which one code is good for one login.
import { checkInteger, invalidArgument, invalidNumber } from './checks.js';
import { select } from './constant-time.js';
import { generateHotp, matchMasks } from './hotp.js';
import { type OtpOptions, readOtpOptions, readTimeOptions, type TimeOptions } from './options.js';

/** A time step: all moments `startsAt <= moment < endsAt` share one code. */
export interface TimeStep {
  /** The step's number, T of RFC 6238 §4.2. */
  timeStep: number;
  /** The first moment of the step, in Unix milliseconds. */
  startsAt: number;
  /** The first moment after the step, in Unix milliseconds. */
  endsAt: number;
}

export interface GenerateTotpOptions extends OtpOptions, TimeOptions {}

export interface VerifyTotpOptions extends GenerateTotpOptions {
  /**
   * How many steps before and after the current one may match too: 0 to 10, for both
   * sides or each. Default 1, at most one step of delay as RFC 6238 §5.2 recommends. Clipped at step 0.
   */
  window?: number | { past: number; future: number } | undefined;
}

/** When a TOTP code matched. */
export interface TotpMatch {
  /** The step of the code: store it, and pass it as `lastUsedTimeStep` next time. */
  timeStep: number;
  /** Steps between the code and the moment; negative: the person's clock is behind. */
  drift: number;
}

/**
 * The time step that a moment lies in (RFC 6238 §4.2), for a countdown, say.
 *
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * import { getTimeStep } from 'otpure';
 *
 * getTimeStep({ timestamp: 59_000 }); // { timeStep: 1, startsAt: 30000, endsAt: 60000 }
 */
export function getTimeStep(options: TimeOptions = {}): TimeStep {
  const { now, period, t0 } = readTimeOptions(options);
  const timeStep = Math.floor((now - t0) / period);
  const startsAt = t0 + timeStep * period;
  return { timeStep, startsAt, endsAt: startsAt + period };
}

/**
 * The TOTP code of a moment (RFC 6238 §4).
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @returns `digits` ASCII digits, leading zeros kept.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * import { generateTotp } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * generateTotp(secret, { timestamp: 59_000, digits: 8 }); // '94287082'
 */
export function generateTotp(secret: Uint8Array, options: GenerateTotpOptions = {}): string {
  return generateHotp(secret, getTimeStep(options).timeStep, options);
}

/**
 * Checks a typed TOTP code against the current time step and those around it (RFC 6238 §5.2).
 *
 * **One code, one login**: on a match, store `timeStep` with compare-and-set before the login counts.
 * Only steps later than `lastUsedTimeStep` match, and the highest one wins. A code equal to that of
 * `lastUsedTimeStep`, or of an earlier step of the window, is refused even where a later step happens to
 * have the same digits. A clock that went backwards is no match. Limit the attempts: see `takeAttempt`;
 * `verifySecondFactor` does all of it. Every step is computed and compared, whatever was typed.
 *
 * @param secret The shared key: `minSecretBytes` (16) to 1,024 bytes.
 * @param code What the person typed; ASCII spaces and `-` are ignored. Not an error, whatever it is.
 * @param lastUsedTimeStep The `timeStep` stored at the last success, 0 to 2^53 − 1;
 * `null` where there was none.
 * @returns The highest match, or `null`.
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
  options: VerifyTotpOptions = {},
): TotpMatch | null {
  const lastUsed = readLastUsed(lastUsedTimeStep);
  const codeOptions = readOtpOptions(secret, options);
  const { timeStep } = getTimeStep(options);
  const { past, future } = readWindow(options.window);

  const first = Math.max(0, timeStep - past);
  const last = timeStep + future;
  const steps: number[] = [];
  for (let step = first; step <= last; step++) steps.push(step);
  if (lastUsed >= 0 && (lastUsed < first || lastUsed > last)) steps.push(lastUsed);

  const masks = matchMasks(secret, code, steps, codeOptions);
  let match = -1;
  let refused = 0;
  for (let i = 0; i < steps.length; i++) {
    if (steps[i] > lastUsed) match = select(masks[i], i, match);
    else refused |= masks[i];
  }
  match = select(refused, -1, match);
  return match < 0 ? null : { timeStep: steps[match], drift: steps[match] - timeStep };
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

/** The last used step, or −1, which is before every step. What is missing must not count as no login yet. */
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
