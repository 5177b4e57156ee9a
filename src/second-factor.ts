// The second factor of one person: the whole decision of a two-factor login, and the loop that stores it.
import * as crypto from 'node:crypto';
import { type AttemptPolicy, type AttemptState, readAttemptState, takeAttempt } from './attempts.js';
import {
  canonicalCode,
  type GenerateBackupCodesOptions,
  generateBackupCodes,
  type HashBackupCodesOptions,
  hashBackupCodes,
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
} from './checks.js';
import { OtpError } from './errors.js';
import { type VerifyTotpOptions, verifyTotp } from './totp.js';

/** An active second factor as it is stored: plain JSON. Fields of the app's own may stand beside these, and are kept. */
export interface SecondFactor {
  /** Random, 128 bits; new for each set-up. A session remembers the one that it passed: see `hasPassed`. */
  id: string;
  /** The `timeStep` of the last TOTP code that was accepted; `null` for none. */
  lastUsedTimeStep: number | null;
  /** Hashes of the backup codes that are left, as from `hashBackupCodes`. */
  backupHashes: string[];
  /** Failures since the last success; `null` for none. */
  attempts: AttemptState | null;
}

/** What a decision comes to: what to store, and what to tell once it is stored. */
export interface Step<F, R> {
  factor: F;
  result: R;
}

export interface ReplaceBackupCodesOptions extends HashBackupCodesOptions {
  /** Options of `generateBackupCodes`; `false` for no codes. */
  backupCodes?: GenerateBackupCodesOptions | false | undefined;
}

export interface CreateSecondFactorOptions<Fields extends object = object>
  extends VerifyTotpOptions,
    ReplaceBackupCodesOptions {
  /** Fields of the app's own to keep in the factor: plain JSON, under other names than the four of `SecondFactor`. */
  fields?: Fields | undefined;
}

export interface VerifySecondFactorOptions extends VerifyTotpOptions, AttemptPolicy, VerifyBackupCodeOptions {
  /** Take one kind of code alone, for a form or a policy of its own. Default: both, in one field. */
  only?: 'totp' | 'backup-code' | undefined;
}

/** A factor that was set up, or its new backup codes. */
export interface BackupCodesIssued {
  /** The id of the factor, for the session to remember. */
  factorId: string;
  /** To be shown once: their hashes alone are stored. */
  backupCodes: string[];
}

/** A second factor that was passed. */
export interface SecondFactorMatch {
  /** The id of the factor, for the session to remember. */
  factorId: string;
  /** Which kind of code it was. */
  kind: 'totp' | 'backup-code';
  /** Failures between the last success and this one: tell the owner. */
  failures: number;
}

/** What `updateSecondFactor` calls. */
export interface UpdateSecondFactorSteps<F extends SecondFactor, T extends { factor: F | null }, R> {
  /** What is stored now: `factor`, `null` where none is active, with whatever else `store` compares. */
  read(): T | Promise<T>;
  /** What to store and to tell, or `null` for nothing: the other functions of this module, or the app's own. */
  decide(current: T): Step<F | null, R> | null | Promise<Step<F | null, R> | null>;
  /** Compare-and-set: stores the factor where what was read is unchanged. `false`: another request was faster. */
  store(factor: F | null, current: T): boolean | Promise<boolean>;
}

const FACTOR_FIELDS = ['id', 'lastUsedTimeStep', 'backupHashes', 'attempts'];
const FACTOR_ID_BYTES = 16;
const MAX_ID_LENGTH = 128;
const MAX_HASHES = 100;
const MAX_FIELD_DEPTH = 16;
const MAX_ROUNDS = 20;
const A_FACTOR_OR_NULL = 'a SecondFactor, or null where none is active';

/**
 * Sets a second factor up: the first right code proves that the phone has the secret. This code does not
 * log in as well.
 *
 * @param secret The new secret, as shown in the QR code.
 * @param code What the person typed.
 * @returns The factor to store, and ten backup codes to show once it is stored; `null` for a wrong code.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`.
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
): Promise<Step<SecondFactor & Fields, BackupCodesIssued> | null> {
  const { fields = {} as Fields } = checkObject('options', options);
  checkFields(fields);
  const issue = prepareBackupCodes(options);
  const match = verifyTotp(secret, code, null, options);
  if (match === null) return null;
  const id = Buffer.from(crypto.randomFillSync(new Uint8Array(FACTOR_ID_BYTES))).toString('base64url');
  const factor = { ...fields, id, lastUsedTimeStep: match.timeStep, backupHashes: [], attempts: null };
  return issue(factor);
}

/**
 * Checks what a person typed against their second factor: the limit, a TOTP code, whether it was used, a
 * backup code, the count; in this order. Both kinds of code go into one field and under one limit.
 *
 * **The result counts once `factor` is stored with compare-and-set**: see `updateSecondFactor`. If another
 * request was faster, read and decide again. So parallel guesses are counted one by one, and a code is
 * good for one login.
 *
 * @param secret The decrypted secret. With `only: 'backup-code'` it is not looked at.
 * @param typed What the person typed, of any type. What can only be a TOTP code costs no scrypt.
 * @returns `result`: the match, or `null`, the one refusal, whatever the reason. While waiting or locked,
 * nothing is computed, and `factor` is the very object that was given; `checkAttempts(factor.attempts)`
 * tells how long.
 * @throws `OtpError` `INVALID_ARGUMENT`, `SECRET_TOO_SHORT`, `INVALID_BACKUP_HASH`; also for a malformed factor.
 *
 * @example
 * import { generateTotp, verifySecondFactor } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * const stored = { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: [], attempts: null };
 * const { factor, result } = await verifySecondFactor(secret, stored, generateTotp(secret));
 * result; // { factorId: 'q83vEjRWeJASNFZ4', kind: 'totp', failures: 0 }
 * (await verifySecondFactor(secret, factor, generateTotp(secret))).result; // null
 */
export async function verifySecondFactor<F extends SecondFactor>(
  secret: Uint8Array,
  factor: F,
  typed: string,
  options: VerifySecondFactorOptions = {},
): Promise<Step<F, SecondFactorMatch | null>> {
  const { id, attempts, lastUsedTimeStep, backupHashes } = checkFactor('factor', factor);
  const { only } = checkObject('options', options);
  if (only !== undefined) checkOneOf('only', only, ['totp', 'backup-code']);
  const { allowed, state } = takeAttempt(attempts, options);
  if (!allowed) return { factor, result: null };

  // All that can throw comes before a code is looked at: a guess that ends in an error is not counted.
  const backupCode = only === 'totp' ? null : canonicalCode(typed);
  const stored = readBackupHashes(backupCode === null ? [] : backupHashes, options);
  const failures = attempts?.failures ?? 0;
  const counted = { ...factor, attempts: state };
  if (only !== 'backup-code') {
    const match = verifyTotp(secret, typed, lastUsedTimeStep, options);
    if (match !== null) {
      return {
        factor: { ...counted, lastUsedTimeStep: match.timeStep, attempts: null },
        result: { factorId: id, kind: 'totp', failures },
      };
    }
  }
  if (backupCode !== null) {
    const match = await matchBackupCode(backupCode, stored);
    if (match !== null) {
      return {
        factor: { ...counted, backupHashes: match.remaining, attempts: null },
        result: { factorId: id, kind: 'backup-code', failures },
      };
    }
  }
  return { factor: counted, result: null };
}

/**
 * New backup codes in place of the old ones, which are void once `factor` is stored.
 *
 * @returns The factor to store, and the codes to show once it is stored.
 * @throws `OtpError` `INVALID_ARGUMENT`.
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
): Promise<Step<F, BackupCodesIssued>> {
  return prepareBackupCodes(options)(checkFactor('factor', factor));
}

/** Draws codes and checks all options at once; what it returns hashes the codes and puts them into a factor. */
function prepareBackupCodes(
  options: ReplaceBackupCodesOptions,
): <F extends SecondFactor>(factor: F) => Promise<Step<F, BackupCodesIssued>> {
  const hashOptions = readHashOptions(options);
  const { backupCodes: codeOptions = {} } = options;
  const backupCodes =
    codeOptions === false
      ? []
      : generateBackupCodes(checkObject('backupCodes', codeOptions, 'options, or false'));
  return async (factor) => {
    const copy = { ...factor };
    const backupHashes = backupCodes.length === 0 ? [] : await hashBackupCodes(backupCodes, hashOptions);
    return { factor: { ...copy, backupHashes }, result: { factorId: copy.id, backupCodes } };
  };
}

/**
 * Changes a stored factor: reads, decides, stores, and begins again while `store` says `false`. Every change
 * goes through it, so that a decision is told only once it is stored.
 *
 * Where `decide` returns `null`, or the very factor that was read, nothing is stored: return a new object.
 *
 * @returns The `result` of the decision that was stored; `null` where `decide` returns `null`.
 * @throws `OtpError` `CONFLICT` after 20 rounds; `INVALID_ARGUMENT` where a function returns what it should
 * not (a `factor` of `undefined` is a column left out); whatever the functions themselves throw.
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
 * match; // { factorId: 'q83vEjRWeJASNFZ4', kind: 'totp', failures: 0 }
 */
export async function updateSecondFactor<F extends SecondFactor, T extends { factor: F | null }, R>(
  steps: UpdateSecondFactorSteps<F, T, R>,
): Promise<R | null> {
  checkObject('steps', steps);
  checkFunction('read', steps.read);
  checkFunction('decide', steps.decide);
  checkFunction('store', steps.store);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = checkObject('what read returns', await steps.read(), 'an object with a factor');
    const { factor } = current;
    if (factor !== null) checkFactor('the factor that read returns', factor, A_FACTOR_OR_NULL);
    const step = await steps.decide(current);
    if (step === null) return null;
    checkObject('what decide returns', step, '{ factor, result }, or null');
    if (step.factor === factor) return step.result;
    if (step.factor !== null) checkFactor('the factor that decide returns', step.factor, A_FACTOR_OR_NULL);
    // The rows of an UPDATE, say, in place of a boolean would count every store as done.
    if (checkBoolean('what store returns', await steps.store(step.factor, current))) return step.result;
  }
  throw new OtpError('CONFLICT', `other requests changed the factor ${MAX_ROUNDS} times in a row: try again`);
}

/**
 * Whether a session is through the second step: no factor is active, or it passed the active one.
 *
 * Ask it at each request. A login that was under way while a factor was set up, a session from before, a
 * thief's open tab: each has another id, or none.
 *
 * @param factor What is stored; `null` where none is active.
 * @param passedFactorId The `factorId` that the session stored, if any.
 * @throws `OtpError` `INVALID_ARGUMENT`, also for a factor of `undefined`.
 *
 * @example
 * import { hasPassed } from 'otpure';
 *
 * const factor = { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: [], attempts: null };
 * hasPassed(factor, 'q83vEjRWeJASNFZ4'); // true
 * hasPassed(factor, null); // false
 * hasPassed(null, null); // true
 */
export function hasPassed(factor: SecondFactor | null, passedFactorId: string | null | undefined): boolean {
  if (passedFactorId !== null && passedFactorId !== undefined) checkString('passedFactorId', passedFactorId);
  return factor === null || checkFactor('factor', factor, A_FACTOR_OR_NULL).id === passedFactorId;
}

/** What is missing or broken in a stored factor must not count as nothing used, or no failures. */
function checkFactor<F extends SecondFactor>(name: string, factor: F, allowed = 'a SecondFactor'): F {
  const { id, lastUsedTimeStep, backupHashes, attempts } = checkObject(name, factor, allowed);
  for (const field of FACTOR_FIELDS) {
    // A copy of the factor has its own properties alone, not those of a prototype.
    if (!Object.hasOwn(factor, field))
      throw new OtpError('INVALID_ARGUMENT', `${name} must have its own ${field}`);
  }
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH) {
    throw invalidArgument(`id of ${name}`, `a string of 1 to ${MAX_ID_LENGTH} characters`, id);
  }
  if (lastUsedTimeStep !== null) {
    checkInteger(`lastUsedTimeStep of ${name}`, lastUsedTimeStep, 0, Number.MAX_SAFE_INTEGER);
  }
  checkArray(`backupHashes of ${name}`, backupHashes, 0, MAX_HASHES);
  readAttemptState(`attempts of ${name}`, attempts);
  return factor;
}

function checkFields(fields: object): void {
  for (const name of FACTOR_FIELDS) {
    if (Object.hasOwn(checkObject('fields', fields), name)) {
      throw new OtpError('INVALID_ARGUMENT', `fields must not hold ${name}, which is the factor's own`);
    }
  }
  checkJson('fields', fields, 0);
}

/** Bytes in a JSON column would be a readable secret; other objects, and what is `undefined`, would be lost. */
function checkJson(name: string, value: unknown, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return;
  const isList = Array.isArray(value);
  if (!isList && !isPlain(checkObject(name, value, 'plain JSON')))
    throw invalidArgument(name, 'plain JSON', value);
  if (depth === MAX_FIELD_DEPTH) throw invalidArgument(name, `nested at most ${MAX_FIELD_DEPTH} deep`, value);
  // Not the entries of the list itself, which leave its holes out.
  const items = Object.entries(isList ? Array.from(value) : (value as object));
  for (const [key, item] of items) checkJson(`${name}.${key}`, item, depth + 1);
}

/** Whether an object has no prototype, or that of all objects, of whichever realm. */
function isPlain(value: unknown): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
