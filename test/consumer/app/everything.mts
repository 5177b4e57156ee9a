// An app that uses every function and every type. It is compiled under several TypeScript versions,
// as .mts and as .cts, and then run; so it names nothing but the package and globalThis of any runtime.
import {
  type AttemptDecision,
  type AttemptPolicy,
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
  type HotpMatch,
  hashBackupCodes,
  type OtpAlgorithm,
  type OtpauthBuildParams,
  type OtpauthExtra,
  type OtpauthParams,
  OtpError,
  type OtpErrorCode,
  type OtpOptions,
  parseOtpauthUri,
  recordFailure,
  resyncHotp,
  type ScryptCost,
  type TimeOptions,
  type TimeStep,
  type TotpMatch,
  type VerifyTotpOptions,
  verifyBackupCode,
  verifyHotp,
  verifyTotp,
} from 'otpure';

function expect(what: string, holds: boolean): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

const algorithm: OtpAlgorithm = 'SHA1';
const otp: OtpOptions = { algorithm, digits: 6, minSecretBytes: 16 };
const time: TimeOptions = { timestamp: 59_000, period: 30, t0: 0 };

// The key of RFC 4226, appendix D, and codes from there.
const secret: Uint8Array = decodeBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', { lenient: false });
const text: string = encodeBase32(secret, { padding: true });
expect('Base32', text === 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
const fresh: Uint8Array = generateSecret({ algorithm, bytes: 20 });
expect('a secret', fresh.length === 20);

const hotp: string = generateHotp(secret, 1, otp);
expect('HOTP', hotp === '287082' && hotp === generateHotp(secret, 1n));
const value: number = generateHotpValue(secret, 1, otp);
expect('the value', value % 1_000_000 === 287_082);
// The counter's type is the caller's: what a bigint column gave goes back as a bigint.
const byNumber: HotpMatch<number> | null = verifyHotp(secret, hotp, 0 as number, { ...otp, lookAhead: 10 });
const byBigint: HotpMatch<bigint> | null = verifyHotp(secret, hotp, 0n as bigint);
expect('a match', byNumber?.nextCounter === 2 && byBigint?.nextCounter === 2n);
const codes: readonly string[] = ['254676', '287922'];
const resynced: HotpMatch<number> | null = resyncHotp(secret, codes, 0 as number, { lookAhead: 100 });
expect('a resynchronisation', resynced?.nextCounter === 7);

const step: TimeStep = getTimeStep(time);
expect('a step', step.timeStep === 1 && step.startsAt === 30_000 && step.endsAt === 60_000);
const totp: string = generateTotp(secret, { ...otp, ...time });
const options: VerifyTotpOptions = {
  ...otp,
  ...time,
  window: { past: 1, future: 0 },
  lastUsedTimeStep: null,
};
const match: TotpMatch | null = verifyTotp(secret, totp, options);
expect('a login', match?.timeStep === 1 && match.drift === 0);
expect('a Date', verifyTotp(secret, totp, { timestamp: new Date(59_000), window: 0 }) !== null);

const extra: OtpauthExtra = { image: 'x', tags: ['a', 'b'] };
const params: OtpauthBuildParams = { type: 'totp', secret, account: 'ann', issuer: 'Acme', extra };
const uri: string = buildOtpauthUri(params);
const parsed: OtpauthParams = parseOtpauthUri(uri, { lenient: true });
// Which of the two it is, the type tells.
const detail: number | bigint = parsed.type === 'totp' ? parsed.period : parsed.counter;
expect('a URI', detail === 30 && generateTotp(parsed.secret, { ...parsed, ...time }) === totp);
buildOtpauthUri({ type: 'hotp', secret, account: 'ann', counter: 2n ** 64n - 1n });

const policy: AttemptPolicy = { freeFailures: 1, firstWait: 30, maxWait: 3600, maxFailures: 100 };
const state: AttemptState = recordFailure(null, { timestamp: 0 });
const decision: AttemptDecision = checkAttempts(state, { ...policy, timestamp: 1000 });
expect('a wait', !decision.allowed && !decision.locked && decision.retryAt === 30_000);

expect('equality', constantTimeEqual('a', 'a') && constantTimeEqual(secret, '12345678901234567890'));

function codeOf(action: () => unknown): OtpErrorCode | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof OtpError ? error.code : null;
  }
}
expect('an error', codeOf(() => generateHotp(secret, -1)) === 'INVALID_ARGUMENT');
const allCodes: Record<OtpErrorCode, true> = {
  INVALID_ARGUMENT: true,
  SECRET_TOO_SHORT: true,
  INVALID_BASE32: true,
  INVALID_URI: true,
  INVALID_BACKUP_HASH: true,
};
expect('the closed set', Object.keys(allCodes).length === 5);

// What must not compile. Each is a mistake that other libraries let through.
export const mistakes: (() => unknown)[] = [
  // @ts-expect-error a secret is bytes, not its Base32 text
  () => verifyTotp('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', totp),
  // @ts-expect-error a code is text: a number has lost its leading zeros
  () => verifyTotp(secret, 287_082),
  // @ts-expect-error the counter is required
  () => verifyHotp(secret, hotp),
  // @ts-expect-error the moment is an option
  () => verifyTotp(secret, totp, 59_000),
  // @ts-expect-error a hotp URI needs its counter
  () => buildOtpauthUri({ type: 'hotp', secret, account: 'ann' }),
  // @ts-expect-error with exactOptionalPropertyTypes, a state from nowhere is not "no failures"
  () => checkAttempts(undefined),
];

export async function backupCodes(): Promise<void> {
  const cost: ScryptCost = { N: 2, r: 1, p: 1 };
  const pepper = generateSecret();
  const typed: string[] = generateBackupCodes({ count: 2, alphabet: 'digits', length: 10 });
  const hashes: string[] = await hashBackupCodes(typed, { pepper, cost });
  const found: BackupCodeMatch | null = await verifyBackupCode(typed[1] ?? '', hashes, { pepper });
  expect('a backup code', found?.hash === hashes[1] && found?.remaining[0] === hashes[0]);
}

backupCodes();
