//! otpure (MIT)
// The one error class of the library, and the closed set of its codes.

/**
 * What went wrong, for callers to branch on. A closed set: a new code is a new major version.
 *
 * `CONFLICT`: other requests kept changing the factor. `BUSY`: too many backup codes are being computed. Answer
 * both with the HTTP status 503, and try again later.
 */
export type OtpErrorCode =
  | 'INVALID_ARGUMENT'
  | 'SECRET_TOO_SHORT'
  | 'INVALID_BASE32'
  | 'INVALID_URI'
  | 'INVALID_BACKUP_HASH'
  | 'DECRYPTION_FAILED'
  | 'CONFLICT'
  | 'BUSY';

/**
 * The error for mistakes in the calling code, for stored or received text that is not what it should be, and
 * for too many requests at once. A wrong code never throws.
 *
 * The message names the argument, the type or number given and what is allowed. It holds no secret, no code and
 * no URI. Errors of the runtime itself (no entropy, a function of `node:crypto` missing) are passed through
 * unchanged.
 *
 * @example
 * import { OtpError, parseOtpauthUri } from 'otpure';
 *
 * try {
 *   parseOtpauthUri('otpauth://totp/Acme:ann');
 * } catch (error) {
 *   if (!(error instanceof OtpError)) throw error;
 *   error.code; // 'INVALID_URI'
 * }
 */
export class OtpError extends Error {
  // The class gets a shorter name when it is minified, and Node prints this one with an error that nobody catches.
  static {
    Object.defineProperty(OtpError, 'name', { value: 'OtpError' });
  }

  /** What went wrong. */
  readonly code: OtpErrorCode;

  constructor(code: OtpErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OtpError';
    this.code = code;
  }
}
