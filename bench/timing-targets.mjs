// What is searched for timing leaks: pairs of inputs that must take the same time, and controls.
//
// The engine has several representations of equal strings and numbers, with times of their own, and what
// is allocated in between decides how far apart inputs lie in memory. So both classes make theirs by the
// same steps, whichever of the results they take: strings in one piece, of one byte a character, never
// seen by the engine before (`flat`), and numbers small enough to be stored unboxed.
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import * as otpure from 'otpure';
import { equalMask, parseCode } from './node_modules/.cache/otpure-core.mjs';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function flat(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** One of two values that both have been made, chosen without a trace in memory. */
function pick(kind, ...values) {
  return values[kind];
}

function randomText(length) {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join('');
}

function randomCode() {
  return String(randomInt(0, 1e6)).padStart(6, '0');
}

/** A text and one that differs in a single character. */
function differingAt(position, text) {
  const other = text[position] === 'A' ? 'B' : 'A';
  return { a: flat(text), b: flat(text.slice(0, position) + other + text.slice(position + 1)) };
}

/** RFC 6238 written down plainly. Six digits, SHA-1. */
function referenceCode(secret, step) {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', secret).update(message).digest();
  const value = digest.readUInt32BE(digest[digest.length - 1] & 15) & 0x7fffffff;
  return String(value % 1e6).padStart(6, '0');
}

/** A secret and a moment whose window of three steps has three codes. */
function randomLogin() {
  const secret = new Uint8Array(randomBytes(20));
  const step = randomInt(10_000_000, 100_000_000);
  const codes = [step - 1, step, step + 1].map((each) => referenceCode(secret, each));
  return new Set(codes).size === 3 ? { secret, options: { timestamp: step * 30_000 }, codes } : randomLogin();
}

/** Another digit in the places of `places`, the same in the others. */
function changeDigits(code, places) {
  return Array.from(code, (digit, i) =>
    places.includes(i) ? (Number(digit) + randomInt(1, 10)) % 10 : digit,
  ).join('');
}

const fixedText = randomText(32);
const fixedBytes = randomBytes(20);
const fixedCode = randomCode();

const PREFIX = '$scrypt$ln=14,r=8,p=5$AAAAAAAAAAAAAAAAAAAAAA$';
const HASH_LENGTH = 43;

const backupCodes = otpure.generateBackupCodes();
const backupHashes = await otpure.hashBackupCodes(backupCodes, { cost: { N: 2, r: 1, p: 1 } });

const compareStrings = {
  create: (kind) => differingAt(pick(kind, 0, 31), randomText(32)),
  run: ({ a, b }) => otpure.constantTimeEqual(a, b),
  check: (result) => result === false,
};

const verifyNearMiss = {
  create: (kind) => {
    const { secret, options, codes } = randomLogin();
    const near = changeDigits(codes[1], [randomInt(0, 6)]);
    const far = changeDigits(codes[1], [0, 1, 2, 3, 4, 5]);
    const code = pick(kind, near, far);
    if (codes.includes(code)) return verifyNearMiss.create(kind);
    return { secret, options, code: flat(code) };
  },
  run: ({ secret, code, options }) => otpure.verifyTotp(secret, code, options),
  check: (result) => result === null,
};

const createAtStep = (kind) => {
  const { secret, options, codes } = randomLogin();
  return { secret, options, code: flat(pick(kind, codes[0], codes[2])) };
};

export const TARGETS = {
  compareStrings: {
    title: 'constantTimeEqual, strings of 32: first / last character differs',
    ...compareStrings,
  },
  compareBytes: {
    title: 'constantTimeEqual, 32 bytes: first / last byte differs',
    create: (kind) => {
      const a = new Uint8Array(randomBytes(32));
      const b = a.slice();
      b[pick(kind, 0, 31)] ^= 1;
      return { a, b };
    },
    run: ({ a, b }) => otpure.constantTimeEqual(a, b),
    check: (result) => result === false,
  },
  compareHashes: {
    title: 'constantTimeEqual, stored backup hashes: first / last character of the hash differs',
    create: (kind) => {
      const position = PREFIX.length + pick(kind, 0, HASH_LENGTH - 1);
      return differingAt(position, PREFIX + randomText(HASH_LENGTH));
    },
    run: ({ a, b }) => otpure.constantTimeEqual(a, b),
    check: (result) => result === false,
  },
  compareCodes: {
    title: 'comparison inside verification: code equal / different',
    create: (kind) => {
      const a = randomInt(0, 1e6);
      return { a, b: pick(kind, a, (a + randomInt(1, 1e6)) % 1e6) };
    },
    run: ({ a, b }) => equalMask(a, b),
    check: (result, kind) => result === (kind === 0 ? -1 : 0),
  },
  readCode: {
    title: 'reading a typed code inside verification: fixed / random digits',
    create: (kind) => ({ code: flat(pick(kind, fixedCode, randomCode())) }),
    run: ({ code }) => parseCode(code, 6),
    check: (result) => result >= 0,
  },
  verifyNearMiss: {
    title: 'verifyTotp, wrong code: shares five digits with the right one / none',
    ...verifyNearMiss,
  },
  verifyStep: {
    title: 'verifyTotp, right code: of the first / last step of the window',
    create: createAtStep,
    run: ({ secret, code, options }) => otpure.verifyTotp(secret, code, options),
    check: (result, kind) => result.drift === (kind === 0 ? -1 : 1),
  },
  decodeExtremes: {
    title: 'decodeBase32, 32 characters: all A / all 7',
    create: (kind) => ({ text: flat(pick(kind, 'A', '7').repeat(32)) }),
    run: ({ text }) => otpure.decodeBase32(text),
    check: (result) => result.length === 20,
  },
  decodeSecret: {
    title: 'decodeBase32, 32 characters: fixed / random secret',
    create: (kind) => ({ text: flat(pick(kind, fixedText, randomText(32))) }),
    run: ({ text }) => otpure.decodeBase32(text),
    check: (result) => result.length === 20,
  },
  encodeExtremes: {
    title: 'encodeBase32, 20 bytes: all A / all 7',
    create: (kind) => ({ bytes: new Uint8Array(20).fill(pick(kind, 0, 255)) }),
    run: ({ bytes }) => otpure.encodeBase32(bytes),
    check: (result) => result.length === 32,
  },
  encodeSecret: {
    title: 'encodeBase32, 20 bytes: fixed / random secret',
    create: (kind) => ({ bytes: new Uint8Array(pick(kind, fixedBytes, randomBytes(20))) }),
    run: ({ bytes }) => otpure.encodeBase32(bytes),
    check: (result) => result.length === 32,
  },
  backupPlace: {
    title: 'verifyBackupCode, ten hashes: the first / last one matches',
    isAsync: true,
    create: (kind) => {
      const others = backupHashes.slice(1);
      const hashes = pick(kind, [backupHashes[0], ...others], [...others, backupHashes[0]]);
      return { code: flat(backupCodes[0]), hashes: hashes.map(flat) };
    },
    run: ({ code, hashes }) => otpure.verifyBackupCode(code, hashes),
    check: (result) => result.hash === backupHashes[0],
  },
};

/** Code that leaks. A harness that does not see it proves nothing about the rest. */
export const CONTROLS = {
  earlyExit: {
    title: 'a loop that stops at the first difference of 6 characters: first / last differs',
    create: (kind) => differingAt(pick(kind, 0, 5), randomText(6)),
    run: ({ a, b }) => {
      for (let i = 0; i < a.length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
      return true;
    },
    check: (result) => result === false,
  },
  firstMatch: {
    title: 'a verification that stops at the first match: first / last step of the window',
    create: createAtStep,
    run: ({ secret, code, options }) => {
      for (const drift of [-1, 0, 1]) {
        const timestamp = options.timestamp + drift * 30_000;
        if (otpure.verifyTotp(secret, code, { timestamp, window: 0 })) return drift;
      }
      return null;
    },
    check: (result, kind) => result === (kind === 0 ? -1 : 1),
  },
};

/** The same class twice. A difference found here is the harness's own. */
export const NULL_TESTS = {
  sameStrings: {
    title: 'constantTimeEqual, the same class twice',
    ...compareStrings,
    create: () => compareStrings.create(0),
  },
  sameCodes: {
    title: 'verifyTotp, the same class twice',
    ...verifyNearMiss,
    create: () => verifyNearMiss.create(0),
  },
};
