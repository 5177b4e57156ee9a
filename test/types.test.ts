// What must compile, and, by @ts-expect-error, what must not: `npm run typecheck` is the test of most of it.
import { expect, expectTypeOf, test } from 'vitest';
import {
  type AttemptDecision,
  type AttemptState,
  type BackupCodeMatch,
  buildOtpauthUri,
  checkAttempts,
  constantTimeEqual,
  createSecondFactor,
  createTwoFactor,
  decodeBase32,
  decryptSecret,
  encodeBase32,
  encryptSecret,
  generateBackupCodes,
  generateHotp,
  generateHotpValue,
  generateSecret,
  generateTotp,
  getTimeStep,
  hashBackupCodes,
  hasPassed,
  OtpError,
  type OtpErrorCode,
  type OtpOptions,
  parseOtpauthUri,
  replaceBackupCodes,
  resyncHotp,
  type SecondFactor,
  type SecondFactorMatch,
  type SecondFactorUpdate,
  type StoredSecondFactor,
  type TimeOptions,
  type TwoFactor,
  type TwoFactorMatch,
  takeAttempt,
  updateSecondFactor,
  verifyBackupCode,
  verifyHotp,
  verifySecondFactor,
  verifyTotp,
} from '../src/index.js';

const secret = new Uint8Array(20);
const row: { lastUsedTimeStep: number | null } = { lastUsedTimeStep: null };
type Stored = SecondFactor & { secret: string };
const factor: Stored = { id: '', lastUsedTimeStep: null, backupHashes: [], attempts: null, secret: '' };
const read = async (): Promise<{ factor: Stored | null; version: number }> => ({ factor, version: 1 });

// Compiled, never run.
function mustCompile(session: { passedFactor?: string | null }): void {
  verifyTotp(secret, '123456', row.lastUsedTimeStep);
  verifyTotp(secret, '123456', 7, {
    window: { past: 2, future: 0 },
    timestamp: new Date(),
    algorithm: 'SHA256',
  });
  verifyTotp(secret, '123456', null, { window: undefined, timestamp: undefined, digits: undefined });
  generateTotp(Buffer.alloc(20), { timestamp: Date.now(), t0: 0, period: 60 });
  generateHotp(secret, 2n ** 60n);
  resyncHotp(secret, ['1', '2'] as const, 0);
  verifyBackupCode('code', Object.freeze(['hash']));
  verifyBackupCode('code', [], { pepper: [secret, secret] });
  takeAttempt(null, { firstWaitSeconds: 1, maxWaitSeconds: undefined });
  const params = parseOtpauthUri('otpauth://…');
  generateTotp(params.secret, params);
  verifyTotp(params.secret, '123456', null, params);
  buildOtpauthUri(params);
  if (params.type === 'hotp') generateHotp(params.secret, params.counter, params);
  buildOtpauthUri({ type: 'totp', secret, account: 'ann', extra: { image: 'x', tags: ['a'] } });
  buildOtpauthUri({ type: 'hotp', secret, account: 'ann', counter: 0n });
  createSecondFactor(secret, '123456', { fields: { secret: 'x' }, backupCodes: false });
  createSecondFactor(secret, '123456', {
    ...{
      algorithm: undefined,
      window: undefined,
      backupCodes: undefined,
      pepper: undefined,
      cost: undefined,
    },
    fields: undefined,
  });
  verifySecondFactor(secret, factor, '123456', { only: 'totp', maxFailures: 10, timestamp: new Date() });
  verifySecondFactor(secret, factor, '123456', {
    only: undefined,
    pepper: [secret] as const,
    digits: undefined,
  });
  verifySecondFactor(secret, Object.freeze({ ...factor }), '123456');
  replaceBackupCodes(factor, { backupCodes: { count: 5 }, pepper: secret });
  hasPassed(factor, session.passedFactor);
  hasPassed(null, undefined);
  decryptSecret(encryptSecret(secret, Buffer.alloc(32), 'user 17'), [secret, secret] as const, 'user 17');
  updateSecondFactor({
    read,
    decide: ({ factor, version }) =>
      factor && version > 0 ? verifySecondFactor(secret, factor, '123456') : null,
    store: (next, { version }) => next?.secret !== undefined && version > 0,
  });
  updateSecondFactor({
    read,
    decide: ({ factor }) =>
      factor ? null : createSecondFactor(secret, '123456', { fields: { secret: 'x' } }),
    store: async () => true,
  });
  updateSecondFactor({
    read,
    decide: ({ factor }) => (hasPassed(factor, session.passedFactor) ? { factor: null, result: true } : null),
    store: () => false,
  });
}

async function mustNotCompile(): Promise<void> {
  // @ts-expect-error a secret is bytes
  generateTotp('GEZDGNBVGY3TQOJQ');
  // @ts-expect-error secret and code swapped
  verifyTotp('123456', secret, null);
  // @ts-expect-error a code is a string
  verifyTotp(secret, 123456, null);
  // @ts-expect-error the last used time step is required
  verifyTotp(secret, '123456');
  // @ts-expect-error the options in its place
  verifyTotp(secret, '123456', { window: 1 });
  // @ts-expect-error a column left out
  verifyTotp(secret, '123456', undefined);
  // @ts-expect-error the moment goes into the options
  verifyTotp(secret, '123456', null, Date.now());
  // @ts-expect-error the name of the hash is upper case
  generateTotp(secret, { algorithm: 'sha1' });
  // @ts-expect-error a counter is required
  generateHotp(secret);
  // @ts-expect-error a counter is no string
  verifyHotp(secret, '123456', '0');
  // @ts-expect-error both sides of a window are required
  verifyTotp(secret, '123456', null, { window: { past: 1 } });
  // @ts-expect-error a step from a database driver that returns text
  verifyTotp(secret, '123456', '123');
  // @ts-expect-error hotp has a counter
  buildOtpauthUri({ type: 'hotp', secret, account: 'ann' });
  // @ts-expect-error totp has none
  buildOtpauthUri({ type: 'totp', secret, account: 'ann', counter: 0 });
  // @ts-expect-error no options that do not exist
  generateTotp(secret, { step: 60 });
  // @ts-expect-error an async result is no match
  verifyBackupCode('code', []).used;
  // @ts-expect-error a match may be null
  verifyTotp(secret, '123456', null).timeStep;
  // @ts-expect-error an encrypted secret is no secret
  verifySecondFactor(factor.secret, factor, '123456');
  // @ts-expect-error the factor is where the secret belongs
  verifySecondFactor(factor, secret, '123456');
  // @ts-expect-error null is no failures, undefined is a mistake
  takeAttempt(undefined);
  // @ts-expect-error a period belongs to totp
  (parseOtpauthUri('') as ReturnType<typeof parseOtpauthUri> & { type: 'hotp' }).period;
  // @ts-expect-error the set of codes is closed
  new OtpError('OTHER', '');
  // @ts-expect-error a person without a factor is not verified
  verifySecondFactor(secret, null, '123456');
  // @ts-expect-error the options in place of the factor
  verifySecondFactor(secret, { window: 1 }, '123456');
  // @ts-expect-error the factor was forgotten
  verifySecondFactor(secret, '123456');
  // @ts-expect-error a column was left out
  verifySecondFactor(secret, { id: '', backupHashes: [], attempts: null }, '123456');
  // @ts-expect-error a secret is bytes
  verifySecondFactor('GEZDGNBVGY3TQOJQ', factor, '123456');
  // @ts-expect-error a code is a string
  verifySecondFactor(secret, factor, 123456);
  // @ts-expect-error there are two kinds
  verifySecondFactor(secret, factor, '123456', { only: 'sms' });
  // @ts-expect-error an async result is no decision
  verifySecondFactor(secret, factor, '123456').result;
  // @ts-expect-error a refusal is null
  (await verifySecondFactor(secret, factor, '123456')).result.passedFactor;
  // @ts-expect-error a wrong code makes no factor
  (await createSecondFactor(secret, '123456')).factor;
  // @ts-expect-error the factor is stored as a whole: its fields stay
  (await verifySecondFactor(secret, factor, '123456')).factor.other;
  // @ts-expect-error there are none without a factor
  replaceBackupCodes(null);
  // @ts-expect-error undefined is a column that was left out
  hasPassed(undefined, 'id');
  // @ts-expect-error what the session passed is required
  hasPassed(factor);
  // @ts-expect-error a factor in place of its id
  hasPassed(factor, factor);
  // @ts-expect-error the context is required
  encryptSecret(secret, secret);
  // @ts-expect-error a secret is bytes
  encryptSecret('GEZDGNBVGY3TQOJQ', secret, 'user 17');
  // @ts-expect-error a key is bytes
  decryptSecret('otpure1.x.y', 'key', 'user 17');
  // @ts-expect-error a context is text
  decryptSecret('otpure1.x.y', secret, 17);
  // @ts-expect-error nothing to store with
  updateSecondFactor({ read, decide: () => null });
  // @ts-expect-error a decision has a result
  updateSecondFactor({ read, decide: () => ({ factor: null }), store: () => true });
  // @ts-expect-error store says whether it stored
  updateSecondFactor({ read, decide: () => ({ factor: null, result: true }), store: () => {} });
  // @ts-expect-error what is read holds the factor
  updateSecondFactor({ read: () => ({ version: 1 }), decide: () => null, store: () => true });
  updateSecondFactor({
    read,
    // @ts-expect-error the factor that was read may be null
    decide: ({ factor }) => verifySecondFactor(secret, factor, '123456'),
    store: () => true,
  });
}

type UserId = string & { readonly brand: 'user' };
interface UserRow {
  factor: StoredSecondFactor | null;
  version: number;
  name: string;
}
const user: UserRow = { factor: null, version: 1, name: 'Ann' };
const app = { issuer: 'Acme', key: secret };

// Compiled, never run: no id and no row needs a cast or a type argument.
async function createsTwoFactor(id: UserId, request: { body: unknown }): Promise<void> {
  const numbers = createTwoFactor({
    ...app,
    read: (id: number) => (id > 0 ? user : null),
    store: async (id, factor, { version, name }) => id + version > 0 && factor?.secret !== name,
  });
  expectTypeOf(numbers).toEqualTypeOf<TwoFactor<number>>();
  const strings = createTwoFactor({
    ...app,
    read: async (id: string) => (id ? user : undefined),
    store: (_, __, { version }) => Promise.resolve(version > 0),
    onRefused: ({ userId, reason }) => console.log(userId.length, reason),
  });
  expectTypeOf(strings).toEqualTypeOf<TwoFactor<string>>();
  // As methods, and with a union of ids.
  const bigints = createTwoFactor({
    ...app,
    async read(id: bigint | number) {
      return id ? user : null;
    },
    store(id, _, row) {
      return id !== 0n && row.version > 0;
    },
    async onRefused() {},
  });
  expectTypeOf(bigints).toEqualTypeOf<TwoFactor<bigint | number>>();
  const branded = createTwoFactor({ ...app, read: async (_: UserId) => user, store: () => true });
  expectTypeOf(branded.verify).parameter(0).toEqualTypeOf<UserId>();
  // A function that is there already, as an app has it; and the least row.
  const findUser = async (_: number): Promise<{ factor: StoredSecondFactor | null } | undefined> => user;
  createTwoFactor({ ...app, read: findUser, store: async (_id, _factor, { factor }) => factor === null });
  createTwoFactor({
    ...app,
    ...{ key: [secret, secret] as const, pepper: [secret] as const, backupCodes: false, window: undefined },
    ...{ cost: undefined, algorithm: 'SHA256', digits: 8, period: 60, maxFailures: 10, trustDeviceDays: 7 },
    read: findUser,
    store: () => true,
    now: () => 0,
  });

  const match = await branded.verify(id, request.body, { trustDevice: true, only: undefined });
  expectTypeOf(match).toEqualTypeOf<TwoFactorMatch | null>();
  expectTypeOf(await branded.disable(id, 5)).toEqualTypeOf<boolean>();
  branded.confirm(id, { pendingSecret: undefined, code: request.body });
  branded.setUp(id, null).uri.toUpperCase();
  branded.afterPassword(user.factor, request.body)?.length;
  branded.adopt(id, { secret, settings: { digits: 8 }, backupHashes: ['x'] as const });
  branded.forceDisable(id, match?.passedFactor ?? 'none');

  // @ts-expect-error an option is misspelt
  createTwoFactor({ ...app, read: findUser, store: () => true, maxFailuers: 10 });
  // @ts-expect-error the key is missing
  createTwoFactor({ issuer: 'Acme', read: findUser, store: () => true });
  // @ts-expect-error a key is bytes
  createTwoFactor({ ...app, key: 'secret', read: findUser, store: () => true });
  // @ts-expect-error the row has no factor
  createTwoFactor({ ...app, read: (_: number) => ({ version: 1 }), store: () => true });
  // @ts-expect-error the factor is still text
  createTwoFactor({ ...app, read: (_: number) => ({ factor: '{}' }), store: () => true });
  // @ts-expect-error store does not say whether it stored
  createTwoFactor({ ...app, read: findUser, store: () => {} });
  // @ts-expect-error store gives rows
  createTwoFactor({ ...app, read: findUser, store: async () => [user] });
  // @ts-expect-error store gives a count
  createTwoFactor({ ...app, read: findUser, store: async () => 1 });
  // @ts-expect-error store takes another id than read
  createTwoFactor({ ...app, read: findUser, store: (_: string) => true });
  // @ts-expect-error an id is no object
  createTwoFactor({ ...app, read: (_: { id: number }) => user, store: () => true });
  // @ts-expect-error a column that was not read
  createTwoFactor({ ...app, read: findUser, store: (_id, _factor, { version }) => version > 0 });
  // @ts-expect-error a promise is always true
  if (branded.verify(id, '')) throw new Error();
  // @ts-expect-error a promise is always true
  if (branded.disable(id, '')) throw new Error();
  // @ts-expect-error text that is no id of ours
  branded.verify('17', '');
  // @ts-expect-error there are two kinds of codes
  branded.verify(id, '', { only: 'sms' });
  // @ts-expect-error not what a form sends
  branded.verify(id, '', { trustDevice: 'on' });
  // @ts-expect-error a refusal is null
  (await branded.verify(id, '')).passedFactor;
  // @ts-expect-error the code is missing
  branded.confirm(id, { pendingSecret: '' });
  // @ts-expect-error undefined is a column that was left out
  branded.afterPassword(undefined);
}

void [mustCompile, mustNotCompile, createsTwoFactor];

test('results', () => {
  expectTypeOf(generateSecret).returns.toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf(decodeBase32).returns.toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf(parseOtpauthUri).returns.toHaveProperty('secret').toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf(encodeBase32).returns.toEqualTypeOf<string>();
  expectTypeOf(generateHotp).returns.toEqualTypeOf<string>();
  expectTypeOf(generateHotpValue).returns.toEqualTypeOf<number>();
  expectTypeOf(getTimeStep).returns.toEqualTypeOf<{ timeStep: number; startsAt: number; endsAt: number }>();
  expectTypeOf(verifyTotp).returns.toEqualTypeOf<{ timeStep: number; drift: number } | null>();
  expectTypeOf(generateBackupCodes).returns.toEqualTypeOf<string[]>();
  expectTypeOf(hashBackupCodes).returns.resolves.toEqualTypeOf<string[]>();
  expectTypeOf(verifyBackupCode).returns.resolves.toEqualTypeOf<BackupCodeMatch | null>();
  expectTypeOf(checkAttempts).returns.toEqualTypeOf<AttemptDecision>();
  expectTypeOf(takeAttempt).returns.toMatchTypeOf<AttemptDecision & { state: AttemptState | null }>();
  expectTypeOf(verifyBackupCode).returns.resolves.toEqualTypeOf<{
    used: string[];
    remaining: string[];
  } | null>();
  expectTypeOf(encryptSecret).returns.toEqualTypeOf<string>();
  expectTypeOf(decryptSecret).returns.toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf(hasPassed).returns.toEqualTypeOf<boolean>();
  expectTypeOf(constantTimeEqual).returns.toEqualTypeOf<boolean>();
});

test('results of two-factor login', () => {
  expectTypeOf<SecondFactorMatch>().toEqualTypeOf<{
    passedFactor: string;
    kind: 'totp' | 'backup-code';
    failures: number;
    drift: number | null;
  }>();
  const verify = () => verifySecondFactor(secret, factor, '');
  expectTypeOf(verify).returns.resolves.toEqualTypeOf<SecondFactorUpdate<Stored, SecondFactorMatch | null>>();
  const replace = () => replaceBackupCodes(factor);
  type NewCodes = { passedFactor: string; backupCodes: string[] };
  expectTypeOf(replace).returns.resolves.toEqualTypeOf<SecondFactorUpdate<Stored, NewCodes>>();
  const plain = async () => (await createSecondFactor(secret, ''))?.result;
  expectTypeOf(plain).returns.resolves.toEqualTypeOf<NewCodes | undefined>();
  const fields = async () => (await createSecondFactor(secret, '', { fields: { secret: 'x' } }))?.factor;
  expectTypeOf(fields).returns.resolves.toExtend<Stored | undefined>();
});

test('an update tells the result, or null', () => {
  const login = () =>
    updateSecondFactor({
      read,
      decide: ({ factor }) => factor && verifySecondFactor(secret, factor, ''),
      store: () => true,
    });
  expectTypeOf(login).returns.resolves.toEqualTypeOf<SecondFactorMatch | null>();
  const switchOff = () =>
    updateSecondFactor({ read, decide: () => ({ factor: null, result: true }), store: () => true });
  expectTypeOf(switchOff).returns.resolves.toEqualTypeOf<boolean | null>();
});

test('a counter comes back as the type it was given', () => {
  const big = verifyHotp(secret, '', 0n as bigint);
  const small = verifyHotp(secret, '', 0 as number);
  expectTypeOf(big).toEqualTypeOf<{ counter: bigint; nextCounter: bigint } | null>();
  expectTypeOf(small).toEqualTypeOf<{ counter: number; nextCounter: number } | null>();
  // Not the literal types 0 and 0n, which the next counter would not have.
  expectTypeOf(verifyHotp(secret, '', 0)).toEqualTypeOf(small);
  expectTypeOf(resyncHotp(secret, ['', ''], 0n)).toEqualTypeOf(big);
  expect([big, small]).toEqual([null, null]);
});

test('errors and options', () => {
  expectTypeOf<OtpError['code']>().toEqualTypeOf<OtpErrorCode>();
  expectTypeOf<OtpOptions>().toEqualTypeOf<{
    algorithm?: 'SHA1' | 'SHA256' | 'SHA512' | undefined;
    digits?: number | undefined;
    minSecretBytes?: number | undefined;
  }>();
  expectTypeOf<TimeOptions>().toEqualTypeOf<{
    timestamp?: number | Date | undefined;
    period?: number | undefined;
    t0?: number | undefined;
  }>();
  expect(new OtpError('INVALID_URI', 'x', { cause: 1 })).toMatchObject({
    name: 'OtpError',
    message: 'x',
    cause: 1,
  });
});
