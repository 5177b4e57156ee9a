// What is timed: groups of functions that do the same thing, each with a check of its result, and the limits to meet.
// Peers are called as their documentation shows, in the way that is cheapest for them. A floor is no peer: it is the
// least that anyone has to compute. A limit is a ratio; where it names no `against`, it is for every peer.
import { execFileSync } from 'node:child_process';
import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto';
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
import { equalMask, parseCode, select } from 'otpure-core';
import speakeasy from 'speakeasy';
import { referenceHotp } from '../test/reference/reference.mjs';

const PERIOD = 30;
const secret = Uint8Array.from({ length: 20 }, (_, i) => (i * 37 + 11) & 255);
const buffer = Buffer.from(secret);
const text = base32nopad.encode(secret);
const issuer = 'Acme Co';
const account = 'ann@example.com';
const label = `${issuer}:${account}`;
const crypto = new NodeCryptoPlugin();
const otpauthSecret = new otpauth.Secret({ buffer: secret.buffer });
const otpauthTotp = new otpauth.TOTP({ issuer, label: account, secret: otpauthSecret });
const counter = 1000;

function currentStep() {
  return Math.floor(Date.now() / 1000 / PERIOD);
}

// Peers read the clock themselves, so the codes follow it: a refresh before each round keeps them right.
const codes = { right: '', previous: '', wrong: '' };

export function refreshCodes() {
  const step = currentStep();
  const near = new Set(Array.from({ length: 25 }, (_, i) => referenceHotp(secret, step - 12 + i)));
  codes.right = referenceHotp(secret, step);
  codes.previous = referenceHotp(secret, step - 1);
  codes.wrong = ['100000', '100001', '100002'].find((code) => !near.has(code));
}

/**
 * `verify` gives the drift, or nothing; some can only say whether there was a match. Windows of HOTP that only reach to
 * both sides are centred on the sixth of eleven candidates. Who wants the Base32 text of a secret gets it from the encoder
 * that is its own or the fastest.
 */
const packages = {
  otpure: {
    generate: () => otpure.generateTotp(secret),
    verify: (kind, window) => otpure.verifyTotp(secret, codes[kind], { window })?.drift,
    verifyHotp: () => otpure.verifyHotp(secret, codes.wrong, counter),
    encode: (bytes) => otpure.encodeBase32(bytes),
    decode: (encoded) => otpure.decodeBase32(encoded),
    build: () => otpure.buildOtpauthUri({ type: 'totp', secret, account, issuer }),
    parse: (uri) => otpure.parseOtpauthUri(uri),
  },
  otpauth: {
    generate: () => otpauthTotp.generate(),
    verify: (kind, window) => otpauthTotp.validate({ token: codes[kind], window }),
    verifyHotp: () =>
      otpauth.HOTP.validate({ token: codes.wrong, secret: otpauthSecret, counter: counter + 5, window: 5 }),
    encode: (bytes) => new otpauth.Secret({ buffer: bytes.buffer }).base32,
    decode: (encoded) => otpauth.Secret.fromBase32(encoded).bytes,
    build: () => {
      const key = { issuer, label: account, secret: new otpauth.Secret({ buffer: secret.buffer }) };
      return new otpauth.TOTP(key).toString();
    },
    parse: (uri) => {
      const totp = otpauth.URI.parse(uri);
      return { secret: totp.secret.bytes, issuer: totp.issuer, account: totp.label };
    },
  },
  'otpauth, Base32 kept in the object': { build: () => otpauthTotp.toString() },
  otplib: {
    generate: () => otplib.generateSync({ secret, crypto }),
    verify: (kind, window) =>
      otplib.verifySync({ secret, token: codes[kind], epochTolerance: window * PERIOD, crypto }).delta,
    verifyHotp: () => {
      const options = { strategy: 'hotp', secret, token: codes.wrong, counter, counterTolerance: [0, 10] };
      return otplib.verifySync({ ...options, crypto }).valid;
    },
    build: () => otplib.generateURI({ issuer, label: account, secret: base32nopad.encode(secret) }),
    parse: (uri) => {
      const key = otplibParse(uri);
      const [, name] = key.label.split(':');
      return { secret: otplibBase32.decode(key.params.secret), issuer: key.params.issuer, account: name };
    },
  },
  '@oslojs/otp': {
    generate: () => oslo.generateTOTP(secret, PERIOD, 6),
    verify: (kind, window) => oslo.verifyTOTPWithGracePeriod(secret, PERIOD, 6, codes[kind], window * PERIOD),
    verifyHotp: () => {
      for (let i = 0; i <= 10; i++) {
        if (oslo.verifyHOTP(secret, BigInt(counter + i), 6, codes.wrong)) return true;
      }
      return false;
    },
    encode: (bytes) => osloEncode(bytes),
    decode: (_, padded) => osloDecode(padded),
    build: () => oslo.createTOTPKeyURI(issuer, account, secret, PERIOD, 6),
  },
  speakeasy: {
    generate: () => speakeasy.totp({ secret: buffer }),
    verify: (kind, window) =>
      speakeasy.totp.verifyDelta({ secret: buffer, token: codes[kind], window })?.delta,
    verifyHotp: () => speakeasy.hotp.verifyDelta({ secret: buffer, token: codes.wrong, counter, window: 10 }),
    build: () => speakeasy.otpauthURL({ secret: buffer, label, issuer }),
  },
  '@epic-web/totp': {
    generate: async () => (await epic.generateTOTP({ secret: text, algorithm: 'SHA-1' })).otp,
    verify: async (kind, window) =>
      (await epic.verifyTOTP({ secret: text, otp: codes[kind], window }))?.delta,
    build: () => {
      const key = base32Encode(secret, 'RFC4648', { padding: false });
      const parameters = { period: PERIOD, digits: 6, algorithm: 'SHA-1', issuer, accountName: account };
      return epic.getTOTPAuthUri({ ...parameters, secret: key });
    },
  },
  notp: {
    generate: () => notp.totp.gen(buffer, {}),
    verify: (kind, window) => notp.totp.verify(codes[kind], buffer, { window })?.delta,
    verifyHotp: () => notp.hotp.verify(codes.wrong, buffer, { counter: counter + 5, window: 5 }),
  },
  '@scure/base': {
    encode: (bytes) => base32nopad.encode(bytes),
    decode: (encoded) => base32nopad.decode(encoded),
  },
  'base32-encode, base32-decode': {
    encode: (bytes) => base32Encode(bytes, 'RFC4648', { padding: false }),
    decode: (encoded) => base32Decode(encoded, 'RFC4648'),
  },
  'hi-base32': {
    encode: (bytes) => hiBase32.encode(bytes),
    decode: (encoded) => hiBase32.decode.asBytes(encoded),
  },
};

function race(functions, args, check, floor = false) {
  return Object.entries(functions).map(([name, fn]) => ({ name, fn, args, check, floor }));
}

/** All packages that can do something. */
function all(operation, args, check) {
  const able = Object.entries(packages).filter(([, each]) => each[operation]);
  return race(Object.fromEntries(able.map(([name, each]) => [name, each[operation]])), args, check);
}

/** One-shot hashes over messages as long as those of an HMAC of a counter. */
function bareHashes(count) {
  const inner = new Uint8Array(72).fill(0x36);
  const outer = new Uint8Array(84).fill(0x5c);
  const hashes = () => {
    let digest;
    for (let i = 0; i < count; i += 2) {
      hash('sha1', inner, 'binary');
      digest = hash('sha1', outer, 'binary');
    }
    return digest;
  };
  return race({ [`${count} bare hashes`]: hashes }, [], (digest) => digest.length === 20, true);
}

function generateGroup() {
  const key = createSecretKey(secret);
  const message = Buffer.alloc(8, 7);
  const hmac = () => createHmac('sha1', key).update(message).digest();
  const contenders = [
    ...all('generate', [], (code) => code === referenceHotp(secret, currentStep())),
    ...race({ 'bare createHmac': hmac }, [], (digest) => digest.length === 20, true),
    ...bareHashes(2),
  ];
  const limits = [
    { against: 'bare createHmac', most: 0.6 },
    { against: 'bare hashes', most: 1.5 },
  ];
  return { id: 'generate', title: 'generate TOTP', contenders, limits };
}

/** Of each kind of code, in a window of so many steps to each side. */
function verifyGroup(window, kinds, limits = []) {
  const contenders = kinds.flatMap((kind) => {
    const drift = { right: 0, previous: -1, wrong: null }[kind];
    const check = (found) =>
      typeof found === 'boolean' ? found === (drift !== null) : (found ?? null) === drift;
    return all('verify', [kind, window], check).map((each) => ({
      ...each,
      name: `${each.name}, ${kind} code`,
    }));
  });
  contenders.push(...bareHashes(2 * (2 * window + 1)));
  return { id: `verify-${window}`, title: `verify TOTP ±${window}`, contenders, limits };
}

function hotpGroup() {
  // The code before the first candidate is computed as well: ours refuses a repeated one.
  const contenders = [...all('verifyHotp', [], (match) => !match), ...bareHashes(24)];
  return { id: 'verify-hotp', title: 'verify HOTP, look-ahead 10, wrong code', contenders };
}

const everyPeer = [{ most: 1 }];

function base32Groups(length) {
  const bytes = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 73 + 5) & 255));
  const encoded = base32nopad.encode(bytes);
  const isEncoded = (result) => result.replace(/=+$/, '') === encoded;
  const encode = all('encode', [new Uint8Array(bytes)], isEncoded);
  const decode = all('decode', [encoded, base32.encode(bytes)], (decoded) =>
    bytes.equals(Buffer.from(decoded)),
  );
  return [
    {
      id: `encode-${length}`,
      title: `Base32 encode, ${length} bytes`,
      contenders: encode,
      limits: everyPeer,
    },
    {
      id: `decode-${length}`,
      title: `Base32 decode, ${length} bytes`,
      contenders: decode,
      limits: everyPeer,
    },
  ];
}

function uriGroups() {
  // In one piece, as it comes from a request: what was put together of pieces is slower to take apart.
  const uri = Buffer.from(otpure.buildOtpauthUri({ type: 'totp', secret, account, issuer })).toString();
  const build = all('build', [], (built) => {
    const { host, pathname, searchParams } = new URL(built);
    const isKey = searchParams.get('secret') === text && searchParams.get('issuer') === issuer;
    return isKey && host === 'totp' && decodeURIComponent(pathname) === `/${label}`;
  });
  const parse = all(
    'parse',
    [uri],
    (key) => buffer.equals(key.secret) && key.issuer === issuer && key.account === account,
  );
  return [
    { id: 'uri-build', title: 'build an otpauth URI', contenders: build, limits: everyPeer },
    { id: 'uri-parse', title: 'parse an otpauth URI', contenders: parse, limits: everyPeer },
  ];
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
  const digits = (seed) => Array.from({ length }, (_, i) => 48 + ((seed * 7 + i * 3) % 10));
  const texts = () => Array.from({ length: 64 }, (_, i) => Buffer.from(digits(i)).toString('latin1'));
  const contenders = race(
    {
      'otpure constantTimeEqual': (left, right, i) => otpure.constantTimeEqual(left[i & 63], right[i & 63]),
      'timingSafeEqual, fresh Buffers': (left, right, i) =>
        timingSafeEqual(Buffer.from(left[i & 63]), Buffer.from(right[i & 63])),
      'XOR loop': (left, right, i) => xorLoop(left[i & 63], right[i & 63]),
      '===': (left, right, i) => left[i & 63] === right[i & 63],
    },
    [texts(), texts()],
    (isEqual) => isEqual === true,
  );
  return { id: `compare-${length}`, title: `compare ${length} characters`, contenders };
}

/** The core inside verification: what it does to a typed code once the right ones are computed. */
function coreGroup() {
  const numbers = Array.from({ length: 64 }, (_, i) => 100_000 + 7919 * i);
  const typed = numbers.map(String);
  const contenders = race(
    {
      'otpure, typed code in a window of 3': (_, __, i) => {
        const value = parseCode(typed[i & 63], 6);
        let match = -1;
        for (let j = 0; j < 3; j++) match = select(equalMask(numbers[(i + j) & 63], value), j, match);
        return match === 0;
      },
      'otpure parseCode': (_, __, i) => parseCode(typed[i & 63], 6) === numbers[i & 63],
      'otpure equalMask': (_, __, i) => equalMask(numbers[i & 63], numbers[(i + 64) & 63]) === -1,
    },
    [],
    (isEqual) => isEqual === true,
  );
  return { id: 'compare-core', title: 'compare inside verification', contenders };
}

const IMPORT = `const start = performance.now();
const module = await import(process.argv[1]);
if (Object.keys(module).length > 0) console.log(1e6 * (performance.now() - start));`;

/** The first import() of a fresh process. */
function importGroup() {
  const names = ['otpure', 'otplib', 'otpauth', '@oslojs/otp', '@epic-web/totp', 'speakeasy', 'notp'];
  const importOnce = (name) => {
    const options = ['--no-deprecation', '--input-type=module', '--eval', IMPORT, name];
    return Number(execFileSync(process.execPath, options, { cwd: import.meta.dirname, encoding: 'utf8' }));
  };
  const contenders = [...names, 'one-line', 'node:crypto'].map((name, i) => {
    const floor = i >= names.length;
    return { name, fn: importOnce, args: [name], check: (time) => time > 0, floor, timesItself: true };
  });
  return {
    id: 'import',
    title: 'import',
    rounds: 7,
    contenders,
    limits: [{ against: 'one-line', most: 1.2 }],
  };
}

export async function createGroups() {
  return [
    generateGroup(),
    verifyGroup(
      1,
      ['right', 'previous', 'wrong'],
      [
        { against: 'bare hashes', most: 1.3 },
        { against: 'right code', most: 1 },
        { against: 'previous code', most: 1 },
        { own: 'wrong code', against: 'wrong code', most: 1 / 3 },
      ],
    ),
    verifyGroup(10, ['wrong']),
    hotpGroup(),
    ...base32Groups(20),
    ...base32Groups(64),
    ...uriGroups(),
    coreGroup(),
    ...[6, 16, 32].map(compareGroup),
    importGroup(),
  ];
}
