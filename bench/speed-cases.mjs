// What is timed: groups of functions that do the same thing, each with a check of its result, and the limits to meet.
// Peers are called as their documentation shows, in the way that is cheapest for them. A floor is no peer: it is the
// least that anyone has to compute. A limit is a ratio; where it names no `against`, it is for every peer.
import { execFileSync } from 'node:child_process';
import * as nodeCrypto from 'node:crypto';
import { promisify } from 'node:util';
import * as epic from '@epic-web/totp';
import { decodeBase32 as osloDecode, encodeBase32UpperCaseNoPadding as osloEncode } from '@oslojs/encoding';
import * as oslo from '@oslojs/otp';
import { base32 as otplibBase32 } from '@otplib/plugin-base32-scure';
import { NodeCryptoPlugin } from '@otplib/plugin-crypto-node';
import { parse as otplibParse } from '@otplib/uri';
import { base32, base32nopad } from '@scure/base';
import base32Decode from 'base32-decode';
import base32Encode from 'base32-encode';
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
const codes = { right: '', previous: '', wrong: '', backup: '' };

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
    verify: (kind, window) => otpure.verifyTotp(secret, codes[kind], null, { window })?.drift,
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
      const { label, params } = otplibParse(uri);
      return { ...params, secret: otplibBase32.decode(params.secret), account: label.split(':')[1] };
    },
  },
  '@oslojs/otp': {
    generate: () => oslo.generateTOTP(secret, PERIOD, 6),
    verify: (kind, window) => oslo.verifyTOTPWithGracePeriod(secret, PERIOD, 6, codes[kind], window * PERIOD),
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
      const key = { secret: base32nopad.encode(secret), issuer, accountName: account };
      return epic.getTOTPAuthUri({ ...key, period: PERIOD, digits: 6, algorithm: 'SHA-1' });
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
};

const limit = (most, against, own) => ({ most, against, own });
const everyPeer = [limit(1)];
// The engine of older ones makes less of the code around the hashes.
const isOldNode = Number.parseInt(process.versions.node, 10) < 24;

function race(functions, args, check, floor = false) {
  return Object.entries(functions).map(([name, fn]) => ({ name, fn, args, check, floor }));
}

/** All packages that can do something. */
function all(operation, args, check) {
  const able = Object.entries(packages).filter(([, each]) => each[operation]);
  return able.map(([name, each]) => ({ name, fn: each[operation], args, check }));
}

/** One-shot hashes over messages as long as those of an HMAC of a counter. */
function bareHashes(count) {
  const inner = new Uint8Array(72).fill(0x36);
  const outer = new Uint8Array(84).fill(0x5c);
  const hashes = () => {
    let digest;
    for (let i = 0; i < count; i += 2) {
      nodeCrypto.hash('sha1', inner, 'binary');
      digest = nodeCrypto.hash('sha1', outer, 'binary');
    }
    return digest;
  };
  return race({ [`${count} bare hashes`]: hashes }, [], isDigest, true);
}

const isDigest = ({ length }) => length === 20;

function generateGroup() {
  const hmacKey = nodeCrypto.createSecretKey(secret);
  const message = Buffer.alloc(8, 7);
  const hmac = () => nodeCrypto.createHmac('sha1', hmacKey).update(message).digest();
  const contenders = [
    ...all('generate', [], (code) => code === referenceHotp(secret, currentStep())),
    ...race({ 'bare createHmac': hmac }, [], isDigest, true),
    ...bareHashes(2),
  ];
  return {
    id: 'generate',
    contenders,
    limits: [limit(0.6, 'bare createHmac'), limit(isOldNode ? 1.7 : 1.5, 'bare hashes')],
  };
}

/** Of each kind of code, in a window of so many steps to each side. */
function verifyGroup(window, kinds, limits) {
  const contenders = kinds.flatMap((kind) => {
    const drift = { right: 0, previous: -1, wrong: null }[kind];
    const isRight = (found) =>
      found === true || found === false ? found === (drift !== null) : (found ?? null) === drift;
    return all('verify', [kind, window], isRight).map((each) => ({
      ...each,
      name: `${each.name}, ${kind} code`,
    }));
  });
  return {
    id: `verify-${window}-step${window > 1 ? 's' : ''}`,
    contenders: [...contenders, ...bareHashes(4 * window + 2)],
    limits,
  };
}

function base32Groups(length) {
  const bytes = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 73 + 5) & 255));
  const encoded = base32nopad.encode(bytes);
  const isEncoded = (result) => result.replace(/=+$/, '') === encoded;
  const isDecoded = (result) => bytes.equals(Buffer.from(result));
  const encode = all('encode', [new Uint8Array(bytes)], isEncoded);
  const decode = all('decode', [encoded, base32.encode(bytes)], isDecoded);
  return [
    { id: `encode-${length}-bytes`, contenders: encode, limits: everyPeer },
    { id: `decode-${length}-bytes`, contenders: decode, limits: everyPeer },
  ];
}

function uriGroups() {
  // In one piece, as it comes from a request: what was put together of pieces is slower to take apart.
  const uri = Buffer.from(otpure.buildOtpauthUri({ type: 'totp', secret, account, issuer })).toString();
  const isParsed = (key) => isSecret(key.secret) && key.issuer === issuer && key.account === account;
  const isBuilt = (built) => {
    const { host, pathname, searchParams } = new URL(built);
    const isKey = searchParams.get('secret') === text && searchParams.get('issuer') === issuer;
    return isKey && host === 'totp' && decodeURIComponent(pathname) === `/${label}`;
  };
  return [
    { id: 'uri-build', contenders: all('build', [], isBuilt), limits: everyPeer },
    { id: 'uri-parse', contenders: all('parse', [uri], isParsed), limits: everyPeer },
  ];
}

const isSecret = (bytes) => buffer.equals(bytes);
const isTrue = (result) => result === true;

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
  const functions = {
    'otpure constantTimeEqual': (left, right, i) => otpure.constantTimeEqual(left[i & 63], right[i & 63]),
    'timingSafeEqual, fresh Buffers': (left, right, i) =>
      nodeCrypto.timingSafeEqual(Buffer.from(left[i & 63]), Buffer.from(right[i & 63])),
    'XOR loop': (left, right, i) => xorLoop(left[i & 63], right[i & 63]),
    '===': (left, right, i) => left[i & 63] === right[i & 63],
  };
  return { id: `compare-${length}-characters`, contenders: race(functions, [texts(), texts()], isTrue) };
}

/** What verification does with a typed code once the right ones are computed. */
function coreGroup() {
  const numbers = Array.from({ length: 64 }, (_, i) => 100_000 + 7919 * i);
  const functions = {
    'otpure, typed code in a window of 3': (typed, _, i) => {
      const value = parseCode(typed[i & 63], 6);
      let match = -1;
      for (let j = 0; j < 3; j++) match = select(equalMask(numbers[(i + j) & 63], value), j, match);
      return match === 0;
    },
    'otpure parseCode': (typed, _, i) => parseCode(typed[i & 63], 6) === numbers[i & 63],
    'otpure equalMask': (_, __, i) => equalMask(numbers[i & 63], numbers[(i + 64) & 63]) === -1,
  };
  return { id: 'compare-core', contenders: race(functions, [numbers.map(String)], isTrue) };
}

const key = Buffer.alloc(32, 5);
const context = 'user 17';

/** The bare way writes and reads the same text, but checks nothing, takes one key, and wipes nothing. */
function encryptGroups() {
  const encrypted = otpure.encryptSecret(secret, key, context);
  const header = encrypted.slice(0, encrypted.lastIndexOf('.') + 1);
  const seal = () => {
    const nonce = nodeCrypto.randomBytes(12);
    const cipher = nodeCrypto.createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(header + context));
    const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return header + sealed.toString('base64url');
  };
  const open = () => {
    const sealed = Buffer.from(encrypted.slice(header.length), 'base64url');
    const decipher = nodeCrypto.createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
    decipher.setAAD(Buffer.from(header + context)).setAuthTag(sealed.subarray(-16));
    const opened = decipher.update(sealed.subarray(12, -16));
    decipher.final();
    return opened;
  };
  const opens = (sealed) => isSecret(otpure.decryptSecret(sealed, key, context));
  const encrypt = race({ otpure: () => otpure.encryptSecret(secret, key, context) }, [], opens);
  const decrypt = race({ otpure: () => otpure.decryptSecret(encrypted, key, context) }, [], isSecret);
  encrypt.push(...race({ 'bare AES-256-GCM': seal }, [], opens, true));
  decrypt.push(...race({ 'bare AES-256-GCM': open }, [], isSecret, true));
  return [
    { id: 'encrypt', contenders: encrypt },
    { id: 'decrypt', contenders: decrypt, limits: [limit(1.5, 'bare AES')] },
  ];
}

/** A factor as it is stored, with ten backup codes, and the encrypted secret beside its own fields. */
async function secondFactorGroups() {
  const backupCodes = otpure.generateBackupCodes();
  codes.backup = backupCodes[0];
  const factor = {
    ...{ id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: currentStep() - 1000, attempts: null },
    backupHashes: await otpure.hashBackupCodes(backupCodes),
    secret: otpure.encryptSecret(secret, key, context),
  };
  const stored = JSON.stringify(factor);
  const verifyTotp = (kind) => otpure.verifyTotp(secret, codes[kind], factor.lastUsedTimeStep);
  const verify = (kind) => otpure.verifySecondFactor(secret, factor, codes[kind]);
  const logIn = async (kind) => {
    const read = JSON.parse(stored);
    const opened = otpure.decryptSecret(read.secret, key, context);
    const step = await otpure.verifySecondFactor(opened, read, codes[kind]);
    return { text: JSON.stringify(step.factor), result: step.result };
  };
  const create = () => otpure.createSecondFactor(secret, codes.right);
  const salt = Buffer.alloc(16, 1);
  const scrypt = (code) => promisify(nodeCrypto.scrypt)(code, salt, 32, { N: 16_384, r: 8, p: 1 });
  // In turn, as ours: one person's set leaves a thread for others.
  const tenScrypts = () =>
    backupCodes.reduce((last, code) => last.then(() => scrypt(code)), Promise.resolve());

  // Nothing is kept, so the same code is right again.
  const twoFactor = otpure.createTwoFactor({ issuer, key, read: () => ({ factor }), store: () => true });
  const verifyStored = (kind) => twoFactor.verify(17, codes[kind]);
  const openAndVerify = (kind) =>
    otpure.verifyTotp(
      otpure.decryptSecret(factor.secret, key, context),
      codes[kind],
      factor.lastUsedTimeStep,
    );

  const isKind = (kind) => (step) => step.result?.kind === kind;
  const isCounted = (step) => step.result === null && step.factor.attempts.failures === 1;
  const isCreated = (step) => step?.factor.backupHashes.length === 10;
  const isDerived = ({ length }) => length === 32;
  const totp = [
    ...race({ 'otpure, right code': verify, 'otpure, all of a login': logIn }, ['right'], isKind('totp')),
    ...race({ 'otpure, wrong code': verify }, ['wrong'], isCounted),
    ...race({ 'verifyTotp, right code': verifyTotp }, ['right'], (match) => match?.drift === 0, true),
    ...race({ 'verifyTotp, wrong code': verifyTotp }, ['wrong'], (match) => match === null, true),
  ];
  const backup = [
    ...race({ otpure: verify, 'otpure, all of a login': logIn }, ['backup'], isKind('backup-code')),
    ...race({ 'bare scrypt': scrypt }, [codes.backup], isDerived, true),
  ];
  const set = [
    ...race({ otpure: create }, [], isCreated),
    ...race({ '10 bare scrypts': tenScrypts }, [], isDerived, true),
  ];
  const isMatch = (match) => match?.kind === 'totp' || match?.drift === 0;
  const tied = [
    ...race({ 'otpure twoFactor.verify': verifyStored }, ['right'], isMatch),
    ...race({ 'decryptSecret, verifyTotp': openAndVerify }, ['right'], isMatch, true),
  ];
  const limits = ['right code', 'wrong code'].map((kind) => limit(1.3, kind, kind));
  return [
    { id: 'two-factor-verify', contenders: tied, limits: [limit(1.5, 'decryptSecret')] },
    { id: 'login-totp', contenders: totp, limits },
    { id: 'login-backup-code', rounds: 7, contenders: backup, limits: [limit(1.1, 'bare scrypt')] },
    { id: 'create-second-factor', rounds: 3, contenders: set, limits: [limit(1.1, 'bare scrypts')] },
  ];
}

const IMPORT = `const start = process.cpuUsage();
const module = await import(process.argv[1]);
const { user, system } = process.cpuUsage(start);
if (Object.keys(module).length > 0) console.log(1000 * (user + system));`;

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
  return { id: 'import', rounds: 7, contenders, limits: [limit(1.25, 'one-line')] };
}

export async function createGroups() {
  const limits = [
    limit(isOldNode ? 1.6 : 1.35, 'bare hashes'),
    limit(1, 'right code'),
    limit(1, 'previous code'),
  ];
  limits.push(limit(1 / 3, 'wrong code', 'wrong code'));
  return [
    generateGroup(),
    verifyGroup(1, ['right', 'previous', 'wrong'], limits),
    verifyGroup(10, ['wrong']),
    // The code before the first candidate is computed as well: ours refuses a repeated one.
    { id: 'verify-hotp', contenders: [...all('verifyHotp', [], (match) => !match), ...bareHashes(24)] },
    ...[20, 64].flatMap(base32Groups),
    ...uriGroups(),
    coreGroup(),
    ...[6, 16, 32].map(compareGroup),
    ...encryptGroups(),
    ...(await secondFactorGroups()),
    importGroup(),
  ];
}
