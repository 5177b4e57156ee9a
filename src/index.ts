//! otpure (MIT)
// The public names, by purpose: first the whole login, then the parts that it is made of.

// Two-factor login, tied to the app's storage.

export {
  type AdoptInput,
  type ConfirmInput,
  createTwoFactor,
  type TwoFactor,
  type TwoFactorMatch,
  type TwoFactorSetUp,
  type TwoFactorStatus,
  type TwoFactorVerifyOptions,
} from './two-factor.js';
export type {
  CodeSettings,
  SecondFactorRow,
  StoredSecondFactor,
  TrustedDevice,
  TwoFactorConfig,
  TwoFactorRefusal,
} from './two-factor-config.js';

// The same decision, for flows of one's own.

export {
  type Awaitable,
  type BackupCodesIssued,
  type CreateSecondFactorOptions,
  createSecondFactor,
  hasPassed,
  type ReplaceBackupCodesOptions,
  replaceBackupCodes,
  type SecondFactor,
  type SecondFactorMatch,
  type SecondFactorUpdate,
  type UpdateSecondFactorSteps,
  updateSecondFactor,
  type VerifySecondFactorOptions,
  verifySecondFactor,
} from './second-factor.js';

// Codes: TOTP (RFC 6238) and HOTP (RFC 4226).

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
  type GenerateTotpOptions,
  generateTotp,
  getTimeStep,
  type TimeStep,
  type TotpMatch,
  type VerifyTotpOptions,
  verifyTotp,
} from './totp.js';

// Secrets: new ones, as text, as a QR code, at rest.

export { type DecodeBase32Options, decodeBase32, type EncodeBase32Options, encodeBase32 } from './base32.js';
export {
  buildOtpauthUri,
  type OtpauthBuildParams,
  type OtpauthExtra,
  type OtpauthParams,
  parseOtpauthUri,
} from './otpauth-uri.js';
export { decryptSecret, encryptSecret } from './sealed-secret.js';
export { type GenerateSecretOptions, generateSecret } from './secret.js';

// Backup codes.

export {
  type BackupCodeMatch,
  type GenerateBackupCodesOptions,
  generateBackupCodes,
  type HashBackupCodesOptions,
  hashBackupCodes,
  type VerifyBackupCodeOptions,
  verifyBackupCode,
} from './backup-codes.js';
export type { ScryptCost } from './scrypt.js';

// Limits on guessing, comparison in constant time, and the error.

export {
  type AttemptDecision,
  type AttemptOptions,
  type AttemptPolicy,
  type AttemptState,
  type AttemptTaken,
  checkAttempts,
  takeAttempt,
} from './attempts.js';
export { constantTimeEqual } from './constant-time.js';
export { OtpError, type OtpErrorCode } from './errors.js';
