//! otpure (MIT)
// Secrets at rest (RFC 4226 §7.5, RFC 6238 §5.1): AES-256-GCM (NIST SP 800-38D), bound to the row they belong to.
import * as crypto from 'node:crypto';
import { checkBytes, checkKeys, checkString, invalidArgument } from './checks.js';
import { OtpError } from './errors.js';
import { keyId } from './hmac.js';
import { type Bytes, MAX_SECRET_BYTES } from './options.js';

const CIPHER = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_CONTEXT_LENGTH = 1024;
// 1,403 characters hold nonce, tag and 1,024 bytes. Tried before anything is decoded.
const SEALED_TEXT = /^(otpure1\.([\w-]{8})\.)([\w-]{1,1403})$/;

/**
 * Encrypts a secret for a text column, with AES-256-GCM under a fresh random nonce of 96 bits.
 *
 * @param secret 1 to 1,024 bytes.
 * @param key 32 random bytes, kept outside the database. Good for 2^32 texts (NIST SP 800-38D §8.3).
 * @param context Where the text belongs, such as `'user 17'`: copied to another user's row, it can't be
 * decrypted. 1 to 1,024 characters of well-formed Unicode. It is not stored.
 * @returns `otpure1.<id of the key>.<base64url of nonce, ciphertext and tag>`: 81 characters for 20 bytes.
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * import { decryptSecret, encryptSecret, generateSecret } from 'otpure';
 *
 * const key = Buffer.from('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'hex');
 * const text = encryptSecret(generateSecret(), key, 'user 17');
 * decryptSecret(text, key, 'user 17').length; // 20
 */
export function encryptSecret(secret: Uint8Array, key: Uint8Array, context: string): string {
  checkBytes('secret', secret, 1, MAX_SECRET_BYTES);
  checkBytes('key', key, KEY_BYTES, KEY_BYTES);
  checkContext(context);
  const header = sealedHeader(key);
  const nonce = crypto.randomFillSync(new Uint8Array(NONCE_BYTES));
  const cipher = crypto.createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(header + context));
  const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return header + sealed.toString('base64url');
}

/**
 * Decrypts what `encryptSecret` returned.
 *
 * @param text The stored text.
 * @param keys The key, or 1 to 100 keys (rotation): the id in the text picks one.
 * @param context The same as for `encryptSecret`.
 * @returns The secret.
 * @throws `OtpError` `DECRYPTION_FAILED` for an unknown key (the message names its id), another context,
 * and changed or malformed text; `INVALID_ARGUMENT`.
 *
 * @example
 * import { decryptSecret, encryptSecret, generateSecret } from 'otpure';
 *
 * const [oldKey, newKey] = [generateSecret({ bytes: 32 }), generateSecret({ bytes: 32 })];
 * const text = encryptSecret(new TextEncoder().encode('12345678901234567890'), oldKey, 'user 17');
 * new TextDecoder().decode(decryptSecret(text, [newKey, oldKey], 'user 17')); // '12345678901234567890'
 */
export function decryptSecret(
  text: string,
  keys: Uint8Array | readonly Uint8Array[],
  context: string,
): Bytes {
  checkString('text', text);
  const known = checkKeys('keys', keys, KEY_BYTES, KEY_BYTES);
  checkContext(context);
  const [, header, id, body] = SEALED_TEXT.exec(text) ?? fail();
  const sealed = Buffer.from(body, 'base64url');
  // Only one spelling per secret: decoding ignores spare bits of the last character.
  if (sealed.length <= NONCE_BYTES + TAG_BYTES || sealed.toString('base64url') !== body) fail();
  // A single key is tried without hashing it for its id. Another one fails: the id is authenticated as well.
  const key = known.length === 1 ? known[0] : known.find((candidate) => keyId(candidate) === id);
  if (key === undefined) failFor(id);

  const tagStart = sealed.length - TAG_BYTES;
  const decipher = crypto
    .createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(header + context))
    .setAuthTag(sealed.subarray(tagStart));
  const opened = decipher.update(sealed.subarray(NONCE_BYTES, tagStart));
  try {
    decipher.final();
    return new Uint8Array(opened);
  } catch {
    return keyId(key) === id ? fail() : failFor(id);
  } finally {
    opened.fill(0);
  }
}

/** How all texts begin that are sealed under a key. */
export function sealedHeader(key: Uint8Array): string {
  return `otpure1.${keyId(key)}.`;
}

/** One message for every cause: details would only help a forger. */
function fail(): never {
  throw new OtpError(
    'DECRYPTION_FAILED',
    "the text can't be decrypted: it was changed, or belongs to another context",
  );
}

function failFor(id: string): never {
  throw new OtpError('DECRYPTION_FAILED', `the key with the id ${id} is missing`);
}

function checkContext(context: string): void {
  checkString('context', context);
  if (context === '' || context.length > MAX_CONTEXT_LENGTH || !context.isWellFormed()) {
    throw invalidArgument('context', `1 to ${MAX_CONTEXT_LENGTH} characters of well-formed Unicode`, context);
  }
}
