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
  type TimeOptions,
  takeAttempt,
  updateSecondFactor,
  verifyBackupCode,
  verifyHotp,
  verifySecondFactor,
  verifyTotp,
} from '../src/index.js';

const secret = new Uint8Array(20);
const row: { lastUsedTimeStep: number | null } = { lastUsedTimeStep: null };
const factor: SecondFactor & { secret: string } = {
  id: '',
  lastUsedTimeStep: null,
  backupHashes: [],
  attempts: null,
  secret: '',
};
const stored = { read: () => ({ factor, version: 1 }), store: () => true };

// Compiled, never run.
function mustCompile(): void {
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
  decryptSecret('text', [secret, secret] as const, 'user 17');
  createSecondFactor(secret, '123456', { fields: { secret: 'x' }, backupCodes: false, pepper: undefined });
  takeAttempt(null, { firstWaitSeconds: 1, maxWaitSeconds: undefined });
  const params = parseOtpauthUri('otpauth://…');
  generateTotp(params.secret, params);
  verifyTotp(params.secret, '123456', null, params);
  buildOtpauthUri(params);
  if (params.type === 'hotp') generateHotp(params.secret, params.counter, params);
  buildOtpauthUri({ type: 'totp', secret, account: 'ann', extra: { image: 'x', tags: ['a'] } });
  buildOtpauthUri({ type: 'hotp', secret, account: 'ann', counter: 0n });
}

function mustNotCompile(): void {
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
  // @ts-expect-error null is no second factor: whoever has none is not asked for one
  verifySecondFactor(secret, null, '123456');
  // @ts-expect-error a factor from a column that was left out
  hasPassed(undefined, 'id');
  // @ts-expect-error an encrypted secret is no secret
  verifySecondFactor(factor.secret, factor, '123456');
  // @ts-expect-error the factor is where the secret belongs
  verifySecondFactor(factor, secret, '123456');
  // @ts-expect-error an encrypted secret belongs to a place
  encryptSecret(secret, secret);
  // @ts-expect-error a key is bytes
  encryptSecret(secret, '00112233', 'user 17');
  // @ts-expect-error one kind of code, or both
  verifySecondFactor(secret, factor, '123456', { only: 'hotp' });
  // @ts-expect-error nothing decides
  updateSecondFactor(stored);
  // @ts-expect-error a store that returns nothing can't say that another request was faster
  updateSecondFactor({ ...stored, store: () => {}, decide: () => null });
  // @ts-expect-error null is no failures, undefined is a mistake
  takeAttempt(undefined);
  // @ts-expect-error a period belongs to totp
  (parseOtpauthUri('') as ReturnType<typeof parseOtpauthUri> & { type: 'hotp' }).period;
  // @ts-expect-error the set of codes is closed
  new OtpError('OTHER', '');
}

void [mustCompile, mustNotCompile];

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

test('a factor keeps the fields of the app', () => {
  const verify = () => verifySecondFactor(secret, factor, '');
  expectTypeOf(verify).returns.resolves.toHaveProperty('factor').toEqualTypeOf<typeof factor>();
  expectTypeOf(verify).returns.resolves.toHaveProperty('result').toEqualTypeOf<SecondFactorMatch | null>();
  const replace = () => replaceBackupCodes(factor);
  expectTypeOf(replace).returns.resolves.toHaveProperty('factor').toEqualTypeOf<typeof factor>();
  const create = async () =>
    (await createSecondFactor(secret, '', { fields: { secret: '' } }))?.factor.secret;
  expectTypeOf(create).returns.resolves.toEqualTypeOf<string | undefined>();
  const update = () => updateSecondFactor({ ...stored, decide: verify });
  expectTypeOf(update).returns.resolves.toEqualTypeOf<SecondFactorMatch | null>();
  const off = () => updateSecondFactor({ ...stored, decide: () => ({ factor: null, result: true }) });
  expectTypeOf(off).returns.resolves.toEqualTypeOf<boolean | null>();
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
