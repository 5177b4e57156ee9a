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
import speakeasy from 'speakeasy';
import { referenceHotp, referenceParseUri } from '../test/reference/reference.mjs';

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

const currentStep = () => Math.floor(Date.now() / 1000 / PERIOD);

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
 * `verify` gives the drift, or nothing; some can only say whether there was a match. Who wants the Base32 text of a
 * secret gets it from the encoder that is its own or the fastest.
 */
const packages = {
  otpure: {
    generate: () => otpure.generateTotp(secret),
    verify: (kind) => otpure.verifyTotp(secret, codes[kind], null)?.drift,
    encode: (bytes) => otpure.encodeBase32(bytes),
    decode: (encoded) => otpure.decodeBase32(encoded),
    build: () => otpure.buildOtpauthUri({ type: 'totp', secret, account, issuer }),
    parse: (uri) => otpure.parseOtpauthUri(uri),
  },
  otpauth: {
    generate: () => otpauthTotp.generate(),
    verify: (kind) => otpauthTotp.validate({ token: codes[kind], window: 1 }),
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
  otplib: {
    generate: () => otplib.generateSync({ secret, crypto }),
    verify: (kind) => otplib.verifySync({ secret, token: codes[kind], epochTolerance: PERIOD, crypto }).delta,
    build: () => otplib.generateURI({ issuer, label: account, secret: base32nopad.encode(secret) }),
    parse: (uri) => {
      const { label, params } = otplibParse(uri);
      return { ...params, secret: otplibBase32.decode(params.secret), account: label.split(':')[1] };
    },
  },
  '@oslojs/otp': {
    generate: () => oslo.generateTOTP(secret, PERIOD, 6),
    verify: (kind) => oslo.verifyTOTPWithGracePeriod(secret, PERIOD, 6, codes[kind], PERIOD),
    encode: (bytes) => osloEncode(bytes),
    decode: (_, padded) => osloDecode(padded),
    build: () => oslo.createTOTPKeyURI(issuer, account, secret, PERIOD, 6),
  },
  speakeasy: {
    generate: () => speakeasy.totp({ secret: buffer }),
    verify: (kind) => speakeasy.totp.verifyDelta({ secret: buffer, token: codes[kind], window: 1 })?.delta,
    build: () => speakeasy.otpauthURL({ secret: buffer, label, issuer }),
  },
  '@epic-web/totp': {
    generate: async () => (await epic.generateTOTP({ secret: text, algorithm: 'SHA-1' })).otp,
    verify: async (kind) => (await epic.verifyTOTP({ secret: text, otp: codes[kind], window: 1 }))?.delta,
    build: () => {
      const key = { secret: base32nopad.encode(secret), issuer, accountName: account };
      return epic.getTOTPAuthUri({ ...key, period: PERIOD, digits: 6, algorithm: 'SHA-1' });
    },
  },
  notp: {
    generate: () => notp.totp.gen(buffer, {}),
    verify: (kind) => notp.totp.verify(codes[kind], buffer, { window: 1 })?.delta,
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

const contender = (name, fn, check, args = [], floor = false) => ({ name, fn, args, check, floor });
const floor = (name, fn, check, args) => contender(name, fn, check, args, true);
const all = (operation, args, check) =>
  Object.entries(packages)
    .filter(([, each]) => each[operation])
    .map(([name, each]) => contender(name, each[operation], check, args));

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
  return floor(`${count} bare hashes`, hashes, isDigest);
}

const isDigest = ({ length }) => length === 20;

function generateGroup() {
  const hmacKey = nodeCrypto.createSecretKey(secret);
  const message = Buffer.alloc(8, 7);
  const hmac = () => nodeCrypto.createHmac('sha1', hmacKey).update(message).digest();
  const contenders = [
    ...all('generate', [], (code) => code === referenceHotp(secret, currentStep())),
    floor('bare createHmac', hmac, isDigest),
    bareHashes(2),
  ];
  const limits = [limit(0.6, 'bare createHmac'), limit(isOldNode ? 1.7 : 1.5, 'bare hashes')];
  return { id: 'generate', contenders, limits };
}

/** Of each kind of code, in a window of one step to each side. */
function verifyGroup() {
  const contenders = Object.entries({ right: 0, previous: -1, wrong: null }).flatMap(([kind, drift]) => {
    const isRight = (found) =>
      typeof found === 'boolean' ? found === (drift !== null) : (found ?? null) === drift;
    return all('verify', [kind], isRight).map((each) => ({ ...each, name: `${each.name}, ${kind} code` }));
  });
  const limits = ['right code', 'previous code'].map((kind) => limit(1, kind));
  limits.push(limit(1 / 3, 'wrong code', 'wrong code'), limit(isOldNode ? 1.6 : 1.35, 'bare hashes'));
  return { id: 'verify-1-step', contenders: [...contenders, bareHashes(6)], limits };
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
  const isBuilt = (built) => isParsed(referenceParseUri(built));
  return [
    { id: 'uri-build', contenders: all('build', [], isBuilt), limits: everyPeer },
    { id: 'uri-parse', contenders: all('parse', [uri], isParsed), limits: everyPeer },
  ];
}

const isSecret = (bytes) => buffer.equals(bytes);

const key = Buffer.alloc(32, 5);
const context = 'user 17';

/** The bare way reads the same text, but checks nothing, takes one key, and wipes nothing. */
function decryptGroup() {
  const encrypted = otpure.encryptSecret(secret, key, context);
  const header = encrypted.slice(0, encrypted.lastIndexOf('.') + 1);
  const open = () => {
    const sealed = Buffer.from(encrypted.slice(header.length), 'base64url');
    const decipher = nodeCrypto.createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
    decipher.setAAD(Buffer.from(header + context)).setAuthTag(sealed.subarray(-16));
    const opened = decipher.update(sealed.subarray(12, -16));
    decipher.final();
    return opened;
  };
  const decrypt = () => otpure.decryptSecret(encrypted, key, context);
  const contenders = [contender('otpure', decrypt, isSecret), floor('bare AES-256-GCM', open, isSecret)];
  return { id: 'decrypt', contenders, limits: [limit(1.5, 'bare AES')] };
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
  const verifyTotp = (kind) => otpure.verifyTotp(secret, codes[kind], factor.lastUsedTimeStep);
  const verify = (kind) => otpure.verifySecondFactor(secret, factor, codes[kind]);
  const create = () => otpure.createSecondFactor(secret, codes.right);
  const salt = Buffer.alloc(16, 1);
  const scrypt = (code) => promisify(nodeCrypto.scrypt)(code, salt, 32, { N: 16_384, r: 8, p: 1 });
  // In turn, as ours: one person's set leaves a thread for others.
  const tenScrypts = () =>
    backupCodes.reduce((last, code) => last.then(() => scrypt(code)), Promise.resolve());

  // Nothing is kept, so the same code is right again.
  const twoFactor = otpure.createTwoFactor({ issuer, key, read: () => ({ factor }), store: () => true });
  const verifyStored = (kind) => twoFactor.verify(17, codes[kind]);
  const openAndVerify = (kind) => {
    const opened = otpure.decryptSecret(factor.secret, key, context);
    return otpure.verifyTotp(opened, codes[kind], factor.lastUsedTimeStep);
  };

  const isKind = (kind) => (step) => step.result?.kind === kind;
  const isCounted = (step) => step.result === null && step.factor.attempts.failures === 1;
  const isCreated = (step) => step?.factor.backupHashes.length === 10;
  const isDerived = ({ length }) => length === 32;
  const totp = [
    contender('otpure, right code', verify, isKind('totp'), ['right']),
    contender('otpure, wrong code', verify, isCounted, ['wrong']),
    floor('verifyTotp, right code', verifyTotp, (match) => match?.drift === 0, ['right']),
    floor('verifyTotp, wrong code', verifyTotp, (match) => match === null, ['wrong']),
  ];
  const backup = [
    contender('otpure', verify, isKind('backup-code'), ['backup']),
    floor('bare scrypt', scrypt, isDerived, [codes.backup]),
  ];
  const set = [contender('otpure', create, isCreated), floor('10 bare scrypts', tenScrypts, isDerived)];
  const isMatch = (match) => match?.kind === 'totp' || match?.drift === 0;
  const tied = [
    contender('otpure twoFactor.verify', verifyStored, isMatch, ['right']),
    floor('decryptSecret, verifyTotp', openAndVerify, isMatch, ['right']),
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
    const isFloor = i >= names.length;
    return { ...contender(name, importOnce, (time) => time > 0, [name], isFloor), timesItself: true };
  });
  return { id: 'import', rounds: 7, contenders, limits: [limit(1.25, 'one-line')] };
}

export async function createGroups() {
  const others = [...uriGroups(), decryptGroup(), ...(await secondFactorGroups()), importGroup()];
  return [generateGroup(), verifyGroup(), ...[20, 64].flatMap(base32Groups), ...others];
}
