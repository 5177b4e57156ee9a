// What APP_KEY is for: encrypting the secrets of second factors, and signing what the site has handed out.
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

export type Keys = ReturnType<typeof deriveKeys>;

export function deriveKeys(appKey: Uint8Array) {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', appKey, '', use, 32));
  const signing = derive('signatures');
  return {
    secrets: derive('secrets of second factors'),
    /** As JSON, so that no two lists of texts are the same text; `use` keeps one from standing in for another. */
    sign: (use: 'attempts' | 'browser' | 'link', ...texts: string[]) =>
      createHmac('sha256', signing)
        .update(JSON.stringify([use, ...texts]))
        .digest('base64url'),
  };
}

export const newSessionId = () => randomBytes(32).toString('base64url');

/** Session ids are stored hashed: whoever reads the database can't log in with what is there. */
export const hashSessionId = (id: string) => createHash('sha256').update(id).digest('base64url');
