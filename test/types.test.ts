// What must compile, and, by @ts-expect-error, what must not: `npm run typecheck` is the test of most of it.
import { expect, expectTypeOf, test } from 'vitest';
import {
  type AttemptDecision,
  type AttemptState,
  type BackupCodeMatch,
  buildOtpauthUri,
  checkAttempts,
  constantTimeEqual,
  decodeBase32,
  encodeBase32,
  generateBackupCodes,
  generateHotp,
  generateHotpValue,
  generateSecret,
  generateTotp,
  getTimeStep,
  hashBackupCodes,
  OtpError,
  type OtpErrorCode,
  type OtpOptions,
  parseOtpauthUri,
  recordFailure,
  resyncHotp,
  type TimeOptions,
  verifyBackupCode,
  verifyHotp,
  verifyTotp,
} from '../src/index.js';

const secret = new Uint8Array(20);
const row: { lastUsedTimeStep: number | null } = { lastUsedTimeStep: null };

// Compiled, never run.
function mustCompile(): void {
  verifyTotp(secret, '123456', { lastUsedTimeStep: row.lastUsedTimeStep });
  verifyTotp(secret, '123456', {
    window: { past: 2, future: 0 },
    timestamp: new Date(),
    algorithm: 'SHA256',
  });
  generateTotp(Buffer.alloc(20), { timestamp: Date.now(), t0: 0, period: 60 });
  generateHotp(secret, 2n ** 60n);
  resyncHotp(secret, ['1', '2'] as const, 0);
  verifyBackupCode('code', Object.freeze(['hash']));
  const params = parseOtpauthUri('otpauth://…');
  generateTotp(params.secret, params);
  verifyTotp(params.secret, '123456', params);
  buildOtpauthUri(params);
  if (params.type === 'hotp') generateHotp(params.secret, params.counter, params);
  buildOtpauthUri({ type: 'totp', secret, account: 'ann', extra: { image: 'x', tags: ['a'] } });
  buildOtpauthUri({ type: 'hotp', secret, account: 'ann', counter: 0n });
}

function mustNotCompile(): void {
  // @ts-expect-error a secret is bytes
  generateTotp('GEZDGNBVGY3TQOJQ');
  // @ts-expect-error secret and code swapped
  verifyTotp('123456', secret);
  // @ts-expect-error a code is a string
  verifyTotp(secret, 123456);
  // @ts-expect-error the moment goes into the options
  verifyTotp(secret, '123456', Date.now());
  // @ts-expect-error the name of the hash is upper case
  generateTotp(secret, { algorithm: 'sha1' });
  // @ts-expect-error a counter is required
  generateHotp(secret);
  // @ts-expect-error a counter is no string
  verifyHotp(secret, '123456', '0');
  // @ts-expect-error both sides of a window are required
  verifyTotp(secret, '123456', { window: { past: 1 } });
  // @ts-expect-error a step from a database driver that returns text
  verifyTotp(secret, '123456', { lastUsedTimeStep: '123' });
  // @ts-expect-error hotp has a counter
  buildOtpauthUri({ type: 'hotp', secret, account: 'ann' });
  // @ts-expect-error totp has none
  buildOtpauthUri({ type: 'totp', secret, account: 'ann', counter: 0 });
  // @ts-expect-error no options that do not exist
  generateTotp(secret, { step: 60 });
  // @ts-expect-error an async result is no match
  verifyBackupCode('code', []).hash;
  // @ts-expect-error a match may be null
  verifyTotp(secret, '123456').timeStep;
  // @ts-expect-error null is no failures, undefined is a mistake
  checkAttempts(undefined);
  // @ts-expect-error a period belongs to totp
  (parseOtpauthUri('') as ReturnType<typeof parseOtpauthUri> & { type: 'hotp' }).period;
  // @ts-expect-error the set of codes is closed
  new OtpError('OTHER', '');
}

void [mustCompile, mustNotCompile];

test('results', () => {
  expectTypeOf(generateSecret).returns.toEqualTypeOf<Uint8Array>();
  expectTypeOf(decodeBase32).returns.toEqualTypeOf<Uint8Array>();
  expectTypeOf(encodeBase32).returns.toEqualTypeOf<string>();
  expectTypeOf(generateHotp).returns.toEqualTypeOf<string>();
  expectTypeOf(generateHotpValue).returns.toEqualTypeOf<number>();
  expectTypeOf(getTimeStep).returns.toEqualTypeOf<{ timeStep: number; startsAt: number; endsAt: number }>();
  expectTypeOf(verifyTotp).returns.toEqualTypeOf<{ timeStep: number; drift: number } | null>();
  expectTypeOf(generateBackupCodes).returns.toEqualTypeOf<string[]>();
  expectTypeOf(hashBackupCodes).returns.resolves.toEqualTypeOf<string[]>();
  expectTypeOf(verifyBackupCode).returns.resolves.toEqualTypeOf<BackupCodeMatch | null>();
  expectTypeOf(checkAttempts).returns.toEqualTypeOf<AttemptDecision>();
  expectTypeOf(recordFailure).returns.toEqualTypeOf<AttemptState>();
  expectTypeOf(constantTimeEqual).returns.toEqualTypeOf<boolean>();
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
    algorithm?: 'SHA1' | 'SHA256' | 'SHA512';
    digits?: number;
    minSecretBytes?: number;
  }>();
  expectTypeOf<TimeOptions>().toEqualTypeOf<{ timestamp?: number | Date; period?: number; t0?: number }>();
  expect(new OtpError('INVALID_URI', 'x', { cause: 1 })).toMatchObject({
    name: 'OtpError',
    message: 'x',
    cause: 1,
  });
});
