export {
  type AttemptDecision,
  type AttemptPolicy,
  type AttemptState,
  checkAttempts,
  recordFailure,
} from './attempts.js';
export {
  type BackupCodeMatch,
  generateBackupCodes,
  hashBackupCodes,
  type ScryptCost,
  verifyBackupCode,
} from './backup-codes.js';
export { decodeBase32, encodeBase32 } from './base32.js';
export { constantTimeEqual } from './constant-time.js';
export { OtpError, type OtpErrorCode } from './errors.js';
export { generateHotp, generateHotpValue, type HotpMatch, resyncHotp, verifyHotp } from './hotp.js';
export type { OtpAlgorithm, OtpOptions, TimeOptions } from './options.js';
export {
  buildOtpauthUri,
  type OtpauthBuildParams,
  type OtpauthExtra,
  type OtpauthParams,
  parseOtpauthUri,
} from './otpauth-uri.js';
export { generateSecret } from './secret.js';
export {
  generateTotp,
  getTimeStep,
  type TimeStep,
  type TotpMatch,
  type VerifyTotpOptions,
  verifyTotp,
} from './totp.js';
