// What is timed: groups of functions that do the same thing, each with the answer it has to give.
// Peers are called as their documentation shows, with the secret in the form that is cheapest for them.
import { createHmac, createSecretKey, scrypt, timingSafeEqual } from 'node:crypto';
import * as epic from '@epic-web/totp';
import { decodeBase32 as osloDecode, encodeBase32UpperCaseNoPadding as osloEncode } from '@oslojs/encoding';
import * as oslo from '@oslojs/otp';
import { base32 as otplibBase32 } from '@otplib/plugin-base32-scure';
import { NodeCryptoPlugin } from '@otplib/plugin-crypto-node';
import { parse as otplibParse } from '@otplib/uri';
import { base32, base32nopad } from '@scure/base';
import base32Decode from 'base32-decode';
import base32Encode from 'base32-encode';
import hiBase32 from 'hi-base32';
import notp from 'notp';
import * as otpauth from 'otpauth';
import * as otplib from 'otplib';
import * as otpure from 'otpure';
import speakeasy from 'speakeasy';
import { equalMask } from './node_modules/.cache/otpure-core.mjs';

const PERIOD = 30;

/** RFC 6238 written down plainly, with nothing of the library. */
function referenceCode(secret, step, hash = 'sha1') {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(step));
  const digest = createHmac(hash, secret).update(message).digest();
  const value = digest.readUInt32BE(digest[digest.length - 1] & 15) & 0x7fffffff;
  return String(value % 1e6).padStart(6, '0');
}

function currentStep() {
  return Math.floor(Date.now() / 1000 / PERIOD);
}

// Peers read the clock themselves, so the codes follow it: a refresh before each round keeps them right.
const codes = { current: '', previous: '', wrong: '' };
const secret = Uint8Array.from({ length: 20 }, (_, i) => (i * 37 + 11) & 255);
const buffer = Buffer.from(secret);
const text = base32nopad.encode(secret);

export function refreshCodes() {
  const step = currentStep();
  codes.current = referenceCode(secret, step);
  codes.previous = referenceCode(secret, step - 1);
  const near = new Set();
  for (let i = -12; i <= 12; i++) near.add(referenceCode(secret, step + i));
  for (let i = 0; near.has(codes.wrong) || codes.wrong === ''; i++) codes.wrong = String(100_000 + i);
}

const nodeCrypto = new NodeCryptoPlugin();
const secretForOtpauth = new otpauth.Secret({ buffer: secret.buffer });

function generateGroup(algorithm) {
  const hash = algorithm.toLowerCase();
  const dashed = algorithm.replace('SHA', 'SHA-');
  const totp = new otpauth.TOTP({ secret: secretForOtpauth, algorithm });
  const key = createSecretKey(secret);
  const message = Buffer.alloc(8, 7);
  const isCode = (code) => code === referenceCode(secret, currentStep(), hash);
  const contenders = [
    { name: 'otpure', fn: () => otpure.generateTotp(secret, { algorithm }) },
    { name: 'otpauth', fn: () => totp.generate() },
    { name: 'otplib', fn: () => otplib.generateSync({ secret, algorithm: hash }) },
    {
      name: 'otplib, node:crypto',
      fn: () => otplib.generateSync({ secret, algorithm: hash, crypto: nodeCrypto }),
    },
    { name: 'speakeasy', fn: () => speakeasy.totp({ secret: buffer, algorithm: hash }) },
    {
      name: '@epic-web/totp',
      fn: () => epic.generateTOTP({ secret: text, algorithm: dashed }),
      isAsync: true,
      check: ({ otp }) => isCode(otp),
    },
  ];
  if (algorithm === 'SHA1') {
    contenders.push(
      { name: '@oslojs/otp', fn: () => oslo.generateTOTP(secret, PERIOD, 6) },
      { name: 'notp', fn: () => notp.totp.gen(buffer, {}) },
    );
  }
  for (const contender of contenders) contender.check ??= isCode;
  contenders.push({
    name: 'bare createHmac',
    limit: true,
    fn: () => createHmac(hash, key).update(message).digest(),
    check: (digest) => digest.length === { SHA1: 20, SHA256: 32, SHA512: 64 }[algorithm],
  });
  return { id: `generate-${hash}`, title: `generate TOTP, ${algorithm}`, contenders };
}

/** Verification of a code of some kind, in a window of so many steps to each side. */
function verifyGroup(kind, window) {
  const totp = new otpauth.TOTP({ secret: secretForOtpauth });
  const epochTolerance = window * PERIOD;
  const drift = { current: 0, previous: -1, wrong: null }[kind];
  const isDrift = (value) => (value ?? null) === drift;
  const isMatch = (value) => value === (drift !== null);
  return {
    id: `verify-${kind}-${window}`,
    // All cases of one window in one measurement, because they are compared with one another.
    together: `verify-${window}`,
    title: `verify TOTP ±${window}, ${{ current: 'right', previous: "the previous step's", wrong: 'wrong' }[kind]} code`,
    contenders: [
      {
        name: 'otpure',
        fn: () => otpure.verifyTotp(secret, codes[kind], { window }),
        check: (match) => isDrift(match?.drift),
      },
      { name: 'otpauth', fn: () => totp.validate({ token: codes[kind], window }), check: isDrift },
      {
        name: 'otplib',
        fn: () => otplib.verifySync({ secret, token: codes[kind], epochTolerance }),
        check: ({ delta }) => isDrift(delta),
      },
      {
        name: 'otplib, node:crypto',
        fn: () => otplib.verifySync({ secret, token: codes[kind], epochTolerance, crypto: nodeCrypto }),
        check: ({ delta }) => isDrift(delta),
      },
      {
        name: 'speakeasy',
        fn: () => speakeasy.totp.verifyDelta({ secret: buffer, token: codes[kind], window }),
        check: (match) => isDrift(match?.delta),
      },
      {
        name: '@epic-web/totp',
        fn: () => epic.verifyTOTP({ secret: text, otp: codes[kind], window }),
        isAsync: true,
        check: (match) => isDrift(match?.delta),
      },
      {
        name: '@oslojs/otp',
        fn: () => oslo.verifyTOTPWithGracePeriod(secret, PERIOD, 6, codes[kind], epochTolerance),
        check: isMatch,
      },
      {
        name: 'notp',
        fn: () => notp.totp.verify(codes[kind], buffer, { window }),
        check: (match) => isDrift(match?.delta),
      },
    ],
  };
}

/** Eleven candidates each. Windows that only reach to both sides are centred on the sixth. */
function hotpGroup() {
  const counter = 1000;
  const none = (value) => (value ?? null) === null || value === false || value.valid === false;
  const contenders = [
    { name: 'otpure', fn: () => otpure.verifyHotp(secret, codes.wrong, counter) },
    {
      name: 'otpauth',
      fn: () =>
        otpauth.HOTP.validate({
          token: codes.wrong,
          secret: secretForOtpauth,
          counter: counter + 5,
          window: 5,
        }),
    },
    {
      name: 'otplib',
      fn: () =>
        otplib.verifySync({
          strategy: 'hotp',
          secret,
          token: codes.wrong,
          counter,
          counterTolerance: [0, 10],
        }),
    },
    {
      name: 'otplib, node:crypto',
      fn: () =>
        otplib.verifySync({
          strategy: 'hotp',
          secret,
          token: codes.wrong,
          counter,
          counterTolerance: [0, 10],
          crypto: nodeCrypto,
        }),
    },
    {
      name: 'speakeasy',
      fn: () => speakeasy.hotp.verifyDelta({ secret: buffer, token: codes.wrong, counter, window: 10 }),
    },
    {
      name: '@oslojs/otp',
      fn: () => {
        for (let i = 0n; i <= 10n; i++) {
          if (oslo.verifyHOTP(secret, BigInt(counter) + i, 6, codes.wrong)) return true;
        }
        return false;
      },
    },
    {
      name: 'notp',
      fn: () => notp.hotp.verify(codes.wrong, buffer, { counter: counter + 5, window: 5 }),
    },
  ];
  for (const contender of contenders) contender.check = none;
  return { id: 'verify-hotp', title: 'verify HOTP, look-ahead 10, wrong code', contenders };
}

function encodeGroup(length) {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 73 + 5) & 255);
  const asBuffer = Buffer.from(bytes);
  const expected = base32nopad.encode(bytes);
  const contenders = [
    { name: 'otpure', fn: () => otpure.encodeBase32(bytes) },
    { name: '@scure/base', fn: () => base32nopad.encode(bytes) },
    { name: '@oslojs/encoding', fn: () => osloEncode(bytes) },
    { name: 'base32-encode', fn: () => base32Encode(bytes, 'RFC4648', { padding: false }) },
    { name: 'hi-base32', fn: () => hiBase32.encode(asBuffer) },
    { name: 'otpauth', fn: () => new otpauth.Secret({ buffer: bytes.buffer }).base32 },
  ];
  for (const contender of contenders) contender.check = (encoded) => encoded.replace(/=+$/, '') === expected;
  return { id: `encode-${length}`, title: `Base32 encode, ${length} bytes`, contenders };
}

function decodeGroup(length) {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 73 + 5) & 255);
  const encoded = base32nopad.encode(bytes);
  const padded = base32.encode(bytes);
  const contenders = [
    { name: 'otpure', fn: () => otpure.decodeBase32(encoded) },
    { name: '@scure/base', fn: () => base32nopad.decode(encoded) },
    { name: '@oslojs/encoding', fn: () => osloDecode(padded) },
    { name: 'base32-decode', fn: () => base32Decode(encoded, 'RFC4648') },
    { name: 'hi-base32', fn: () => hiBase32.decode.asBytes(encoded) },
    {
      name: 'otpauth',
      fn: () => otpauth.Secret.fromBase32(encoded),
      check: (decoded) => Buffer.from(decoded.bytes).equals(bytes),
    },
  ];
  for (const contender of contenders) contender.check ??= (decoded) => Buffer.from(decoded).equals(bytes);
  return { id: `decode-${length}`, title: `Base32 decode, ${length} bytes`, contenders };
}

const issuer = 'Acme Co';
const account = 'ann@example.com';

/** From the bytes of a secret. Peers that want its Base32 text get it from their own encoder. */
function buildGroup() {
  const contenders = [
    { name: 'otpure', fn: () => otpure.buildOtpauthUri({ type: 'totp', secret, account, issuer }) },
    {
      name: 'otpauth',
      fn: () =>
        new otpauth.TOTP({
          issuer,
          label: account,
          secret: new otpauth.Secret({ buffer: secret.buffer }),
        }).toString(),
    },
    {
      name: 'otplib',
      fn: () => otplib.generateURI({ issuer, label: account, secret: base32nopad.encode(secret) }),
    },
    { name: '@oslojs/otp', fn: () => oslo.createTOTPKeyURI(issuer, account, secret, PERIOD, 6) },
    {
      name: 'speakeasy',
      fn: () => speakeasy.otpauthURL({ secret: buffer, label: `${issuer}:${account}`, issuer }),
    },
    {
      name: '@epic-web/totp',
      fn: () =>
        epic.getTOTPAuthUri({
          period: PERIOD,
          digits: 6,
          algorithm: 'SHA-1',
          secret: base32Encode(secret, 'RFC4648', { padding: false }),
          accountName: account,
          issuer,
        }),
    },
  ];
  for (const contender of contenders) {
    contender.check = (uri) => {
      const { host, pathname, searchParams } = new URL(uri);
      return (
        host === 'totp' &&
        decodeURIComponent(pathname) === `/${issuer}:${account}` &&
        searchParams.get('secret') === text &&
        searchParams.get('issuer') === issuer
      );
    };
  }
  return { id: 'uri-build', title: 'build an otpauth URI', contenders };
}

function parseGroup() {
  // In one piece, as it comes from a request: what was put together of pieces is slower to take apart.
  const uri = Buffer.from(otpure.buildOtpauthUri({ type: 'totp', secret, account, issuer })).toString();
  const isKey = ({ label, params }) =>
    params.secret === text && params.issuer === issuer && label.endsWith(account);
  return {
    id: 'uri-parse',
    title: 'parse an otpauth URI',
    contenders: [
      {
        name: 'otpure',
        fn: () => otpure.parseOtpauthUri(uri),
        check: (key) => buffer.equals(key.secret) && key.issuer === issuer && key.account === account,
      },
      {
        name: 'otpauth',
        fn: () => otpauth.URI.parse(uri),
        check: (totp) => buffer.equals(totp.secret.bytes) && totp.issuer === issuer && totp.label === account,
      },
      {
        name: 'otplib',
        fn: () => {
          const key = otplibParse(uri);
          return { ...key, bytes: otplibBase32.decode(key.params.secret) };
        },
        check: (key) => isKey(key) && buffer.equals(key.bytes),
      },
      // Not a contender: half of the work is left to the caller.
      { name: 'otplib, secret left as text', limit: true, fn: () => otplibParse(uri), check: isKey },
    ],
  };
}

/** Ten codes hashed at the default cost. One scrypt is what no check can do without. */
async function backupGroup() {
  const backupCodes = otpure.generateBackupCodes();
  const hashes = await otpure.hashBackupCodes(backupCodes);
  const salt = Buffer.alloc(16, 1);
  const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 2 ** 25 };
  return {
    id: 'backup',
    title: 'check a backup code against ten hashes',
    rounds: 2,
    contenders: [
      {
        name: 'otpure',
        fn: () => otpure.verifyBackupCode(backupCodes[4], hashes),
        isAsync: true,
        check: (match) => match.hash === hashes[4] && match.remaining.length === 9,
      },
      {
        name: 'bare scrypt',
        limit: true,
        fn: () =>
          new Promise((resolve, reject) => {
            scrypt(backupCodes[4], salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
          }),
        isAsync: true,
        check: (key) => key.length === 32,
      },
    ],
  };
}

/** The loop that several packages compare codes with. */
function xorLoop(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** Equal strings in two pieces of memory, so that `===` has to read both. */
function compareGroup(length) {
  const flat = (seed) =>
    Buffer.from(Array.from({ length }, (_, i) => 48 + ((seed * 7 + i * 3) % 10))).toString('latin1');
  const left = Array.from({ length: 64 }, (_, i) => flat(i));
  const right = Array.from({ length: 64 }, (_, i) => flat(i));
  const leftNumbers = left.map((digits) => Number(digits.slice(0, 6)));
  const rightNumbers = right.map((digits) => Number(digits.slice(0, 6)));
  const contenders = [
    { name: 'otpure constantTimeEqual', fn: (i) => otpure.constantTimeEqual(left[i & 63], right[i & 63]) },
    {
      name: 'timingSafeEqual, fresh Buffers',
      fn: (i) => timingSafeEqual(Buffer.from(left[i & 63]), Buffer.from(right[i & 63])),
    },
    { name: 'XOR loop', fn: (i) => xorLoop(left[i & 63], right[i & 63]) },
    { name: '===', fn: (i) => left[i & 63] === right[i & 63] },
  ];
  if (length === 6) {
    contenders.splice(1, 0, {
      name: 'otpure, inside verification',
      fn: (i) => equalMask(leftNumbers[i & 63], rightNumbers[i & 63]) === -1,
    });
  }
  for (const contender of contenders) contender.check = (equal) => equal === true;
  return { id: `compare-${length}`, title: `compare ${length} characters`, contenders };
}

/** All groups, in the order of the report. */
export async function createGroups() {
  refreshCodes();
  return [
    generateGroup('SHA1'),
    generateGroup('SHA256'),
    generateGroup('SHA512'),
    verifyGroup('current', 1),
    verifyGroup('previous', 1),
    verifyGroup('wrong', 1),
    verifyGroup('wrong', 10),
    hotpGroup(),
    encodeGroup(20),
    encodeGroup(64),
    decodeGroup(20),
    decodeGroup(64),
    buildGroup(),
    parseGroup(),
    await backupGroup(),
    compareGroup(6),
    compareGroup(16),
    compareGroup(32),
  ];
}

/** Verification as its window and its key grow: what a caller can make it cost. */
export function createGrowth() {
  const key = (length) => Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 255);
  return [
    {
      id: 'window',
      title: 'verify TOTP, steps in the window',
      points: Array.from({ length: 11 }, (_, window) => ({
        x: 2 * window + 1,
        fn: () => otpure.verifyTotp(secret, codes.wrong, { window }),
      })),
    },
    {
      id: 'key-within-block',
      title: 'verify TOTP ±1, bytes of the key up to a block',
      points: [16, 24, 32, 40, 48, 56, 64].map(key).map((long) => ({
        x: long.length,
        fn: () => otpure.verifyTotp(long, codes.wrong),
      })),
    },
    {
      id: 'key-beyond-block',
      title: 'verify TOTP ±1, bytes of the key beyond a block (hashed first, RFC 2104)',
      points: [72, 88, 104, 120, 136, 152, 168, 184, 200].map(key).map((long) => ({
        x: long.length,
        fn: () => otpure.verifyTotp(long, codes.wrong),
      })),
    },
  ];
}
