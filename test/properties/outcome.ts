// What came out of a call, and what it asked of node:crypto, held against what should be.
import * as crypto from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { inspect, isDeepStrictEqual } from 'node:util';
import { vi } from 'vitest';
import { OtpError, type OtpErrorCode } from '../../src/index.js';
import { referenceEncodeBase32 } from '../reference/reference.mjs';

const { scrypt } = crypto;
// A stored hash may ask for 2^21, which takes seconds. Above this, the work is counted and not done.
const MOST_SCRYPT_WORK_DONE = 2 ** 8;

export async function run<T>(call: () => T | Promise<T>) {
  const hash = vi.spyOn(crypto, 'hash').mockClear();
  const derive = vi.spyOn(crypto, 'scrypt').mockClear();
  derive.mockImplementation((password, salt, length, { N = 0, r = 0, p = 0, ...rest }, done) => {
    if (N * r * p > MOST_SCRYPT_WORK_DONE) done(null, Buffer.alloc(length));
    else scrypt(password, salt, length, { N, r, p, ...rest }, done);
  });
  const outcome: { value?: T; error?: unknown } = {};
  try {
    outcome.value = await call();
  } catch (error) {
    outcome.error = error;
  }
  return { ...outcome, hashes: hash.mock.calls.length, scrypts: derive.mock.calls.length };
}
type Outcome = Awaited<ReturnType<typeof run<unknown>>>;

export function holds(condition: unknown, what: string, ...details: unknown[]): asserts condition {
  if (!condition) throw new Error([what, ...details.map((one) => inspect(one, { depth: 6 }))].join('\n  '));
}

/** It returned this value after exactly this work; a hash is half an HMAC. */
export function returns(outcome: Outcome, expected: unknown, work: Partial<Outcome> = {}) {
  holds(outcome.error === undefined, 'threw', outcome.error, expected);
  holds(isDeepStrictEqual(outcome.value, expected), 'returned something else', outcome.value, expected);
  const { hashes, scrypts } = { hashes: 0, scrypts: 0, ...work };
  holds(outcome.hashes === hashes && outcome.scrypts === scrypts, 'did other work', outcome, work);
}

const src = new URL('../../src/', import.meta.url);
const sources = readdirSync(src).map((name) => readFileSync(new URL(name, src), 'utf8'));
const ownWords = piecesOf(sources.join('\n'));

/** All parts of six characters; shorter ones are found in any text. */
function piecesOf(text: string) {
  return new Set(Array.from(text, (_, i) => text.slice(i, i + 6).toLowerCase()));
}

/** It threw this error before any work, and the message shows no piece of what must stay hidden. */
export function refuses({ value, error, ...work }: Outcome, code: OtpErrorCode, ...hidden: unknown[]) {
  holds(error instanceof OtpError && error.code === code, `did not throw ${code}`, value, error);
  // The id of a key is a hash.
  holds(work.hashes < 4 && work.scrypts === 0, 'worked before it threw', work);
  const { cause } = error;
  holds(cause === undefined || cause instanceof OtpError, 'has a cause that is not its own', cause);
  // Each by itself: put together they would hold pieces that neither shows. The cost of a stored hash may be shown.
  const reason = cause instanceof OtpError ? cause.message.replace(/, got \d+$/, '') : '';
  const messages = [error.message, reason];
  const pieces = messages.flatMap((message) => [...piecesOf(message)]);
  const foreign = pieces.filter((piece) => piece.length === 6 && !ownWords.has(piece));
  const secrets = hidden.flatMap(spellings).join('\0').toLowerCase();
  holds(!foreign.some((piece) => secrets.includes(piece)), 'shows what it was given', messages, hidden);
}

/** The ways in which text or bytes could show up in a message. */
function spellings(given: unknown): string[] {
  if (!(given instanceof Uint8Array)) return typeof given === 'string' ? [given] : [];
  const bytes = Buffer.from(given);
  const encoded = (['hex', 'latin1', 'base64'] as const).map((encoding) => bytes.toString(encoding));
  return [...encoded, referenceEncodeBase32(bytes)];
}
