// What the documentation says, written down a second time: slow, plain, and by other means than the library.

import { isDeepStrictEqual } from 'node:util';
import {
  referenceDecodeBase32,
  referenceHotp,
  referenceTyped,
  referenceVerifyHotp,
  referenceVerifyTotp,
} from '../interop/reference.mjs';
import { createHmac } from './meter.mjs';

export * from '../interop/reference.mjs';

const typedCode = (typed, digits) =>
  typeof typed !== 'string' || typed.length > 64 ? undefined : referenceTyped(typed, digits);

export function expectedTotpMatch(secret, typed, options) {
  const code = typedCode(typed, options.digits);
  return code === undefined ? null : referenceVerifyTotp(secret, code, options);
}

/** The counters a function may look at end where their type does. */
function lastCounter(counter) {
  return typeof counter === 'bigint' ? 2n ** 64n - 1n : 2n ** 53n - 1n;
}

const matchOf = (counter, like) => {
  const next = counter + 1n;
  return typeof like === 'bigint'
    ? { counter, nextCounter: next }
    : { counter: Number(counter), nextCounter: Number(next) };
};

export function expectedHotpMatch(secret, typed, counter, options) {
  const code = typedCode(typed, options.digits);
  if (code === undefined) return null;
  const room = Number(lastCounter(counter) - BigInt(counter));
  const lookAhead = Math.min(options.lookAhead, room);
  const found = referenceVerifyHotp(secret, code, BigInt(counter), { ...options, lookAhead });
  return found === null ? null : matchOf(found, counter);
}

export function expectedResync(secret, typed, counter, options) {
  const codes = typed.map((one) => typedCode(one, options.digits));
  for (let first = BigInt(counter); first <= BigInt(counter) + BigInt(options.lookAhead); first++) {
    const last = first + BigInt(codes.length - 1);
    if (last > lastCounter(counter)) return null;
    if (codes.every((code, i) => code === referenceHotp(secret, first + BigInt(i), options)))
      return matchOf(last, counter);
  }
  return null;
}

/** How many one-shot hashes a window of some counters takes under one key. */
export function expectedHashes(secret, algorithm, counters) {
  const block = algorithm === 'SHA512' ? 128 : 64;
  return 2 * counters + (secret.length > block ? 1 : 0);
}

/** What a URI says, or `null` if it is to be refused. */
export function expectedUri(uri, lenient) {
  if (uri.length > 8192 || uri.includes('#')) return null;
  const text = uri.replace(/^[\t\n\f\r ]+/, '').replace(/[\t\n\f\r ]+$/, '');
  const parts = /^otpauth:\/\/(totp|hotp)\/([^?]*)(?:\?(.*))?$/is.exec(text);
  if (!parts) return null;
  const type = parts[1].toLowerCase();
  try {
    const { prefix, account } = expectedLabel(parts[2]);
    const { known, extra } = expectedQuery(parts[3] ?? '');
    const secret = referenceDecodeBase32(known.secret, lenient);
    if (!secret?.length || /^ *$/.test(account)) return null;
    const issuer = known.issuer || prefix;
    const params = { type, secret, account, extra };
    if (issuer) params.issuer = issuer;
    if (prefix && prefix !== issuer) params.labelIssuer = prefix;
    params.algorithm = /^sha(?:1|256|512)$/i.exec(known.algorithm ?? 'SHA1')[0].toUpperCase();
    params.digits = Number(expectedInteger(known.digits ?? '6', 6n, 10n));
    if (type === 'totp') params.period = Number(expectedInteger(known.period ?? '30', 1n, 86_400n));
    else {
      const counter = expectedInteger(known.counter, 0n, 2n ** 64n - 1n);
      params.counter = counter < 2n ** 53n ? Number(counter) : counter;
    }
    return params;
  } catch {
    return null;
  }
}

function expectedLabel(label) {
  const pieces = label.split(':');
  if (pieces.length > 2) throw new Error('colons');
  if (pieces.length === 1) {
    const encoded = label.search(/%3a/i);
    if (encoded < 0) return { prefix: '', account: decodeURIComponent(label) };
    pieces.splice(0, 1, label.slice(0, encoded), label.slice(encoded + 3));
  }
  return {
    prefix: decodeURIComponent(pieces[0]),
    account: decodeURIComponent(pieces[1]).replace(/^ +/, ''),
  };
}

function expectedQuery(query) {
  const known = {};
  const extra = Object.create(null);
  for (const [, name, value] of query.matchAll(/(?<=^|&)([^&=]+)=([^&]*)/g)) {
    const decoded = decodeURIComponent(name);
    const text = decodeURIComponent(value);
    const lower = decoded.toLowerCase();
    if (['secret', 'issuer', 'algorithm', 'digits', 'period', 'counter'].includes(lower)) {
      if (lower in known) throw new Error('twice');
      known[lower] = text;
    } else extra[decoded] = decoded in extra ? [...[extra[decoded]].flat(), text] : text;
  }
  return { known, extra: Object.defineProperties({}, Object.getOwnPropertyDescriptors(extra)) };
}

function expectedInteger(text, least, most) {
  if (!/^[0-9]+$/.test(text) || String(BigInt(text)) !== text) throw new Error('no integer');
  const value = BigInt(text);
  if (value < least || value > most) throw new Error('out of range');
  return value;
}

/** The code of Crockford's alphabet that was meant, or `null`. */
export function expectedBackupCode(typed) {
  if (typeof typed !== 'string' || typed.length > 128) return null;
  let code = '';
  for (const character of typed) {
    if (character === ' ' || character === '-') continue;
    const place = '0O0o1IiLl'.indexOf(character);
    if (place >= 0) code += place < 4 ? '0' : '1';
    else if (/^[2-9A-HJKMNP-TV-Za-hjkmnp-tv-z]$/.test(character)) code += character.toLowerCase();
    else return null;
  }
  return code.length >= 8 && code.length <= 32 ? code : null;
}

export function expectedAttempts({ failures, lastFailureAt }, policy, now) {
  const { freeFailures, firstWait, maxWait, maxFailures } = policy;
  if (failures >= maxFailures) return { allowed: false, retryAt: null, locked: true };
  let wait = 0;
  for (let i = Math.max(freeFailures, 1); i <= failures; i++) {
    wait = Math.min(wait === 0 ? firstWait : 2 * wait, maxWait);
  }
  const retryAt = lastFailureAt + 1000 * wait;
  return retryAt > now && wait > 0
    ? { allowed: false, retryAt, locked: false }
    : { allowed: true, retryAt: null, locked: false };
}

export function hmacSha256(key, text) {
  return createHmac('sha256', key).update(text).digest();
}

export { isDeepStrictEqual as same };
