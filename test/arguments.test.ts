// What a developer gets wrong, in every argument and option of every function: an error at once that names it.
// What a person typed is no match, whatever it is.
import { types } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import * as otp from '../src/index.js';
import { holds, refuses, run } from './properties/outcome.js';
import { ascii, untyped } from './tools/vectors.js';

const foreign = (source: string) => runInContext(source, createContext({}));
function trap(): never {
  throw new Error('a conversion was called');
}
const NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE];
NUMBERS.push(
  -1,
  -0.5,
  0,
  5,
  7,
  6.5,
  11,
  15,
  33,
  65,
  101,
  129,
  1001,
  86_401,
  31_536_001,
  2 ** 31,
  2 ** 53,
  8.64e15 + 2,
);

const VALUES: [string, unknown][] = [
  ...NUMBERS.map((number): [string, unknown] => [String(number), number]),
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['a symbol', Symbol('482913')],
  ['7n', 7n],
  ['-1n', -1n],
  ['2n ** 64n', 2n ** 64n],
  ['a huge bigint', 10n ** 100_000n],
  ['a function', () => 6],
  ['a Number object', new Number(6)],
  ['a String object', new String('482913')],
  ['toPrimitive', { [Symbol.toPrimitive]: () => '482913' }],
  ['conversions that throw', { valueOf: trap, toString: trap, [Symbol.toPrimitive]: trap, toJSON: trap }],
  ['a Map', new Map([['digits', 6]])],
  ['a Promise', Promise.resolve(6)],
  ['a Date', new Date(59_000)],
  ['an invalid Date', new Date(Number.NaN)],
  ['what inherits from Date', Object.create(Date.prototype)],
  ['a Proxy of a Date', new Proxy(new Date(0), {})],
  ['an empty object', {}],
  ['an empty array', []],
  ['an array of a number', [6]],
  ['an array of holes', new Array(2)],
  ['a long array', new Array(100_000).fill('482913')],
  ['the longest array', new Array(2 ** 32 - 1)],
  ['an ArrayBuffer', new ArrayBuffer(20)],
  ['a DataView', new DataView(new ArrayBuffer(20))],
  ['a Uint16Array', new Uint16Array(20)],
  ['a Uint16Array of another realm', foreign('new Uint16Array(20)')],
  ['a forged tag', { [Symbol.toStringTag]: 'Uint8Array', length: 20, 0: 1 }],
  ['a forged prototype', Object.create(Uint8Array.prototype)],
  ['a Proxy of bytes', new Proxy(new Uint8Array(20), {})],
  ['no bytes', new Uint8Array(0)],
  ['15 bytes', new Uint8Array(15)],
  ['a million bytes', new Uint8Array(1e6)],
  ['an empty string', ''],
  ['a code', '482913'],
  ['sha1', 'sha1'],
  ['toString', 'toString'],
  ['half a character', '\ud83d'],
  ['a colon', 'a:b'],
  ['spaces', '   '],
  ['a huge string', '1'.repeat(2 ** 20)],
];

/** Which values are right, and how the error for the others says so. */
interface Kind {
  takes(value: unknown): boolean;
  says?: string;
}
const kind = (takes: (value: never) => boolean, says?: string): Kind => ({
  takes: untyped(takes),
  says: says ?? '',
});
const integer = (min: number, max: number) =>
  kind(
    (value: number) => Number.isInteger(value) && value >= min && value <= max,
    `must be an integer from ${min} to ${max}, got `,
  );
const oneOf = (...values: string[]) =>
  kind((value) => values.includes(value), `must be one of '${values.join("', '")}' (case matters), got `);
const bytes = (min: number, max: number) =>
  kind(
    (value: Uint8Array) => types.isUint8Array(value) && value.length >= min && value.length <= max,
    'must be ',
  );
const boolean = kind((value) => typeof value === 'boolean', 'must be a boolean, got ');
const text = kind((value) => typeof value === 'string', 'must be a string, got ');
const name = kind(
  (value: string) =>
    text.takes(value) && /^(?!\s*$)[^:]{1,8000}$/u.test(value) && !/\p{Surrogate}/u.test(value),
);
const objects = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  ![Date, Map, Promise].some((type) => value instanceof type);
const object = kind(objects, 'must be a plain object, got ');
const arrays = (min: number, max: number) =>
  kind((value: []) => Array.isArray(value) && value.length >= min && value.length <= max, 'must be ');
const or = (one: unknown, { takes, says }: Kind, saysSo = false) =>
  kind((value) => value === one || takes(value), saysSo ? says : 'must be ');
const none = kind(() => false);
const moment = kind(
  (value: number) =>
    types.isDate(value) ? +value >= 0 : typeof value === 'number' && value >= 0 && value <= 8.64e15,
  'must be a Date or Unix milliseconds from 0 to 8640000000000000, got ',
);
const counter = kind(
  (value: number) =>
    typeof value === 'bigint' ? value >= 0 && value < 2n ** 64n : Number.isSafeInteger(value) && value >= 0,
  'must be an integer from 0 to 2^53 - 1, or a bigint from 0 to 2^64 - 1, got ',
);
const typed = kind(() => true);

const SECRET = ascii('q7x9z3k5-q7x9z3k5-q7');
const KEY = ascii('0j4w8v2y-0j4w8v2y-0j4w8v2y-0j4w8');
const URI = `otpauth://totp/q7x9z3k5?secret=${otp.encodeBase32(SECRET)}`;
const SEALED = otp.encryptSecret(SECRET, KEY, 'user q7x9z3k5');
const FACTOR = { id: 'q7x9z3k5', lastUsedTimeStep: 1, backupHashes: [], attempts: null };
const PARAMS = { type: 'totp', secret: SECRET, account: 'ann' };

const codeOptions = {
  algorithm: oneOf('SHA1', 'SHA256', 'SHA512'),
  digits: integer(6, 10),
  minSecretBytes: integer(1, 64),
};
const timeOptions = {
  timestamp: moment,
  period: integer(1, 86_400),
  t0: kind((value: number) => integer(0, 1e9).takes(value)),
};
const totpOptions = { ...codeOptions, ...timeOptions, window: kind(integer(0, 10).takes) };
const policy = {
  freeFailures: integer(1, 100),
  firstWaitSeconds: integer(1, 3600),
  maxWaitSeconds: integer(1, 31_536_000),
  maxFailures: integer(1, 100),
};
const hashOptions = { pepper: bytes(16, 1024), cost: none };
const peppers = { pepper: bytes(16, 1024) };
const backupCodes = or(false, object);
const secret: [string, Kind, unknown] = ['secret', bytes(16, 1024), SECRET];
const code: [string, Kind, unknown] = ['code', typed, '482913'];
const at: [string, Kind, unknown] = ['counter', counter, 1];
const last: [string, Kind, unknown] = ['lastUsedTimeStep', or(null, kind(integer(0, 2 ** 53 - 1).takes)), 1];
const state: [string, Kind, unknown] = ['state', kind((value) => value === null), null];
const factor: [string, Kind, unknown] = ['factor', none, FACTOR];
const context: [string, Kind, unknown] = [
  'context',
  kind((value: string) => text.takes(value) && /^.{1,1024}$/u.test(value) && !/\p{Surrogate}/u.test(value)),
  'user q7x9z3k5',
];

/** A function: its arguments, each with what is right there; its options. */
const FUNCTIONS: [string, (...args: never[]) => unknown, [string, Kind, unknown][], Record<string, Kind>?][] =
  [
    ['generateSecret', otp.generateSecret, [], { algorithm: codeOptions.algorithm, bytes: integer(16, 128) }],
    ['encodeBase32', otp.encodeBase32, [['bytes', bytes(0, 5120), SECRET]], { padding: boolean }],
    ['decodeBase32', otp.decodeBase32, [['text', text, 'MY']], { lenient: boolean }],
    ['generateHotp', otp.generateHotp, [secret, at], codeOptions],
    ['generateHotpValue', otp.generateHotpValue, [secret, at], codeOptions],
    ['verifyHotp', otp.verifyHotp, [secret, code, at], { ...codeOptions, lookAhead: integer(0, 100) }],
    [
      'resyncHotp',
      otp.resyncHotp,
      [secret, ['codes', typed, ['482913', '482913']], at],
      { ...codeOptions, lookAhead: integer(0, 1000) },
    ],
    ['getTimeStep', otp.getTimeStep, [], timeOptions],
    ['generateTotp', otp.generateTotp, [secret], { ...codeOptions, ...timeOptions }],
    ['verifyTotp', otp.verifyTotp, [secret, code, last], totpOptions],
    ['parseOtpauthUri', otp.parseOtpauthUri, [['uri', text, URI]], { lenient: boolean }],
    [
      'generateBackupCodes',
      otp.generateBackupCodes,
      [],
      { count: integer(1, 100), alphabet: oneOf('base32', 'digits'), length: integer(8, 32) },
    ],
    ['hashBackupCodes', otp.hashBackupCodes, [['codes', none, ['x7q9-z3k5-m2r8']]], hashOptions],
    ['verifyBackupCode', otp.verifyBackupCode, [code, ['hashes', arrays(0, 100), []]], peppers],
    ['checkAttempts', otp.checkAttempts, [state], { ...policy, timestamp: moment }],
    ['takeAttempt', otp.takeAttempt, [state], { ...policy, timestamp: moment }],
    [
      'encryptSecret',
      otp.encryptSecret,
      [['secret', bytes(1, 1024), SECRET], ['key', bytes(32, 32), KEY], context],
    ],
    ['decryptSecret', otp.decryptSecret, [['text', text, SEALED], ['keys', bytes(32, 32), KEY], context]],
    [
      'createSecondFactor',
      otp.createSecondFactor,
      [secret, code],
      { ...totpOptions, ...hashOptions, fields: object, backupCodes },
    ],
    [
      'verifySecondFactor',
      otp.verifySecondFactor,
      [secret, factor, code],
      { ...totpOptions, ...policy, ...peppers, only: oneOf('totp', 'backup-code') },
    ],
    [
      'replaceBackupCodes',
      otp.replaceBackupCodes,
      [factor],
      { ...hashOptions, backupCodes, digits: codeOptions.digits },
    ],
    [
      'hasPassed',
      otp.hasPassed,
      [
        ['factor', kind((value) => value === null), FACTOR],
        ['passedFactor', or(undefined, or(null, text)), 'x'],
      ],
    ],
    [
      'constantTimeEqual',
      otp.constantTimeEqual,
      [
        ['a', kind((value) => text.takes(value) || types.isUint8Array(value)), '482913'],
        ['b', kind((value) => text.takes(value) || types.isUint8Array(value)), '482913'],
      ],
    ],
    [
      'buildOtpauthUri',
      (params) => otp.buildOtpauthUri(objects(params) ? { ...PARAMS, ...untyped(params) } : params),
      [],
      {
        type: oneOf('totp', 'hotp'),
        secret: bytes(1, 1024),
        account: name,
        issuer: or('', or('   ', name)),
        algorithm: codeOptions.algorithm,
        digits: integer(6, 10),
        period: integer(1, 86_400),
        extra: object,
      },
    ],
  ];

const HIDDEN = [SECRET, KEY, URI, '482913', 'q7x9z3k5', 'x7q9-z3k5-m2r8'];

/** Calls with each value in turn, and expects an error for those that are wrong. */
async function tryAll(
  name: string,
  { takes, says = '' }: Kind,
  tooShort: boolean,
  call: (value: unknown) => unknown,
) {
  for (const [label, value] of VALUES) {
    const outcome = await run(() => call(value));
    try {
      if (!takes(value)) {
        const isShort = tooShort && types.isUint8Array(value) && value.length < 16;
        refuses(outcome, isShort ? 'SECRET_TOO_SHORT' : 'INVALID_ARGUMENT', ...HIDDEN);
        const { message } = outcome.error as Error;
        expect(message).toMatch(new RegExp(`^${name}\\b`));
        expect(message.length).toBeLessThan(200);
        if (!isShort) expect(message).toContain(says);
      } else if (name === 'code' || name === 'codes') {
        const match = untyped(outcome.value);
        holds(
          outcome.error === undefined && (match === null || match.result === null),
          'is no refusal',
          outcome,
        );
      }
    } catch (error) {
      throw new Error(`${name}: ${label}`, { cause: error });
    }
  }
}

describe.each(FUNCTIONS)('%s', (_, call, parameters, options) => {
  const good = parameters.map(([, , value]) => value);
  const callWith = (...args: unknown[]) => untyped(call)(...args);

  for (const [i, [name, kind]] of parameters.entries()) {
    const tooShort = parameters[i] === secret;
    test(name, () =>
      tryAll(name, kind, tooShort, (value) => callWith(...good.map((one, at) => (at === i ? value : one)))),
    );
  }
  for (const [name, kind] of Object.entries(options ?? {})) {
    const call = (value: unknown) => callWith(...good, { [name]: value });
    test(`the option ${name}`, () => tryAll(name, or(undefined, kind, true), false, call));
  }
  if (options) {
    const call = (value: unknown) => callWith(...good, value);
    test('no options at all', () => tryAll('(options|params)', or(undefined, object, true), false, call));
  }
});

const create = (fields: unknown) => otp.createSecondFactor(SECRET, '482913', { fields: untyped(fields) });
const steps = { read: () => ({ factor: null }), decide: () => null, store: () => true };
const update = (wrong: object) => otp.updateSecondFactor(untyped({ ...steps, ...wrong }));

test.each<[string, () => unknown]>([
  ['a must be a string or a Uint8Array, got null', () => otp.constantTimeEqual(untyped(null), 'x')],
  ['key.length must be 32, got 16', () => otp.encryptSecret(SECRET, KEY.subarray(0, 16), 'user 1')],
  [
    'secret must be a Uint8Array (Base32 text is decoded with decodeBase32), got string',
    () => otp.generateTotp(untyped('MFRA')),
  ],
  [
    'window must be a number or { past, future }, got string',
    () => otp.verifyTotp(SECRET, '482913', null, { window: untyped('1') }),
  ],
  [
    'state must be an AttemptState, or null for no failures, got Date',
    () => otp.takeAttempt(untyped(new Date())),
  ],
  ['factor must be a SecondFactor, got array', () => otp.verifySecondFactor(SECRET, untyped([]), '482913')],
  [
    'factor must be a SecondFactor, or null if none is active (select the column, and parse it if it is text), got undefined',
    () => otp.hasPassed(untyped(undefined), null),
  ],
  [
    "id of factor must be a string of 1 to 128 characters, not 'none', got number",
    () => otp.replaceBackupCodes({ ...FACTOR, id: untyped(5) }),
  ],
  [
    'backupCodes must be options, or false, got string',
    () => otp.replaceBackupCodes(FACTOR, { backupCodes: untyped('10') }),
  ],
  ['fields.secret must be plain JSON (encrypt it first), got Uint8Array', () => create({ secret: SECRET })],
  ['store must be a function, got undefined', () => update({ store: undefined })],
  [
    'what read returns must be an object with a factor, got undefined',
    () => update({ read: () => undefined }),
  ],
  [
    'what decide returns must be { factor, result }, or null, got boolean',
    () => update({ decide: () => true }),
  ],
])('%s', async (message, call) => {
  expect((await run(call)).error).toMatchObject({ code: 'INVALID_ARGUMENT', message });
});
