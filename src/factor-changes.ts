//! otpure (MIT)
// Changes of a stored factor: without a code, and by a code that is counted before it is looked at.
import { type AttemptState, checkAttempts, takeAttempt } from './attempts.js';
import { matchBackupCode, readBackupHashes, type StoredHashes } from './backup-codes.js';
import { type ScryptPlace, takePlace } from './scrypt.js';
import { decryptSecret, encryptSecret } from './sealed-secret.js';
import {
  type Awaitable,
  decideTotp,
  kindOfCode,
  newFactor,
  type SecondFactorMatch,
  type SecondFactorUpdate,
  storeUpdate,
  useBackupCode,
  type VerifySecondFactorOptions,
} from './second-factor.js';
import { verifyTotp } from './totp.js';
import {
  type App,
  type CodeSettings,
  checkStored,
  checkUserId,
  type SecondFactorRow,
  type StoredSecondFactor,
  type TwoFactorRefusal,
  type UserId,
} from './two-factor-config.js';

export type Update<R> = SecondFactorUpdate<StoredSecondFactor | null, R>;
type Refused = { reason: TwoFactorRefusal<UserId>['reason']; factor: StoredSecondFactor };
/** What came of a code. */
type Outcome<R> = { passed: R } | Refused;
/** A code that is stored as a failure, and not looked at yet; `hashes`, if it is a backup code. */
type Counted = { counted: StoredSecondFactor; hashes: StoredHashes | null };
/** The match, or why there is none. */
type Decision = SecondFactorUpdate<StoredSecondFactor, SecondFactorMatch | 'wrong' | 'used'>;
/** Backup codes to be hashed, and the place for it; none for a change that hashes nothing. */
export interface NewCodes {
  codes: string[];
  place?: ScryptPlace;
}
/** What a right code leads to, given the factor with that code used. */
export type Change<R> = (
  factor: StoredSecondFactor,
  match: SecondFactorMatch,
  newCodes: NewCodes,
) => Awaitable<Update<R>>;

interface CheckOptions<R> {
  only?: VerifySecondFactorOptions['only'];
  /** Draws backup codes, for a change that hashes them. */
  draw?: (factor: StoredSecondFactor) => string[];
  /** What to store if no factor is active. */
  ifOff?: () => Promise<Update<R>>;
}

// A TOTP code takes one decision and one store. If scrypt has to run, for a backup code or for a change that hashes
// new ones, the code first takes its places in scrypt's queue, and is stored as a failure before it is looked at; a
// second store makes the change. So parallel guesses cost no more scrypt runs than there are free failures, a right
// one can't overtake the count, and a crash leaves the code unused.

/** Checks a code of the active factor and, if it is right, makes a change in the same store. */
export async function checkCode<R>(
  app: App,
  userId: UserId,
  code: unknown,
  change: Change<R>,
  { only, draw, ifOff }: CheckOptions<R> = {},
): Promise<R | null> {
  // One moment for all rounds: a code must not expire while it waits.
  const timestamp = app.now();
  let check: ScryptPlace | undefined;
  let newCodes: NewCodes = { codes: [] };
  let outcome: Outcome<R> | Counted | null;
  try {
    outcome = await update(app, userId, async (factor): Promise<Update<Outcome<R> | Counted> | null> => {
      if (factor === null) return ifOff ? passed(await ifOff()) : null;
      const kind = kindOfCode(code, only, factor.settings?.digits);
      if (kind === null) return null;
      const { allowed, locked, state } = takeAttempt(factor.attempts, app.policyAt(timestamp));
      if (!allowed) return refused(locked ? 'locked' : 'waiting', factor);
      if (kind === 'totp' && draw === undefined) {
        const { factor: after, result } = checkTotp(app, userId, factor, code, state, timestamp);
        return typeof result === 'string'
          ? refused(result, after)
          : passed(await change(after, result, newCodes));
      }
      // All that can throw comes before the count: a lost key, a broken hash, a full queue.
      if (kind === 'totp') openSecret(app, userId, factor).fill(0);
      const hashes = kind === 'totp' ? null : readBackupHashes(factor.backupHashes, { pepper: app.peppers });
      if (draw && !newCodes.place) newCodes = { codes: draw(factor), place: takePlace('set') };
      if (hashes) check ??= takePlace('check');
      const counted = { ...factor, attempts: state };
      return { factor: counted, result: { counted, hashes } };
    });
    if (outcome && 'counted' in outcome) {
      const { counted, hashes } = outcome;
      const match = hashes && check ? await matchBackupCode(check, code, hashes) : null;
      check?.leave();
      if (hashes && match === null) {
        outcome = { reason: 'wrong', factor: counted };
      } else {
        outcome = await update(app, userId, async (factor): Promise<Update<Outcome<R>> | null> => {
          // Switched off or replaced since: the code belonged to a factor that is gone.
          if (factor?.id !== counted.id) return factor && refused('used', factor);
          const { factor: after, result } = match
            ? takeOut(app, userId, factor, match.used)
            : checkTotp(app, userId, factor, code, factor.attempts, timestamp);
          // The failure is stored already.
          if (typeof result === 'string') return refused(result, factor);
          // One of the failures is this very code, counted before it was known to be right.
          const failures = Math.max(0, result.failures - 1);
          return passed(await change(after, { ...result, failures }, newCodes));
        });
      }
    }
  } finally {
    check?.leave();
    newCodes.place?.leave();
  }
  if (outcome === null) return null;
  if ('passed' in outcome) return outcome.passed;
  await report(app, userId, outcome);
  return null;
}

function checkTotp(
  app: App,
  userId: UserId,
  factor: StoredSecondFactor,
  code: unknown,
  counted: AttemptState | null,
  timestamp: number,
): Decision {
  // A secret that was accepted once stays, whatever `minSecretBytes` says now.
  const { algorithm, digits, period } = factor.settings ?? {};
  const options = { algorithm, digits, period, window: app.window, minSecretBytes: 1, timestamp };
  const secret = openSecret(app, userId, factor);
  try {
    const { factor: after, result } = decideTotp(secret, factor, code, counted, options);
    if (result !== null) return { factor: reseal(app, userId, after), result };
    const isUsed = app.onRefused && verifyTotp(secret, code as string, null, options) !== null;
    return { factor: after, result: isUsed ? 'used' : 'wrong' };
  } finally {
    secret.fill(0);
  }
}

/** Takes a backup code that matched out of the factor, unless it has gone since. */
function takeOut(app: App, userId: UserId, factor: StoredSecondFactor, used: readonly string[]): Decision {
  const left = factor.backupHashes.filter((hash) => !used.includes(hash));
  if (left.length === factor.backupHashes.length) return { factor, result: 'used' };
  return useBackupCode(resealIfPossible(app, userId, factor), left);
}

function passed<R>({ factor, result }: Update<R>): Update<{ passed: R }> {
  return { factor, result: { passed: result } };
}

function refused(reason: Refused['reason'], factor: StoredSecondFactor): Update<Refused> {
  return { factor, result: { reason, factor } };
}

async function report(app: App, userId: UserId, { reason, factor: { attempts } }: Refused): Promise<void> {
  if (!app.onRefused) return;
  const { retryAt, locked } = checkAttempts(attempts, app.policyAt(app.now()));
  await app.onRefused({ userId, reason, failures: attempts?.failures ?? 0, retryAt, locked });
}

/** Changes an active factor without a code. Resolves to whether something changed. */
export async function changeWithoutCode(
  app: App,
  userId: UserId,
  decide: (factor: StoredSecondFactor) => StoredSecondFactor | null,
): Promise<boolean> {
  const changed = await update(app, userId, (factor) => {
    const after = factor && decide(factor);
    return after === factor ? null : { factor: after, result: true };
  });
  return changed !== null;
}

/** Changes the factor of a user; `null` if there is no such user. */
export function update<R>(
  app: App,
  userId: UserId,
  decide: (factor: StoredSecondFactor | null) => Awaitable<Update<R> | null>,
): Promise<R | null> {
  checkUserId(userId);
  return storeUpdate<StoredSecondFactor, SecondFactorRow, R>({
    read: () => app.read(userId),
    decide: ({ factor }) => decide(factor && checkStored(factor)),
    store: (factor, row) => app.store(userId, factor, row),
  });
}

/** A new factor for a user, its secret encrypted. */
export function seal(
  app: App,
  userId: UserId,
  secret: Uint8Array,
  settings: CodeSettings,
  lastUsedTimeStep: number | null,
): StoredSecondFactor {
  const factor = {
    ...newFactor(lastUsedTimeStep),
    secret: encryptSecret(secret, app.keys[0], placeOf(userId)),
  };
  return Object.keys(settings).length === 0 ? factor : { ...factor, settings };
}

/** The secret, to be wiped by the caller. */
const openSecret = (app: App, userId: UserId, { secret }: StoredSecondFactor) =>
  decryptSecret(secret, app.keys, placeOf(userId));

/** The same factor, if its secret is encrypted under the first key already. */
export function reseal(app: App, userId: UserId, factor: StoredSecondFactor): StoredSecondFactor {
  if (factor.secret.startsWith(app.header)) return factor;
  const secret = openSecret(app, userId, factor);
  try {
    return { ...factor, secret: encryptSecret(secret, app.keys[0], placeOf(userId)) };
  } finally {
    secret.fill(0);
  }
}

/** A lost key must not keep a backup code from logging in. */
function resealIfPossible(app: App, userId: UserId, factor: StoredSecondFactor): StoredSecondFactor {
  try {
    return reseal(app, userId, factor);
  } catch {
    return factor;
  }
}

/** Where a secret belongs: the context of its encryption. */
const placeOf = (userId: UserId) => `user ${userId}`;
