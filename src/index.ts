// The public names. second-factor.ts is the whole decision, the others are what it is made of.

export {
  type AttemptDecision,
  type AttemptOptions,
  type AttemptPolicy,
  type AttemptState,
  type AttemptTaken,
  checkAttempts,
  takeAttempt,
} from './attempts.js';
export {
  type BackupCodeMatch,
  type GenerateBackupCodesOptions,
  generateBackupCodes,
  type HashBackupCodesOptions,
  hashBackupCodes,
  type ScryptCost,
  type VerifyBackupCodeOptions,
  verifyBackupCode,
} from './backup-codes.js';
export { type DecodeBase32Options, decodeBase32, type EncodeBase32Options, encodeBase32 } from './base32.js';
export { constantTimeEqual } from './constant-time.js';
export { OtpError, type OtpErrorCode } from './errors.js';
export {
  generateHotp,
  generateHotpValue,
  type HotpMatch,
  type ResyncHotpOptions,
  resyncHotp,
  type VerifyHotpOptions,
  verifyHotp,
} from './hotp.js';
export type { OtpAlgorithm, OtpOptions, TimeOptions, TimestampOptions } from './options.js';
export {
  buildOtpauthUri,
  type OtpauthBuildParams,
  type OtpauthExtra,
  type OtpauthParams,
  parseOtpauthUri,
} from './otpauth-uri.js';
export { decryptSecret, encryptSecret } from './sealed-secret.js';
export {
  type BackupCodesIssued,
  type CreateSecondFactorOptions,
  createSecondFactor,
  hasPassed,
  type ReplaceBackupCodesOptions,
  replaceBackupCodes,
  type SecondFactor,
  type SecondFactorMatch,
  type Step,
  type UpdateSecondFactorSteps,
  updateSecondFactor,
  type VerifySecondFactorOptions,
  verifySecondFactor,
} from './second-factor.js';
export { type GenerateSecretOptions, generateSecret } from './secret.js';
export {
  type GenerateTotpOptions,
  generateTotp,
  getTimeStep,
  type TimeStep,
  type TotpMatch,
  type VerifyTotpOptions,
  verifyTotp,
} from './totp.js';
