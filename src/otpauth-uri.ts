//! otpure (MIT)
// otpauth URIs (Key URI Format): building them for a QR code, and reading what is found in the wild.
import { type DecodeBase32Options, decodeBase32, encodeBase32 } from './base32.js';
import {
  checkBoolean,
  checkBytes,
  checkObject,
  checkOneOf,
  checkString,
  invalidArgument,
  invalidNumber,
} from './checks.js';
import { OtpError } from './errors.js';
import {
  ALGORITHMS,
  type Bytes,
  checkAlgorithm,
  checkCounter,
  checkDigits,
  checkPeriod,
  DEFAULT_ALGORITHM,
  DEFAULT_DIGITS,
  DEFAULT_PERIOD,
  MAX_SECRET_BYTES,
  MAX_TEXT_LENGTH,
  type OtpAlgorithm,
} from './options.js';

/** Parameters that the Key URI Format does not know, by name; a list for one that is repeated. */
export type OtpauthExtra = Record<string, string | readonly string[]>;

interface OtpauthBuildShared {
  /** The shared key: 1 to 1,024 bytes. */
  secret: Uint8Array;
  /** The user, as authenticator apps show it, such as an e-mail address. Not empty; a `:` needs an issuer. */
  account: string;
  /** The service, as authenticator apps show it. No `:`. Strongly recommended. */
  issuer?: string | undefined;
  /** What the label begins with, if it is not `issuer`. No `:`. Default: `issuer`. */
  labelIssuer?: string | undefined;
  /** Hash of the HMAC. Default `'SHA1'`. */
  algorithm?: OtpAlgorithm | undefined;
  /** Digits of a code: 6 to 10. Default 6. */
  digits?: number | undefined;
  /**
   * Further parameters, such as FreeOTP's `image`. Params with `extra` are taken for those that
   * `parseOtpauthUri` returned, whose names may have a `:` anywhere.
   */
  extra?: OtpauthExtra | undefined;
}

/** What `buildOtpauthUri` takes. */
export type OtpauthBuildParams = OtpauthBuildShared &
  (
    | {
        /** Codes by time. */
        type: 'totp';
        /** Length of a time step in seconds: 1 to 86,400. Default 30. */
        period?: number | undefined;
      }
    | {
        /** Codes by counter. */
        type: 'hotp';
        /** The next counter: 0 to 2^53 − 1, or a bigint from 0 to 2^64 − 1. */
        counter: number | bigint;
      }
  );

interface OtpauthShared {
  /** The shared key, in a buffer of its own. */
  secret: Bytes;
  /** The user. Empty only if `lenient` took a URI without one. */
  account: string;
  /** The `issuer` parameter, or else the prefix of the label. Absent if there is neither. */
  issuer?: string;
  /** The prefix of the label, present only if it differs from `issuer`. */
  labelIssuer?: string;
  /** Hash of the HMAC. */
  algorithm: OtpAlgorithm;
  /** Digits of a code. */
  digits: number;
  /** The parameters that the Key URI Format does not know. */
  extra: OtpauthExtra;
}

/** What `parseOtpauthUri` returns: every default filled in, ready to be passed as options. */
export type OtpauthParams = OtpauthShared &
  (
    | {
        /** Codes by time. */
        type: 'totp';
        /** Length of a time step in seconds. */
        period: number;
      }
    | {
        /** Codes by counter. */
        type: 'hotp';
        /** The next counter: a number up to 2^53 − 1, a bigint above. */
        counter: number | bigint;
      }
  );

const TYPES = ['totp', 'hotp'] as const;
const STANDARD_PARAMETERS = ['secret', 'issuer', 'algorithm', 'digits', 'period', 'counter'] as const;
// Type, label and query.
const PARTS = /^otpauth:\/\/([^/?]*)\/?([^?]*)\??(.*)/is;
type StandardParameters = { [name in (typeof STANDARD_PARAMETERS)[number]]?: string };

/**
 * Builds the otpauth URI to show as a QR code at enrolment (Key URI Format).
 *
 * Defaults (`SHA1`, 6 digits, 30 seconds) are left out: every app has them, and the QR code stays small.
 * The URI holds the secret: draw the QR code yourself, and keep it out of logs. Params that
 * `parseOtpauthUri` returned (without `lenient`) give a URI that parses to the same.
 *
 * @param params The key, and how apps name it. If there is an issuer, readers drop the spaces before the account.
 * @returns `otpauth://totp/Issuer:account?secret=…&issuer=…`, at most 8,192 characters.
 * @throws `OtpError` `INVALID_ARGUMENT`: also for a `:` in the issuer, an account of nothing but spaces,
 * text that is not well-formed Unicode, and extra parameters with a standard name.
 *
 * @example
 * import { buildOtpauthUri } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * buildOtpauthUri({ type: 'totp', secret, account: 'ann@example.com', issuer: 'Acme Co' });
 * // 'otpauth://totp/Acme%20Co:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20Co'
 */
export function buildOtpauthUri(params: OtpauthBuildParams): string {
  const { type, secret, account, issuer = '', labelIssuer = issuer } = checkObject('params', params);
  const { algorithm = DEFAULT_ALGORITHM, digits = DEFAULT_DIGITS, extra } = params;
  checkOneOf('type', type, TYPES);
  checkBytes('secret', secret, 1, MAX_SECRET_BYTES);
  const encodedIssuer = encodeText('issuer', issuer);
  const prefix = encodeText('labelIssuer', labelIssuer) || encodedIssuer;
  let label = encodeText('account', account);
  if (/^ *$/.test(account)) throw invalidArgument('account', 'a string of more than spaces', account);
  if (extra === undefined) {
    // Apps split a label at any colon.
    refuseColon('issuer', issuer);
    refuseColon('labelIssuer', labelIssuer);
    if (!prefix) refuseColon('account', account);
  }
  // The label 'A:b:c' of the prefix 'A' would be split after 'A:b', if that is the issuer. Readers drop the space.
  if (labelIssuer !== issuer && `${labelIssuer}:${account}`.startsWith(`${issuer}:`)) label = `%20${label}`;
  if (prefix || account.includes(':')) label = `${prefix}:${label}`;

  let uri = `otpauth://${type}/${label}?secret=${encodeBase32(secret)}`;
  if (issuer) uri += `&issuer=${encodedIssuer}`;
  if (checkAlgorithm(algorithm) !== DEFAULT_ALGORITHM) uri += `&algorithm=${algorithm}`;
  if (checkDigits(digits) !== DEFAULT_DIGITS) uri += `&digits=${digits}`;
  if (params.type === 'hotp') {
    uri += `&counter=${checkCounter(params.counter)}`;
  } else {
    const { period = DEFAULT_PERIOD } = params;
    if (checkPeriod(period) !== DEFAULT_PERIOD) uri += `&period=${period}`;
  }
  return extra === undefined ? checkLength(uri) : addExtra(uri, extra);
}

function addExtra(uri: string, extra: OtpauthExtra): string {
  for (const [name, value] of Object.entries(checkObject('extra', extra))) {
    const encodedName = encodeText('every name in extra', name);
    if (name === '' || isStandard(name.toLowerCase())) {
      throw new OtpError(
        'INVALID_ARGUMENT',
        'the names in extra must not be empty or those of standard parameters',
      );
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      // At each step, so that a long list ends where the URI is full.
      uri = checkLength(`${uri}&${encodedName}=${encodeText('every value in extra', item)}`);
    }
  }
  return checkLength(uri);
}

function checkLength(uri: string): string {
  if (uri.length <= MAX_TEXT_LENGTH) return uri;
  throw invalidNumber('the URI of these params', `at most ${MAX_TEXT_LENGTH} characters`, uri.length);
}

function refuseColon(name: string, text: string): void {
  if (text.includes(':')) throw invalidArgument(name, "a string without ':' (replace it)", text);
}

function encodeText(name: string, text: string): string {
  // Encoding never shortens a text: this one is too long for a URI already.
  if (checkString(name, text).length > MAX_TEXT_LENGTH)
    throw invalidNumber(name, `at most ${MAX_TEXT_LENGTH} characters`, text.length);
  try {
    return encodeURIComponent(text);
  } catch {
    throw invalidArgument(name, 'well-formed Unicode, without lone surrogates', text);
  }
}

function isStandard(name: string): name is keyof StandardParameters {
  return STANDARD_PARAMETERS.includes(name as keyof StandardParameters);
}

/**
 * Reads an otpauth URI (Key URI Format), also as found in the wild.
 *
 * - Scheme, type, names of parameters and algorithm may be in any case. White space and a byte order mark
 *   around the URI are dropped. Raw spaces and non-ASCII are accepted, and so is a raw `#` in the label.
 * - A label that begins with the issuer parameter and a colon is split there; any other label at its first
 *   `:`, or else at its first `%3A`. Further colons belong to the account. Beside an issuer or a colon,
 *   spaces before it are dropped.
 * - The issuer parameter wins over the prefix of the label. An empty one is none.
 * - `+` is a plus (RFC 3986), except in an issuer parameter that is the prefix with `+` for its spaces.
 * - The algorithm may be written as in `SHA-256` or `HmacSHA256`, and `&amp;` for `&`.
 * - Parameters without `=`, `counter` on totp and `period` on hotp are ignored.
 *
 * Rejects other schemes, types and algorithms; a missing or empty account or secret; hotp without a counter;
 * a standard parameter given twice; a fragment; malformed percent-encoding and lone surrogates; numbers that
 * are not plain decimal integers in range; more than 8,192 characters.
 *
 * @param uri The text of a QR code, at most 8,192 characters. Short secrets are taken.
 * @param options Whether to be lenient; a missing counter then is 0.
 * @returns Secret, account, issuer and settings, with defaults filled in; other parameters in `extra`.
 * @throws `OtpError` `INVALID_URI`, with the `INVALID_BASE32` error as `cause` if the secret is at fault;
 * `INVALID_ARGUMENT`.
 *
 * @example
 * import { generateTotp, parseOtpauthUri } from 'otpure';
 *
 * const key = parseOtpauthUri('otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme');
 * generateTotp(key.secret, key); // the code of this moment
 */
export function parseOtpauthUri(uri: string, options: DecodeBase32Options = {}): OtpauthParams {
  checkString('uri', uri);
  const { lenient = false } = checkObject('options', options);
  checkBoolean('lenient', lenient);
  if (uri.length > MAX_TEXT_LENGTH) throw invalidUri(`it has more than ${MAX_TEXT_LENGTH} characters`);
  if (!uri.isWellFormed()) throw invalidUri('it has lone surrogates');

  const parts = PARTS.exec(uri.trim());
  if (parts === null) throw invalidUri('it does not begin with otpauth://');
  const [, host, label, query] = parts;
  const type = TYPES.find((one) => one === host.toLowerCase());
  if (type === undefined) throw invalidUri('its type is neither totp nor hotp');
  if (query.includes('#')) throw invalidUri('it has a fragment');

  const { standard, spacedIssuer, extra } = splitQuery(query);
  const { prefix, account } = splitLabel(label, [standard.issuer, spacedIssuer]);
  if (account === '' && !lenient) throw invalidUri('its label has no account');
  const algorithm = parseAlgorithm(standard.algorithm);
  const digits = parseInteger('digits', standard.digits, DEFAULT_DIGITS, checkDigits);
  let params: OtpauthParams;
  // The secret comes last, so that nothing throws with a copy of it left behind.
  if (type === 'totp') {
    const period = parseInteger('period', standard.period, DEFAULT_PERIOD, checkPeriod);
    const secret = parseSecret(standard.secret, lenient);
    params = { type, secret, account, algorithm, digits, extra, period };
  } else {
    if (standard.counter === undefined && !lenient) throw invalidUri('a hotp URI needs a counter');
    const counter = parseInteger('counter', standard.counter, 0, checkCounter);
    const secret = parseSecret(standard.secret, lenient);
    params = { type, secret, account, algorithm, digits, extra, counter };
  }
  // The parameter wins, unless it is the prefix with `+` for its spaces.
  const issuer = prefix === spacedIssuer ? prefix : standard.issuer || prefix;
  if (issuer) params.issuer = issuer;
  if (prefix && prefix !== issuer) params.labelIssuer = prefix;
  return params;
}

/** The standard parameters by name, and all others. Once more the issuer, with its `+` read as spaces. */
function splitQuery(query: string) {
  const standard: StandardParameters = {};
  const others = new Map<string, string[]>();
  let spacedIssuer: string | undefined;
  // Not split(), with which reading a URI takes a sixth longer.
  for (let start = 0, end: number; start < query.length; start = end) {
    end = query.indexOf('&', start);
    if (end < 0) end = query.length;
    const parameter = query.slice(start, end);
    end += query.startsWith('&amp;', end) ? 5 : 1;
    const equals = parameter.indexOf('=');
    if (equals < 1) continue;
    const name = decodeText(parameter.slice(0, equals));
    const text = parameter.slice(equals + 1);
    const value = decodeText(text);
    const lower = name.toLowerCase();
    if (!isStandard(lower)) {
      const values = others.get(name);
      if (values) values.push(value);
      else others.set(name, [value]);
      continue;
    }
    if (standard[lower] !== undefined) throw invalidUri(`it has more than one ${lower}`);
    standard[lower] = value;
    if (lower === 'issuer') spacedIssuer = text.includes('+') ? decodeText(text.replaceAll('+', ' ')) : value;
  }
  const toEntry = ([name, all]: [string, string[]]) => [name, all.length > 1 ? all : all[0]];
  // Defines and does not assign: a parameter named __proto__ is a name like any other.
  const extra = others.size === 0 ? {} : Object.fromEntries(Array.from(others, toEntry));
  return { standard, spacedIssuer, extra };
}

/** The label before and after the colon that it is split at; spaces at the start of an account are padding. */
function splitLabel(label: string, issuers: readonly (string | undefined)[]) {
  const text = decodeText(label);
  const literal = label.indexOf(':');
  const issuer = issuers.find((one) => one && text.startsWith(`${one}:`));
  const colon =
    issuer?.length ?? (literal < 0 ? text.indexOf(':') : decodeText(label.slice(0, literal)).length);
  const account = text.slice(colon + 1);
  const trimmed = account.startsWith(' ') ? account.replace(/^ +/, '') : account;
  // Unless they begin the whole label, with no issuer beside it.
  const isWhole = colon < 0 && !issuers[0];
  return { prefix: text.slice(0, Math.max(colon, 0)), account: isWhole && trimmed ? account : trimmed };
}

function decodeText(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUri('its percent-encoding is malformed');
  }
}

function parseSecret(text: string | undefined, lenient: boolean): Bytes {
  if (text === undefined) throw invalidUri('it has no secret');
  let secret: Bytes;
  try {
    secret = decodeBase32(text, { lenient });
  } catch (cause) {
    throw invalidUri('its secret is not Base32', cause);
  }
  if (secret.length === 0) throw invalidUri('its secret is empty');
  if (secret.length <= MAX_SECRET_BYTES) return secret;
  secret.fill(0);
  throw invalidUri(`its secret has more than ${MAX_SECRET_BYTES} bytes`);
}

function parseAlgorithm(text: string | undefined): OtpAlgorithm {
  if (text === undefined) return DEFAULT_ALGORITHM;
  const bits = /^(?:hmac-?)?sha-?(1|256|512)$/i.exec(text)?.[1];
  if (bits === undefined) throw invalidUri(`its algorithm is not one of ${ALGORITHMS.join(', ')}`);
  return `SHA${bits}` as OtpAlgorithm;
}

/** The grammar first: `Number` would take `0x6`, `6.0`, `6e0` and the empty string. */
function parseInteger<T extends number | bigint>(
  name: string,
  text: string | undefined,
  byDefault: T,
  check: (value: number | bigint) => T,
): T {
  if (text === undefined) return byDefault;
  const value = /^(?:0|[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : -1n;
  try {
    return check(value > Number.MAX_SAFE_INTEGER ? value : Number(value));
  } catch {
    // Without the cause: its message shows the number.
    throw invalidUri(`the value of ${name} is not a plain decimal integer, or out of range`);
  }
}

function invalidUri(reason: string, cause?: unknown): OtpError {
  return new OtpError('INVALID_URI', `uri is not an otpauth URI: ${reason}`, cause ? { cause } : {});
}
