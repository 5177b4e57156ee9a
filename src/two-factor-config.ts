//! otpure (MIT)
// What createTwoFactor is given, read and checked, and the form of what it stores.
import { type AttemptOptions, type AttemptPolicy, checkAttempts } from './attempts.js';
import { checkPeppers, type GenerateBackupCodesOptions } from './backup-codes.js';
import {
  checkArray,
  checkFunction,
  checkInteger,
  checkKeys,
  checkNames,
  checkObject,
  checkString,
  invalidArgument,
  invalidNumber,
} from './checks.js';
import {
  checkAlgorithm,
  checkDigits,
  checkPeriod,
  DEFAULT_ALGORITHM,
  DEFAULT_DIGITS,
  DEFAULT_PERIOD,
  DIGEST_BYTES,
  MAX_TEXT_LENGTH,
  readTimestamp,
} from './options.js';
import { buildOtpauthUri } from './otpauth-uri.js';
import { checkCost, type ScryptCost } from './scrypt.js';
import { KEY_BYTES, sealedHeader } from './sealed-secret.js';
import {
  A_FACTOR_OR_NULL,
  type Awaitable,
  checkFactor,
  drawBackupCodes,
  type ReplaceBackupCodesOptions,
  type SecondFactor,
} from './second-factor.js';
import { type GenerateTotpOptions, type VerifyTotpOptions, verifyTotp } from './totp.js';

/** How the codes of one phone are made; what is absent has its default (`'SHA1'`, 6 digits, 30 seconds). */
export type CodeSettings = Pick<GenerateTotpOptions, 'algorithm' | 'digits' | 'period'>;

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
  /**
   * `'used'`: the code is no newer than the last one that was used, or has just been used, or its factor is gone.
   * `'waiting'` and `'locked'`: it wasn't looked at, and isn't counted.
   */
  reason: 'wrong' | 'used' | 'waiting' | 'locked';
  /** Failures since the last success. A wrong or used code is one of them, unless a success came between. */
  failures: number;
  /** When the next attempt is allowed, in Unix milliseconds; `null` if there is no wait. */
  retryAt: number | null;
  /** Whether only `unlock` or `forceDisable` helps. */
  locked: boolean;
}

/** What `createTwoFactor` takes. An unknown name throws. Its `CodeSettings` are for new set-ups. */
export interface TwoFactorConfig<Id extends string | number | bigint, Row extends SecondFactorRow>
  extends AttemptPolicy,
    CodeSettings {
  /** The name of the app, as authenticator apps show it: 1 to 200 characters, no `:`. */
  issuer: string;
  /**
   * 32 random bytes that encrypt the secrets, kept outside the database, or 1 to 100 such keys. The first one
   * encrypts, all of them decrypt. Add a new key at the end everywhere before you move it to the front.
   */
  key: Uint8Array | readonly Uint8Array[];
  /** Reads a user's row as last committed: no replica, no cache. `null` or `undefined`: no such user. */
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
  /** Least length of a new or adopted secret in bytes: 1 to 64. Default 16. */
  minSecretBytes?: number | undefined;
  /** How many steps before and after the current one may match too: see `verifyTotp`. Default 1. */
  window?: VerifyTotpOptions['window'];
  /** For how many days a browser can be trusted: 1 to 365. Default 30. */
  trustDeviceDays?: number | undefined;
  /** Called, and awaited, for each refused code: one that counts, once it is stored. If it throws, so does the call. */
  onRefused?: ((refusal: TwoFactorRefusal<Id>) => Awaitable<void>) | undefined;
  /** The clock, in Unix milliseconds, for tests. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** Every type that an app may use for its ids. */
export type UserId = string | number | bigint;

/** The config, read and checked. Its functions are methods here, so that those for every id and row fit. */
export interface App {
  issuer: string;
  keys: readonly Uint8Array[];
  /** How all secrets begin that are sealed under the first key. */
  header: string;
  /** Of new set-ups. */
  settings: CodeSettings;
  minSecretBytes: number;
  window: VerifyTotpOptions['window'];
  /** Options of `takeAttempt`. */
  policyAt(timestamp: number): AttemptOptions;
  peppers: readonly Uint8Array[] | undefined;
  backupCodeOptions: ReplaceBackupCodesOptions;
  trustDeviceDays: number;
  read(userId: UserId): Awaitable<SecondFactorRow | null | undefined>;
  store(userId: UserId, factor: StoredSecondFactor | null, row: SecondFactorRow): Awaitable<boolean>;
  onRefused?(refusal: TwoFactorRefusal<UserId>): Awaitable<void>;
  /** The clock, in whole Unix milliseconds. */
  now(): number;
}

// The compiler reports a name that is missing here.
const CONFIG_NAMES = {
  ...{ issuer: 1, key: 1, read: 1, store: 1, pepper: 1, cost: 1, backupCodes: 1, algorithm: 1, digits: 1 },
  ...{ period: 1, minSecretBytes: 1, window: 1, trustDeviceDays: 1, onRefused: 1, now: 1 },
  ...{ freeFailures: 1, firstWaitSeconds: 1, maxWaitSeconds: 1, maxFailures: 1 },
} satisfies Record<keyof TwoFactorConfig<UserId, SecondFactorRow>, 1>;
/** Of issuer and account. Both at full length fit into one QR code, unless most of them is outside ASCII. */
const MAX_NAME_LENGTH = 200;
const MAX_USER_ID_LENGTH = 1000;
export const MAX_DEVICES = 10;

/** Checks the options by use: each goes once through the function that it is for. */
export function readConfig<Id extends UserId, Row extends SecondFactorRow>(
  config: TwoFactorConfig<Id, Row>,
): App {
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
  // Named one by one: to spread an object costs as much as an HMAC.
  const policyAt = (timestamp: number) => {
    return { freeFailures, firstWaitSeconds, maxWaitSeconds, maxFailures, timestamp };
  };
  checkAttempts(null, policyAt(0));
  const keys = checkKeys('key', config.key, KEY_BYTES, KEY_BYTES);
  const peppers = config.pepper === undefined ? undefined : checkPeppers(config.pepper);
  if (typeof window === 'object') checkNames('window', window, ['past', 'future']);
  if (cost !== undefined) checkNames('cost', cost, ['N', 'r', 'p']);
  if (backupCodes) checkNames('backupCodes', backupCodes, ['count', 'alphabet', 'length']);
  drawBackupCodes({ backupCodes, cost, pepper: peppers?.[0] }, digits);

  // Copies, once nothing can throw: what becomes of the caller's objects and keys later changes nothing.
  const copies = peppers && copyKeys(peppers);
  return {
    issuer,
    policyAt,
    trustDeviceDays,
    minSecretBytes,
    keys: copyKeys(keys),
    header: sealedHeader(keys[0]),
    peppers: copies,
    backupCodeOptions: {
      backupCodes: backupCodes && copyCodes(backupCodes),
      cost: cost && checkCost(cost),
      pepper: copies?.[0],
    },
    settings: readSettings({ algorithm, digits, period }),
    window: typeof window === 'object' ? { past: window.past, future: window.future } : window,
    read: read.bind(config),
    store: store.bind(config),
    ...(onRefused && { onRefused: onRefused.bind(config) }),
    now: () => readTimestamp({ timestamp: now?.call(config) }),
  };
}

const copyCodes = ({ count, alphabet, length }: GenerateBackupCodesOptions) => ({ count, alphabet, length });
const copyKeys = (keys: readonly Uint8Array[]) => keys.map((key) => new Uint8Array(key));

/** Only what differs from the defaults, which is what a stored factor holds. */
export function readSettings(given: CodeSettings = {}): CodeSettings {
  const { algorithm, digits, period } = checkObject('settings', given);
  const settings: CodeSettings = {};
  if (algorithm !== undefined && checkAlgorithm(algorithm) !== DEFAULT_ALGORITHM)
    settings.algorithm = algorithm;
  if (digits !== undefined && checkDigits(digits) !== DEFAULT_DIGITS) settings.digits = digits;
  if (period !== undefined && checkPeriod(period) !== DEFAULT_PERIOD) settings.period = period;
  return settings;
}

// Ranges, because the engine builds a set such as \p{Cc} while it loads the file, and the first one takes long.
const CONTROL_CHARACTERS = /[^ -~\u00a0-\u{10ffff}]/gu;
const LONE_SURROGATES = /[\ud800-\udfff]/gu;

/** People choose it, so nothing in it may throw. */
export function toAccount(text: unknown): string {
  if (typeof text !== 'string') return '';
  const name = text
    .slice(0, MAX_TEXT_LENGTH)
    .replace(CONTROL_CHARACTERS, '')
    .trim()
    .slice(0, MAX_NAME_LENGTH);
  return name.replace(LONE_SURROGATES, '').trim();
}

/** Refused before anything is read: some database libraries drop a filter that is undefined. */
export function checkUserId(userId: unknown): void {
  const isId =
    typeof userId === 'string'
      ? toAccount(userId) !== '' && userId.length <= MAX_USER_ID_LENGTH && userId.isWellFormed()
      : typeof userId === 'bigint' || Number.isSafeInteger(userId);
  if (!isId) {
    throw invalidNumber(
      'userId',
      `1 to ${MAX_USER_ID_LENGTH} characters, a safe integer or a bigint`,
      userId,
    );
  }
}

/** Checks what `createTwoFactor` adds to a factor. */
export function checkStored(factor: StoredSecondFactor): StoredSecondFactor {
  const { secret, settings, devices = [] } = factor;
  checkString('secret of factor', secret);
  readSettings(settings);
  for (const device of checkArray('devices of factor', devices, 0, MAX_DEVICES)) {
    const { hash, expiresAt } = checkObject('every device of factor', device);
    checkString('hash of every device of factor', hash);
    checkInteger('expiresAt of every device of factor', expiresAt, 0, Number.MAX_SAFE_INTEGER);
  }
  return factor;
}

/** Checks all of a factor that the app read. */
export function readStored(factor: StoredSecondFactor | null): StoredSecondFactor | null {
  return factor === null ? null : checkStored(checkFactor('factor', factor, A_FACTOR_OR_NULL));
}
