// Everything keyed by the server: secrets at rest, CSRF tokens, look-up keys. Each use has its own key,
// derived from APP_KEY, so that none can stand in for another.
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const format = 1;
const nonceBytes = 12;
const tagBytes = 16;

export type Keys = ReturnType<typeof deriveKeys>;

export function deriveKeys(appKey: Uint8Array) {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', appKey, '', use, 32));
  const sealing = derive('totp secrets at rest');
  const csrf = derive('csrf tokens');
  const logins = derive('login attempts');

  return {
    /**
     * AES-256-GCM, with the user's id as associated data: a sealed secret copied into another user's row
     * does not open there. Layout: format, nonce, tag, ciphertext.
     */
    seal(secret: Uint8Array, userId: string): Uint8Array {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(userId));
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), sealed]);
    },

    open(sealed: Uint8Array, userId: string): Uint8Array {
      if (sealed[0] !== format) throw new Error('A sealed secret has an unknown format.');
      const nonce = sealed.subarray(1, 1 + nonceBytes);
      const tag = sealed.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes);
      const decipher = createDecipheriv('aes-256-gcm', sealing, nonce, { authTagLength: tagBytes })
        .setAAD(Buffer.from(userId))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed.subarray(1 + nonceBytes + tagBytes)), decipher.final()]);
    },

    /** Bound to the session id, so it changes whenever that does, and nothing has to be stored. */
    csrfToken: (sessionId: string) => createHmac('sha256', csrf).update(sessionId).digest('base64url'),

    /** Password failures are kept for unknown addresses too; keyed, so the table is no list of addresses. */
    loginKey: (email: string) => createHmac('sha256', logins).update(email).digest('base64url'),
  };
}

export const newSessionId = () => randomBytes(32).toString('base64url');

/** Session ids are stored hashed: whoever reads the database can't log in with what is there. */
export const hashSessionId = (id: string) => createHash('sha256').update(id).digest('base64url');
