// An app that uses every public name. It is compiled under several versions and settings of TypeScript, and run.
import * as otp from 'otpure';

function expect(what: string, holds: boolean): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

// Every option there is, each undefined: to the types, for the values are not there.
type Codes = otp.OtpOptions & otp.TimeOptions & otp.ResyncHotpOptions & otp.VerifyHotpOptions;
type Totp = otp.GenerateTotpOptions & otp.VerifyTotpOptions & otp.VerifySecondFactorOptions;
type Text = otp.EncodeBase32Options & otp.DecodeBase32Options & otp.GenerateSecretOptions;
type Backup = otp.GenerateBackupCodesOptions & otp.HashBackupCodesOptions & otp.VerifyBackupCodeOptions;
type Factor = otp.CreateSecondFactorOptions & otp.ReplaceBackupCodesOptions;
type Attempts = otp.AttemptOptions & otp.AttemptPolicy & otp.TimestampOptions;
const none = {} as Record<keyof (Codes & Totp & Text & Backup & Factor & Attempts), undefined>;

async function everything(): Promise<void> {
  // The key of RFC 4226, appendix D, and codes from there.
  const algorithm: otp.OtpAlgorithm = 'SHA1';
  const secret: Uint8Array = otp.decodeBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', none);
  expect('Base32', otp.encodeBase32(secret, none) === 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect('a secret', otp.generateSecret({ ...none, algorithm }).length === 20);
  const hotp: string = otp.generateHotp(secret, 1, none);
  expect('HOTP', hotp === '287082' && otp.generateHotpValue(secret, 1n, none) % 1_000_000 === 287_082);
  // The counter's type is the caller's: what a bigint column gave goes back as a bigint.
  const one: otp.HotpMatch<bigint> | null = otp.verifyHotp(secret, hotp, 0n, none);
  const two: otp.HotpMatch<number> | null = otp.resyncHotp(secret, ['254676', '287922'], 0, none);
  expect('matches', one?.nextCounter === 2n && two?.nextCounter === 7);
  const at = { ...none, timestamp: 59_000 };
  const step: otp.TimeStep = otp.getTimeStep(at);
  const match: otp.TotpMatch | null = otp.verifyTotp(secret, otp.generateTotp(secret, at), null, at);
  expect('TOTP', step.timeStep === 1 && match?.timeStep === 1);
  const extra: otp.OtpauthExtra = { image: 'x', tags: ['a', 'b'] };
  const label = { account: 'a', issuer: undefined, extra };
  const params: otp.OtpauthBuildParams = { ...none, type: 'totp', secret, ...label };
  const parsed: otp.OtpauthParams = otp.parseOtpauthUri(otp.buildOtpauthUri(params), none);
  // Which of the two it is, the type tells.
  const detail: number | bigint = parsed.type === 'totp' ? parsed.period : parsed.counter;
  const again = otp.generateTotp(parsed.secret, { ...parsed, timestamp: 59_000 });
  expect('a URI', detail === 30 && again === hotp);

  const cost: otp.ScryptCost = { N: 2, r: 1, p: 1 };
  const hashes: string[] = await otp.hashBackupCodes(otp.generateBackupCodes(none), { ...none, cost });
  const wrong: otp.BackupCodeMatch | null = await otp.verifyBackupCode('0000-0000', hashes, none);
  const taken: otp.AttemptTaken = otp.takeAttempt(null, none);
  const state: otp.AttemptState | null = taken.state;
  const decision: otp.AttemptDecision = otp.checkAttempts(state, none);
  expect('attempts', wrong === null && taken.allowed && decision.allowed && state?.failures === 1);
  const key = otp.generateSecret({ bytes: 32 });
  const sealed: string = otp.encryptSecret(secret, key, 'user 1');
  expect('a sealed secret', otp.constantTimeEqual(otp.decryptSecret(sealed, [key], 'user 1'), secret));
  // One row, and what becomes of its factor.
  type Row = otp.SecondFactorRow & { version: number };
  let row: Row = { factor: null, version: 0 };
  const store = (factor: otp.StoredSecondFactor | null, { version }: Row): boolean => {
    if (row.version !== version) return false;
    row = { factor, version: version + 1 };
    return true;
  };
  const stored = { read: () => row, store };
  const setUp = { ...at, cost, fields: { secret: sealed } };
  const issued: otp.BackupCodesIssued | null = await otp.updateSecondFactor({
    ...stored,
    decide: ({ factor }) => (factor ? null : otp.createSecondFactor(secret, hotp, setUp)),
  });
  const [backupCode = ''] = issued?.backupCodes ?? [];
  const logIn: otp.UpdateSecondFactorSteps<otp.StoredSecondFactor, Row, otp.SecondFactorMatch | null> = {
    ...stored,
    decide: ({ factor }) =>
      factor &&
      otp.verifySecondFactor(otp.decryptSecret(factor.secret, key, 'user 1'), factor, backupCode, none),
  };
  const passed: otp.SecondFactorMatch | null = await otp.updateSecondFactor(logIn);
  expect('a login', passed?.kind === 'backup-code' && otp.hasPassed(row.factor, passed.passedFactor));
  const renewed: otp.SecondFactorUpdate<otp.SecondFactor, otp.BackupCodesIssued> | null =
    row.factor && (await otp.replaceBackupCodes(row.factor, { ...none, cost }));
  expect('new backup codes', renewed?.factor.backupHashes.length === 10);
  expect('switched off', store(null, row) && otp.hasPassed(row.factor, 'none'));
  // The whole login. The twentieth time step of 1970 sets up, the next one logs in.
  let now = 600_000;
  const config: otp.TwoFactorConfig<number, Row> = {
    ...{ issuer: 'Acme', key, cost, now: () => now },
    read: (id): otp.Awaitable<Row | null> => (id === 7 ? row : null),
    store: (_, factor, read) => store(factor, read),
    onRefused: ({ reason }: otp.TwoFactorRefusal<number>) => expect('a refusal', reason === 'used'),
  };
  const twoFactor: otp.TwoFactor<number> = otp.createTwoFactor(config);
  const { setupKey, pendingSecret }: otp.TwoFactorSetUp = twoFactor.setUp(7, 'ann');
  const code = (): string => otp.generateTotp(otp.decodeBase32(setupKey), { timestamp: now });
  const input: otp.ConfirmInput = { pendingSecret, code: code() };
  const confirmed: otp.BackupCodesIssued | null = await twoFactor.confirm(7, input);
  now += 30_000;
  const options: otp.TwoFactorVerifyOptions = { only: 'totp', trustDevice: true };
  const entered: otp.TwoFactorMatch | null = await twoFactor.verify(7, code(), options);
  expect('a second login', entered?.backupCodesLeft === 10 && (await twoFactor.verify(7, code())) === null);
  const of: otp.StoredSecondFactor | null = row.factor;
  const devices: otp.TrustedDevice[] = of?.devices ?? [];
  const trusted = twoFactor.afterPassword(of, entered?.deviceToken);
  expect('a device', devices.length === 1 && trusted === confirmed?.passedFactor);
  const status: otp.TwoFactorStatus | null = await twoFactor.status(7);
  expect('a status', status?.failures === 1 && (await twoFactor.forceDisable(7, confirmed?.passedFactor)));
  const settings: otp.CodeSettings = { digits: 8 };
  const adopted: otp.AdoptInput = { secret, settings };
  expect('adopted', twoFactor.hasPassed(row.factor, 'none') && (await twoFactor.adopt(7, adopted)) !== null);

  const error: unknown = await otp.hashBackupCodes([]).catch((reason: unknown) => reason);
  const errorCode: otp.OtpErrorCode | null = error instanceof otp.OtpError ? error.code : null;
  expect('an error', errorCode === 'INVALID_ARGUMENT');
}

const app = { issuer: 'Acme', key: new Uint8Array(32), read: (_: number) => ({ factor: null }) };

/** What must not compile, and rests on how each version infers; the rest is in test/types.test.ts. */
export const refused = (secret: Uint8Array, code: string) => [
  // @ts-expect-error an option is misspelt
  () => otp.createTwoFactor({ ...app, store: () => true, maxFailuers: 10 }),
  // @ts-expect-error the row has no factor
  () => otp.createTwoFactor({ ...app, read: (_: number) => ({ version: 1 }), store: () => true }),
  // @ts-expect-error store gives nothing
  () => otp.createTwoFactor({ ...app, store: () => {} }),
  () => {
    const read = async (id: string) => (id ? { factor: null, version: 1 } : null);
    const { verify } = otp.createTwoFactor({ ...app, read, store: async (_, __, row) => row.version > 0 });
    // @ts-expect-error a promise is always true
    if (verify('ann', code)) return verify('ann', code);
    // @ts-expect-error another kind of id than that of read
    return verify(17, code);
  },
  // @ts-expect-error the memory is left out
  () => otp.verifyTotp(secret, code),
];

everything();
