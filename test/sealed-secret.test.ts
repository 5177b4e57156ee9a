// Secrets at rest: AES-256-GCM, bound to a context, under one of several keys.
import * as crypto from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { decryptSecret, encryptSecret, type OtpError } from '../src/index.js';
import { ascii, expectOtpError, fromHex, loadVectors, toHex, untyped } from './tools/vectors.js';

const secret = ascii('12345678901234567890');
const key = new Uint8Array(32).fill(1);
const newKey = new Uint8Array(32).fill(2);
const CONTEXT = 'user 17';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';

const bodyOf = (text: string) => Buffer.from(text.split('.')[2], 'base64url');
const refused = (text: string, keys: Uint8Array | Uint8Array[] = key, context = CONTEXT): OtpError =>
  expectOtpError(() => decryptSecret(text, keys, context), 'DECRYPTION_FAILED', /./);

interface Vector {
  key: string;
  nonce: string;
  secret: string;
}
const { vectors, nist } = loadVectors<{
  vectors: (Vector & { context: string; text: string })[];
  nist: (Vector & { ciphertext: string })[];
}>('sealed-secrets.json');

/** Makes the random source give this nonce. */
function useNonce(nonce: string) {
  vi.spyOn(crypto, 'randomFillSync').mockImplementation((array) => {
    (array as Uint8Array).set(fromHex(nonce));
    return array;
  });
}

describe('other implementations', () => {
  test.each(vectors)('sealed for $context: opens, and is sealed alike', (vector) => {
    const { text, context } = vector;
    expect(toHex(decryptSecret(text, fromHex(vector.key), context))).toBe(vector.secret);
    useNonce(vector.nonce);
    expect(encryptSecret(fromHex(vector.secret), fromHex(vector.key), context)).toBe(text);
  });

  test.each(nist)('NIST: the ciphertext under nonce $nonce', ({ ciphertext, ...vector }) => {
    useNonce(vector.nonce);
    const text = encryptSecret(fromHex(vector.secret), fromHex(vector.key), CONTEXT);
    expect(bodyOf(text).toString('hex').slice(0, -32)).toBe(vector.nonce + ciphertext);
  });
});

describe('a sealed secret', () => {
  test('opens again: every length, and any context', () => {
    const contexts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1024 }), contexts, (bytes, context) => {
        expect(decryptSecret(encryptSecret(bytes, key, context), key, context)).toStrictEqual(bytes);
      }),
    );
  });

  test.each([1, 20, 1024])('of %i bytes is one line of text: nonce, ciphertext and tag', (length) => {
    const text = encryptSecret(new Uint8Array(length), key, CONTEXT);
    expect(text).toMatch(/^otpure1\.[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]+$/);
    expect(bodyOf(text)).toHaveLength(12 + length + 16);
    expect(bodyOf(text).toString('base64url')).toBe(text.split('.')[2]);
  });

  test('names its key, by an id that another key does not have', () => {
    const idOf = (under: Uint8Array) => encryptSecret(secret, under, CONTEXT).split('.')[1];
    expect(idOf(key)).toBe(idOf(key.slice()));
    expect(idOf(key)).not.toBe(idOf(newKey));
  });

  test('comes back as plain bytes of its own', () => {
    const opened = decryptSecret(encryptSecret(Buffer.from(secret), Buffer.from(key), CONTEXT), key, CONTEXT);
    expect(Object.getPrototypeOf(opened)).toBe(Uint8Array.prototype);
    expect(opened.buffer.byteLength).toBe(secret.length);
  });

  test('leaves no other copy of the secret behind, whether it opens or not', () => {
    const text = encryptSecret(secret, key, CONTEXT);
    const copies: Uint8Array[] = [];
    const create = crypto.createDecipheriv as (...args: unknown[]) => crypto.Decipher;
    vi.spyOn(crypto, 'createDecipheriv').mockImplementation((...args: unknown[]) => {
      const decipher = create(...args);
      const update = decipher.update.bind(decipher) as (data: Uint8Array) => Buffer;
      decipher.update = untyped((data: Uint8Array) => copies[copies.push(update(data)) - 1]);
      return untyped(decipher);
    });
    expect(decryptSecret(text, key, CONTEXT)).toStrictEqual(secret);
    refused(text, key, 'user 18');
    expect(copies.map(toHex)).toEqual(Array(2).fill('00'.repeat(secret.length)));
  });

  test('leaves secret and key as they were', () => {
    const given = { secret: secret.slice(), key: key.slice() };
    decryptSecret(encryptSecret(given.secret, given.key, CONTEXT), [given.key], CONTEXT);
    expect(given).toStrictEqual({ secret, key });
  });

  test('no nonce repeats in 10^5 texts, and each of its bits is random', () => {
    const nonces = Array.from({ length: 100_000 }, () =>
      bodyOf(encryptSecret(secret, key, CONTEXT)).subarray(0, 12),
    );
    expect(new Set(nonces.map((nonce) => nonce.toString('latin1'))).size).toBe(100_000);
    for (let bit = 0; bit < 96; bit++) {
      const ones = nonces.slice(0, 10_000).filter((nonce) => (nonce[bit >> 3] >> (bit & 7)) & 1).length;
      // Six standard deviations to either side of a half.
      expect(Math.abs(ones - 5000), `bit ${bit}`).toBeLessThan(300);
    }
  });

  test('a random source that fails: nothing is returned', () => {
    const failure = new Error('no entropy');
    for (const name of ['randomBytes', 'randomFillSync'] as const) {
      vi.spyOn(crypto, name).mockImplementation(() => {
        throw failure;
      });
    }
    expect(() => encryptSecret(secret, key, CONTEXT)).toThrow(failure);
  });
});

describe('what does not open', () => {
  test('a text of which any one character is another one', () => {
    const text = encryptSecret(secret, key, CONTEXT);
    for (let i = 0; i < text.length; i++) {
      for (const other of `${ALPHABET}+/= \n~é`) {
        if (other !== text[i]) refused(text.slice(0, i) + other + text.slice(i + 1));
      }
    }
  });

  test('a text of which a character is missing, or there twice', () => {
    const text = encryptSecret(secret, key, CONTEXT);
    for (let i = 0; i < text.length; i++) {
      refused(text.slice(0, i));
      if (text[i] !== text[i + 1]) refused(text.slice(0, i) + text.slice(i + 1));
      refused(text.slice(0, i) + text[i] + text.slice(i));
    }
  });

  test.each<[string, (text: string) => string]>([
    ['white space around it', (text) => ` ${text}`],
    ['a line end', (text) => `${text}\n`],
    ['padding', (text) => `${text}=`],
    [
      'the other Base64',
      (text) =>
        text
          .replace(/-/g, '+')
          .replace(/_/g, '/')
          .replace(/[A-Za-z0-9]$/, '/'),
    ],
    ['another version', (text) => text.replace('otpure1', 'otpure2')],
    ['upper case', (text) => text.replace('otpure1', 'OTPURE1')],
    ['a fourth part', (text) => `${text}.AAAA`],
    ['no ciphertext', (text) => text.slice(0, text.lastIndexOf('.') + 1)],
    ['no key id', (text) => text.replace(/\..*\./, '..')],
    ['nothing', () => ''],
    ['a Base32 secret', () => 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
  ])('a text with %s', (_, change) => {
    refused(change(encryptSecret(secret, key, CONTEXT)));
  });

  test.each([
    ['another row', CONTEXT, 'user 18'],
    ['a longer one', CONTEXT, 'user 170'],
    ['a shorter one', CONTEXT, 'user 1'],
    ['other case', CONTEXT, 'User 17'],
    ['a space more', CONTEXT, 'user 17 '],
    ['the same to the eye', 'caf\u00e9', 'cafe\u0301'],
  ])('another context: %s', (_, sealed, opened) => {
    refused(encryptSecret(secret, key, sealed), key, opened);
    refused(encryptSecret(secret, key, opened), key, sealed);
  });

  test('parts of two texts put together', () => {
    const [first, second] = [key, newKey].map((under) => encryptSecret(secret, under, CONTEXT).split('.'));
    refused([first[0], first[1], second[2]].join('.'), [key, newKey]);
    refused([first[0], second[1], first[2]].join('.'), [key, newKey]);
  });

  test('all that fails after the key is found fails alike', () => {
    const text = encryptSecret(secret, key, CONTEXT);
    const changed = refused(`${text.slice(0, -30)}${text.at(-30) === 'A' ? 'B' : 'A'}${text.slice(-29)}`);
    const elsewhere = refused(text, key, 'user 18');
    expect(changed.message).toBe(elsewhere.message);
    for (const { message } of [changed, elsewhere]) {
      for (const part of [...text.split('.').slice(1), 'user 1']) expect(message).not.toContain(part);
    }
  });
});

describe('several keys', () => {
  test('the id in the text picks one, wherever it stands', () => {
    const text = encryptSecret(secret, key, CONTEXT);
    for (const keys of [[key], [newKey, key], [key, newKey], Object.freeze([newKey, key])]) {
      const open = vi.spyOn(crypto, 'createDecipheriv');
      expect(decryptSecret(text, keys, CONTEXT)).toStrictEqual(secret);
      expect(open).toHaveBeenCalledTimes(1);
      vi.restoreAllMocks();
    }
  });

  test('where its key is missing, the error names the id', () => {
    const text = encryptSecret(secret, key, CONTEXT);
    for (const keys of [newKey, [newKey], [newKey, new Uint8Array(32)]]) {
      const { message } = refused(text, keys);
      expect(message).toContain(text.split('.')[1]);
      for (const part of [text.split('.')[2], CONTEXT]) expect(message).not.toContain(part);
    }
  });
});

describe('bounds', () => {
  test.each([
    ['10^7 characters', `otpure1.${'A'.repeat(10_000_000)}`],
    ['a key id of 10^6 characters', `otpure1.${'A'.repeat(1_000_000)}.${'A'.repeat(64)}`],
    ['a ciphertext of 10^6 characters', `otpure1.AAAAAAAA.${'A'.repeat(1_000_000)}`],
    ['10^6 points', '.'.repeat(1_000_000)],
    ['a key id of several lines', 'otpure1.a\nroot logged in.AAAA'],
  ])('%s: refused, with a short message', (_, text) => {
    const open = vi.spyOn(crypto, 'createDecipheriv');
    const { message } = refused(text);
    expect(message.length).toBeLessThan(200);
    expect(message).not.toContain('\n');
    expect(open).not.toHaveBeenCalled();
  });

  test('a body one byte longer than any secret gives, under the right key', () => {
    const longest = encryptSecret(new Uint8Array(1024), key, CONTEXT);
    const [version, id] = longest.split('.');
    const open = vi.spyOn(crypto, 'createDecipheriv');
    refused([version, id, Buffer.alloc(12 + 1025 + 16).toString('base64url')].join('.'));
    refused([version, id, Buffer.alloc(12 + 0 + 16).toString('base64url')].join('.'));
    expect(open).not.toHaveBeenCalled();
  });
});

describe('what a developer got wrong', () => {
  const text = encryptSecret(secret, key, CONTEXT);
  const both = (keyOrKeys: unknown, context: unknown, name: string) => {
    const seal = () => encryptSecret(secret, untyped(keyOrKeys), untyped(context));
    const open = () => decryptSecret(text, untyped(keyOrKeys), untyped(context));
    for (const call of [seal, open]) {
      const { message } = expectOtpError(call, 'INVALID_ARGUMENT', name);
      expect(message.length).toBeLessThan(200);
    }
  };

  test.each(
    [
      '',
      'a'.repeat(1025),
      'a'.repeat(10_000_000),
      '\ud800',
      'user \udc00 17',
      undefined,
      null,
      17,
      {},
      ['x'],
    ].map((context) => [context]),
  )('a context that is none: %#', (context) => {
    both(key, context, 'context');
  });

  test('the error for a context says how long it may be', () => {
    expectOtpError(
      () => encryptSecret(secret, key, ''),
      'INVALID_ARGUMENT',
      'context must be 1 to 1024 char',
    );
  });

  test.each(['a', 'a'.repeat(1024), '\u{1f511}', '\0'])('the context %# is fine', (context) => {
    expect(decryptSecret(encryptSecret(secret, key, context), key, context)).toStrictEqual(secret);
  });

  test.each(
    [new Uint8Array(31), new Uint8Array(33), new Uint8Array(0), 'a'.repeat(32), null, undefined, 5, {}].map(
      (bad) => [bad],
    ),
  )('a key that is none: %#', (bad) => {
    both(bad, CONTEXT, 'key');
    expectOtpError(() => decryptSecret(text, untyped([key, bad]), CONTEXT), 'INVALID_ARGUMENT', 'key');
  });

  test('a key to seal with is one, and there is one to open with', () => {
    expectOtpError(() => encryptSecret(secret, untyped([key]), CONTEXT), 'INVALID_ARGUMENT', 'key');
    expectOtpError(() => decryptSecret(text, [], CONTEXT), 'INVALID_ARGUMENT', 'keys');
  });

  test.each(
    [
      new Uint8Array(0),
      new Uint8Array(1025),
      'GEZDGNBVGY3TQOJQ',
      null,
      undefined,
      [1],
      new ArrayBuffer(20),
    ].map((bad) => [bad]),
  )('a secret that is none: %#', (bad) => {
    expectOtpError(() => encryptSecret(untyped(bad), key, CONTEXT), 'INVALID_ARGUMENT', 'secret');
  });

  test.each([null, undefined, 5, ascii('otpure1'), {}, ['x']].map((bad) => [bad]))(
    'a text that is none: %o',
    (bad) => {
      expectOtpError(() => decryptSecret(untyped(bad), key, CONTEXT), 'INVALID_ARGUMENT', 'text');
    },
  );
});
