// Holds what came out of a call against what should have.
import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { OtpError } from 'otpure';
import { same } from './reference.mjs';
import { Trap } from './values.mjs';

const dist = new URL('.', import.meta.resolve('otpure'));
const ownWords = readdirSync(dist)
  .filter((name) => name.endsWith('.js'))
  .map((name) => readFileSync(new URL(name, dist), 'utf8').toLowerCase())
  // Limits that the code has as expressions and the messages as numbers.
  .concat(
    ['object', 'string', 'boolean', 'an array', 'function', 'undefined', 'symbol', 'bigint', 'number'].map(
      (type) => `got ${type}`,
    ),
  )
  // Messages that are put together.
  .concat('it does not begin with otpauth://', 'none of sha1, sha256, sha512, got')
  .concat(String(Number.MAX_SAFE_INTEGER), '8640000000000000', '31536000', '2097152')
  .join('\n');

// Shorter pieces are found in any text.
const PIECE = 6;

function fail(what, ...details) {
  throw new Error(
    [what, ...details.map((detail) => inspect(detail, { depth: 6, breakLength: 110 }))].join('\n  '),
  );
}

/** The outcome is this value. */
export function returns({ value, error }, expected) {
  if (error !== undefined && !(error instanceof Trap)) fail('threw instead of returning', error, expected);
  if (error === undefined && !same(value, expected)) fail('returned something else', value, expected);
}

/** The outcome is an `OtpError` with one of these codes, and its message holds no piece of these texts. */
export function refuses({ value, error }, codes, secrets = []) {
  if (error === undefined) fail(`returned instead of throwing ${codes}`, value);
  if (error instanceof Trap) return;
  if (!(error instanceof OtpError)) fail('threw something undocumented', error);
  if (!codes.includes(error.code)) fail(`threw another code than ${codes}`, error);
  if (!same(Object.keys(error).sort(), ['code', 'name'])) fail('has further properties', Object.keys(error));
  for (let one = error; one !== undefined; one = one.cause) {
    if (!(one instanceof OtpError)) fail('has a cause that is not its own', one);
    const message = withoutNumbers(one.message.toLowerCase());
    for (const text of secrets) {
      const piece = sharedPiece(message, text);
      if (piece !== undefined) fail(`shows ${JSON.stringify(piece)} of what was given`, message);
    }
  }
}

/** Without a number that is out of range and its limits, which may be shown unless they come from a URI. */
function withoutNumbers(message) {
  if (message.startsWith('uri is not')) return message;
  return message.replace(/ from \d+ to \d+/, '').replace(/ got -?[0-9.e+]+$/, '');
}

function sharedPiece(message, given) {
  const text = String(given).slice(0, 2000).toLowerCase();
  for (let i = 0; i + PIECE <= text.length; i++) {
    const piece = text.slice(i, i + PIECE);
    if (message.includes(piece) && !ownWords.includes(piece)) return piece;
  }
  return undefined;
}

/** The work done is exactly this; what is not named must be nothing. */
export function costs({ spent }, expected) {
  const nothing = { hashes: 0, hmacs: 0, scrypts: 0, mostScryptWork: 0, randomCalls: 0, randomBytes: 0 };
  if (!same(spent, { ...nothing, ...expected })) fail('did other work than it should', spent, expected);
}

export function holds(condition, what, ...details) {
  if (!condition) fail(what, ...details);
}
