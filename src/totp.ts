import { select } from './constant-time.js';
import { generateHotp, matchMasks } from './hotp.js';
import {
  checkInteger,
  invalidArgument,
  type OtpOptions,
  readOtpOptions,
  readTimeOptions,
  type TimeOptions,
} from './options.js';

/** A time step: all moments `startsAt <= moment < endsAt` share one code. */
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
   * How many steps before and after the current one may match too: an integer from 0 to 10, for both
   * sides or each. Default 1, at most one step of delay as RFC 6238 §5.2 recommends. Ends at step 0.
   */
  window?: number | { past: number; future: number };
  /**
   * The `timeStep` stored at the last success; only later ones match (RFC 6238 §5.2: a code MUST NOT be
   * accepted twice). An integer from 0 to 2^53 − 1; `null` or absent where there was no success yet.
   */
  lastUsedTimeStep?: number | null;
}

/** When a TOTP code matched. */
export interface TotpMatch {
  /** The step of the code: store it, and pass it as `lastUsedTimeStep` next time. */
  timeStep: number;
  /** Steps between the code and the moment; negative: the person's clock is behind. */
  drift: number;
}

/**
 * The time step a moment lies in (RFC 6238 §4.2), for a countdown, say.
 *
 * @param options `timestamp`, `period`, `t0`.
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
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
 * @param secret The shared key as bytes: at least `minSecretBytes`, 16 by default.
 * @param options `algorithm`, `digits`, `minSecretBytes`; `timestamp`, `period`, `t0`.
 * @returns `digits` ASCII digits, leading zeros kept.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
 *
 * @example
 * const secret = new TextEncoder().encode('12345678901234567890');
 * generateTotp(secret, { timestamp: 59_000, digits: 8 }); // '94287082'
 */
export function generateTotp(secret: Uint8Array, options: GenerateTotpOptions = {}): string {
  return generateHotp(secret, getTimeStep(options).timeStep, options);
}

/**
 * Checks a typed TOTP code against the current time step and those around it (RFC 6238 §5.2).
 *
 * **One code, one login**: pass the `timeStep` stored at the last success as `lastUsedTimeStep`, and on
 * a match store the new one with compare-and-set before the login counts. Only later steps match, the
 * highest one wins, and a code equal to that of the last used step is refused even where a later step
 * happens to have the same digits. A clock that went backwards is no match.
 *
 * Every step of the window is computed and compared in constant time, whatever was typed. Limit the
 * attempts: see `checkAttempts`.
 *
 * @param secret The shared key as bytes: at least `minSecretBytes`, 16 by default.
 * @param code What the person typed: anything but the right digits is no match, never an error. ASCII
 * spaces and `-` are ignored.
 * @param options `window`, `lastUsedTimeStep`; `algorithm`, `digits`, `minSecretBytes`; `timestamp`,
 * `period`, `t0`.
 * @returns The highest match, or `null`.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`: mistakes of the calling code.
 *
 * @example
 * const secret = new TextEncoder().encode('12345678901234567890');
 * verifyTotp(secret, '287082', { timestamp: 75_000 }); // { timeStep: 1, drift: -1 }
 * verifyTotp(secret, '287082', { timestamp: 75_000, lastUsedTimeStep: 1 }); // null
 */
export function verifyTotp(
  secret: Uint8Array,
  code: string,
  options: VerifyTotpOptions = {},
): TotpMatch | null {
  const settings = readOtpOptions(secret, options);
  const { timeStep } = getTimeStep(options);
  const { past, future } = readWindow(options.window);
  const lastUsed = readLastUsed(options.lastUsedTimeStep);

  const steps: number[] = [];
  for (let step = Math.max(0, timeStep - past); step <= timeStep + future; step++) steps.push(step);
  const candidates = steps.length;
  if (lastUsed >= 0) steps.push(lastUsed);

  const masks = matchMasks(secret, code, steps, settings);
  let match = -1;
  for (let i = 0; i < candidates; i++) if (steps[i] > lastUsed) match = select(masks[i], i, match);
  if (lastUsed >= 0) match = select(masks[candidates], -1, match);
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

/** The last used step, or −1, which is before every step. */
function readLastUsed(lastUsed: number | null = null): number {
  return lastUsed === null ? -1 : checkInteger('lastUsedTimeStep', lastUsed, 0, Number.MAX_SAFE_INTEGER);
}
