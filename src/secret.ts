//! otpure (MIT)
// Random secrets, of the length that RFC 6238 §5.1 asks for.
import * as crypto from 'node:crypto';
import { checkInteger, checkObject } from './checks.js';
import { type Bytes, checkAlgorithm, DEFAULT_ALGORITHM, DIGEST_BYTES, type OtpAlgorithm } from './options.js';

/** Options of `generateSecret`. */
export interface GenerateSecretOptions {
  /** The hash that the secret will be used with. Default `'SHA1'`. */
  algorithm?: OtpAlgorithm | undefined;
  /** Length in bytes: 16 to 128. Default: that of the hash, 20 (`'SHA1'`), 32 (`'SHA256'`) or 64 (`'SHA512'`). */
  bytes?: number | undefined;
}

/**
 * Generates a random secret for one user (RFC 6238 §5.1). Store it encrypted, with `encryptSecret`.
 *
 * @param options The hash that it is for, or its length.
 * @returns The secret.
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
