import { randomFillSync } from 'node:crypto';
import {
  checkAlgorithm,
  checkInteger,
  checkObject,
  DEFAULT_ALGORITHM,
  DIGEST_BYTES,
  type OtpAlgorithm,
} from './options.js';

/**
 * A new random secret for one user. Store it encrypted (RFC 4226 §7.5); show it once, at enrolment.
 *
 * @param options `algorithm`: the hash it will be used with, default `'SHA1'`; it sets the default
 * length, that of the HMAC output (RFC 6238 §5.1): 20, 32 or 64 bytes. `bytes`: another length, an
 * integer from 16 to 128.
 * @throws `OtpError` `INVALID_ARGUMENT`; what `node:crypto` throws if it has no randomness to give.
 *
 * @example
 * const secret = generateSecret();
 * encodeBase32(secret); // 32 characters to show under the QR code
 */
export function generateSecret(options: { algorithm?: OtpAlgorithm; bytes?: number } = {}): Uint8Array {
  const { algorithm = DEFAULT_ALGORITHM } = checkObject('options', options);
  const usualLength = DIGEST_BYTES[checkAlgorithm(algorithm)];
  const { bytes = usualLength } = options;
  return randomFillSync(new Uint8Array(checkInteger('bytes', bytes, 16, 128)));
}
