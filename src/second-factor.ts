//! otpure (MIT)
// The second factor of one person: whether a code is right, what to store then, and the loop that stores it.
import * as crypto from 'node:crypto';
import { type AttemptPolicy, type AttemptState, readAttemptState, takeAttempt } from './attempts.js';
import {
  canonicalCode,
  type GenerateBackupCodesOptions,
  generateBackupCodes,
  type HashBackupCodesOptions,
  hashBackupCodes,
  hashInPlace,
  matchBackupCode,
  readBackupHashes,
  readHashOptions,
  type VerifyBackupCodeOptions,
} from './backup-codes.js';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkObject,
  checkOneOf,
  checkString,
  invalidArgument,
  isBytes,
} from './checks.js';
import { OtpError } from './errors.js';
import { hasCodeForm } from './hotp.js';
import { checkDigits, DEFAULT_DIGITS } from './options.js';
import { type ScryptPlace, withPlace } from './scrypt.js';
import { type VerifyTotpOptions, verifyTotp } from './totp.js';

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/**
 * An active second factor as it is stored: plain JSON. Fields of the app's own may stand beside these, and are
 * kept.
 */
export type SecondFactor = {
  /** Random, 128 bits; new for each set-up. A session remembers the one that it passed: see `hasPassed`. */
  id: string;
  /** The `timeStep` of the last TOTP code that was accepted; `null` for none. */
  lastUsedTimeStep: number | null;
  /** Hashes of the backup codes that are left, as from `hashBackupCodes`. */
  backupHashes: string[];
  /** Failures since the last success; `null` for none. */
  attempts: AttemptState | null;
};

/** A decision: what to store, and what to tell once it is stored. */
export interface SecondFactorUpdate<F, R> {
  /** The factor to store; `null` switches off, if `F` allows it. */
  factor: F;
  /** What to tell the caller, but only once `factor` is stored. */
  result: R;
}

/** Options of `replaceBackupCodes`. */
export interface ReplaceBackupCodesOptions extends HashBackupCodesOptions {
  /** The number of digits of the TOTP codes, whose form no backup code may have: 6 to 10. Default 6. */
  digits?: number | undefined;
  /** Options of `generateBackupCodes`; `false` for no codes. Default: ten codes of 80 bits. */
  backupCodes?: GenerateBackupCodesOptions | false | undefined;
}

/** Options of `createSecondFactor`. */
export interface CreateSecondFactorOptions<Fields extends object = object>
  extends VerifyTotpOptions,
    ReplaceBackupCodesOptions {
  /** Fields of the app's own to keep in the factor: plain JSON, not under the four names of `SecondFactor`. */
  fields?: Fields | undefined;
}

/** Options of `verifySecondFactor`. */
export interface VerifySecondFactorOptions extends VerifyTotpOptions, AttemptPolicy, VerifyBackupCodeOptions {
  /** Accept only one kind of code, for a form or a policy of its own. Default: both, in one field. */
  only?: 'totp' | 'backup-code' | undefined;
}

/** A factor that was set up, or its new backup codes. */
export interface BackupCodesIssued {
  /** The id of the factor, for the session to remember. */
  passedFactor: string;
  /** To be shown once: only their hashes are stored. */
  backupCodes: string[];
}

/** A second factor that was passed. */
export interface SecondFactorMatch {
  /** The id of the factor, for the session to remember. */
  passedFactor: string;
  /** Which kind of code it was. */
  kind: 'totp' | 'backup-code';
  /** Failures between the last success and this one: tell the owner. */
  failures: number;
  /** Of a TOTP code: time steps between it and the server's clock, as from `verifyTotp`; else `null`. */
  drift: number | null;
}

/** What `updateSecondFactor` calls. */
export interface UpdateSecondFactorSteps<F extends SecondFactor, T extends { factor: F | null }, R> {
  /** Reads what is stored now: `factor`, `null` if none is active, with whatever else `store` compares. */
  read(): Awaitable<T>;
  /** What to store and to tell, or `null` for nothing: from the other functions, or the app's own. */
  decide(current: T): Awaitable<SecondFactorUpdate<F | null, R> | null>;
  /** Compare-and-set: stores the factor if what was read is unchanged. `false`: another request was faster. */
  store(factor: F | null, current: T): Awaitable<boolean>;
}

const FACTOR_FIELDS = ['id', 'lastUsedTimeStep', 'backupHashes', 'attempts'];
const MAX_ID_LENGTH = 128;
const MAX_ROUNDS = 20;
export const A_FACTOR_OR_NULL =
  'a SecondFactor, or null if none is active (select the column, and parse it if it is text)';
/** What a session holds in place of an id if there was no factor to pass. */
export const NO_FACTOR = 'none';

/**
 * Sets up a second factor. A first valid code proves that the phone has the secret; that code can't be used to
 * log in afterwards.
 *
 * @param secret The new secret, as shown in the QR code: `minSecretBytes` (16) to 1,024 bytes.
 * @param code What the person typed, of any type.
 * @param options Those of `verifyTotp` and `hashBackupCodes`; `backupCodes`; `fields`.
 * @returns The factor to store, and the backup codes to show once it is stored; `null` for a wrong code.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for backup codes of `digits` digits, which nobody could tell
 * from TOTP codes; `SECRET_TOO_SHORT`; `BUSY` as `hashBackupCodes`.
 *
 * @example
 * import { createSecondFactor, generateSecret, generateTotp } from 'otpure';
 *
 * const secret = generateSecret();
 * const created = await createSecondFactor(secret, generateTotp(secret));
 * created?.result.backupCodes.length; // 10
 */
export async function createSecondFactor<Fields extends object = object>(
  secret: Uint8Array,
  code: string,
  options: CreateSecondFactorOptions<Fields> = {},
): Promise<SecondFactorUpdate<SecondFactor & Fields, BackupCodesIssued> | null> {
  const { fields = {} as Fields, digits } = checkObject('options', options);
  checkFields(fields);
  const backupCodes = drawBackupCodes(options, digits);
  const match = verifyTotp(secret, code, null, options);
  return match && issueBackupCodes({ ...fields, ...newFactor(match.timeStep) }, backupCodes, options);
}

/**
 * Checks what a person typed against their second factor, in this order: the limit, a TOTP code, whether it was
 * used, a backup code. Both kinds of code go into one field, and count towards one limit.
 *
 * **The result counts once `factor` is stored with compare-and-set**: see `updateSecondFactor`. If another
 * request was faster, read and decide again. So parallel guesses are counted one by one, and a code is good
 * for one login.
 *
 * A text of exactly `digits` digits is a TOTP code and nothing else. If wrong ones were tried as backup codes
 * too, a right guess would overtake them while they wait for scrypt.
 *
 * @param secret The decrypted secret. With `only: 'backup-code'` it isn't read.
 * @param factor What is stored.
 * @param typed What the person typed, of any type.
 * @param options Those of `verifyTotp`, `takeAttempt` and `verifyBackupCode`; `only`.
 * @returns The factor to store, and as `result` the match, or `null`: the one refusal, whatever the reason.
 * `factor` is the very object that was given while waiting or locked, when nothing is computed (see
 * `checkAttempts(factor.attempts)`), and for a text that can be no code of either kind.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for a malformed factor; `SECRET_TOO_SHORT`;
 * `INVALID_BACKUP_HASH`; `BUSY` as `verifyBackupCode`.
 *
 * @example
 * import { generateTotp, verifySecondFactor } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * const stored = { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: [], attempts: null };
 * const { factor, result } = await verifySecondFactor(secret, stored, generateTotp(secret));
 * result; // { passedFactor: 'q83vEjRWeJASNFZ4', kind: 'totp', failures: 0, drift: 0 }
 * (await verifySecondFactor(secret, factor, generateTotp(secret))).result; // null
 */
export async function verifySecondFactor<F extends SecondFactor>(
  secret: Uint8Array,
  factor: F,
  typed: string,
  options: VerifySecondFactorOptions = {},
): Promise<SecondFactorUpdate<F, SecondFactorMatch | null>> {
  const { attempts, backupHashes } = checkFactor('factor', factor);
  const { only, digits } = checkObject('options', options);
  if (only !== undefined) checkOneOf('only', only, ['totp', 'backup-code']);
  const { allowed, state } = takeAttempt(attempts, options);
  if (!allowed) return { factor, result: null };

  // Wrong options throw whatever was typed, and before scrypt runs: a guess that ends in an error isn't counted.
  const kind = kindOfCode(typed, only, digits);
  const stored = readBackupHashes(kind === 'backup-code' ? backupHashes : [], options);
  const totp = only === 'backup-code' ? null : decideTotp(secret, factor, typed, state, options);
  if (kind === null) return { factor, result: null };
  if (kind === 'totp' && totp !== null) return totp;
  const copy = { ...factor };
  const match = await withPlace('check', (place) => matchBackupCode(place, typed, stored));
  if (match === null) return { factor: { ...copy, attempts: state }, result: null };
  return useBackupCode(copy, match.remaining);
}

/** Decides on a TOTP code, given the state that counts it as a failure. */
export function decideTotp<F extends SecondFactor>(
  secret: Uint8Array,
  factor: F,
  typed: unknown,
  counted: AttemptState | null,
  options: VerifyTotpOptions,
): SecondFactorUpdate<F, SecondFactorMatch | null> {
  const { id, attempts, lastUsedTimeStep } = factor;
  const match = verifyTotp(secret, typed as string, lastUsedTimeStep, options);
  if (match === null) return { factor: { ...factor, attempts: counted }, result: null };
  return {
    factor: { ...factor, lastUsedTimeStep: match.timeStep, attempts: null },
    result: { passedFactor: id, kind: 'totp', failures: attempts?.failures ?? 0, drift: match.drift },
  };
}

/** The factor without a backup code that was right. */
export function useBackupCode<F extends SecondFactor>(
  factor: F,
  backupHashes: string[],
): SecondFactorUpdate<F, SecondFactorMatch> {
  const { id, attempts } = factor;
  return {
    factor: { ...factor, backupHashes, attempts: null },
    result: { passedFactor: id, kind: 'backup-code', failures: attempts?.failures ?? 0, drift: null },
  };
}

/** What a typed text can be. */
export function kindOfCode(
  typed: unknown,
  only: VerifySecondFactorOptions['only'],
  digits: number = DEFAULT_DIGITS,
): 'totp' | 'backup-code' | null {
  if (only !== 'backup-code' && hasCodeForm(typed, digits)) return 'totp';
  return only !== 'totp' && canonicalCode(typed) !== null ? 'backup-code' : null;
}

/**
 * Replaces the backup codes: the old ones stop working once `factor` is stored.
 *
 * @param factor What is stored. Ask for a code of it first, so that a stolen session can't do this.
 * @param options Those of `hashBackupCodes`; `backupCodes`; `digits`, if the TOTP codes don't have six.
 * @returns The factor to store, and the codes to show once it is stored.
 * @throws `OtpError` `INVALID_ARGUMENT`; `BUSY` as `hashBackupCodes`.
 *
 * @example
 * import { replaceBackupCodes } from 'otpure';
 *
 * const stored = { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: [], attempts: null };
 * const { factor, result } = await replaceBackupCodes(stored, { backupCodes: { count: 3 } });
 * factor.backupHashes.length; // 3
 */
export async function replaceBackupCodes<F extends SecondFactor>(
  factor: F,
  options: ReplaceBackupCodesOptions = {},
): Promise<SecondFactorUpdate<F, BackupCodesIssued>> {
  const { digits } = checkObject('options', options);
  return issueBackupCodes(checkFactor('factor', factor), drawBackupCodes(options, digits), options);
}

/** Draws backup codes that nobody can take for TOTP codes, and checks all options before anything is decided. */
export function drawBackupCodes(
  options: ReplaceBackupCodesOptions,
  digits: number = DEFAULT_DIGITS,
): string[] {
  readHashOptions(options);
  checkDigits(digits);
  const { backupCodes = {} } = options;
  if (backupCodes === false) return [];
  checkObject('backupCodes', backupCodes, 'options, or false');
  // Now and then, eight letters or digits are all digits. Ten times in a row, they are meant to be.
  for (let draws = 0; draws < 10; draws++) {
    const codes = generateBackupCodes(backupCodes);
    if (!codes.some((code) => hasCodeForm(code, digits))) return codes;
  }
  throw new OtpError(
    'INVALID_ARGUMENT',
    `backupCodes must not be ${digits} digits, which is the form of a TOTP code: choose another length`,
  );
}

/** Puts the hashes of backup codes into a copy of a factor, in a place of scrypt's queue if one was taken. */
export async function issueBackupCodes<F extends SecondFactor>(
  factor: F,
  backupCodes: string[],
  options: HashBackupCodesOptions,
  place?: ScryptPlace,
): Promise<SecondFactorUpdate<F, BackupCodesIssued>> {
  // The caller's object may change while scrypt runs.
  const copy = { ...factor };
  const hash = () =>
    place ? hashInPlace(place, backupCodes, options) : hashBackupCodes(backupCodes, options);
  const backupHashes = backupCodes.length === 0 ? [] : await hash();
  return { factor: { ...copy, backupHashes }, result: { passedFactor: copy.id, backupCodes } };
}

/** A factor without backup codes, whose last code is used. */
export function newFactor(lastUsedTimeStep: number | null): SecondFactor {
  return { id: randomId(), lastUsedTimeStep, backupHashes: [], attempts: null };
}

/** 128 random bits: 22 characters of base64url. */
export function randomId(): string {
  // Not a copy, which would leave the bytes in the pool that all buffers of the process share.
  return Buffer.from(crypto.randomFillSync(new Uint8Array(16)).buffer).toString('base64url');
}

/**
 * Changes a stored factor: reads, decides and stores, and starts over while `store` returns `false`. Make every
 * change through it, so that a decision is told only once it is stored.
 *
 * @param steps `read`, `decide` and `store`. If `decide` returns `null`, or the very factor that was read,
 * nothing is stored; to change a factor, return a new object.
 * @returns The `result` of the decision, once it is stored; `null` if `decide` returned `null`.
 * @throws `OtpError` `CONFLICT` after 20 rounds; `INVALID_ARGUMENT` if a callback returns the wrong thing, such
 * as `factor: undefined` because the column wasn't selected, or if `decide` changed the factor in place; and
 * whatever the callbacks throw.
 *
 * @example
 * import { generateTotp, updateSecondFactor, verifySecondFactor } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * const row = {
 *   factor: { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: [], attempts: null },
 *   version: 0,
 * };
 * const match = await updateSecondFactor({
 *   read: () => ({ ...row }),
 *   decide: ({ factor }) => verifySecondFactor(secret, factor, generateTotp(secret)),
 *   store: (factor, { version }) => {
 *     if (row.version !== version) return false;
 *     Object.assign(row, { factor, version: version + 1 });
 *     return true;
 *   },
 * });
 * match; // { passedFactor: 'q83vEjRWeJASNFZ4', kind: 'totp', failures: 0, drift: 0 }
 */
export async function updateSecondFactor<F extends SecondFactor, T extends { factor: F | null }, R>(
  steps: UpdateSecondFactorSteps<F, T, R>,
): Promise<R | null> {
  checkObject('steps', steps);
  checkFunction('read', steps.read);
  checkFunction('decide', steps.decide);
  checkFunction('store', steps.store);
  return storeUpdate<F, T, R>({
    read: async () => checkObject('what read returns', await steps.read(), 'an object with a factor'),
    store: (factor, current) => steps.store(factor, current),
    async decide(current) {
      const { factor } = current;
      const before = JSON.stringify(factor);
      const update = await steps.decide(current);
      if (update === null) return null;
      checkObject('what decide returns', update, '{ factor, result }, or null');
      if (update.factor !== factor) {
        if (update.factor !== null)
          checkFactor('the factor that decide returns', update.factor, A_FACTOR_OR_NULL);
      } else if (JSON.stringify(factor) !== before) {
        // It would be told and not stored: a backup code would be good for several logins.
        throw new OtpError(
          'INVALID_ARGUMENT',
          'decide must return a new factor, not change the one it was given',
        );
      }
      return update;
    },
  });
}

/** The loop of `updateSecondFactor`, for a `decide` of the library's own. `null` also if `read` finds nothing. */
export async function storeUpdate<F extends SecondFactor, T extends { factor: F | null }, R>(steps: {
  read(): Awaitable<T | null | undefined>;
  decide: UpdateSecondFactorSteps<F, T, R>['decide'];
  store: UpdateSecondFactorSteps<F, T, R>['store'];
}): Promise<R | null> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = await steps.read();
    if (current === null || current === undefined) return null;
    const { factor } = checkObject('what read returns', current, 'an object with a factor');
    if (factor !== null) checkFactor('the factor that read returns', factor, A_FACTOR_OR_NULL);
    const update = await steps.decide(current);
    if (update === null) return null;
    if (update.factor === factor) return update.result;
    // A truthy value that isn't a boolean, such as the rows of an UPDATE, would make every store look successful.
    if (checkBoolean('what store returns', await steps.store(update.factor, current))) return update.result;
  }
  throw new OtpError('CONFLICT', `other requests changed the factor ${MAX_ROUNDS} times in a row: try again`);
}

/**
 * Tells whether a session has passed the second factor that is active now or, if none is, began without one.
 *
 * Ask it at each request. A login that was under way while a factor was set up, or a session from before, has
 * another id or none. Once the factor is switched off, sessions with `'none'` from before the set-up would
 * pass again: compare the row's `version` with that of the session as well.
 *
 * @param factor What is stored; `null` if none is active.
 * @param passedFactor What the session stored: the id of the factor that it passed, or `'none'` if there was
 * none. `null` and `undefined` never pass.
 * @returns Whether `passedFactor` is the id of `factor`, or `'none'` for `null`.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for a factor of `undefined`.
 *
 * @example
 * import { hasPassed } from 'otpure';
 *
 * const factor = { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: [], attempts: null };
 * hasPassed(factor, 'q83vEjRWeJASNFZ4'); // true
 * hasPassed(factor, 'none'); // false
 * hasPassed(null, 'none'); // true
 * hasPassed(null, null); // false
 */
export function hasPassed(factor: SecondFactor | null, passedFactor: string | null | undefined): boolean {
  if (passedFactor !== null && passedFactor !== undefined) checkString('passedFactor', passedFactor);
  const id = factor === null ? NO_FACTOR : checkFactor('factor', factor, A_FACTOR_OR_NULL).id;
  return passedFactor === id;
}

/** Whatever is missing or broken in a stored factor must not count as nothing used, or no failures. */
export function checkFactor<F extends SecondFactor>(name: string, factor: F, allowed = 'a SecondFactor'): F {
  const { id, lastUsedTimeStep, backupHashes, attempts } = checkObject(name, factor, allowed);
  for (const field of FACTOR_FIELDS) {
    // A copy of the factor has only its own properties, not those of a prototype.
    if (!Object.hasOwn(factor, field))
      throw new OtpError('INVALID_ARGUMENT', `${name} must have its own ${field}`);
  }
  // With the id 'none', sessions from before the set-up would pass.
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH || id === NO_FACTOR) {
    throw invalidArgument(`id of ${name}`, `a string of 1 to ${MAX_ID_LENGTH} characters, not 'none'`, id);
  }
  if (lastUsedTimeStep !== null) {
    checkInteger(`lastUsedTimeStep of ${name}`, lastUsedTimeStep, 0, Number.MAX_SAFE_INTEGER);
  }
  checkArray(`backupHashes of ${name}`, backupHashes, 0, 100);
  readAttemptState(`attempts of ${name}`, attempts);
  return factor;
}

function checkFields(fields: object): void {
  for (const [name, value] of Object.entries(checkObject('fields', fields))) {
    if (FACTOR_FIELDS.includes(name)) {
      throw new OtpError(
        'INVALID_ARGUMENT',
        `fields must not contain ${name}, a name that the factor itself uses`,
      );
    }
    // In a JSON column, the bytes of a secret would be readable.
    if (isBytes(value)) throw invalidArgument(`fields.${name}`, 'plain JSON (encrypt it first)', value);
  }
}
