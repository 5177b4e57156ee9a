// Generators that lean to the edges. They make plain data, so that a counterexample is printed as it is.
import * as fc from 'fast-check';
import type { OtpAlgorithm } from '../../src/index.js';
import { loadVectors } from '../tools/vectors.js';

const uris = loadVectors<Record<'good' | 'bad', { uri: string }[]>>('otpauth-uris.json');
const texts = loadVectors<Record<'typed' | 'base32' | 'uris' | 'pieces', string[]>>('texts.json');
const piece = fc.constantFrom('', ' ', '-', ...texts.pieces);

/** Up to four mistakes: where, how many characters are lost there, and what comes in their place. */
export const edits = fc.array(fc.tuple(fc.nat(1e6), fc.nat(2), piece), { maxLength: 4 });
type Edits = [at: number, lost: number, piece: string][];
export const spoil = (given: string, list: Edits) =>
  list.reduce((text, [at, lost, piece]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + piece + text.slice(start + lost);
  }, given);

const hostile = (given: string[]) =>
  fc.oneof(
    fc.tuple(fc.constantFrom(...given), edits).map(([text, list]) => spoil(text, list)),
    fc.constantFrom(...given),
    fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme' })), { maxLength: 9 }).map((list) => list.join('')),
  );
export const typedText = hostile(texts.typed);
export const base32Text = hostile(texts.base32);
const part = fc.constantFrom(...['a', 'b', 'c', ':', '%3A', '%3a', ' ', '%20', '+', '%2B', '#', '%', 'é']);
const called = fc.array(part, { maxLength: 7 }).map((list) => list.join(''));
/** URIs whose label and issuer often have a beginning in common. */
const named = fc.tuple(called, called, called).map(([issuer, label, account]) => {
  const query = `secret=GEZDGNBVGY3TQOJQ&issuer=${issuer}`;
  return `otpauth://totp/${label || issuer}:${account}?${query}`;
});
export const uriText = fc.oneof(
  named,
  hostile([...texts.uris, ...[...uris.good, ...uris.bad].map(({ uri }) => uri)]),
);

/** The zeros of scripts that codes are typed in, and 0 itself. */
const zero = fc.constantFrom(...[...'0000٠۰０०𝟘'].map((digit) => digit.codePointAt(0) ?? 0));
/** What is typed for a code: one of a near counter, as it is or with mistakes, or any text or value. */
export const typed = (min: number, max: number) => {
  const offset = fc.integer({ min, max });
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ offset, edits: fc.constant<Edits>([]), zero }) },
    { weight: 3, arbitrary: fc.record({ offset, edits, zero }) },
    { weight: 1, arbitrary: fc.record({ text: fc.oneof(typedText, fc.anything()) }) },
  );
};
type Typed = { offset: number; edits: Edits; zero: number } | { text: unknown };
export const give = (what: Typed, codeAt: (offset: number) => string) => {
  if ('text' in what) return what.text;
  const digit = (one: string) => String.fromCodePoint(what.zero + Number(one));
  return spoil(codeAt(what.offset).replace(/[0-9]/g, digit), what.edits);
};

export const integer = (min: number, max: number) => fc.integer({ min, max });
export const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
export const algorithm = fc.constantFrom<OtpAlgorithm>('SHA1', 'SHA256', 'SHA512');
export const codeOptions = { algorithm, digits: integer(6, 10) };

const lengths = fc.constantFrom(16, 20, 63, 64, 65, 127, 128, 129, 1024);
/** Usable keys, mostly of lengths around the block sizes of the hashes. */
export const secret = fc.oneof(
  bytes(16, 200),
  lengths.map((length) => new Uint8Array(length).fill(length)),
);

const EDGES = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 64n];
/** 0 to 2^64 − 1, mostly near an edge, and a number where it can be one. */
export const counter = fc
  .oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.tuple(fc.constantFrom(...EDGES), fc.bigInt({ min: -12n, max: 12n })).map(([edge, n]) => edge + n),
  )
  .filter((value) => value >= 0n && value < 2n ** 64n)
  .chain((value) => fc.constantFrom(value, value < 2n ** 53n ? Number(value) : value));

const any = fc.double({ min: 0, max: 8.64e15, noNaN: true });
const edges = fc.tuple(fc.nat(1.5e8), fc.constantFrom(-1, -0.5, 0, 0.5, 1));
const atEdge = edges.map(([step, ms]) => Math.abs(step * 30_000 + ms));
const timestamp = fc.oneof(any, atEdge, fc.constantFrom(0, 59_000, 2 ** 31 * 1000, 2 ** 32 * 1000, 8.64e15));
const period = fc.oneof(fc.constantFrom(1, 30, 60, 86_400), integer(1, 86_400));
const t0 = fc.oneof(fc.constant(0), fc.nat(59), fc.nat(8.64e12));
/** A moment, mostly at the edge of a step, and where step 0 begins before it. */
export const time = fc
  .record({ timestamp, period, t0 })
  .filter(({ timestamp, t0 }) => t0 <= Math.floor(timestamp / 1000));

const seconds = fc.oneof(integer(1, 100), integer(1, 31_536_000));
const limits = { freeFailures: integer(1, 100), maxFailures: integer(1, 100) };
export const policy = fc
  .record({ firstWaitSeconds: seconds, maxWaitSeconds: seconds, ...limits })
  .filter(({ firstWaitSeconds, maxWaitSeconds }) => firstWaitSeconds <= maxWaitSeconds);
