export {
  type AttemptDecision,
  type AttemptPolicy,
  type AttemptState,
  type CheckAttemptsOptions,
  checkAttempts,
  type RecordFailureOptions,
  recordFailure,
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
export type { OtpAlgorithm, OtpOptions, TimeOptions } from './options.js';
export {
  buildOtpauthUri,
  type OtpauthBuildParams,
  type OtpauthExtra,
  type OtpauthParams,
  parseOtpauthUri,
} from './otpauth-uri.js';
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
