// An app that uses every public name. It is compiled under several versions and settings of TypeScript, and run.
import {
  type AttemptDecision,
  type AttemptOptions,
  type AttemptPolicy,
  type AttemptState,
  type AttemptTaken,
  type BackupCodeMatch,
  type BackupCodesIssued,
  buildOtpauthUri,
  type CreateSecondFactorOptions,
  checkAttempts,
  constantTimeEqual,
  createSecondFactor,
  type DecodeBase32Options,
  decodeBase32,
  decryptSecret,
  type EncodeBase32Options,
  encodeBase32,
  encryptSecret,
  type GenerateBackupCodesOptions,
  type GenerateSecretOptions,
  type GenerateTotpOptions,
  generateBackupCodes,
  generateHotp,
  generateHotpValue,
  generateSecret,
  generateTotp,
  getTimeStep,
  type HashBackupCodesOptions,
  type HotpMatch,
  hashBackupCodes,
  hasPassed,
  type OtpAlgorithm,
  type OtpauthBuildParams,
  type OtpauthExtra,
  type OtpauthParams,
  OtpError,
  type OtpErrorCode,
  type OtpOptions,
  parseOtpauthUri,
  type ReplaceBackupCodesOptions,
  type ResyncHotpOptions,
  replaceBackupCodes,
  resyncHotp,
  type ScryptCost,
  type SecondFactor,
  type SecondFactorMatch,
  type Step,
  type TimeOptions,
  type TimeStep,
  type TimestampOptions,
  type TotpMatch,
  takeAttempt,
  type UpdateSecondFactorSteps,
  updateSecondFactor,
  type VerifyBackupCodeOptions,
  type VerifyHotpOptions,
  type VerifySecondFactorOptions,
  type VerifyTotpOptions,
  verifyBackupCode,
  verifyHotp,
  verifySecondFactor,
  verifyTotp,
} from 'otpure';

function expect(what: string, holds: boolean): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

// Every option there is, and each may be undefined.
type AllOptions = CreateSecondFactorOptions &
  DecodeBase32Options &
  EncodeBase32Options &
  GenerateBackupCodesOptions &
  GenerateSecretOptions &
  ResyncHotpOptions &
  VerifyHotpOptions &
  VerifySecondFactorOptions;
const none: Record<keyof AllOptions, undefined> = {
  algorithm: undefined,
  alphabet: undefined,
  backupCodes: undefined,
  bytes: undefined,
  cost: undefined,
  count: undefined,
  digits: undefined,
  fields: undefined,
  firstWaitSeconds: undefined,
  freeFailures: undefined,
  length: undefined,
  lenient: undefined,
  lookAhead: undefined,
  maxFailures: undefined,
  maxWaitSeconds: undefined,
  minSecretBytes: undefined,
  only: undefined,
  padding: undefined,
  pepper: undefined,
  period: undefined,
  t0: undefined,
  timestamp: undefined,
  window: undefined,
};
const otp: OtpOptions = none;
const time: TimeOptions & TimestampOptions = none;
const totpOptions: GenerateTotpOptions & VerifyTotpOptions = none;
const attempt: AttemptOptions & AttemptPolicy = none;
const backup: HashBackupCodesOptions & VerifyBackupCodeOptions & ReplaceBackupCodesOptions = none;

async function everything(): Promise<void> {
  // The key of RFC 4226, appendix D, and codes from there.
  const algorithm: OtpAlgorithm = 'SHA1';
  const secret: Uint8Array = decodeBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', none);
  expect('Base32', encodeBase32(secret, none) === 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect('a secret', generateSecret({ ...none, algorithm }).length === 20);

  const hotp: string = generateHotp(secret, 1, otp);
  expect('HOTP', hotp === '287082' && generateHotpValue(secret, 1n, otp) % 1_000_000 === 287_082);
  // The counter's type is the caller's: what a bigint column gave goes back as a bigint.
  const byNumber: HotpMatch<number> | null = verifyHotp(secret, hotp, 0, none);
  const byBigint: HotpMatch<bigint> | null = verifyHotp(secret, hotp, 0n, none);
  expect('a match', byNumber?.nextCounter === 2 && byBigint?.nextCounter === 2n);
  expect('a resynchronisation', resyncHotp(secret, ['254676', '287922'], 0, none)?.nextCounter === 7);

  const step: TimeStep = getTimeStep({ ...time, timestamp: 59_000 });
  expect('a step', step.timeStep === 1 && step.startsAt === 30_000 && step.endsAt === 60_000);
  const match: TotpMatch | null = verifyTotp(secret, generateTotp(secret, totpOptions), null, totpOptions);
  expect('a match', match !== null);

  const extra: OtpauthExtra = { image: 'x', tags: ['a', 'b'] };
  const uri: OtpauthBuildParams = { ...none, type: 'totp', secret, account: 'ann', issuer: undefined, extra };
  const parsed: OtpauthParams = parseOtpauthUri(buildOtpauthUri(uri), none);
  // Which of the two it is, the type tells.
  const detail: number | bigint = parsed.type === 'totp' ? parsed.period : parsed.counter;
  expect(
    'a URI',
    detail === 30 && generateTotp(parsed.secret, { ...parsed, timestamp: 59_000 }) === '287082',
  );

  const cost: ScryptCost = { N: 2, r: 1, p: 1 };
  const hashes: string[] = await hashBackupCodes(generateBackupCodes(none), { ...backup, cost });
  const wrong: BackupCodeMatch | null = await verifyBackupCode('0000-0000', hashes, backup);
  expect('no match', wrong === null);

  const taken: AttemptTaken = takeAttempt(null, attempt);
  const state: AttemptState | null = taken.state;
  const decision: AttemptDecision = checkAttempts(state, attempt);
  expect('attempts', taken.allowed && decision.allowed && state?.failures === 1);

  const key = generateSecret({ bytes: 32 });
  const sealed: string = encryptSecret(secret, key, 'user 1');
  expect('a sealed secret', constantTimeEqual(decryptSecret(sealed, [key], 'user 1'), secret));

  // A store of one row, and everything that becomes of it.
  type Factor = SecondFactor & { secret: string };
  interface Row {
    factor: Factor | null;
    version: number;
  }
  let row: Row = { factor: null, version: 0 };
  const stored = {
    read: (): Row => row,
    store: async (factor: Factor | null, { version }: Row): Promise<boolean> => {
      if (row.version !== version) return false;
      row = { factor, version: version + 1 };
      return true;
    },
  };
  const code = generateTotp(secret, { timestamp: 59_000 });
  const issued: BackupCodesIssued | null = await updateSecondFactor({
    ...stored,
    decide: ({ factor }) =>
      factor
        ? null
        : createSecondFactor(secret, code, { ...none, timestamp: 59_000, cost, fields: { secret: sealed } }),
  });
  expect('set up', issued?.backupCodes.length === 10 && !hasPassed(row.factor, null));
  const logIn: UpdateSecondFactorSteps<Factor, Row, SecondFactorMatch | null> = {
    ...stored,
    decide: ({ factor }) =>
      factor &&
      verifySecondFactor(
        decryptSecret(factor.secret, key, 'user 1'),
        factor,
        issued?.backupCodes[0] ?? '',
        none,
      ),
  };
  const passed: SecondFactorMatch | null = await updateSecondFactor(logIn);
  expect('logged in', passed?.kind === 'backup-code' && hasPassed(row.factor, passed.factorId));
  const renewed: Step<Factor, BackupCodesIssued> | null =
    row.factor && (await replaceBackupCodes(row.factor, { ...none, cost }));
  expect('new backup codes', renewed?.factor.backupHashes.length === 10 && renewed.factor.secret === sealed);
  const off: boolean | null = await updateSecondFactor({
    ...stored,
    decide: ({ factor }) => (hasPassed(factor, passed?.factorId) ? { factor: null, result: true } : null),
  });
  expect('switched off', off === true && hasPassed(row.factor, undefined));

  let errorCode: OtpErrorCode | undefined;
  try {
    decodeBase32('1');
  } catch (error) {
    if (error instanceof OtpError) errorCode = error.code;
  }
  expect('an error', errorCode === 'INVALID_BASE32');
}

/** What must not compile. */
export const refused = (secret: Uint8Array, code: string, factor: SecondFactor) => [
  // @ts-expect-error the memory is left out
  () => verifyTotp(secret, code),
  // @ts-expect-error the options are in its place
  () => verifyTotp(secret, code, { window: 1 }),
  // @ts-expect-error nothing is not "no code was used"
  () => verifyTotp(secret, code, undefined),
  // @ts-expect-error secret and code are swapped
  () => verifyTotp(code, secret, null),
  // @ts-expect-error Base32 text is no key
  () => generateTotp('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'),
  // @ts-expect-error no factor is active
  () => verifySecondFactor(secret, null, code),
  // @ts-expect-error a column was left out
  () => verifySecondFactor(secret, { ...factor, lastUsedTimeStep: undefined }, code),
  // @ts-expect-error a factor from nowhere is not "none is active"
  () => hasPassed(undefined, factor.id),
  // @ts-expect-error a state from nowhere is not "no failures"
  () => takeAttempt(undefined),
  // @ts-expect-error the place that the text belongs to is left out
  () => encryptSecret(secret, secret),
  // @ts-expect-error an HOTP URI needs its counter
  () => buildOtpauthUri({ type: 'hotp', secret, account: 'ann' }),
  // @ts-expect-error store has to tell whether it did
  () => updateSecondFactor({ read: () => ({ factor }), decide: () => null, store: () => undefined }),
];

everything();
