// Random secrets, as long as RFC 6238 §5.1 asks for.
import * as crypto from 'node:crypto';
import { checkInteger, checkObject } from './checks.js';
import { type Bytes, checkAlgorithm, DEFAULT_ALGORITHM, DIGEST_BYTES, type OtpAlgorithm } from './options.js';

export interface GenerateSecretOptions {
  /** The hash that the secret will be used with; it sets the length. Default `'SHA1'`. */
  algorithm?: OtpAlgorithm | undefined;
  /** Another length: 16 to 128. Default 20, 32 or 64 by `algorithm`: the HMAC output. */
  bytes?: number | undefined;
}

/**
 * A new random secret for one user (RFC 6238 §5.1). Store it encrypted: see `encryptSecret`.
 *
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * import { encodeBase32, generateSecret } from 'otpure';
 *
 * const secret = generateSecret();
 * encodeBase32(secret).length; // 32
 */
export function generateSecret(options: GenerateSecretOptions = {}): Bytes {
  const { algorithm = DEFAULT_ALGORITHM } = checkObject('options', options);
  const usualLength = DIGEST_BYTES[checkAlgorithm(algorithm)];
  const { bytes = usualLength } = options;
  return crypto.randomFillSync(new Uint8Array(checkInteger('bytes', bytes, 16, 128)));
}
