// Base32, otpauth URIs, sealed secrets, tokens and random text: what decodes re-encodes to the same.
import * as fc from 'fast-check';
import * as otp from '../../src/index.js';
import * as reference from '../reference/reference.mjs';
import { untyped } from '../tools/vectors.js';
import {
  algorithm,
  base32Text,
  bytes,
  codeOptions,
  counter,
  edits,
  integer,
  spoil,
  typedText,
  uriText,
} from './inputs.js';
import { holds, refuses, returns, run } from './outcome.js';

const encoded = fc.record({ text: base32Text, lenient: fc.boolean(), padding: fc.boolean() });
const base32 = fc.asyncProperty(encoded, async ({ text, lenient, padding }) => {
  const decoded = await run(() => otp.decodeBase32(text, { lenient }));
  const bytes = reference.referenceDecodeBase32(text, lenient);
  if (bytes === null) return refuses(decoded, 'INVALID_BASE32', text);
  returns(decoded, bytes);
  const again = await run(() => otp.encodeBase32(bytes, { padding }));
  returns(again, reference.referenceEncodeBase32(bytes, padding));
  const spelling = text.replace(/[\p{White_Space}\p{Cf}=\-‐-―−]/gu, '').toUpperCase();
  holds(lenient || String(again.value).replace(/=/g, '') === spelling, 'has two spellings', text);
});

const parsing = fc.record({ uri: uriText, lenient: fc.boolean() });
const parseOtpauthUri = fc.asyncProperty(parsing, async ({ uri, lenient }) => {
  const parsed = await run(() => otp.parseOtpauthUri(uri, { lenient }));
  const expected = reference.referenceParseUri(uri, lenient);
  if (expected === null) return refuses(parsed, 'INVALID_URI', uri);
  returns(parsed, expected);
  if (lenient) return;
  const built = await run(() => otp.buildOtpauthUri(untyped(expected)));
  // Percent-encoding may make it too long.
  if (built.error !== undefined && uri.length > 500) return refuses(built, 'INVALID_ARGUMENT', uri);
  returns(await run(() => otp.parseOtpauthUri(String(built.value))), expected);
});

const STANDARD = /^(secret|issuer|algorithm|digits|period|counter|)$/i;
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), typedText);
const names = fc.constantFrom('image', '__proto__', 'toString', 'Secret');
const name = fc.oneof(names, fc.string({ maxLength: 8 }));
const value = fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 }));
const extra = fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });
const secret = fc.oneof(bytes(1, 40), fc.constantFrom(new Uint8Array(1024), new Uint8Array(1025)));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const called = { account: text, issuer: optional(text), labelIssuer: optional(text) };
const shared = fc.record({ secret, ...called, extra: optional(extra), ...codeOptions });
const totp = fc.record({ type: fc.constant('totp' as const), period: integer(1, 86_400) });
const count = counter.map((at) => reference.smallest(BigInt(at)));
const hotp = fc.record({ type: fc.constant('hotp' as const), counter: count });
const building = fc.tuple(shared, fc.oneof(totp, hotp));
const buildOtpauthUri = fc.asyncProperty(building, async ([given, more]) => {
  const { issuer = '', labelIssuer = '', account, extra = {}, ...others } = given;
  const built = await run(() => otp.buildOtpauthUri({ ...given, ...more } as otp.OtpauthBuildParams));
  const prefix = labelIssuer || issuer;
  const texts = [account, issuer, labelIssuer, ...Object.entries(extra).flat(2)];
  const splitElsewhere = prefix.includes(':') || issuer.includes(':') || (!prefix && account.includes(':'));
  const isRefused =
    /^ *$/.test(account) ||
    (splitElsewhere && given.extra === undefined) ||
    /\p{Surrogate}/u.test(texts.join('\n')) ||
    Object.keys(extra).some((name) => STANDARD.test(name)) ||
    given.secret.length > 1024;
  if (isRefused) return refuses(built, 'INVALID_ARGUMENT', given.secret, ...texts);
  // Percent-encoded text may be too long; how long exactly, the unit tests tell.
  if (built.error !== undefined && encodeURIComponent(texts.join()).length > 2000) return;
  const uri = String(built.value);
  holds(/^otpauth:\/\/[!-*,-~]+$/.test(uri), 'is no URI', built);
  const parsed = await run(() => otp.parseOtpauthUri(uri));
  if (splitElsewhere) return returns(parsed, reference.referenceParseUri(uri));
  const read = prefix ? account.replace(/^ +/, '') : account;
  const parties = {
    ...(prefix && { issuer: issuer || prefix }),
    ...(issuer && prefix !== issuer && { labelIssuer }),
  };
  returns(parsed, { ...others, ...more, ...parties, account: read, extra });
});

const keys = fc.uniqueArray(bytes(32, 32), { minLength: 2, maxLength: 3, selector: String });
const place = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
const sealing = fc.record({ secret: bytes(1, 40), keys, place, edits });
const sealedSecret = fc.asyncProperty(sealing, async ({ secret, keys, place, edits }) => {
  const sealed = otp.encryptSecret(secret, keys[0], place);
  const other = otp.encryptSecret(secret, keys[0], place);
  holds(/^otpure1\.[\w-]+\.[\w-]+$/.test(sealed) && sealed !== other, 'is the same twice', sealed);
  for (const given of [keys[0], keys, [...keys].reverse()]) {
    returns({ ...(await run(() => otp.decryptSecret(sealed, given, place))), hashes: 0 }, secret);
  }
  const spoilt = spoil(sealed, edits);
  const open = async (text: string, given: Uint8Array[], where: string) => {
    const opened = await run(() => otp.decryptSecret(text, given, where));
    refuses(opened, 'DECRYPTION_FAILED', secret, place, ...keys);
  };
  await open(sealed, keys.slice(1), place);
  await open(sealed, keys, `${place} `);
  await open(spoilt === sealed ? sealed.slice(0, -1) : spoilt, keys, place);
});

const token = fc.oneof(typedText, bytes(0, 12));
const utf8 = (value: string | Uint8Array) =>
  Buffer.from(typeof value === 'string' ? new TextEncoder().encode(value) : value);
const tokens = fc.record({ a: token, other: token, edits, how: fc.nat(3) });
const constantTimeEqual = fc.asyncProperty(tokens, async ({ a, other, edits, how }) => {
  const b = [other, a, utf8(a), typeof a === 'string' ? spoil(a, edits) : a][how];
  const expected = typeof a === 'string' && typeof b === 'string' ? a === b : utf8(a).equals(utf8(b));
  returns(await run(() => otp.constantTimeEqual(a, untyped(b))), expected);
  returns(await run(() => otp.constantTimeEqual(untyped(b), a)), expected);
});

const secretOptions = fc.record({ algorithm, bytes: fc.option(integer(16, 128), { nil: undefined }) });
const alphabet = fc.constantFrom('base32' as const, 'digits' as const);
const draws = fc.record({ secretOptions, alphabet, count: integer(1, 100), length: integer(8, 32) });
const random = fc.asyncProperty(draws, async ({ secretOptions, alphabet, count, length }) => {
  const secret = otp.generateSecret(secretOptions);
  const size = secretOptions.bytes ?? { SHA1: 20, SHA256: 32, SHA512: 64 }[secretOptions.algorithm];
  holds(secret.buffer.byteLength === size && new Set(secret).size > 4, 'is no random secret', secret);
  const { value = [] } = await run(() => otp.generateBackupCodes({ alphabet, count, length }));
  const shape = alphabet === 'digits' ? /^(\d{5}-)*\d{1,5}$/ : /^([^\Wilou_]{4}-)*[^\WA-Zilou_]{1,4}$/;
  const codes = value.filter((code) => shape.test(code) && code.replaceAll('-', '').length === length);
  holds(new Set(codes).size === count && value.length === count, 'is another number of codes', value);
});

export const texts = { base32, parseOtpauthUri, buildOtpauthUri, sealedSecret, constantTimeEqual, random };
