// What is searched for timing leaks: two classes of input each, 0 and 1, that must take the same time. A control leaks on
// purpose, and a search that does not see it proves nothing; a null test compares a class with itself, and a difference
// found there is the search's own.
//
// The engine has several representations of equal strings and numbers, with times of their own, and what is allocated in
// between decides how far apart inputs lie in memory. So both classes make theirs by the same steps, whichever of the
// results they take (`pick`): strings in one piece, of one byte a character, never seen by the engine before (`flat`), and
// numbers small enough to be stored unboxed.
import { randomBytes, randomInt } from 'node:crypto';
import * as otpure from 'otpure';
import { equalMask, parseCode } from 'otpure-core';
import { referenceHotp } from '../test/reference/reference.mjs';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const DIGITS = '0123456789';

function flat(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** One of two values that both have been made, chosen without a trace in memory. */
function pick(kind, ...values) {
  return values[kind];
}

function randomText(length, alphabet) {
  return Array.from({ length }, () => alphabet[randomInt(0, alphabet.length)]).join('');
}

/** The same text with other characters of the alphabet in some places. */
function change(text, places, alphabet) {
  return Array.from(text, (character, i) => {
    const other = alphabet.indexOf(character) + randomInt(1, alphabet.length);
    return places.includes(i) ? alphabet[other % alphabet.length] : character;
  }).join('');
}

function differingAt(place, length) {
  const text = randomText(length, BASE32);
  return { a: flat(text), b: flat(change(text, [place], BASE32)) };
}

/** A secret and a moment whose window of three steps has three codes. */
function randomLogin() {
  const secret = new Uint8Array(randomBytes(20));
  const step = randomInt(10_000_000, 100_000_000);
  const codes = [step - 1, step, step + 1].map((each) => referenceHotp(secret, each));
  return new Set(codes).size === 3 ? { secret, options: { timestamp: step * 30_000 }, codes } : randomLogin();
}

/** A wrong code with five digits of the right one (0), or none (1). */
function createMiss(kind) {
  const { secret, options, codes } = randomLogin();
  const places = [0, 1, 2, 3, 4, 5];
  const near = change(codes[1], [randomInt(0, 6)], DIGITS);
  const code = pick(kind, near, change(codes[1], places, DIGITS));
  return codes.includes(code) ? createMiss(kind) : { secret, options, code: flat(code) };
}

/** The right code of the first step of the window (0), or the last (1). */
function createAtStep(kind) {
  const { secret, options, codes } = randomLogin();
  return { secret, options, code: flat(pick(kind, codes[0], codes[2])) };
}

const verifyTotp = ({ secret, code, options }) => otpure.verifyTotp(secret, code, options);
const compare = ({ a, b }) => otpure.constantTimeEqual(a, b);
const isFalse = (result) => result === false;
const isNull = (result) => result === null;
const fixedText = randomText(32, BASE32);
const fixedCode = randomText(6, DIGITS);
const fixedBytes = randomBytes(20);

const zeros = new Uint8Array(20);
const ones = new Uint8Array(20).fill(255);

function decodeCase(name, title, first, second) {
  return {
    name,
    title: `decodeBase32, 32 characters: ${title}`,
    create: (kind) => ({ text: flat(pick(kind, first(), second())) }),
    run: ({ text }) => otpure.decodeBase32(text),
    check: (result) => result.length === 20,
  };
}

function encodeCase(name, title, first, second) {
  return {
    name,
    title: `encodeBase32, 20 bytes: ${title}`,
    create: (kind) => ({ bytes: new Uint8Array(pick(kind, first(), second())) }),
    run: ({ bytes }) => otpure.encodeBase32(bytes),
    check: (result) => result.length === 32,
  };
}

export const CASES = [
  {
    name: 'earlyExit',
    kind: 'control',
    title: 'a loop that stops at the first difference of 6 characters: the first / last differs',
    create: (kind) => differingAt(pick(kind, 0, 5), 6),
    run: ({ a, b }) => {
      for (let i = 0; i < a.length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
      return true;
    },
    check: isFalse,
  },
  {
    name: 'firstMatch',
    kind: 'control',
    title: 'a verification that stops at the first match: first / last step of the window',
    create: createAtStep,
    run: ({ secret, code, options }) => {
      for (const drift of [-1, 0, 1]) {
        const timestamp = options.timestamp + drift * 30_000;
        if (verifyTotp({ secret, code, options: { timestamp, window: 0 } })) return drift;
      }
      return null;
    },
    check: (result, kind) => result === pick(kind, -1, 1),
  },
  {
    name: 'sameStrings',
    kind: 'null test',
    title: 'constantTimeEqual, the same class twice',
    create: () => differingAt(0, 32),
    run: compare,
    check: isFalse,
  },
  {
    name: 'sameCodes',
    kind: 'null test',
    title: 'verifyTotp, the same class twice',
    create: () => createMiss(0),
    run: verifyTotp,
    check: isNull,
  },
  {
    name: 'compareStrings',
    title: 'constantTimeEqual, strings of 32: first / last character differs',
    create: (kind) => differingAt(pick(kind, 0, 31), 32),
    run: compare,
    check: isFalse,
  },
  {
    name: 'compareBytes',
    title: 'constantTimeEqual, 32 bytes: first / last byte differs',
    create: (kind) => {
      const a = new Uint8Array(randomBytes(32));
      const b = a.slice();
      b[pick(kind, 0, 31)] ^= 1;
      return { a, b };
    },
    run: compare,
    check: isFalse,
  },
  {
    name: 'equalMask',
    title: 'the comparison inside verification: code equal / different',
    create: (kind) => {
      const a = randomInt(0, 1e6);
      return { a, b: pick(kind, a, (a + randomInt(1, 1e6)) % 1e6) };
    },
    run: ({ a, b }) => equalMask(a, b),
    check: (result, kind) => result === pick(kind, -1, 0),
  },
  {
    name: 'parseCode',
    title: 'reading a typed code: fixed / random digits',
    create: (kind) => ({ code: flat(pick(kind, fixedCode, randomText(6, DIGITS))) }),
    run: ({ code }) => parseCode(code, 6),
    check: (result) => result >= 0,
  },
  {
    name: 'verifyMiss',
    title: 'verifyTotp, wrong code: five digits of the right one / none',
    create: createMiss,
    run: verifyTotp,
    check: isNull,
  },
  {
    name: 'verifyStep',
    title: 'verifyTotp, right code: of the first / last step of the window',
    create: createAtStep,
    run: verifyTotp,
    check: (result, kind) => result.drift === pick(kind, -1, 1),
  },
  decodeCase(
    'decodeExtremes',
    'all A / all 7',
    () => 'A'.repeat(32),
    () => '7'.repeat(32),
  ),
  decodeCase(
    'decodeSecret',
    'fixed / random',
    () => fixedText,
    () => randomText(32, BASE32),
  ),
  encodeCase(
    'encodeExtremes',
    'all zeros / all ones',
    () => zeros,
    () => ones,
  ),
  encodeCase(
    'encodeSecret',
    'fixed / random',
    () => fixedBytes,
    () => randomBytes(20),
  ),
];
