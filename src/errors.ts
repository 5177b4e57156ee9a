/** What went wrong, for callers to branch on. A closed set: a new code is a new major version. */
export type OtpErrorCode =
  | 'INVALID_ARGUMENT'
  | 'SECRET_TOO_SHORT'
  | 'INVALID_BASE32'
  | 'INVALID_URI'
  | 'INVALID_BACKUP_HASH';

/**
 * The one error this library throws: a mistake of the calling code, or stored or received text that
 * is not what it should be. A wrong code typed by a person is never an error.
 *
 * The message names the argument, the type or number given and what is allowed. It never holds a
 * secret, a code or a URI, so it may be logged.
 *
 * @example
 * try {
 *   parseOtpauthUri(scanned);
 * } catch (error) {
 *   if (error instanceof OtpError && error.code === 'INVALID_URI') showScanAgain();
 *   else throw error;
 * }
 */
export class OtpError extends Error {
  readonly code: OtpErrorCode;

  constructor(code: OtpErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OtpError';
    this.code = code;
  }
}
