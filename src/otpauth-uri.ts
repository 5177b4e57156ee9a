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

/** Parameters of an otpauth URI that the Key URI Format does not know, by name. */
export type OtpauthExtra = Record<string, string | readonly string[]>;

interface OtpauthBuildShared {
  /** The shared key: 1 to 1,024 bytes. */
  secret: Uint8Array;
  /** The user, as the authenticator app shows it: an e-mail address, say. Not empty, no `:`. */
  account: string;
  /** The service, as the authenticator app shows it. No `:`. Strongly recommended. */
  issuer?: string | undefined;
  /** Default `'SHA1'`. */
  algorithm?: OtpAlgorithm | undefined;
  /** 6 to 10, default 6. */
  digits?: number | undefined;
  /** Further parameters, such as FreeOTP's `image`; a list for one that is repeated. */
  extra?: OtpauthExtra | undefined;
}

/** What `buildOtpauthUri` takes. */
export type OtpauthBuildParams = OtpauthBuildShared &
  (
    | {
        type: 'totp';
        /** Seconds, 1 to 86,400, default 30. */
        period?: number | undefined;
      }
    | {
        type: 'hotp';
        /** The next counter: 0 to 2^53 − 1, or a bigint from 0 to 2^64 − 1. */
        counter: number | bigint;
      }
  );

interface OtpauthShared {
  secret: Bytes;
  account: string;
  /** The `issuer` parameter; without one, the prefix of the label. Absent where there is neither. */
  issuer?: string;
  /** The prefix of the label, present only where it differs from `issuer`. */
  labelIssuer?: string;
  algorithm: OtpAlgorithm;
  digits: number;
  /** The parameters the Key URI Format does not know; a list where one is repeated. */
  extra: OtpauthExtra;
}

/** What `parseOtpauthUri` returns: every default filled in, ready to be passed as options. */
export type OtpauthParams = OtpauthShared &
  (
    | {
        type: 'totp';
        /** Seconds. */
        period: number;
      }
    | {
        type: 'hotp';
        /** A number up to 2^53 − 1, a bigint above. */
        counter: number | bigint;
      }
  );

const SCHEME = 'otpauth://';
const TYPES = ['totp', 'hotp'] as const;
const STANDARD_PARAMETERS = ['secret', 'issuer', 'algorithm', 'digits', 'period', 'counter'] as const;
type StandardParameters = { [name in (typeof STANDARD_PARAMETERS)[number]]?: string };
const WHITE_SPACE = '\t\n\f\r ';

/**
 * Builds the otpauth URI to show as a QR code at enrolment (Key URI Format).
 *
 * Defaults (`SHA1`, 6 digits, 30 seconds) are left out: every app has them, and the QR code stays small.
 * The URI holds the secret: draw the QR code yourself, and keep it out of logs.
 *
 * @param params See `OtpauthBuildParams`. Readers drop the spaces that `account` begins with.
 * @returns `otpauth://totp/Issuer:account?secret=…&issuer=…`, at most 8,192 characters.
 * @throws `OtpError` `INVALID_ARGUMENT`: also for a `:` in issuer or account, an account of nothing
 * but spaces, text that is not well-formed Unicode, and extra parameters with a standard name.
 *
 * @example
 * import { buildOtpauthUri } from 'otpure';
 *
 * const secret = new TextEncoder().encode('12345678901234567890');
 * buildOtpauthUri({ type: 'totp', secret, account: 'ann@example.com', issuer: 'Acme Co' });
 * // 'otpauth://totp/Acme%20Co:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20Co'
 */
export function buildOtpauthUri(params: OtpauthBuildParams): string {
  const { type, secret, account, issuer = '' } = checkObject('params', params);
  const { algorithm = DEFAULT_ALGORITHM, digits = DEFAULT_DIGITS, extra } = params;
  checkOneOf('type', type, TYPES);
  checkBytes('secret', secret, 1, MAX_SECRET_BYTES);
  if (isBlank(checkString('account', account))) throw invalidArgument('account', 'more than spaces', account);

  const label = encodeLabelPart('account', account);
  const prefix = encodeLabelPart('issuer', checkString('issuer', issuer));
  let uri = `${SCHEME}${type}/${prefix && `${prefix}:`}${label}?secret=${encodeBase32(secret)}`;
  if (prefix) uri += `&issuer=${prefix}`;
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
    if (name === '' || isStandard(name.toLowerCase())) {
      throw new OtpError(
        'INVALID_ARGUMENT',
        'the names in extra must not be empty or those of standard parameters',
      );
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      const encoded = encodeText('every value in extra', checkString('every value in extra', item));
      // At each step, so that a long list ends where the URI is full.
      uri = checkLength(`${uri}&${encodeText('every name in extra', name)}=${encoded}`);
    }
  }
  return uri;
}

function checkLength(uri: string): string {
  if (uri.length <= MAX_TEXT_LENGTH) return uri;
  throw invalidNumber('the URI of these params', `at most ${MAX_TEXT_LENGTH} characters`, uri.length);
}

function encodeLabelPart(name: string, text: string): string {
  if (text.includes(':')) throw invalidArgument(name, "a string without ':' (replace it)", text);
  return encodeText(name, text);
}

function encodeText(name: string, text: string): string {
  // What is encoded has no fewer characters: too long for a URI already.
  if (text.length > MAX_TEXT_LENGTH)
    throw invalidNumber(name, `at most ${MAX_TEXT_LENGTH} characters`, text.length);
  try {
    return encodeURIComponent(text);
  } catch {
    throw invalidArgument(name, 'well-formed Unicode, without lone surrogates', text);
  }
}

/** Apps drop the spaces a label's account begins with, so one of nothing else would be empty there. */
function isBlank(text: string): boolean {
  return text.startsWith(' ') ? /^ *$/.test(text) : text === '';
}

function isStandard(name: string): name is keyof StandardParameters {
  return STANDARD_PARAMETERS.includes(name as keyof StandardParameters);
}

/**
 * Reads an otpauth URI (Key URI Format).
 *
 * Takes what is found in the wild: scheme, type, parameter names and algorithm in any case; ASCII white
 * space around; raw spaces and non-ASCII. The label is split at its literal `:`, or else at the first
 * `%3A`; spaces after it are dropped. The issuer parameter wins over the prefix; an empty one is none.
 * `+` is a plus (RFC 3986). Ignored: parameters without `=`, `counter` on totp, `period` on hotp.
 *
 * Refused: other schemes, types and algorithms; an account or secret that is missing or empty; no counter
 * on hotp; a standard parameter twice; a fragment; malformed percent-encoding; more than one literal `:`
 * in the label; numbers that are not plain decimal integers in range; more than 8,192 characters.
 *
 * @param uri The text of a QR code, at most 8,192 characters.
 * @param options Those of `decodeBase32`, for the secret. Short secrets are taken.
 * @returns Secret, account, issuer and settings, with defaults filled in.
 * @throws `OtpError` `INVALID_URI`, with the `INVALID_BASE32` error as `cause` where the secret is at
 * fault; `INVALID_ARGUMENT`.
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

  const { type, label, query } = splitUri(uri);
  const { prefix, account } = splitLabel(label);
  const { standard, extra } = splitQuery(query);
  const secret = parseSecret(standard.secret, lenient);
  const algorithm = parseAlgorithm(standard.algorithm);
  const digits = parseInteger('digits', standard.digits, DEFAULT_DIGITS, checkDigits);
  let params: OtpauthParams;
  if (type === 'totp') {
    const period = parseInteger('period', standard.period, DEFAULT_PERIOD, checkPeriod);
    params = { type, secret, account, algorithm, digits, extra, period };
  } else {
    if (standard.counter === undefined) throw invalidUri('a hotp URI needs a counter');
    const counter = parseInteger('counter', standard.counter, 0, checkCounter);
    params = { type, secret, account, algorithm, digits, extra, counter };
  }
  const issuer = standard.issuer || prefix;
  if (issuer) params.issuer = issuer;
  if (prefix && prefix !== issuer) params.labelIssuer = prefix;
  return params;
}

function splitUri(uri: string): { type: 'totp' | 'hotp'; label: string; query: string } {
  const text = trimWhiteSpace(uri);
  if (text.includes('#')) throw invalidUri('it has a fragment');
  if (text.slice(0, SCHEME.length).toLowerCase() !== SCHEME) {
    throw invalidUri(`it does not begin with ${SCHEME}`);
  }
  const queryStart = endAt(text, '?', SCHEME.length);
  const typeEnd = Math.min(endAt(text, '/', SCHEME.length), queryStart);
  const type = text.slice(SCHEME.length, typeEnd).toLowerCase();
  if (type !== 'totp' && type !== 'hotp') throw invalidUri('its type is neither totp nor hotp');
  return { type, label: text.slice(typeEnd + 1, queryStart), query: text.slice(queryStart + 1) };
}

/** Where a character comes next, or else the end of the text. */
function endAt(text: string, character: string, start: number): number {
  const index = text.indexOf(character, start);
  return index < 0 ? text.length : index;
}

/** `trim()` would also take a no-break space or a byte order mark, which are part of the text. */
function trimWhiteSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.includes(text[start])) start++;
  while (end > start && WHITE_SPACE.includes(text[end - 1])) end--;
  return text.slice(start, end);
}

function splitLabel(label: string): { prefix: string; account: string } {
  let colon = label.indexOf(':');
  let end = colon + 1;
  if (label.includes(':', end)) throw invalidUri("its label has more than one ':'");
  if (colon < 0) {
    colon = label.search(/%3a/i);
    end = colon + '%3A'.length;
  }
  const prefix = colon < 0 ? '' : decodeText(label.slice(0, colon));
  const account = colon < 0 ? decodeText(label) : decodeText(label.slice(end)).replace(/^ +/, '');
  if (isBlank(account)) throw invalidUri('its label has no account');
  return { prefix, account };
}

/** The values of the standard parameters by name, and all others. */
function splitQuery(query: string): { standard: StandardParameters; extra: OtpauthExtra } {
  const standard: StandardParameters = {};
  const others: [string, string][] = [];
  for (let start = 0, end: number; start < query.length; start = end + 1) {
    end = endAt(query, '&', start);
    const parameter = query.slice(start, end);
    const equals = parameter.indexOf('=');
    if (equals < 1) continue;
    const name = decodeText(parameter.slice(0, equals));
    const value = decodeText(parameter.slice(equals + 1));
    const lower = name.toLowerCase();
    if (!isStandard(lower)) others.push([name, value]);
    else if (standard[lower] === undefined) standard[lower] = value;
    else throw invalidUri(`it has more than one ${lower}`);
  }
  return { standard, extra: others.length === 0 ? {} : collect(others) };
}

/** By name, a list where one is repeated. */
function collect(parameters: readonly [string, string][]): OtpauthExtra {
  const values = new Map<string, string[]>();
  for (const [name, value] of parameters) {
    const earlier = values.get(name);
    if (earlier === undefined) values.set(name, [value]);
    else earlier.push(value);
  }
  // Defines and does not assign: a parameter named __proto__ is a name like any other.
  return Object.fromEntries(Array.from(values, ([name, all]) => [name, all.length > 1 ? all : all[0]]));
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
  if (secret.length > MAX_SECRET_BYTES)
    throw invalidUri(`its secret has more than ${MAX_SECRET_BYTES} bytes`);
  return secret;
}

function parseAlgorithm(text: string | undefined): OtpAlgorithm {
  if (text === undefined) return DEFAULT_ALGORITHM;
  // Compared in lower case: the upper case of U+017F is an S.
  const algorithm = ALGORITHMS.find((name) => name.toLowerCase() === text.toLowerCase());
  if (algorithm === undefined) throw invalidUri(`its algorithm is none of ${ALGORITHMS.join(', ')}`);
  return algorithm;
}

/** The grammar first: `Number` would take `0x6`, `6.0`, `6e0` and the empty string. */
function parseInteger<T extends number | bigint>(
  name: string,
  text: string | undefined,
  byDefault: number,
  check: (value: number | bigint) => T,
): T {
  if (text === undefined) return check(byDefault);
  const value = /^(?:0|[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : -1n;
  try {
    return check(value > Number.MAX_SAFE_INTEGER ? value : Number(value));
  } catch {
    // Without the cause: its message shows the number.
    throw invalidUri(`the value of ${name} is no plain decimal integer, or out of range`);
  }
}

function invalidUri(reason: string, cause?: unknown): OtpError {
  return new OtpError('INVALID_URI', `uri is not an otpauth URI: ${reason}`, cause ? { cause } : {});
}
