//! otpure (MIT)
// Two-factor login tied to the app's storage: what an app calls, and trusted devices.
import { checkAttempts } from './attempts.js';
import { readBackupHashes } from './backup-codes.js';
import { encodeBase32 } from './base32.js';
import { checkBoolean, checkInteger, checkObject, checkOneOf } from './checks.js';
import { constantTimeEqual } from './constant-time.js';
import {
  type Change,
  changeWithoutCode,
  checkCode,
  type NewCodes,
  reseal,
  seal,
  update,
} from './factor-changes.js';
import { hashToken } from './hmac.js';
import { DEFAULT_ALGORITHM, DIGEST_BYTES, readOtpOptions } from './options.js';
import { buildOtpauthUri } from './otpauth-uri.js';
import { decryptSecret, encryptSecret } from './sealed-secret.js';
import {
  type BackupCodesIssued,
  drawBackupCodes,
  hasPassed,
  issueBackupCodes,
  NO_FACTOR,
  randomId,
  type SecondFactorMatch,
} from './second-factor.js';
import { generateSecret } from './secret.js';
import { verifyTotp } from './totp.js';
import {
  type App,
  type CodeSettings,
  checkUserId,
  MAX_DEVICES,
  readConfig,
  readSettings,
  readStored,
  type SecondFactorRow,
  type StoredSecondFactor,
  type TrustedDevice,
  type TwoFactorConfig,
  toAccount,
  type UserId,
} from './two-factor-config.js';

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
 * A `userId` is a non-empty string, a safe integer or a bigint; anything else throws `INVALID_ARGUMENT`. Take it
 * from the row, not from what was typed. What was typed never throws. Every method that stores throws
 * `CONFLICT` if other requests were faster 20 times in a row, and passes on what `read` and `store` throw.
 */
export interface TwoFactor<Id extends string | number | bigint> {
  /**
   * Begins a set-up, also of a new phone beside an active one. Nothing is stored until `confirm`.
   *
   * @param account The user's name in the authenticator app, such as an e-mail address. Control characters are
   * dropped, and it is cut at 200 characters; the user's id if nothing is left.
   */
  setUp(userId: Id, account: string | null | undefined): TwoFactorSetUp;
  /**
   * Ends a set-up: the first right code of the new phone switches two-factor login on. If a factor is active
   * already, `currentCode` must be right for it, and is checked and counted as in `verify`; then the new factor
   * replaces the old one at once. `code` is looked at first: if it is wrong, nothing is counted.
   *
   * @returns The id for the session, and the backup codes to show now, only this once. `null` if either code is
   * refused, there is no such user, or `pendingSecret` is missing, changed, another user's or older than an hour.
   * @throws `OtpError` `BUSY` if 20 sets of backup codes wait to be hashed; for `currentCode`, as `verify`.
   */
  confirm(userId: Id, input: ConfirmInput): Promise<BackupCodesIssued | null>;
  /**
   * Checks a code at login, from the phone or a backup code. It is counted before it is looked at.
   *
   * @param code What the person typed.
   * @returns What the session stores, with what the owner should know; `null`: wrong, used, waiting, locked,
   * no factor is active, or no such user. What can be no code of either kind isn't counted.
   * @throws `OtpError` `BUSY` if 200 backup codes wait to be checked (nothing is counted then);
   * `DECRYPTION_FAILED` if the key is lost, which still lets backup codes in; `INVALID_BACKUP_HASH`;
   * `INVALID_ARGUMENT` if the pepper of a stored hash is missing.
   */
  verify(userId: Id, code: unknown, options?: TwoFactorVerifyOptions): Promise<TwoFactorMatch | null>;
  /** Switches off with a right code, checked and counted as in `verify`. Resolves to whether it did. */
  disable(userId: Id, code: unknown): Promise<boolean>;
  /**
   * Issues new backup codes for a right code, checked and counted as in `verify`. The old ones stop working,
   * and no device is trusted any more. `null` as from `verify`, and errors as from `verify` and `confirm`.
   */
  replaceBackupCodes(userId: Id, code: unknown): Promise<BackupCodesIssued | null>;
  /**
   * Switches off without a code: for support, once the person is identified, or after the password.
   *
   * @param passedFactor If it is passed, only the factor with this id is switched off: none, if it is
   * `undefined`.
   * @returns Whether it was on.
   */
  forceDisable(userId: Id, passedFactor?: string): Promise<boolean>;
  /**
   * Forgets the failures and keeps the factor: for support, once the person is identified. Never wire it to a
   * password reset. Resolves to whether there were any.
   */
  unlock(userId: Id): Promise<boolean>;
  /** Ends the trust in all devices, such as after a change of the password. Resolves to whether there were any. */
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
   * @returns `{ passedFactor }`, the id of the new factor; `null` if a factor is active, or there is no such user.
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

const TOKEN_LENGTH = 22;
const SET_UP_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 86_400_000;
// Before the secret in a pendingSecret: the moment of the set-up, as a 64-bit float.
const MOMENT_BYTES = 8;

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
 * import { createTwoFactor, decodeBase32, generateTotp, type StoredSecondFactor } from 'otpure';
 *
 * type User = { factor: StoredSecondFactor | null; version: number };
 * const users = new Map<number, User>([[17, { factor: null, version: 0 }]]);
 * const twoFactor = createTwoFactor({
 *   issuer: 'Acme',
 *   key: Buffer.from('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'hex'),
 *   read: (id: number) => users.get(id),
 *   store: (id, factor, { version }) => {
 *     if (users.get(id)?.version !== version) return false;
 *     users.set(id, { factor, version: version + 1 });
 *     return true;
 *   },
 * });
 * const { setupKey, pendingSecret } = twoFactor.setUp(17, 'ann@example.com');
 * const code = generateTotp(decodeBase32(setupKey)); // what the phone shows
 * const confirmed = await twoFactor.confirm(17, { pendingSecret, code });
 * confirmed?.backupCodes.length; // 10
 * twoFactor.afterPassword(users.get(17)?.factor ?? null); // null
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
    // A session without a passedFactor must not switch off whatever is active.
    forceDisable: (userId, ...passed) =>
      changeWithoutCode(app, userId, (factor) =>
        passed.length === 0 || hasPassed(factor, passed[0]) ? null : factor,
      ),
    unlock: (userId) =>
      changeWithoutCode(app, userId, (factor) => (factor.attempts ? { ...factor, attempts: null } : factor)),
    forgetDevices: (userId) =>
      changeWithoutCode(app, userId, (factor) => (factor.devices ? withoutDevices(factor) : factor)),
    reencrypt: (userId) => changeWithoutCode(app, userId, (factor) => reseal(app, userId, factor)),
    adopt: (userId, input) => adopt(app, userId, input),
    status: (userId) => status(app, userId),
    afterPassword: (factor, deviceToken) => afterPassword(app, factor, deviceToken),
    hasPassed,
  };
}

function setUp(app: App, userId: UserId, account: unknown): TwoFactorSetUp {
  checkUserId(userId);
  const { issuer, settings, minSecretBytes } = app;
  const usualLength = DIGEST_BYTES[settings.algorithm ?? DEFAULT_ALGORITHM];
  const secret = generateSecret({ bytes: Math.max(usualLength, minSecretBytes) });
  const pending = new Uint8Array(MOMENT_BYTES + secret.length);
  try {
    pending.set(secret, MOMENT_BYTES);
    new DataView(pending.buffer).setFloat64(0, app.now());
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

async function confirm(app: App, userId: UserId, input: ConfirmInput): Promise<BackupCodesIssued | null> {
  checkUserId(userId);
  const { pendingSecret, code, currentCode } = checkObject('input', input);
  const secret = openPending(app, userId, pendingSecret);
  if (secret === null) return null;
  try {
    const { window, settings } = app;
    const options = { ...settings, window, minSecretBytes: 1, timestamp: app.now() };
    const match = verifyTotp(secret, code as string, null, options);
    if (match === null) return null;
    const factor = seal(app, userId, secret, settings, match.timeStep);
    const codes = drawBackupCodes(app.backupCodeOptions, settings.digits);
    let issued: ReturnType<typeof issueBackupCodes<StoredSecondFactor>> | undefined;
    // Hashed once, however many rounds it takes to store them.
    const activate = ({ codes, place }: NewCodes) =>
      (issued ??= issueBackupCodes(factor, codes, app.backupCodeOptions, place));
    return await checkCode(app, userId, currentCode, (_factor, _match, newCodes) => activate(newCodes), {
      draw: () => codes,
      ifOff: () => activate({ codes }),
    });
  } finally {
    secret.fill(0);
  }
}

/** The secret of a set-up; `null` if the text is another user's, too old, or none. */
function openPending(app: App, userId: UserId, text: unknown): Uint8Array | null {
  let pending: Uint8Array;
  try {
    pending = decryptSecret(text as string, app.keys, pendingPlaceOf(userId));
  } catch {
    return null;
  }
  try {
    const begun = new DataView(pending.buffer).getFloat64(0);
    // Both ways: a clock that was far ahead must not make a set-up last.
    const isFresh = Math.abs(app.now() - begun) <= SET_UP_MILLISECONDS;
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
        // Not spread syntax, which copies numbers slowly on Node 20.
        result: Object.assign(match, { backupCodesLeft, deviceToken }),
      };
    },
    { only },
  );
}

async function replaceCodes(app: App, userId: UserId, code: unknown): Promise<BackupCodesIssued | null> {
  let issued: ReturnType<typeof issueBackupCodes> | undefined;
  const replace: Change<BackupCodesIssued> = async (factor, _match, { codes, place }) => {
    issued ??= issueBackupCodes(factor, codes, app.backupCodeOptions, place);
    const { factor: withCodes, result } = await issued;
    return { factor: { ...withoutDevices(factor), backupHashes: withCodes.backupHashes }, result };
  };
  return checkCode(app, userId, code, replace, {
    draw: ({ settings }) => drawBackupCodes(app.backupCodeOptions, settings?.digits),
  });
}

async function adopt(app: App, userId: UserId, input: AdoptInput): Promise<{ passedFactor: string } | null> {
  checkUserId(userId);
  const { secret, backupHashes = [], lastUsedTimeStep = null } = checkObject('input', input);
  const settings = readSettings(input.settings);
  readOtpOptions(secret, { ...settings, minSecretBytes: app.minSecretBytes });
  readBackupHashes(backupHashes, { pepper: app.peppers });
  drawBackupCodes(app.backupCodeOptions, settings.digits);
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
  const factor = readStored(checkObject('what read returns', row, 'an object with a factor').factor);
  const attempts = factor?.attempts ?? null;
  const { retryAt, locked } = checkAttempts(attempts, app.policyAt(app.now()));
  return {
    enabled: factor !== null,
    backupCodesLeft: factor?.backupHashes.length ?? 0,
    trustedDevices: liveDevices(app, factor).length,
    failures: attempts?.failures ?? 0,
    retryAt,
    locked,
  };
}

function afterPassword(app: App, factor: StoredSecondFactor | null, deviceToken: unknown): string | null {
  const stored = readStored(factor);
  if (stored === null) return NO_FACTOR;
  if (typeof deviceToken !== 'string' || deviceToken.length !== TOKEN_LENGTH) return null;
  const hash = hashToken(deviceToken);
  const isTrusted = liveDevices(app, stored).some((device) => constantTimeEqual(device.hash, hash));
  return isTrusted ? stored.id : null;
}

/** Both ways: neither a clock that was far ahead nor an earlier config makes trust last. */
function liveDevices(app: App, factor: StoredSecondFactor | null): TrustedDevice[] {
  const now = app.now();
  const furthest = now + (app.trustDeviceDays + 1) * DAY_MILLISECONDS;
  return (factor?.devices ?? []).filter(({ expiresAt }) => expiresAt > now && expiresAt <= furthest);
}

function addDevice(app: App, factor: StoredSecondFactor, token: string): StoredSecondFactor {
  const expiresAt = app.now() + app.trustDeviceDays * DAY_MILLISECONDS;
  const device = { hash: hashToken(token), expiresAt };
  return { ...factor, devices: [...liveDevices(app, factor), device].slice(-MAX_DEVICES) };
}

function withoutDevices({ devices, ...factor }: StoredSecondFactor): StoredSecondFactor {
  return factor;
}

/** Another context than that of a stored secret, so that neither opens in place of the other. */
const pendingPlaceOf = (userId: UserId) => `set-up of user ${userId}`;
