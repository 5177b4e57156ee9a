import * as crypto from 'node:crypto';
import {
  checkAlgorithm,
  checkInteger,
  checkObject,
  DEFAULT_ALGORITHM,
  DIGEST_BYTES,
  type OtpAlgorithm,
} from './options.js';

/** Options of `generateSecret`. */
export interface GenerateSecretOptions {
  /** The hash the secret will be used with; it sets the length. Default `'SHA1'`. */
  algorithm?: OtpAlgorithm;
  /** Another length: an integer from 16 to 128. Default 20, 32 or 64 by `algorithm`. */
  bytes?: number;
}

/**
 * A new random secret for one user. Store it encrypted (RFC 4226 §7.5); show it once, at enrolment.
 *
 * @param options `algorithm`, `bytes`. The default length is that of the HMAC output (RFC 6238 §5.1).
 * @throws `OtpError` `INVALID_ARGUMENT`; what `node:crypto` throws if it has no randomness to give.
 *
 * @example
 * const secret = generateSecret();
 * encodeBase32(secret); // 32 characters to show under the QR code
 */
export function generateSecret(options: GenerateSecretOptions = {}): Uint8Array {
  const { algorithm = DEFAULT_ALGORITHM } = checkObject('options', options);
  const usualLength = DIGEST_BYTES[checkAlgorithm(algorithm)];
  const { bytes = usualLength } = options;
  return crypto.randomFillSync(new Uint8Array(checkInteger('bytes', bytes, 16, 128)));
}
