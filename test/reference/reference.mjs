// The slow, obvious implementation that tests compare the library with: written from the RFCs and the documentation,
// in BigInt and text, one step a line, sharing nothing with src.
import { createHmac, scryptSync } from 'node:crypto';

export function referenceHmac(secret, counter, algorithm = 'SHA1') {
  const message = Buffer.from(BigInt(counter).toString(16).padStart(16, '0'), 'hex');
  return createHmac(algorithm.toLowerCase(), secret).update(message).digest();
}

export function referenceValue(secret, counter, algorithm) {
  const hmac = referenceHmac(secret, counter, algorithm);
  const offset = hmac[hmac.length - 1] % 16;
  const fourBytes = hmac.subarray(offset, offset + 4).toString('hex');
  return Number(BigInt(`0x${fourBytes}`) % 2n ** 31n);
}

export function referenceHotp(secret, counter, { algorithm = 'SHA1', digits = 6 } = {}) {
  return referenceValue(secret, counter, algorithm).toString().padStart(10, '0').slice(-digits);
}

export function referenceTimeStep(milliseconds, period = 30, t0 = 0) {
  return (BigInt(Math.floor(milliseconds)) - BigInt(t0) * 1000n) / (BigInt(period) * 1000n);
}

const NUMBERING_SYSTEMS = Intl.supportedValuesOf('numberingSystem').filter((name) => name !== 'hanidec');
/** The decimal digits of all scripts, as the tables for number formats have them. */
export const ASCII_DIGITS = new Map(
  NUMBERING_SYSTEMS.flatMap((numberingSystem) => {
    const { format } = new Intl.NumberFormat('en', { numberingSystem });
    return [...'0123456789'].map((digit) => [format(digit), digit]);
  }),
);
const isSeen = (character) => !/[\p{White_Space}\p{Cf}]/u.test(character) && !'-‐‑‒–—―−'.includes(character);
/** What can be seen of a text that was typed, with ASCII digits. */
const readTyped = (text) => [...text].filter(isSeen).map((one) => ASCII_DIGITS.get(one) ?? one);

/** What was typed as a server should read it: the digits, or nothing. */
export function referenceTyped(typed, digits) {
  if (typeof typed !== 'string' || typed.length > 64) return null;
  const text = readTyped(typed).join('');
  return new RegExp(`^[0-9]{${digits}}$`).test(text) ? text : null;
}

// One code, one login: only steps after the last used one match, the highest wins, and a code of the last used
// step, or of an earlier one in the window, is refused.
export function referenceVerifyTotp(secret, typed, options) {
  const { timestamp, period, t0, past = 1, future = 1, lastUsed = null, digits = 6 } = options;
  const code = referenceTyped(typed, digits);
  const now = Number(referenceTimeStep(timestamp, period, t0));
  if (code === null) return null;
  if (lastUsed !== null && code === referenceHotp(secret, lastUsed, options)) return null;
  let timeStep = null;
  for (let step = Math.max(0, now - past); step <= now + future; step++) {
    if (referenceHotp(secret, step, options) !== code) continue;
    if (lastUsed !== null && step <= lastUsed) return null;
    timeStep = step;
  }
  return timeStep === null ? null : { timeStep, drift: timeStep - now };
}

/** The counters a function may look at end where their type does. */
const lastCounter = (counter) => (typeof counter === 'bigint' ? 2n ** 64n : 2n ** 53n) - 1n;

function hotpMatch(counter, like) {
  if (typeof like === 'bigint') return { counter, nextCounter: counter + 1n };
  return { counter: Number(counter), nextCounter: Number(counter + 1n) };
}

export function referenceVerifyHotp(secret, typed, counter, options = {}) {
  const code = referenceTyped(typed, options.digits ?? 6);
  const first = BigInt(counter);
  if (code === null) return null;
  if (first > 0n && code === referenceHotp(secret, first - 1n, options)) return null;
  for (let at = first; at <= first + BigInt(options.lookAhead ?? 10) && at <= lastCounter(counter); at++) {
    if (referenceHotp(secret, at, options) === code) return hotpMatch(at, counter);
  }
  return null;
}

export function referenceResync(secret, typed, counter, options = {}) {
  const codes = Array.from(typed, (one) => referenceTyped(one, options.digits ?? 6));
  for (let first = BigInt(counter); first <= BigInt(counter) + BigInt(options.lookAhead ?? 100); first++) {
    const last = first + BigInt(codes.length - 1);
    if (last > lastCounter(counter)) return null;
    if (codes.every((code, i) => code === referenceHotp(secret, first + BigInt(i), options)))
      return hotpMatch(last, counter);
  }
  return null;
}

// RFC 4648 §6, as a string of bits.
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function referenceEncodeBase32(bytes, padding = false) {
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  while (bits.length % 5 !== 0) bits += '0';
  const text = (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
  return padding ? text + '='.repeat((8 - (text.length % 8)) % 8) : text;
}

/** The bytes, or `null` for text that is not Base32. */
export function referenceDecodeBase32(text, lenient = false) {
  if (text.length > 8192) return null;
  const [, data, padding] = /^([^=]*)(=*)$/.exec([...text].filter(isSeen).join('')) ?? [];
  if (data === undefined) return null;
  let bits = '';
  for (const character of data) {
    // Not toUpperCase() alone: it turns other letters into S and I.
    const value = BASE32.indexOf(/[a-z]/.test(character) ? character.toUpperCase() : character);
    if (value < 0) return null;
    bits += value.toString(2).padStart(5, '0');
  }
  const spare = bits.slice(bits.length - (bits.length % 8));
  const complete = (8 - (data.length % 8)) % 8;
  if (!lenient && (spare.length > 4 || spare.includes('1'))) return null;
  if (!lenient && padding.length !== 0 && padding.length !== complete) return null;
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** What a URI of the Key URI Format says, or `null` if it is to be refused. */
export function referenceParseUri(uri, lenient = false) {
  if (uri.length > 8192 || /[\ud800-\udfff]/u.test(uri)) return null;
  const text = uri.replace(/^\s+/, '').replace(/\s+$/, '');
  const parts = /^otpauth:\/\/(totp|hotp)(?:\/([^?]*))?(?:\?([^#]*))?$/i.exec(text);
  if (!parts) return null;
  const [, type, label = '', query = ''] = parts;
  try {
    const { known, raw, extra } = parseQuery(query);
    const fromForm = decodeURIComponent((raw.issuer ?? '').split('+').join(' '));
    const { prefix, account } = parseLabel(label, [known.issuer, fromForm].filter(Boolean));
    const secret = referenceDecodeBase32(known.secret, lenient);
    if (!secret?.length || secret.length > 1024 || (account === '' && !lenient)) return null;
    const issuer = prefix === fromForm ? prefix : known.issuer || prefix;
    return {
      type: type.toLowerCase(),
      secret,
      account,
      ...(issuer && { issuer }),
      ...(prefix && prefix !== issuer && { labelIssuer: prefix }),
      // No match of the expression throws, and so is refused.
      algorithm: `SHA${/^(?:|hmac|hmac-)sha(?:|-)(1|256|512)$/i.exec(known.algorithm ?? 'SHA1')[1]}`,
      digits: Number(parseInteger(known.digits ?? '6', 6n, 10n)),
      ...(/totp/i.test(type)
        ? { period: Number(parseInteger(known.period ?? '30', 1n, 86_400n)) }
        : { counter: smallest(parseInteger(known.counter ?? (lenient ? '0' : ''), 0n, 2n ** 64n - 1n)) }),
      extra,
    };
  } catch {
    return null;
  }
}

function parseLabel(label, issuers) {
  const text = decodeURIComponent(label);
  const issuer = issuers.find((one) => text.slice(0, one.length + 1) === `${one}:`);
  const split = /^([^:]*):(.*)$/s.exec(label) ?? /^(.*?)%3a(.*)$/is.exec(label) ?? [];
  const found = split.slice(1).map(decodeURIComponent);
  const pieces = issuer === undefined ? found : [issuer, text.slice(issuer.length + 1)];
  const [prefix, account] = pieces.length === 2 ? pieces : ['', text];
  const isAlone = pieces.length === 0 && issuers.length === 0 && account.trim() !== '';
  return { prefix, account: isAlone ? account : account.replace(/^ +/, '') };
}

function parseQuery(query) {
  const [known, raw, extra] = [{}, {}, new Map()];
  for (const [, name, value] of query.replaceAll('&amp;', '&').matchAll(/(?<=^|&)([^&=]+)=([^&]*)/g)) {
    const [key, text] = [decodeURIComponent(name), decodeURIComponent(value)];
    const lower = key.toLowerCase();
    if (!['secret', 'issuer', 'algorithm', 'digits', 'period', 'counter'].includes(lower)) {
      extra.set(key, extra.has(key) ? [extra.get(key), text].flat() : text);
    } else if (lower in known) throw new Error('twice');
    else [known[lower], raw[lower]] = [text, value];
  }
  return { known, raw, extra: Object.fromEntries(extra) };
}

function parseInteger(text, least, most) {
  if (!/^[0-9]+$/.test(text) || String(BigInt(text)) !== text) throw new Error('no integer');
  if (BigInt(text) < least || BigInt(text) > most) throw new Error('out of range');
  return BigInt(text);
}

export const smallest = (counter) => (counter < 2n ** 53n ? Number(counter) : counter);

/** The code that was meant, or `null` for what can't be one. */
export function referenceBackupCode(typed) {
  if (typeof typed !== 'string' || typed.length > 128) return null;
  let code = '';
  for (const character of readTyped(typed)) {
    if ('0oO'.includes(character)) code += '0';
    else if ('1iIlL'.includes(character)) code += '1';
    else if (/^[0-9A-Za-z]$/.test(character)) code += character.toLowerCase();
    else return null;
  }
  return code.length >= 8 && code.length <= 64 ? code : null;
}

/** The last part of a stored hash. */
export function referenceBackupHash(code, salt, { N, r, p }, pepper) {
  const key = scryptSync(code, Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem: 2 ** 30 });
  const hash = pepper ? createHmac('sha256', pepper).update(key).digest() : key;
  return hash.toString('base64').replaceAll('=', '');
}

export function referenceCheckAttempts(state, policy, now) {
  const { freeFailures = 5, firstWaitSeconds = 30, maxWaitSeconds = 3600, maxFailures = 100 } = policy;
  const { failures, lastFailureAt } = state ?? { failures: 0, lastFailureAt: 0 };
  if (failures >= maxFailures) return { allowed: false, retryAt: null, locked: true };
  let wait = 0;
  for (let i = freeFailures; i <= failures; i++) {
    wait = Math.min(wait === 0 ? firstWaitSeconds : 2 * wait, maxWaitSeconds);
  }
  const retryAt = lastFailureAt + 1000 * wait;
  // Further ahead than the longest wait, and than a day: the clock of that failure was wrong.
  const waits = wait > 0 && now < retryAt && lastFailureAt - now <= 1000 * Math.max(maxWaitSeconds, 86_400);
  return { allowed: !waits, retryAt: waits ? retryAt : null, locked: false };
}

export function referenceTakeAttempt(state, policy, now) {
  const decision = referenceCheckAttempts(state, policy, now);
  if (!decision.allowed) return { ...decision, state };
  const { failures, lastFailureAt } = state ?? { failures: 0, lastFailureAt: 0 };
  const furthest = 1000 * Math.max(policy.maxWaitSeconds ?? 3600, 86_400);
  const ahead = lastFailureAt > now && lastFailureAt - now <= furthest;
  return { ...decision, state: { failures: failures + 1, lastFailureAt: ahead ? lastFailureAt : now } };
}
