// What is searched for timing leaks: two classes of input, 0 and 1, that must take the same time. A control leaks on
// purpose, and a search that does not see it proves nothing; a null test compares a class with itself, and a difference
// found there is the search's own.
//
// The engine has several representations of equal strings and numbers, with times of their own, and what is allocated in
// between decides how far apart inputs lie in memory. So both classes make theirs by the same steps, whichever of the
// results they take (`pick`): strings in one piece, of one byte a character, never seen by the engine before (`flat`), and
// numbers small enough to be stored unboxed.
import { randomBytes, randomInt } from 'node:crypto';
import * as otpure from 'otpure';
import { canonicalCode, equalMask, parseCode } from 'otpure-core';
import { referenceHotp } from '../test/reference/reference.mjs';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const [DIGITS, LETTERS] = [CROCKFORD.slice(0, 10), CROCKFORD.slice(10)];

const flat = (text) => Buffer.from(text, 'latin1').toString('latin1');

/** One of two values that both have been made, chosen without a trace in memory. */
const pick = (kind, ...values) => values[kind];

function randomText(length, alphabet) {
  return Array.from({ length }, () => alphabet[randomInt(0, alphabet.length)]).join('');
}

/** The same text with other characters of the alphabet in some places. */
function change(text, places, alphabet) {
  const other = (character) => alphabet.indexOf(character) + randomInt(1, alphabet.length);
  return Array.from(text, (character, i) =>
    places.includes(i) ? alphabet[other(character) % alphabet.length] : character,
  ).join('');
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

/** A wrong code with five digits of the right one, or none. */
function createMiss(kind) {
  const { codes, ...login } = randomLogin();
  const near = change(codes[1], [randomInt(0, 6)], DIGITS);
  const code = pick(kind, near, change(codes[1], [0, 1, 2, 3, 4, 5], DIGITS));
  if (codes.includes(code)) return createMiss(kind);
  return { ...login, code: flat(code), factor: createFactor(hashes) };
}

/** The right code of the first step of the window, or the last. */
function createAtStep(kind) {
  const { codes, ...login } = randomLogin();
  return { ...login, code: flat(pick(kind, codes[0], codes[2])) };
}

// The cheapest scrypt, which hides least of what comes before and after.
const backupCodes = otpure.generateBackupCodes();
const [backupCode] = backupCodes;
const hashes = await otpure.hashBackupCodes(backupCodes, { cost: { N: 2, r: 1, p: 1 } });

function createFactor(backupHashes) {
  const copies = backupHashes.map(flat);
  return { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: copies, attempts: null };
}

const compare = { run: ({ a, b }) => otpure.constantTimeEqual(a, b), check: (result) => result === false };
const verify = {
  run: ({ secret, code, options }) => otpure.verifyTotp(secret, code, null, options),
  check: (result) => result === null,
};
const verifyFactor = {
  isAsync: true,
  run: ({ secret, factor, code, options }) => otpure.verifySecondFactor(secret, factor, code, options),
  check: ({ result, factor }) => result === null && factor.attempts.failures === 1,
};
const fixedCode = randomText(6, DIGITS);
const places = Array.from(backupCode, (_, i) => i).filter((i) => backupCode[i] !== '-');

const CONTROLS = {
  earlyExit: {
    title: 'a loop that stops at the first difference of 6 characters: first / last differs',
    create: (kind) => differingAt(pick(kind, 0, 5), 6),
    run: ({ a, b }) => {
      for (let i = 0; i < a.length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
      return true;
    },
    check: compare.check,
  },
  firstMatch: {
    title: 'a verification that stops at the first match: first / last step of the window',
    create: createAtStep,
    run: ({ secret, code, options: { timestamp } }) =>
      [-1, 0, 1].find((drift) => {
        const options = { timestamp: timestamp + drift * 30_000, window: 0 };
        return otpure.verifyTotp(secret, code, null, options);
      }),
    check: (drift, kind) => drift === pick(kind, -1, 1),
  },
};

const NULL_TESTS = {
  sameStrings: { ...compare, title: 'constantTimeEqual', create: () => differingAt(0, 32) },
  sameCodes: { ...verify, title: 'verifyTotp', create: () => createMiss(0) },
};

const TARGETS = {
  compareStrings: {
    ...compare,
    title: 'constantTimeEqual, strings of 32: first / last character differs',
    create: (kind) => differingAt(pick(kind, 0, 31), 32),
  },
  equalMask: {
    title: 'comparison inside verification: equal / different',
    create: (kind) => {
      const a = randomInt(0, 1e6);
      return { a, b: pick(kind, a, (a + randomInt(1, 1e6)) % 1e6) };
    },
    run: ({ a, b }) => equalMask(a, b),
    check: (mask, kind) => mask === pick(kind, -1, 0),
  },
  parseCode: {
    title: 'reading a typed TOTP code: fixed / random digits',
    create: (kind) => ({ code: flat(pick(kind, fixedCode, randomText(6, DIGITS))) }),
    run: ({ code }) => parseCode(code, 6),
    check: (value) => value >= 0,
  },
  canonicalCode: {
    title: 'reading a typed backup code: random digits / letters',
    create: (kind) => ({ code: flat(pick(kind, randomText(16, DIGITS), randomText(16, LETTERS))) }),
    run: ({ code }) => canonicalCode(code),
    check: ({ length }) => length === 16,
  },
  decodeBase32: {
    title: '32 characters: all 7 / random',
    create: (kind) => ({ text: flat(pick(kind, '7'.repeat(32), randomText(32, BASE32))) }),
    run: ({ text }) => otpure.decodeBase32(text),
    check: ({ length }) => length === 20,
  },
  encodeBase32: {
    title: '20 bytes: all ones / random',
    create: (kind) => ({ bytes: new Uint8Array(pick(kind, Buffer.alloc(20, 255), randomBytes(20))) }),
    run: ({ bytes }) => otpure.encodeBase32(bytes),
    check: ({ length }) => length === 32,
  },
  verifyMiss: { ...verify, title: 'wrong TOTP code: five digits right / none', create: createMiss },
  verifyStep: {
    ...verify,
    title: 'right TOTP code: of the first / last step of the window',
    create: createAtStep,
    check: (match, kind) => match.drift === pick(kind, -1, 1),
  },
  factorMiss: { ...verifyFactor, title: 'wrong TOTP code: five digits right / none', create: createMiss },
  factorBackupMiss: {
    ...verifyFactor,
    title: 'wrong backup code: 15 characters right / none',
    create: (kind) => {
      const near = change(backupCode, [places[randomInt(0, 16)]], CROCKFORD);
      const code = flat(pick(kind, near, change(backupCode, places, CROCKFORD)));
      return { ...randomLogin(), code, factor: createFactor(hashes) };
    },
  },
  factorBackupPlace: {
    ...verifyFactor,
    title: 'right backup code: matches the first / last hash of ten',
    create: (kind) => {
      const [first, ...others] = hashes;
      const factor = createFactor(pick(kind, hashes, [...others, first]));
      return { ...randomLogin(), code: flat(backupCode), factor };
    },
    check: ({ result, factor }) => result.kind === 'backup-code' && factor.backupHashes.length === 9,
  },
};

export const CASES = Object.entries({ control: CONTROLS, 'null test': NULL_TESTS, target: TARGETS }).flatMap(
  ([kind, cases]) => Object.entries(cases).map(([name, each]) => ({ ...each, kind, name })),
);
