// Generators. All of them make plain data, so that a counterexample is printed as it is.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { wrongFor } from './values.mjs';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

const vectors = read('../vectors/otpauth-uris.json');
const corpus = {
  typed: read('corpus/typed.json').texts,
  base32: read('corpus/base32.json').texts,
  uris: [...read('corpus/uris.json').texts, ...[...vectors.good, ...vectors.bad].map(({ uri }) => uri)],
};

/** Pairs of near steps that share a code: what a replay check has to see through. */
export const collisions = read('../vectors/collisions.json').vectors.map((vector) => ({
  ...vector,
  secret: [...new TextEncoder().encode(vector.secret)],
}));
if (corpus.uris.length < 50 || collisions.length < 5) throw new Error('the seed corpus is gone');

// Pieces that mean something to one of the parsers, or that look as if they did.
const PIECES = [
  ...[' ', '-', '=', '%', ':', '/', '?', '#', '&', '+', '.', ',', ';', '@', '\\', '"', '$', '\t', '\n', '\r'],
  ...['\u0000', '\u007f', '\u00a0', '\u0301', '\u200b', '\u200d', '\u202e', '\u2028', '\ufeff', '\ufffd'],
  ...['\ud800', '\udbff', '\udc00', '😀', '１', '٣', '²', '𝟏', 'ſ', 'ı', 'İ', 'K', 'ß', 'Ａ'],
  ...['0', '1', '7', '8', '9', 'A', 'Z', 'a', 'z', 'I', 'l', 'o', 'O', 'u', 'U'],
  ...['%3A', '%3a', '%253A', '%00', '%20', '%2B', '%', '%E9', '%ED%A0%80', '%F0%9F%98%80', '%c3%28', '%26'],
  ...['&secret=MY', '&SECRET=', '&issuer=', '&issuer=x', '&digits=8', '&digits=06', '&period=1', '&period=0'],
  ...['&counter=18446744073709551615', '&counter=18446744073709551616', '&counter=9007199254740993'],
  ...[
    '&algorithm=SHA512',
    '&algorithm=ſha1',
    '&__proto__=x',
    '&x',
    '&=x',
    '&x=',
    '&x=1&x=2&x=3',
    '&digits=%38',
  ],
  ...['otpauth://', 'totp/', 'hotp/', 'ln=20', 'r=8', 'r=32', 'p=1', 'p=99', '$', '$scrypt$', 'AAAA', '===='],
  ...['1e3', '0x10', '-1', '+1', 'NaN', '__proto__', '0'.repeat(64), 'x'.repeat(9000), '&a='.repeat(3000)],
];

const EDITS = [
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at, n) => text.slice(0, at) + text.slice(at + (n % 17)),
  (text, at, n) => text.slice(0, at) + PIECES[n % PIECES.length] + text.slice(at),
  (text, at, n) => text.slice(0, at) + PIECES[n % PIECES.length] + text.slice(at + 1),
  (text, at, n) => text.slice(0, at) + String.fromCharCode(n) + text.slice(at + 1),
  (text, at, n) => text.slice(0, at) + text.slice(at, at + (n % 33)).repeat(2) + text.slice(at),
  (text, at) => text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2),
  (text, at) => text.slice(0, at) + swapCase(text.slice(at)),
  (text, at) => text.slice(0, at) + fullWidth(text[at] ?? '') + text.slice(at + 1),
  (text, at) => text.slice(0, at) + percentEncode(text[at] ?? '') + text.slice(at + 1),
  (text, at) => text.slice(at) + text.slice(0, at),
  (text, _, n) => text + (n % 2 ? ' ' : '-').repeat(n % 300),
  (text, _, n) => text.repeat(n % 4),
  (text) => swapCase(text),
  (text, _, n) => lookAlike(text, n),
  // The same 32 bits, where ten digits are more than 31.
  (text, _, n) => (/^[0-9]{10}$/.test(text) ? String(Number(text) + (1 + (n % 2)) * 2 ** 32) : text),
  (text, _, n) => [...text].join(n % 2 ? ' ' : '-'),
];

function swapCase(text) {
  return text.replace(/[a-z]|([A-Z])/g, (letter, upper) =>
    upper ? letter.toLowerCase() : letter.toUpperCase(),
  );
}

function lookAlike(text, n) {
  return text.replace(/[01]/g, (digit) => (digit === '0' ? 'oO' : 'iIlL')[n % (digit === '0' ? 2 : 4)]);
}

function fullWidth(character) {
  return /[!-~]/.test(character) ? String.fromCharCode(character.charCodeAt(0) + 0xfee0) : character;
}

function percentEncode(character) {
  return [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16)}`).join('');
}

const edit = fc.record({ edit: fc.nat(EDITS.length - 1), at: fc.nat(1e6), n: fc.nat(65_535) });

/** Some edits, each a place and what to do there. */
export const edits = fc.array(edit, { maxLength: 5 });

export function applyEdits(text, list) {
  return list.reduce((result, { edit, at, n }) => EDITS[edit](result, at % (result.length + 1), n), text);
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.nat(65_535), { maxLength: 40 }).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
);

const mutated = (texts) =>
  fc.tuple(fc.constantFrom(...texts), edits).map(([text, list]) => applyEdits(text, list));

const mostly = (...arbitraries) =>
  fc.oneof(...arbitraries.map((arbitrary, i) => ({ arbitrary, weight: i === 0 ? 5 : 1 })));

export const typedText = mostly(mutated(corpus.typed), anyText);
export const base32Text = mostly(mutated(corpus.base32), anyText);
export const uriText = mostly(mutated(corpus.uris), anyText);

/** A value that `make` of values.mjs will make. */
const wrong = (kind) => fc.constantFrom(...wrongFor[kind]).map((wrong) => ({ wrong }));
export const wrongValue = wrong;

const outside = (least, most) => {
  const values = [least - 1, most + 1, least + 0.5, -(2 ** 31), 2 ** 32, 1e21];
  const wrong = values.filter((value) => !Number.isInteger(value) || value < least || value > most);
  return fc.constantFrom(...wrong).map((wrongData) => ({ wrongData }));
};

/** One option: a right value, absent, or now and then a wrong one. */
export const option = (right, ...wrongs) =>
  fc.oneof(
    { weight: 24, arbitrary: right.map((right) => ({ right })) },
    { weight: 12, arbitrary: fc.constant({}) },
    ...wrongs.map((arbitrary) => ({ weight: 1, arbitrary })),
  );

export const integerOption = (least, most, right = fc.integer({ min: least, max: most })) =>
  option(right, outside(least, most), wrong('number'));

export const algorithmOption = option(
  fc.constantFrom('SHA1', 'SHA256', 'SHA512'),
  fc.constantFrom('sha1', 'SHA-1', 'MD5', '', '__proto__', 'toString').map((wrongData) => ({ wrongData })),
  wrong('string'),
);

export const booleanOption = option(
  fc.boolean(),
  wrong('number').filter(({ wrong }) => wrong !== 'true'),
);

export const digitsOption = integerOption(6, 10);

/** Key bytes; the lengths around the block sizes of the hashes most often. */
export const secretBytes = (minLength = 0) =>
  fc.oneof(
    fc.uint8Array({ minLength, maxLength: 200 }).map((bytes) => [...bytes]),
    fc.constantFrom(16, 20, 32, 63, 64, 65, 127, 128, 129).map((length) => new Array(length).fill(length)),
  );

const edges = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n];
const nearEdge = fc
  .tuple(fc.constantFrom(...edges), fc.integer({ min: -30, max: 30 }))
  .map(([edge, distance]) => edge + BigInt(distance));

/** A counter of 0 to 2^64 − 1: a number or a bigint. */
export const counter = fc
  .tuple(fc.oneof(nearEdge, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt(0n, 1000n)), fc.boolean())
  .filter(([value]) => value >= 0n && value < 2n ** 64n)
  .map(([value, asNumber]) => (asNumber && value < 2n ** 53n ? Number(value) : value));

/** A moment in milliseconds, often at the edge of a step. */
export const moment = fc.oneof(
  fc.integer({ min: 0, max: 4_102_444_800_000 }),
  fc
    .tuple(fc.nat(150_000_000), fc.constantFrom(-1, -0.5, 0, 0.5, 1, 29_999))
    .map(([step, offset]) => Math.max(0, step * 30_000 + offset)),
  fc.constantFrom(0, 1, 59_000, 2 ** 31 * 1000, 2 ** 32 * 1000, 8.64e15 - 1, 8.64e15),
);

export const momentOption = option(
  fc.tuple(moment, fc.boolean()).map(([milliseconds, asDate]) => ({ milliseconds, asDate })),
  wrong('moment'),
  fc.constantFrom(-1, -0.5, 8.64e15 + 2).map((wrongData) => ({ wrongData })),
);
