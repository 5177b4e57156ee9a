// Two-factor login tied to the app's storage: every code is counted before it is looked at, and trusted devices.
import { type AttemptPolicy, checkAttempts, takeAttempt } from './attempts.js';
import {
  canonicalCode,
  checkPeppers,
  type GenerateBackupCodesOptions,
  matchBackupCode,
  readBackupHashes,
  type StoredHashes,
} from './backup-codes.js';
import { encodeBase32 } from './base32.js';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkKeys,
  checkNames,
  checkObject,
  checkOneOf,
  checkString,
  invalidArgument,
  invalidNumber,
} from './checks.js';
import { constantTimeEqual } from './constant-time.js';
import { hashToken } from './hmac.js';
import {
  checkAlgorithm,
  checkDigits,
  checkPeriod,
  DEFAULT_ALGORITHM,
  DEFAULT_DIGITS,
  DEFAULT_PERIOD,
  DIGEST_BYTES,
  type OtpAlgorithm,
  readOtpOptions,
  readTimestamp,
} from './options.js';
import { buildOtpauthUri } from './otpauth-uri.js';
import { type ScryptCost, type ScryptPlace, takePlace } from './scrypt.js';
import { decryptSecret, encryptSecret, KEY_BYTES, reencryptSecret } from './sealed-secret.js';
import {
  A_FACTOR_OR_NULL,
  type BackupCodesIssued,
  checkFactor,
  checkTellApart,
  drawBackupCodes,
  hasPassed,
  issueBackupCodes,
  kindOfCode,
  NO_FACTOR,
  newFactor,
  type ReplaceBackupCodesOptions,
  randomId,
  type SecondFactor,
  type SecondFactorMatch,
  type SecondFactorUpdate,
  updateSecondFactor,
  verifySecondFactor,
} from './second-factor.js';
import { generateSecret } from './secret.js';
import { type VerifyTotpOptions, verifyTotp } from './totp.js';

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** How the codes of one phone are made; what is absent has its default (`'SHA1'`, 6 digits, 30 seconds). */
export type CodeSettings = {
  /** Hash of the HMAC. */
  algorithm?: OtpAlgorithm | undefined;
  /** Digits of a code: 6 to 10. */
  digits?: number | undefined;
  /** Length of a time step in **seconds**: 1 to 86,400. */
  period?: number | undefined;
};

/** A browser that needs no code until `expiresAt`. */
export type TrustedDevice = {
  /** SHA-256 of its token, in base64url. */
  hash: string;
  /** Unix milliseconds. */
  expiresAt: number;
};

/** A person's second factor as `createTwoFactor` stores it: plain JSON, for one column. */
export type StoredSecondFactor = SecondFactor & {
  /** The secret, encrypted for this user: `encryptSecret(…, key, 'user ' + userId)`. */
  secret: string;
  /** Settings of this phone, if they are not the defaults. A later change of the config leaves them alone. */
  settings?: CodeSettings;
  /** Browsers that need no code, at most 10. */
  devices?: TrustedDevice[];
};

/** What `read` returns: the factor, with whatever `store` compares. */
export interface SecondFactorRow {
  /** `null` if two-factor login is off. */
  factor: StoredSecondFactor | null;
}

/** Why a code was refused, for logs and for mails to the owner. It doesn't hold what was typed. */
export interface TwoFactorRefusal<Id> {
  /** The user whose code it was. */
  userId: Id;
  /** `'used'`: the code was right, and used before. `'waiting'` and `'locked'`: it wasn't looked at. */
  reason: 'wrong' | 'used' | 'waiting' | 'locked';
  /** Failures since the last success, this one included. */
  failures: number;
  /** When the next attempt is allowed, in Unix milliseconds; `null` if there is no wait. */
  retryAt: number | null;
  /** Whether only `unlock` or `forceDisable` helps. */
  locked: boolean;
}

/** What `createTwoFactor` takes. An unknown name throws. */
export interface TwoFactorConfig<Id extends string | number | bigint, Row extends SecondFactorRow>
  extends AttemptPolicy {
  /** The name of the app, as authenticator apps show it: 1 to 200 characters, no `:`. */
  issuer: string;
  /**
   * 32 random bytes that encrypt the secrets, kept outside the database, or 1 to 100 such keys. The first one
   * encrypts, all of them decrypt: a new key goes last everywhere before it goes first.
   */
  key: Uint8Array | readonly Uint8Array[];
  /**
   * Reads a user's row as last committed: no replica, no cache. `null` or `undefined`: there is no such user.
   */
  read: (userId: Id) => Awaitable<Row | null | undefined>;
  /**
   * Compare-and-set: stores the factor (`null`: off) if the row is still the one that was read. Resolves to
   * `true` once that is committed, outside any transaction of the request; to `false` if another request was
   * faster.
   */
  store: (userId: Id, factor: StoredSecondFactor | null, row: Row) => Awaitable<boolean>;
  /** The pepper of `hashBackupCodes`, or 1 to 100 of them: the first one hashes, all verify. Default: none. */
  pepper?: Uint8Array | readonly Uint8Array[] | undefined;
  /** Cost of scrypt for backup codes: see `hashBackupCodes`. */
  cost?: ScryptCost | undefined;
  /** Options of `generateBackupCodes`; `false` for no codes. Default: ten codes of 80 bits. */
  backupCodes?: GenerateBackupCodesOptions | false | undefined;
  /** Of new set-ups. Default `'SHA1'`, the only one that every authenticator app supports. */
  algorithm?: OtpAlgorithm | undefined;
  /** Digits of new set-ups: 6 to 10. Default 6. */
  digits?: number | undefined;
  /** Time step of new set-ups in **seconds**: 1 to 86,400. Default 30. */
  period?: number | undefined;
  /** Least length of a new or adopted secret in bytes: 1 to 64. Default 16. */
  minSecretBytes?: number | undefined;
  /** How many steps before and after the current one may match too: see `verifyTotp`. Default 1. */
  window?: VerifyTotpOptions['window'];
  /** For how many days a browser can be trusted: 1 to 365. Default 30. */
  trustDeviceDays?: number | undefined;
  /** Called, and awaited, once a refused code is counted and stored. If it throws, so does the call. */
  onRefused?: ((refusal: TwoFactorRefusal<Id>) => Awaitable<void>) | undefined;
  /** The clock, in Unix milliseconds, for tests. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** A set-up that waits for its first code. */
export interface TwoFactorSetUp {
  /** The otpauth URI, to be shown as a QR code. It holds the secret: draw the QR code yourself. */
  uri: string;
  /** The secret in Base32, for those who type it. */
  setupKey: string;
  /** The secret, encrypted for this user and good for an hour: keep it in the session that asked. */
  pendingSecret: string;
}

/** What `confirm` takes. */
export interface ConfirmInput {
  /** The `pendingSecret` of `setUp`, from the session. */
  pendingSecret: unknown;
  /** What the person typed: a code of the new phone. */
  code: unknown;
  /** A code of the old phone, or a backup code, if a factor is active already. */
  currentCode?: unknown;
}

/** Options of `verify`. */
export interface TwoFactorVerifyOptions {
  /** Accept only one kind of code. Default: both, in one field. */
  only?: 'totp' | 'backup-code' | undefined;
  /** Whether this browser needs no code for `trustDeviceDays`. Default `false`. */
  trustDevice?: boolean | undefined;
}

/** A right code. */
export interface TwoFactorMatch extends SecondFactorMatch {
  /** How many backup codes are left. */
  backupCodesLeft: number;
  /** With `trustDevice`: 22 characters for an HttpOnly cookie, named after the user. Else `null`. */
  deviceToken: string | null;
}

/** What `adopt` takes. */
export interface AdoptInput {
  /** The secret: `minSecretBytes` (16) to 1,024 bytes. */
  secret: Uint8Array;
  /** Hashes of `hashBackupCodes`. Default: none. */
  backupHashes?: readonly string[] | undefined;
  /** The last time step that the other software accepted. Default: none. */
  lastUsedTimeStep?: number | null | undefined;
  /** How the codes of the phone are made. */
  settings?: CodeSettings | undefined;
}

/** A person's second factor, for the pages that show it. */
export interface TwoFactorStatus {
  /** Whether two-factor login is on. */
  enabled: boolean;
  /** How many backup codes are left. */
  backupCodesLeft: number;
  /** How many browsers need no code. */
  trustedDevices: number;
  /** Failures since the last success. */
  failures: number;
  /** When the next attempt is allowed, in Unix milliseconds; `null` if there is no wait. */
  retryAt: number | null;
  /** Whether only `unlock` or `forceDisable` helps. */
  locked: boolean;
}

/**
 * Two-factor login: what `createTwoFactor` returns.
 *
 * A `userId` is a non-empty string, a safe integer or a bigint, taken from the row and not from what was typed;
 * else `INVALID_ARGUMENT`. What was typed never throws. Every method that stores throws `CONFLICT` if other
 * requests were faster 20 times in a row, and passes on what `read` and `store` throw.
 */
export interface TwoFactor<Id extends string | number | bigint> {
  /**
   * Begins a set-up, also of a new phone beside an active one. Nothing is stored until `confirm`.
   *
   * @param account Whom the authenticator app shows, such as an e-mail address. Control characters are
   * dropped, and it is cut at 200 characters; the user's id if nothing is left.
   */
  setUp(userId: Id, account: string | null | undefined): TwoFactorSetUp;
  /**
   * Ends a set-up: the first right code of the new phone switches two-factor login on. If a factor is active
   * already, `currentCode` must be right for it, and is checked and counted as in `verify`; then the new factor
   * replaces the old one at once.
   *
   * @returns The id for the session, and the backup codes to show now, only this once. `null` if either code is
   * wrong, or `pendingSecret` is missing, changed, another user's or older than an hour.
   * @throws `OtpError` `BUSY` if 20 sets of backup codes wait to be hashed.
   */
  confirm(userId: Id, input: ConfirmInput): Promise<BackupCodesIssued | null>;
  /**
   * Checks a code at login, from the phone or a backup code. It is counted before it is looked at.
   *
   * @param code What the person typed.
   * @returns What the session stores, with what the owner should know; `null`: wrong, used, waiting, locked,
   * no factor is active, or no such user. What can be no code of either kind isn't counted.
   * @throws `OtpError` `BUSY` if 200 backup codes wait to be checked (nothing is counted then);
   * `DECRYPTION_FAILED` if the key is lost, which still lets backup codes in; `INVALID_BACKUP_HASH`.
   */
  verify(userId: Id, code: unknown, options?: TwoFactorVerifyOptions): Promise<TwoFactorMatch | null>;
  /** Switches off with a right code, checked and counted as in `verify`. Resolves to whether it did. */
  disable(userId: Id, code: unknown): Promise<boolean>;
  /**
   * Issues new backup codes for a right code, checked and counted as in `verify`. The old ones stop working,
   * and no device is trusted any more. `null` as from `verify`.
   */
  replaceBackupCodes(userId: Id, code: unknown): Promise<BackupCodesIssued | null>;
  /**
   * Switches off without a code: for support, once the person is identified, or after the password.
   *
   * @param passedFactor If given, only this very factor is switched off.
   * @returns Whether it was on.
   */
  forceDisable(userId: Id, passedFactor?: string): Promise<boolean>;
  /**
   * Forgets the failures and keeps the factor: for support, once the person is identified. Never wire it to a
   * password reset. Resolves to whether there were any.
   */
  unlock(userId: Id): Promise<boolean>;
  /** Ends the trust in all devices, after a change of the password, say. Resolves to whether there were any. */
  forgetDevices(userId: Id): Promise<boolean>;
  /**
   * Encrypts the secret under the first key: run it for all users before an old key goes. Resolves to whether
   * something changed.
   *
   * @throws `OtpError` `DECRYPTION_FAILED` if the key of the stored secret is not in the config.
   */
  reencrypt(userId: Id): Promise<boolean>;
  /**
   * Switches on with the secret that a person has from other software.
   *
   * @returns The id of the new factor; `null` if a factor is active, or there is no such user.
   * @throws `OtpError` `SECRET_TOO_SHORT`, `INVALID_BACKUP_HASH`, `INVALID_ARGUMENT`.
   */
  adopt(userId: Id, input: AdoptInput): Promise<{ passedFactor: string } | null>;
  /** What the person's pages show; `null` if there is no such user. */
  status(userId: Id): Promise<TwoFactorStatus | null>;
  /**
   * Tells what a session stores as `passedFactor` after the right password.
   *
   * @param factor The factor of the user's row.
   * @param deviceToken The cookie of a trusted device, if there is one.
   * @returns `'none'` if no factor is active; the factor's id if this browser is trusted; else `null`: a code
   * is due.
   */
  afterPassword(factor: StoredSecondFactor | null, deviceToken?: unknown): string | null;
  /** The function `hasPassed`: ask it at each request. */
  hasPassed(factor: StoredSecondFactor | null, passedFactor: string | null | undefined): boolean;
}

type UserId = string | number | bigint;
type Stored<R> = SecondFactorUpdate<StoredSecondFactor | null, R>;
type Refused = { reason: TwoFactorRefusal<UserId>['reason']; factor: StoredSecondFactor };
/** What came of a code. `counted`: a backup code that is stored as a failure, and not computed yet. */
type Outcome<R> = { passed: R } | Refused | { counted: StoredSecondFactor; hashes: StoredHashes };
/** What a right code leads to, given the factor with that code used. */
type Change<R> = (factor: StoredSecondFactor, match: SecondFactorMatch) => Awaitable<Stored<R>>;

/** The config, read and checked. `read` and `store` are methods here, so that those for every id and row fit. */
interface App {
  issuer: string;
  keys: readonly Uint8Array[];
  /** Of new set-ups. */
  settings: CodeSettings;
  minSecretBytes: number;
  /** Of all factors. A secret that was accepted once stays, whatever `minSecretBytes` says later. */
  limits: AttemptPolicy & Pick<VerifyTotpOptions, 'window' | 'minSecretBytes'>;
  peppers: readonly Uint8Array[] | undefined;
  issue: ReplaceBackupCodesOptions;
  trustDeviceDays: number;
  read(userId: UserId): Awaitable<SecondFactorRow | null | undefined>;
  store(userId: UserId, factor: StoredSecondFactor | null, row: SecondFactorRow): Awaitable<boolean>;
  onRefused?(refusal: TwoFactorRefusal<UserId>): Awaitable<void>;
  now?(): number;
}

const CONFIG_NAMES = {
  ...{ issuer: 1, key: 1, read: 1, store: 1, pepper: 1, cost: 1, backupCodes: 1, algorithm: 1, digits: 1 },
  ...{ period: 1, minSecretBytes: 1, window: 1, trustDeviceDays: 1, onRefused: 1, now: 1 },
  ...{ freeFailures: 1, firstWaitSeconds: 1, maxWaitSeconds: 1, maxFailures: 1 },
} satisfies Record<keyof TwoFactorConfig<UserId, SecondFactorRow>, 1>;
const MAX_NAME_LENGTH = 200;
const MAX_USER_ID_LENGTH = 1000;
const MAX_DEVICES = 10;
const TOKEN_LENGTH = 22;
const SET_UP_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 86_400_000;
// Before the secret in a pendingSecret: the moment of the set-up, as a 64-bit float.
const MOMENT_BYTES = 8;
/** In place of a row that `read` did not find. */
const NO_USER: SecondFactorRow = { factor: null };

/**
 * Ties two-factor login to the app's storage: set-up, codes at login, backup codes, limits on guessing, trusted
 * devices, a new phone, help by support. It keeps no state of its own.
 *
 * @param config Read once, and checked at once: a wrong key or a misspelt name stops the start of the app, not
 * the first login.
 * @returns The methods that an app calls: see `TwoFactor`.
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * import { createTwoFactor, decodeBase32, generateTotp } from 'otpure';
 *
 * const users = new Map([[17, { factor: null, version: 0 }]]);
 * const twoFactor = createTwoFactor({
 *   issuer: 'Acme',
 *   key: Buffer.from('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'hex'),
 *   read: (id) => users.get(id),
 *   store: (id, factor, { version }) => {
 *     if (users.get(id).version !== version) return false;
 *     users.set(id, { factor, version: version + 1 });
 *     return true;
 *   },
 * });
 * const { setupKey, pendingSecret } = twoFactor.setUp(17, 'ann@example.com');
 * const code = generateTotp(decodeBase32(setupKey)); // what the phone shows
 * const confirmed = await twoFactor.confirm(17, { pendingSecret, code });
 * confirmed?.backupCodes.length; // 10
 * twoFactor.afterPassword(users.get(17).factor); // null
 * await twoFactor.verify(17, code); // null
 * (await twoFactor.verify(17, confirmed?.backupCodes[0]))?.backupCodesLeft; // 9
 */
export function createTwoFactor<Id extends string | number | bigint, Row extends SecondFactorRow>(
  config: TwoFactorConfig<Id, Row>,
): TwoFactor<Id> {
  const app = readConfig(config);
  return {
    setUp: (userId, account) => setUp(app, userId, account),
    confirm: (userId, input) => confirm(app, userId, input),
    verify: (userId, code, options) => verify(app, userId, code, options),
    disable: async (userId, code) =>
      (await checkCode(app, userId, code, () => ({ factor: null, result: true }))) !== null,
    replaceBackupCodes: (userId, code) => replaceCodes(app, userId, code),
    forceDisable: (userId, passedFactor) =>
      change(app, userId, (factor) =>
        passedFactor === undefined || hasPassed(factor, passedFactor) ? null : factor,
      ),
    unlock: (userId) =>
      change(app, userId, (factor) => (factor.attempts ? { ...factor, attempts: null } : factor)),
    forgetDevices: (userId) =>
      change(app, userId, (factor) => (factor.devices ? withoutDevices(factor) : factor)),
    reencrypt: (userId) => change(app, userId, (factor) => reseal(app, userId, factor)),
    adopt: (userId, input) => adopt(app, userId, input),
    status: (userId) => status(app, userId),
    afterPassword: (factor, deviceToken) => afterPassword(app, factor, deviceToken),
    hasPassed,
  };
}

/** Checks the options by use: each goes once through the function that it is for. */
function readConfig<Id extends UserId, Row extends SecondFactorRow>(config: TwoFactorConfig<Id, Row>): App {
  checkNames('config', config, Object.keys(CONFIG_NAMES));
  const { read, store, onRefused, now, trustDeviceDays = 30, minSecretBytes = 16 } = config;
  checkFunction('read', read);
  checkFunction('store', store);
  if (onRefused !== undefined) checkFunction('onRefused', onRefused);
  if (now !== undefined) checkFunction('now', now);
  checkInteger('trustDeviceDays', trustDeviceDays, 1, 365);

  const { issuer, algorithm, digits, period, window, backupCodes, cost } = config;
  if (checkString('issuer', issuer).trim() === '' || issuer.length > MAX_NAME_LENGTH) {
    throw invalidArgument('issuer', `a name of 1 to ${MAX_NAME_LENGTH} characters`, issuer);
  }
  const secret = new Uint8Array(DIGEST_BYTES.SHA512);
  buildOtpauthUri({ type: 'totp', secret, issuer, account: 'ann' });
  verifyTotp(secret, '', null, { algorithm, digits, period, window, minSecretBytes, timestamp: 0 });
  const { freeFailures, firstWaitSeconds, maxWaitSeconds, maxFailures } = config;
  const policy = { freeFailures, firstWaitSeconds, maxWaitSeconds, maxFailures };
  checkAttempts(null, { ...policy, timestamp: 0 });

  // Copies: what becomes of the caller's objects and keys later changes nothing.
  const keys = copyKeys(checkKeys('key', config.key, KEY_BYTES, KEY_BYTES));
  const peppers = config.pepper === undefined ? undefined : copyKeys(checkPeppers(config.pepper));
  const issue = { backupCodes, cost, pepper: peppers?.[0] };
  if (backupCodes) checkNames('backupCodes', backupCodes, ['count', 'alphabet', 'length']);
  checkTellApart(drawBackupCodes(issue), digits ?? DEFAULT_DIGITS);
  return {
    ...{ issuer, keys, peppers, trustDeviceDays, minSecretBytes },
    read: read.bind(config),
    store: store.bind(config),
    ...(onRefused && { onRefused: onRefused.bind(config) }),
    ...(now && { now: now.bind(config) }),
    issue: structuredClone(issue),
    settings: readSettings({ algorithm, digits, period }),
    limits: { ...policy, window: structuredClone(window), minSecretBytes: 1 },
  };
}

const copyKeys = (keys: readonly Uint8Array[]) => keys.map((key) => new Uint8Array(key));

/** Only what differs from the defaults, which is what a stored factor holds. */
function readSettings(given: CodeSettings = {}): CodeSettings {
  const { algorithm, digits, period } = checkObject('settings', given);
  const settings: CodeSettings = {};
  if (algorithm !== undefined && checkAlgorithm(algorithm) !== DEFAULT_ALGORITHM)
    settings.algorithm = algorithm;
  if (digits !== undefined && checkDigits(digits) !== DEFAULT_DIGITS) settings.digits = digits;
  if (period !== undefined && checkPeriod(period) !== DEFAULT_PERIOD) settings.period = period;
  return settings;
}

function setUp(app: App, userId: UserId, account: unknown): TwoFactorSetUp {
  checkUserId(userId);
  const { issuer, settings } = app;
  const { algorithm } = settings;
  const usualLength = DIGEST_BYTES[algorithm ?? DEFAULT_ALGORITHM];
  const secret = generateSecret({ algorithm, bytes: Math.max(usualLength, app.minSecretBytes) });
  const pending = new Uint8Array(MOMENT_BYTES + secret.length);
  try {
    pending.set(secret, MOMENT_BYTES);
    new DataView(pending.buffer).setFloat64(0, momentOf(app));
    const name = toAccount(account) || toAccount(String(userId));
    return {
      uri: buildOtpauthUri({ type: 'totp', secret, issuer, account: name, ...settings }),
      setupKey: encodeBase32(secret),
      pendingSecret: encryptSecret(pending, app.keys[0], pendingPlaceOf(userId)),
    };
  } finally {
    secret.fill(0);
    pending.fill(0);
  }
}

/** Now, in Unix milliseconds. */
const momentOf = (app: App) => readTimestamp({ timestamp: app.now?.() });

/** People choose it, so nothing in it may throw. */
function toAccount(text: unknown): string {
  if (typeof text !== 'string') return '';
  const name = text
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, MAX_NAME_LENGTH);
  return name.replace(/\p{Surrogate}/gu, '').trim();
}

async function confirm(app: App, userId: UserId, input: ConfirmInput): Promise<BackupCodesIssued | null> {
  checkUserId(userId);
  const { pendingSecret, code, currentCode } = checkObject('input', input);
  const secret = openPending(app, userId, pendingSecret);
  if (secret === null) return null;
  try {
    const { limits, settings } = app;
    const options = { ...limits, ...settings, timestamp: momentOf(app) };
    const match = verifyTotp(secret, code as string, null, options);
    if (match === null) return null;
    const factor = seal(app, userId, secret, settings, match.timeStep);
    let issued: ReturnType<typeof issueBackupCodes<StoredSecondFactor>> | undefined;
    // Hashed once, however many rounds it takes to store them.
    const activate = () => (issued ??= issueBackupCodes(factor, drawBackupCodes(app.issue), app.issue));
    return await checkCode(app, userId, currentCode, activate, { ifOff: activate });
  } finally {
    secret.fill(0);
  }
}

/** The secret of a set-up; `null` if the text is another user's, too old, or none. */
function openPending(app: App, userId: UserId, text: unknown): Uint8Array | null {
  if (typeof text !== 'string') return null;
  let pending: Uint8Array;
  try {
    pending = decryptSecret(text, app.keys, pendingPlaceOf(userId));
  } catch {
    return null;
  }
  try {
    const begun = new DataView(pending.buffer).getFloat64(0);
    // Both ways: a clock that was far ahead must not make a set-up last.
    const isFresh = Math.abs(momentOf(app) - begun) <= SET_UP_MILLISECONDS;
    return isFresh ? pending.slice(MOMENT_BYTES) : null;
  } finally {
    pending.fill(0);
  }
}

async function verify(
  app: App,
  userId: UserId,
  code: unknown,
  options: TwoFactorVerifyOptions = {},
): Promise<TwoFactorMatch | null> {
  const { only, trustDevice = false } = checkObject('options', options);
  if (only !== undefined) checkOneOf('only', only, ['totp', 'backup-code']);
  checkBoolean('trustDevice', trustDevice);
  return checkCode(
    app,
    userId,
    code,
    (factor, match) => {
      const deviceToken = trustDevice ? randomId() : null;
      const backupCodesLeft = factor.backupHashes.length;
      return {
        factor: deviceToken === null ? factor : addDevice(app, factor, deviceToken),
        result: { ...match, backupCodesLeft, deviceToken },
      };
    },
    { only },
  );
}

async function replaceCodes(app: App, userId: UserId, code: unknown): Promise<BackupCodesIssued | null> {
  let issued: ReturnType<typeof issueBackupCodes> | undefined;
  return checkCode(app, userId, code, async (factor) => {
    issued ??= issueBackupCodes(factor, drawBackupCodes(app.issue), app.issue);
    const { factor: withCodes, result } = await issued;
    return {
      factor: { ...withoutDevices(factor), backupHashes: withCodes.backupHashes },
      result: { ...result, passedFactor: factor.id },
    };
  });
}

/**
 * Checks a code of the active factor and, if it is right, makes a change in the same store.
 *
 * A TOTP code takes one decision and one store. A backup code takes a place in scrypt's queue, is stored as a
 * failure, and only then computed, once; a second store takes it out. So parallel guesses cost no more scrypt
 * runs than there are free failures, a right one can't overtake the count, and a crash leaves the code unused.
 */
async function checkCode<R>(
  app: App,
  userId: UserId,
  code: unknown,
  change: Change<R>,
  { only, ifOff }: { only?: TwoFactorVerifyOptions['only']; ifOff?: () => Promise<Stored<R>> } = {},
): Promise<R | null> {
  let place: ScryptPlace | undefined;
  try {
    let outcome = await update(app, userId, async (factor): Promise<Stored<Outcome<R>> | null> => {
      if (factor === null) return ifOff ? passed(await ifOff()) : null;
      const options = { ...app.limits, ...readSettings(factor.settings), timestamp: momentOf(app) };
      const kind = kindOfCode(code, only, options.digits);
      if (kind === null) return null;
      const { allowed, locked, state } = takeAttempt(factor.attempts, options);
      if (!allowed) return refused(locked ? 'locked' : 'waiting', factor);
      if (kind === 'totp') return checkTotp(app, userId, factor, code as string, options, change);
      const hashes = readBackupHashes(factor.backupHashes, { pepper: app.peppers });
      place ??= takePlace('check');
      const counted = { ...factor, attempts: state };
      return { factor: counted, result: { counted, hashes } };
    });
    if (outcome && 'counted' in outcome && place) {
      const match = await matchBackupCode(place, canonicalCode(code) as string, outcome.hashes);
      outcome = match
        ? await takeOut(app, userId, outcome.counted.id, match.used, change)
        : refused('wrong', outcome.counted).result;
    }
    if (outcome && 'passed' in outcome) return outcome.passed;
    if (outcome && 'reason' in outcome) await report(app, userId, outcome);
    return null;
  } finally {
    place?.leave();
  }
}

async function checkTotp<R>(
  app: App,
  userId: UserId,
  factor: StoredSecondFactor,
  code: string,
  options: VerifyTotpOptions & AttemptPolicy,
  change: Change<R>,
): Promise<Stored<Outcome<R>>> {
  const secret = decryptSecret(factor.secret, app.keys, placeOf(userId));
  let decided: SecondFactorUpdate<StoredSecondFactor, SecondFactorMatch | null>;
  let isUsed = false;
  try {
    decided = await verifySecondFactor(secret, factor, code, { ...options, only: 'totp' });
    if (app.onRefused) isUsed = verifyTotp(secret, code, null, options) !== null;
  } finally {
    secret.fill(0);
  }
  const { factor: after, result: match } = decided;
  if (match === null) return refused(isUsed ? 'used' : 'wrong', after);
  return passed(await change(reseal(app, userId, after), match));
}

/** Takes a backup code that matched out of the factor, unless it, or the factor, has gone since. */
function takeOut<R>(
  app: App,
  userId: UserId,
  id: string,
  used: readonly string[],
  change: Change<R>,
): Promise<Outcome<R> | null> {
  return update(app, userId, async (factor): Promise<Stored<Outcome<R>> | null> => {
    if (factor === null) return null;
    const backupHashes = factor.backupHashes.filter((hash) => !used.includes(hash));
    if (factor.id !== id || backupHashes.length === factor.backupHashes.length)
      return refused('used', factor);
    // One of them is this very code, counted before it was known to be right.
    const failures = Math.max(0, (factor.attempts?.failures ?? 0) - 1);
    const after = { ...resealIfPossible(app, userId, factor), backupHashes, attempts: null };
    return passed(await change(after, { passedFactor: id, kind: 'backup-code', failures, drift: null }));
  });
}

function passed<R>({ factor, result }: Stored<R>): Stored<{ passed: R }> {
  return { factor, result: { passed: result } };
}

function refused(reason: Refused['reason'], factor: StoredSecondFactor): Stored<Refused> {
  return { factor, result: { reason, factor } };
}

async function report(app: App, userId: UserId, { reason, factor: { attempts } }: Refused): Promise<void> {
  if (!app.onRefused) return;
  const { retryAt, locked } = checkAttempts(attempts, { ...app.limits, timestamp: momentOf(app) });
  await app.onRefused({ userId, reason, failures: attempts?.failures ?? 0, retryAt, locked });
}

/** Changes an active factor without a code. Resolves to whether something changed. */
async function change(
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

/** `updateSecondFactor` on the row of a user; `null` if there is no such user. */
async function update<R>(
  app: App,
  userId: UserId,
  decide: (factor: StoredSecondFactor | null) => Awaitable<Stored<R> | null>,
): Promise<R | null> {
  checkUserId(userId);
  return updateSecondFactor<StoredSecondFactor, SecondFactorRow, R>({
    read: async () => (await app.read(userId)) ?? NO_USER,
    decide: (row) => (row === NO_USER ? null : decide(checkStored(row.factor))),
    store: (factor, row) => app.store(userId, factor, row),
  });
}

async function adopt(app: App, userId: UserId, input: AdoptInput): Promise<{ passedFactor: string } | null> {
  checkUserId(userId);
  const { secret, backupHashes = [], lastUsedTimeStep = null } = checkObject('input', input);
  const settings = readSettings(input.settings);
  readOtpOptions(secret, { ...settings, minSecretBytes: app.minSecretBytes });
  readBackupHashes(backupHashes, { pepper: app.peppers });
  if (lastUsedTimeStep !== null)
    checkInteger('lastUsedTimeStep', lastUsedTimeStep, 0, Number.MAX_SAFE_INTEGER);
  const factor = seal(app, userId, secret, settings, lastUsedTimeStep);
  factor.backupHashes.push(...backupHashes);
  return update(app, userId, (current) =>
    current === null ? { factor, result: { passedFactor: factor.id } } : null,
  );
}

async function status(app: App, userId: UserId): Promise<TwoFactorStatus | null> {
  checkUserId(userId);
  const row = await app.read(userId);
  if (row === null || row === undefined) return null;
  const factor = checkStored(checkObject('what read returns', row, 'an object with a factor').factor);
  const attempts = factor?.attempts ?? null;
  const now = momentOf(app);
  const { retryAt, locked } = checkAttempts(attempts, { ...app.limits, timestamp: now });
  return {
    enabled: factor !== null,
    backupCodesLeft: factor?.backupHashes.length ?? 0,
    trustedDevices: liveDevices(factor, now).length,
    failures: attempts?.failures ?? 0,
    retryAt,
    locked,
  };
}

function afterPassword(app: App, factor: StoredSecondFactor | null, deviceToken: unknown): string | null {
  if (checkStored(factor) === null) return NO_FACTOR;
  if (typeof deviceToken !== 'string' || deviceToken.length !== TOKEN_LENGTH) return null;
  const hash = hashToken(deviceToken);
  const isTrusted = liveDevices(factor, momentOf(app)).some((device) => constantTimeEqual(device.hash, hash));
  return factor !== null && isTrusted ? factor.id : null;
}

function liveDevices(factor: StoredSecondFactor | null, now: number): TrustedDevice[] {
  return (factor?.devices ?? []).filter(({ expiresAt }) => expiresAt > now);
}

function addDevice(app: App, factor: StoredSecondFactor, token: string): StoredSecondFactor {
  const now = momentOf(app);
  const device = { hash: hashToken(token), expiresAt: now + app.trustDeviceDays * DAY_MILLISECONDS };
  return { ...factor, devices: [...liveDevices(factor, now), device].slice(-MAX_DEVICES) };
}

function withoutDevices({ devices, ...factor }: StoredSecondFactor): StoredSecondFactor {
  return factor;
}

/** A new factor for a user, its secret encrypted. */
function seal(
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

/** The same factor, if its secret is encrypted under the first key already. */
function reseal(app: App, userId: UserId, factor: StoredSecondFactor): StoredSecondFactor {
  const secret = reencryptSecret(factor.secret, app.keys, placeOf(userId));
  return secret === factor.secret ? factor : { ...factor, secret };
}

/** A lost key must not keep a backup code from logging in. */
function resealIfPossible(app: App, userId: UserId, factor: StoredSecondFactor): StoredSecondFactor {
  try {
    return reseal(app, userId, factor);
  } catch {
    return factor;
  }
}

/** Where a secret belongs. A pending one belongs elsewhere, so that neither opens in place of the other. */
const placeOf = (userId: UserId) => `user ${userId}`;
const pendingPlaceOf = (userId: UserId) => `set-up of user ${userId}`;

function checkUserId(userId: unknown): void {
  const isId =
    typeof userId === 'string'
      ? toAccount(userId) !== '' && userId.length <= MAX_USER_ID_LENGTH && !/\p{Surrogate}/u.test(userId)
      : typeof userId === 'bigint' || Number.isSafeInteger(userId);
  if (!isId) {
    throw invalidNumber(
      'userId',
      `1 to ${MAX_USER_ID_LENGTH} characters, a safe integer or a bigint`,
      userId,
    );
  }
}

/** Checks what `createTwoFactor` adds to a factor; the rest, `updateSecondFactor` checks. */
function checkStored(factor: StoredSecondFactor | null): StoredSecondFactor | null {
  if (factor === null) return null;
  const { secret, settings, devices = [] } = checkFactor('factor', factor, A_FACTOR_OR_NULL);
  checkString('secret of factor', secret);
  readSettings(settings);
  for (const device of checkArray('devices of factor', devices, 0, MAX_DEVICES)) {
    const { hash, expiresAt } = checkObject('every device of factor', device);
    checkString('hash of every device of factor', hash);
    checkInteger('expiresAt of every device of factor', expiresAt, 0, Number.MAX_SAFE_INTEGER);
  }
  return factor;
}
