// One target a function: generated input, the call, and what must be true of the outcome.
import { types } from 'node:util';
import fc from 'fast-check';
import {
  buildOtpauthUri,
  checkAttempts,
  constantTimeEqual,
  decodeBase32,
  encodeBase32,
  generateBackupCodes,
  generateHotp,
  generateHotpValue,
  generateSecret,
  generateTotp,
  getTimeStep,
  hashBackupCodes,
  parseOtpauthUri,
  recordFailure,
  resyncHotp,
  verifyBackupCode,
  verifyHotp,
  verifyTotp,
} from 'otpure';
import * as input from './inputs.mjs';
import { run, scryptSync } from './meter.mjs';
import { costs, holds, refuses, returns } from './oracle.mjs';
import * as reference from './reference.mjs';
import { BYTES_AS, make, wrongFor } from './values.mjs';

const { option, integerOption, wrongValue, edits, applyEdits } = input;

/** What a generated option stands for: `right`, one of the two kinds of wrong, or nothing. */
function give(spec) {
  if ('wrong' in spec) return make(spec.wrong);
  return 'wrongData' in spec ? spec.wrongData : spec.right;
}

const isRight = (spec) => !('wrong' in spec || 'wrongData' in spec);

/** An options object as a caller would write it, the values in force, and whether all are right. */
function realise(specs, defaults) {
  const options = {};
  const values = { ...defaults };
  let right = true;
  for (const [name, spec] of Object.entries(specs)) {
    if (Object.keys(spec).length === 0) continue;
    options[name] = give(spec);
    if (isRight(spec)) values[name] = spec.right;
    else right = false;
  }
  return { options, values, right };
}

const anyOf = (...arbitraries) => fc.oneof(...arbitraries);
const rarely = (usual, rare) => fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: rare });

const bytesKind = fc.constantFrom(...Object.keys(BYTES_AS));
const bytesSpec = (minLength) =>
  rarely(
    fc.record({ bytes: input.secretBytes(minLength), as: bytesKind }),
    anyOf(wrongValue('bytes'), wrongValue('gone')),
  );

const giveBytes = (spec) => ('bytes' in spec ? BYTES_AS[spec.as](spec.bytes) : make(spec.wrong));

/** Spellings in which a key could show up in a message. */
function spellings(spec) {
  if (!('bytes' in spec)) return ['123456'];
  const bytes = Buffer.from(spec.bytes);
  return ['hex', 'latin1', 'base64'].map((encoding) => bytes.toString(encoding)).concat(spec.bytes.join());
}

// base32

const decode = [
  fc.record({
    text: rarely(
      input.base32Text.map((text) => ({ text })),
      wrongValue('string'),
    ),
    lenient: input.booleanOption,
  }),
  ({ text: spec, lenient: lenientSpec }) => {
    const { options, values, right } = realise({ lenient: lenientSpec }, { lenient: false });
    const text = 'text' in spec ? spec.text : make(spec.wrong);
    const outcome = run(() => decodeBase32(text, options));
    costs(outcome, {});
    if (!right || !('text' in spec)) return refuses(outcome, ['INVALID_ARGUMENT'], [spec.text ?? '123456']);
    const expected = reference.referenceDecodeBase32(text, values.lenient);
    if (expected === null) return refuses(outcome, ['INVALID_BASE32'], [text]);
    returns(outcome, expected);
    const canonical = text.replace(/[ =-]/g, '').toUpperCase();
    if (!values.lenient) returns({ value: encodeBase32(outcome.value) }, canonical);
    returns({ value: decodeBase32(encodeBase32(outcome.value, { padding: true })) }, expected);
  },
];

const encode = [
  fc.record({ bytes: bytesSpec(0), padding: input.booleanOption }),
  ({ bytes: spec, padding }) => {
    const { options, values, right } = realise({ padding }, { padding: false });
    const bytes = giveBytes(spec);
    const outcome = run(() => encodeBase32(bytes, options));
    costs(outcome, {});
    if (!right || wrongFor.bytes.includes(spec.wrong))
      return refuses(outcome, ['INVALID_ARGUMENT'], spellings(spec));
    const plain = Uint8Array.from(spec.bytes ?? []);
    returns(outcome, reference.referenceEncodeBase32(plain, values.padding));
    returns({ value: decodeBase32(outcome.value) }, plain);
  },
];

// otpauth URIs

const parse = [
  fc.record({
    uri: rarely(
      input.uriText.map((text) => ({ text })),
      wrongValue('string'),
    ),
    lenient: input.booleanOption,
  }),
  ({ uri: spec, lenient }) => {
    const { options, values, right } = realise({ lenient }, { lenient: false });
    const uri = 'text' in spec ? spec.text : make(spec.wrong);
    const outcome = run(() => parseOtpauthUri(uri, options));
    costs(outcome, {});
    if (!right || !('text' in spec)) return refuses(outcome, ['INVALID_ARGUMENT'], [spec.text ?? '123456']);
    const expected = reference.expectedUri(uri, values.lenient);
    if (expected === null) return refuses(outcome, ['INVALID_URI'], [uri]);
    returns(outcome, expected);
    usesAndRebuilds(outcome.value);
  },
];

/** What was parsed can be used as options, and built into a URI that says the same. */
function usesAndRebuilds(params) {
  const code = run(() =>
    params.type === 'totp'
      ? generateTotp(params.secret, { ...params, timestamp: 59_000 })
      : generateHotp(params.secret, params.counter, params),
  );
  if (params.secret.length < 16) refuses(code, ['SECRET_TOO_SHORT']);
  else
    returns(code, reference.referenceHotp(params.secret, BigInt(params.counter ?? stepAt59(params)), params));

  const built = run(() => buildOtpauthUri(params));
  costs(built, {});
  const { labelIssuer, ...rest } = params;
  const texts = [params.account, params.issuer ?? '', JSON.stringify(params.extra)].join();
  const blank = (text) => /^ *$/.test(text);
  // Only what the format has no room for, and text that has no UTF-8, may be refused.
  if (
    built.error &&
    (`${params.account}${params.issuer ?? ''}`.includes(':') || isTooLong(params) || !isWellFormed(texts))
  )
    return refuses(built, ['INVALID_ARGUMENT'], [params.account]);
  holds(!blank(params.account), 'an account of spaces', params);
  returns(
    { value: parseOtpauthUri(built.value ?? fail(built.error)) },
    { ...rest, account: accountAsRead(rest.account, rest.issuer) },
  );
}

/** Spaces between the issuer and the account are not part of either. */
const accountAsRead = (account, issuer) => (issuer ? account.replace(/^ +/, '') : account);

const stepAt59 = ({ period }) => Math.floor(59 / period);

function fail(error) {
  throw error;
}

function isWellFormed(text) {
  try {
    encodeURIComponent(text.replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, '\ud800'));
    return true;
  } catch {
    return false;
  }
}

/** Percent-encoding makes raw text up to nine times as long. */
const isTooLong = (params) =>
  encodeURIComponent(
    JSON.stringify([params.account, params.issuer, params.extra]).replaceAll(/[\ud800-\udfff]/g, 'xx'),
  ).length +
    (params.issuer?.length ?? 0) * 9 >
  4000;

const text = anyOf(fc.string({ unit: 'grapheme', maxLength: 20 }), input.typedText);
const extraSpec = fc.dictionary(fc.string({ maxLength: 8 }), anyOf(text, fc.array(text, { maxLength: 3 })), {
  maxKeys: 3,
});

const build = [
  fc.record({
    type: option(fc.constantFrom('totp', 'hotp'), wrongValue('string')),
    secret: bytesSpec(0),
    account: option(text, wrongValue('string')),
    issuer: option(text, wrongValue('string')),
    algorithm: input.algorithmOption,
    digits: input.digitsOption,
    period: integerOption(1, 86_400),
    counter: option(
      input.counter,
      fc.constantFrom(-1, -1n, 2n ** 64n, 2 ** 53).map((wrongData) => ({ wrongData })),
    ),
    extra: option(extraSpec, wrongValue('options')),
  }),
  ({ secret, ...specs }) => {
    const defaults = { issuer: '', algorithm: 'SHA1', digits: 6, period: 30, extra: {} };
    const { options, values } = realise(specs, defaults);
    const params = { ...options, secret: giveBytes(secret) };
    const outcome = run(() => buildOtpauthUri(params));
    costs(outcome, {});
    const unused = values.type === 'hotp' ? 'period' : 'counter';
    const right = Object.entries(specs).every(([name, spec]) => name === unused || isRight(spec));
    const standard = ['secret', 'issuer', 'algorithm', 'digits', 'period', 'counter', ''];
    const texts = [values.account, values.issuer, ...Object.entries(values.extra ?? {})].flat(2);
    const tellable =
      right &&
      secret.bytes?.length > 0 &&
      values.type !== undefined &&
      values.account !== undefined &&
      (values.type === 'totp' || values.counter !== undefined) &&
      !/^ *$|:/.test(values.account) &&
      !values.issuer.includes(':') &&
      texts.every(isEncodable) &&
      !Object.keys(values.extra).some((name) => standard.includes(name.toLowerCase()));
    const given = [...texts, ...spellings(secret)].filter((one) => typeof one === 'string');
    if (!tellable) return refuses(outcome, ['INVALID_ARGUMENT'], given);
    // Percent-encoded text may be too long.
    if (outcome.error !== undefined && texts.join('').length > 800)
      return refuses(outcome, ['INVALID_ARGUMENT'], given);

    const { type, account, issuer, algorithm, digits, period, counter } = values;
    const bigCounter = typeof counter === 'bigint' && counter >= 2n ** 53n;
    const expected = {
      type,
      secret: Uint8Array.from(secret.bytes),
      account: accountAsRead(account, issuer),
      algorithm,
      digits,
      ...(issuer && { issuer }),
      ...(type === 'totp' ? { period } : { counter: bigCounter ? counter : Number(counter) }),
      extra: expectedExtra(values.extra),
    };
    holds(/^otpauth:\/\/[!-~]{1,8184}$/.test(outcome.value ?? ''), 'is not a URI', outcome);
    holds(!outcome.value.includes('+'), 'has a +', outcome.value);
    returns(
      run(() => parseOtpauthUri(outcome.value)),
      expected,
    );
  },
];

function isEncodable(text) {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A list of one is read as that one, an empty list not at all. */
function expectedExtra(extra) {
  const entries = Object.entries(extra).map(([name, value]) => [name, [value].flat()]);
  return Object.fromEntries(
    entries
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => [name, list.length > 1 ? list : list[0]]),
  );
}

// HOTP

const otpSpecs = {
  algorithm: input.algorithmOption,
  digits: input.digitsOption,
  minSecretBytes: integerOption(1, 64),
};
const otpDefaults = { algorithm: 'SHA1', digits: 6, minSecretBytes: 16 };

const counterSpec = rarely(
  input.counter.map((right) => ({ right })),
  anyOf(
    fc.constantFrom(-1, 2 ** 53, 0.5, -1n, 2n ** 64n).map((wrongData) => ({ wrongData })),
    fc
      .constantFrom(...wrongFor.number)
      .filter((name) => name !== 'bigint')
      .map((wrong) => ({ wrong })),
  ),
);

/** The errors that some arguments of a code function must lead to; none if they are all right. */
function expectedErrors(right, secretSpec, { minSecretBytes }) {
  const codes = [];
  if (!right || wrongFor.bytes.includes(secretSpec.wrong)) codes.push('INVALID_ARGUMENT');
  const length = secretSpec.bytes?.length ?? 0;
  if (length < minSecretBytes && !wrongFor.bytes.includes(secretSpec.wrong)) codes.push('SECRET_TOO_SHORT');
  return codes;
}

const generate = [
  fc.record({ secret: bytesSpec(0), counter: counterSpec, specs: fc.record(otpSpecs) }),
  ({ secret: secretSpec, counter: counterSpec, specs }) => {
    const { options, values, right } = realise(specs, otpDefaults);
    const [secret, counter] = [giveBytes(secretSpec), give(counterSpec)];
    const codes = expectedErrors(right && isRight(counterSpec), secretSpec, values);
    for (const call of [generateHotp, generateHotpValue]) {
      const outcome = run(() => call(secret, counter, options));
      if (codes.length > 0) {
        costs(outcome, {});
        refuses(outcome, codes, spellings(secretSpec));
        continue;
      }
      costs(outcome, { hashes: reference.expectedHashes(secret, values.algorithm, 1) });
      const digits = call === generateHotp ? values.digits : 10;
      const expected = reference.referenceHotp(secret, BigInt(counter), { ...values, digits });
      returns(outcome, call === generateHotp ? expected : Number(expected));
    }
  },
];

/** A typed code: one of a near counter, as it is or edited, or any text or value at all. */
const typedSpec = (reach) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ offset: fc.integer(reach), edits: fc.constant([]) }) },
    { weight: 4, arbitrary: fc.record({ offset: fc.integer(reach), edits }) },
    { weight: 2, arbitrary: fc.record({ text: input.typedText }) },
    { weight: 1, arbitrary: wrongValue('typed') },
  );

function giveTyped(spec, codeAt) {
  if ('text' in spec) return spec.text;
  return 'wrong' in spec ? make(spec.wrong) : applyEdits(codeAt(spec.offset), spec.edits);
}

const clamp = (value) => (value < 0n ? 0n : value > 2n ** 64n - 1n ? 2n ** 64n - 1n : value);
const secretsIn = (secretSpec, ...typed) => [
  ...spellings(secretSpec),
  ...typed.filter((one) => typeof one === 'string'),
];

const verifyCounter = [
  fc.record({
    secret: bytesSpec(10),
    counter: counterSpec,
    typed: typedSpec({ min: -3, max: 103 }),
    specs: fc.record({ ...otpSpecs, lookAhead: integerOption(0, 100) }),
  }),
  ({ secret: secretSpec, counter: counterSpec, typed: typedSpec, specs }) => {
    const { options, values, right } = realise(specs, { ...otpDefaults, lookAhead: 10 });
    const [secret, counter] = [giveBytes(secretSpec), give(counterSpec)];
    const codes = expectedErrors(right && isRight(counterSpec), secretSpec, values);
    const codeAt = (offset) =>
      codes.length > 0
        ? '123456'
        : reference.referenceHotp(secret, clamp(BigInt(counter) + BigInt(offset)), values);
    const typed = giveTyped(typedSpec, codeAt);
    const outcome = run(() => verifyHotp(secret, typed, counter, options));
    if (codes.length > 0) {
      costs(outcome, {});
      return refuses(outcome, codes, secretsIn(secretSpec, typed));
    }
    const end = typeof counter === 'bigint' ? 2n ** 64n : 2n ** 53n;
    const room = Number(end - BigInt(counter));
    const window = Math.min(values.lookAhead + 1, room) + (counter > 0 ? 1 : 0);
    costs(outcome, { hashes: reference.expectedHashes(secret, values.algorithm, window) });
    returns(outcome, reference.expectedHotpMatch(secret, typed, counter, values));
  },
];

const resync = [
  fc.record({
    secret: bytesSpec(10),
    counter: counterSpec,
    codes: rarely(
      fc.record({
        offset: fc.integer({ min: -3, max: 130 }),
        typed: fc.array(typedSpec({ min: -1, max: 1 }), { minLength: 1, maxLength: 4 }),
      }),
      wrongValue('array'),
    ),
    // Mostly small, because the reference is slow.
    specs: fc.record({ ...otpSpecs, lookAhead: integerOption(0, 1000, anyOf(fc.nat(120), fc.nat(1000))) }),
  }),
  ({ secret: secretSpec, counter: counterSpec, codes: codesSpec, specs }) => {
    const { options, values, right } = realise(specs, { ...otpDefaults, lookAhead: 100 });
    const [secret, counter] = [giveBytes(secretSpec), give(counterSpec)];
    const size = codesSpec.typed?.length;
    const codes = expectedErrors(
      right && isRight(counterSpec) && (size === 2 || size === 3),
      secretSpec,
      values,
    );
    const codeAt = (offset) =>
      codes.length > 0
        ? '123456'
        : reference.referenceHotp(secret, clamp(BigInt(counter) + BigInt(offset)), values);
    // In a row, but for those told to be off by one or something else.
    const typed =
      codesSpec.typed?.map((one, i) =>
        giveTyped(one, (off) => codeAt(codesSpec.offset + i + (size > 2 ? 0 : off))),
      ) ?? make(codesSpec.wrong);
    const outcome = run(() => resyncHotp(secret, typed, counter, options));
    if (codes.length > 0) {
      costs(outcome, {});
      return refuses(outcome, codes, secretsIn(secretSpec, ...(codesSpec.typed ? typed : [])));
    }
    const end = typeof counter === 'bigint' ? 2n ** 64n : 2n ** 53n;
    const window = Math.min(values.lookAhead + typed.length, Number(end - BigInt(counter)));
    costs(outcome, { hashes: reference.expectedHashes(secret, values.algorithm, window) });
    returns(outcome, reference.expectedResync(secret, typed, counter, values));
  },
];

// TOTP

const timeSpecs = {
  timestamp: input.momentOption.filter((spec) => Object.keys(spec).length > 0),
  period: integerOption(1, 86_400, fc.constantFrom(1, 15, 29, 30, 60, 3600, 86_400)),
  t0: integerOption(0, Number.MAX_SAFE_INTEGER, anyOf(fc.nat(59), fc.nat(2e9), fc.nat(8.64e12))),
};
const timeDefaults = { period: 30, t0: 0 };

function realiseTime(specs, defaults) {
  const { options, values, right } = realise(specs, { ...timeDefaults, ...defaults });
  if (!isRight(specs.timestamp)) return { options, values, right: false };
  const { milliseconds, asDate } = specs.timestamp.right;
  options.timestamp = asDate ? new Date(milliseconds) : milliseconds;
  values.timestamp = milliseconds;
  return { options, values, right: right && values.t0 <= Math.floor(milliseconds / 1000) };
}

const timeStep = [
  fc.record(timeSpecs),
  (specs) => {
    const { options, values, right } = realiseTime(specs, {});
    const outcome = run(() => getTimeStep(options));
    costs(outcome, {});
    if (!right) return refuses(outcome, ['INVALID_ARGUMENT']);
    const step = Number(reference.referenceTimeStep(values.timestamp, values.period, values.t0));
    const startsAt = 1000 * (values.t0 + step * values.period);
    returns(outcome, { timeStep: step, startsAt, endsAt: startsAt + 1000 * values.period });
    holds(
      startsAt <= values.timestamp && values.timestamp < outcome.value.endsAt,
      'is another step',
      outcome,
    );
  },
];

const generateAtTime = [
  fc.record({ secret: bytesSpec(0), specs: fc.record({ ...otpSpecs, ...timeSpecs }) }),
  ({ secret: secretSpec, specs }) => {
    const { options, values, right } = realiseTime(specs, otpDefaults);
    const secret = giveBytes(secretSpec);
    const outcome = run(() => generateTotp(secret, options));
    const codes = expectedErrors(right, secretSpec, values);
    if (codes.length > 0) {
      costs(outcome, {});
      return refuses(outcome, codes, spellings(secretSpec));
    }
    costs(outcome, { hashes: reference.expectedHashes(secret, values.algorithm, 1) });
    const step = reference.referenceTimeStep(values.timestamp, values.period, values.t0);
    returns(outcome, reference.referenceHotp(secret, step, values));
    const { timeStep } = getTimeStep(options);
    returns(
      run(() => verifyTotp(secret, outcome.value, options)),
      { timeStep, drift: 0 },
    );
  },
];

const steps = fc.integer({ min: 0, max: 10 });
const verifyAtTime = [
  fc.record({
    secret: bytesSpec(10),
    typed: typedSpec({ min: -13, max: 13 }),
    specs: fc.record({ ...otpSpecs, ...timeSpecs }),
    window: option(
      anyOf(steps, fc.record({ past: steps, future: steps })),
      wrongValue('number'),
      fc
        .constantFrom(-1, 11, 0.5, { past: 1 }, { past: '1', future: 1 }, { past: 0, future: 11 })
        .map((wrongData) => ({
          wrongData,
        })),
    ),
    lastUsed: option(
      anyOf(fc.constant('null'), fc.integer({ min: -14, max: 14 })),
      wrongValue('number').filter(({ wrong }) => wrong !== 'null'),
      fc.constantFrom(-1, 2 ** 53, 0.5).map((wrongData) => ({ wrongData })),
    ),
  }),
  ({ secret: secretSpec, typed: typedSpec, specs, window, lastUsed }) => {
    const realised = realiseTime(specs, otpDefaults);
    const { options, values } = realised;
    const right = realised.right && isRight(window) && isRight(lastUsed);
    const secret = giveBytes(secretSpec);
    const now = realised.right ? reference.referenceTimeStep(values.timestamp, values.period, values.t0) : 0n;

    if (Object.keys(window).length > 0) options.window = give(window);
    const { past, future } = typeof window.right === 'object' ? window.right : sides(window.right ?? 1);
    if (Object.keys(lastUsed).length > 0) options.lastUsedTimeStep = giveLastUsed(lastUsed, now);
    const codes = expectedErrors(right, secretSpec, values);
    const codeAt = (offset) =>
      codes.length > 0 ? '123456' : reference.referenceHotp(secret, clamp(now + BigInt(offset)), values);
    const typed = giveTyped(typedSpec, codeAt);
    const outcome = run(() => verifyTotp(secret, typed, options));
    if (codes.length > 0) {
      costs(outcome, {});
      return refuses(outcome, codes, secretsIn(secretSpec, typed));
    }
    const used = options.lastUsedTimeStep ?? null;
    const candidates = Math.min(past, Number(now)) + 1 + future + (used === null ? 0 : 1);
    costs(outcome, { hashes: reference.expectedHashes(secret, values.algorithm, candidates) });
    returns(outcome, reference.expectedTotpMatch(secret, typed, { ...values, past, future, lastUsed: used }));
    // One code, one login: with the step stored, the same code is no match any more.
    if (outcome.value) {
      const again = { ...options, lastUsedTimeStep: outcome.value.timeStep };
      returns(
        run(() => verifyTotp(secret, typed, again)),
        null,
      );
    }
  },
];

const sides = (window) => ({ past: window, future: window });

function giveLastUsed(spec, now) {
  if (!isRight(spec)) return give(spec);
  return spec.right === 'null' ? null : Number(clamp(now + BigInt(spec.right)));
}

const near = fc.integer({ min: -12, max: 12 });
const collide = [
  fc.record({
    pair: fc.constantFrom(...input.collisions),
    at: near,
    used: option(near),
    window: fc.integer({ min: 0, max: 10 }),
  }),
  ({ pair: { secret: bytes, algorithm, first, second, code }, at, used, window }) => {
    const secret = Uint8Array.from(bytes);
    for (const base of [first, second]) {
      const timestamp = (base + at) * 30_000;
      const lastUsed = 'right' in used ? base + used.right : null;
      const options = { algorithm, timestamp, window, lastUsedTimeStep: lastUsed };
      const expected = reference.expectedTotpMatch(secret, code, {
        ...options,
        digits: 6,
        past: window,
        future: window,
        lastUsed,
      });
      returns(
        run(() => verifyTotp(secret, code, options)),
        expected,
      );
      const counter = Math.max(0, base + at);
      returns(
        run(() => verifyHotp(secret, code, counter, { algorithm, lookAhead: window })),
        reference.expectedHotpMatch(secret, code, counter, { algorithm, digits: 6, lookAhead: window }),
      );
    }
  },
];

// backup codes

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

const makeCodes = [
  fc.record({
    alphabet: option(fc.constantFrom('base32', 'digits'), wrongValue('string')),
    count: integerOption(1, 100),
    length: integerOption(8, 32),
  }),
  (specs) => {
    const { options, values, right } = realise(specs, { alphabet: 'base32', count: 10 });
    const outcome = run(() => generateBackupCodes(options));
    if (!right) {
      costs(outcome, {});
      return refuses(outcome, ['INVALID_ARGUMENT']);
    }
    const digits = values.alphabet === 'digits';
    const length = values.length ?? (digits ? 10 : 16);
    const group = digits ? 5 : 4;
    const symbols = digits ? '[0-9]' : `[${CROCKFORD}]`;
    const shape = new RegExp(`^(?:${symbols}{${group}}-)*${symbols}{1,${group}}$`);
    const { value, spent } = outcome;
    holds(Array.isArray(value) && value.length === values.count, 'is another number of codes', outcome);
    holds(new Set(value).size === value.length, 'repeats a code', value);
    holds(
      value.every((code) => shape.test(code) && code.replaceAll('-', '').length === length),
      'is no code',
      value,
    );
    holds(spent.hashes + spent.hmacs + spent.scrypts === 0, 'does other work', spent);
    holds(spent.randomCalls <= 20 * values.count, 'draws without end', spent);
  },
];

const crockfordCode = (minLength, maxLength) =>
  fc.array(fc.constantFrom(...CROCKFORD), { minLength, maxLength }).map((characters) => characters.join(''));

const pepperOption = option(
  fc.record({
    bytes: fc.uint8Array({ minLength: 16, maxLength: 100 }).map((bytes) => [...bytes]),
    as: bytesKind,
  }),
  wrongValue('pepper'),
  fc.constantFrom('15 bytes', '1025 bytes').map((wrong) => ({ wrong })),
);

function givePepper(spec) {
  return 'right' in spec ? giveBytes(spec.right) : give(spec);
}

const cheapCost = fc.record({
  N: fc.constantFrom(2, 4, 8, 16),
  r: fc.integer({ min: 1, max: 2 }),
  p: fc.integer({ min: 1, max: 2 }),
});
const badCost = fc.constantFrom(
  ...[{ N: 3 }, { N: 1 }, { N: 0 }, { N: -2 }, { N: 2 ** 22 }, { N: 2.5 }, { N: 2 ** 16 }, { N: '16' }],
  ...[
    { r: 0 },
    { r: 33 },
    { r: 1.5 },
    { p: 0 },
    { p: 33 },
    { p: 2 ** 30 },
    { p: undefined },
    { N: Number.NaN },
  ],
  ...[
    { N: 2 ** 20, r: 2, p: 2 },
    { N: 2 ** 17, r: 16, p: 2 },
  ],
);

/** RFC 7914 by Node's synchronous function, as a PHC string. */
function expectedHash(code, pepper, salt, { N, r, p }) {
  const password = pepper ? reference.hmacSha256(pepper, code) : code;
  const key = scryptSync(password, Buffer.from(salt, 'base64'), 32, { N, r, p });
  const text = key.toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${Math.log2(N)},r=${r},p=${p}$${salt}$${text}`;
}

/** Calls, and changes all that was passed before anything can be awaited. */
function runAndSpoil(call, array, options) {
  const outcome = run(() => call(array, options));
  array.fill('spoilt').push('spoilt');
  if (types.isUint8Array(options.pepper) && options.pepper.length > 0) options.pepper.fill(0);
  Object.assign(options.cost, { N: 3, r: 0, p: 0 });
  Object.assign(options, { cost: undefined, pepper: undefined });
  return outcome;
}

const hashCodes = [
  fc.record({
    codes: fc.array(
      anyOf(crockfordCode(8, 32), crockfordCode(8, 32), crockfordCode(6, 34), input.typedText),
      {
        maxLength: 4,
      },
    ),
    edits,
    pepper: pepperOption,
    cost: rarely(
      cheapCost,
      badCost.map((bad) => ({ N: 2, r: 1, p: 1, ...bad, bad: true })),
    ),
    typed: typedSpec({ min: 0, max: 3 }),
  }),
  async ({ codes: plain, edits, pepper: pepperSpec, cost, typed: typedSpec }) => {
    const codes = plain.map((code, i) => (i === 0 ? applyEdits(code, edits) : code));
    const meant = codes.map(reference.expectedBackupCode);
    const options = () => ({
      cost: { ...cost },
      ...(Object.keys(pepperSpec).length > 0 && { pepper: givePepper(pepperSpec) }),
    });
    const outcome = await runAndSpoil(hashBackupCodes, [...codes], options());
    const right =
      codes.length > 0 &&
      !meant.includes(null) &&
      new Set(meant).size === meant.length &&
      isRight(pepperSpec) &&
      !cost.bad;
    if (!right) {
      costs(outcome, {});
      return refuses(outcome, ['INVALID_ARGUMENT'], codes);
    }
    const { pepper } = options();
    const work = cost.N * cost.r * cost.p;
    costs(outcome, {
      scrypts: codes.length,
      mostScryptWork: work,
      hmacs: pepper ? codes.length : 0,
      randomCalls: 1,
      randomBytes: 16,
    });
    const hashes = outcome.value;
    const salt = hashes[0].split('$')[3];
    returns(
      { value: hashes },
      meant.map((code) => expectedHash(code, pepper, salt, cost)),
    );

    const typed = giveTyped(typedSpec, (offset) => codes[offset % codes.length]);
    const code = reference.expectedBackupCode(typed);
    const verify = (stored, given) => verifyBackupCode(typed, stored, given);
    const check = await runAndSpoil(verify, [...hashes], options());
    costs(check, code === null ? {} : { scrypts: 1, mostScryptWork: work, hmacs: pepper ? 1 : 0 });
    const place = code === null ? -1 : meant.indexOf(code);
    const expected = { hash: hashes[place], remaining: hashes.filter((_, i) => i !== place) };
    returns(check, place < 0 ? null : expected);
  },
];

const SALTS = ['AAAAAAAAAAAAAAAAAAAAAA', 'u7vW1R2kq8Qx5l0mVYz3Fg', '/////////////////////w'];
const STORED_CODE = 'h3vq8e0x2mztc5kd';
const STORED = SALTS.map((salt) => expectedHash(STORED_CODE, undefined, salt, { N: 4, r: 1, p: 1 }));
const COSTLY = [
  ...['ln=14,r=8,p=5', 'ln=17,r=8,p=1', 'ln=20,r=2,p=1', 'ln=15,r=1,p=32', 'ln=21,r=2,p=1', 'ln=18,r=8,p=1'],
  ...['ln=16,r=1,p=1', 'ln=31,r=32,p=32', 'ln=99,r=1,p=1', 'ln=1,r=33,p=1', 'ln=0,r=1,p=1', 'ln=1,r=01,p=1'],
].map((cost) => STORED[0].replace('ln=2,r=1,p=1', cost));

/** The cost a stored hash asks for, or `null` if it is to be refused. */
function expectedStored(hash) {
  if (typeof hash !== 'string') return null;
  const [empty, name, cost, salt, key, ...more] = hash.split('$');
  const numbers = /^ln=(\d+),r=(\d+),p=(\d+)$/.exec(cost ?? '')?.slice(1);
  if (empty !== '' || name !== 'scrypt' || !numbers || key === undefined || more.length > 0) return null;
  if (numbers.some((text) => String(Number(text)) !== text || Number(text) < 1)) return null;
  const exact = (text, length) =>
    Buffer.from(text, 'base64').toString('base64').replaceAll('=', '') === text &&
    Buffer.from(text, 'base64').length === length;
  if (!exact(salt, 16) || !exact(key, 32)) return null;
  const [ln, r, p] = numbers.map(Number);
  if (r > 32 || p > 32 || ln >= 16 * r || 2 ** ln * r * p > 2 ** 21) return null;
  return { set: hash.slice(0, -key.length), salt, cost: { N: 2 ** ln, r, p } };
}

const asIs = (hash) => ({ hash, edits: [] });
const storedHashes = anyOf(
  fc.array(fc.constantFrom(...[...STORED, ...COSTLY].filter(expectedStored)).map(asIs), {
    minLength: 3,
    maxLength: 8,
  }),
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...STORED, ...COSTLY).map(asIs) },
      { weight: 2, arbitrary: fc.record({ hash: fc.constantFrom(...STORED, ...COSTLY), edits }) },
      { weight: 1, arbitrary: wrongValue('string') },
    ),
    { maxLength: 8 },
  ),
);

const stored = [
  fc.record({
    hashes: rarely(storedHashes, wrongValue('array')),
    copies: rarely(fc.constant(1), fc.constant(40)),
    typed: fc.oneof(
      fc.record({ offset: fc.constant(0), edits }),
      fc.record({ text: input.typedText }),
      wrongValue('typed'),
    ),
  }),
  async ({ hashes: spec, copies, typed: typedSpec }) => {
    const given = Array.isArray(spec)
      ? spec.map((one) => ('wrong' in one ? make(one.wrong) : applyEdits(one.hash, one.edits)))
      : make(spec.wrong);
    const hashes = Array.isArray(given) ? new Array(copies).fill(given).flat() : given;
    const typed = giveTyped(typedSpec, () => STORED_CODE);
    const outcome = await run(() => verifyBackupCode(typed, hashes));
    if (!Array.isArray(hashes) || hashes.length > 100) {
      costs(outcome, {});
      return refuses(
        outcome,
        ['INVALID_ARGUMENT'],
        [typed].filter((one) => typeof one === 'string'),
      );
    }
    const parsed = hashes.map(expectedStored);
    const sets = new Map(parsed.filter(Boolean).map((one) => [one.set, one]));
    if (parsed.includes(null) || sets.size > 4) {
      costs(outcome, {});
      const code = parsed.includes(null) ? 'INVALID_BACKUP_HASH' : 'INVALID_ARGUMENT';
      return refuses(
        outcome,
        [code],
        hashes.filter((one) => typeof one === 'string'),
      );
    }
    const code = reference.expectedBackupCode(typed);
    const works = [...sets.values()].map(({ cost: { N, r, p } }) => N * r * p);
    costs(outcome, code === null ? {} : { scrypts: sets.size, mostScryptWork: Math.max(0, ...works) });
    if (code === null) return returns(outcome, null);
    const cheap = [...sets.values()].filter(({ cost: { N, r, p } }) => N * r * p <= 2 ** 8);
    const matches = cheap.map(({ salt, cost }) => expectedHash(code, undefined, salt, cost));
    const hit = hashes.filter((hash) => matches.includes(hash));
    if (hit.length === 0) return returns(outcome, null);
    holds(hit.includes(outcome.value?.hash), 'is another match', outcome, hit);
    returns(
      { value: outcome.value.remaining },
      hashes.filter((hash) => hash !== outcome.value.hash),
    );
  },
];

// attempts

const policySpecs = {
  freeFailures: integerOption(0, 100),
  firstWait: integerOption(
    1,
    31_536_000,
    anyOf(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 31_536_000 })),
  ),
  maxWait: integerOption(1, 31_536_000),
  maxFailures: integerOption(1, 100),
};
const policyDefaults = { freeFailures: 5, firstWait: 30, maxWait: 3600, maxFailures: 100 };

const stateSpec = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ right: null }) },
  {
    weight: 12,
    arbitrary: fc
      .record({
        failures: anyOf(fc.nat(120), fc.maxSafeNat()),
        lastFailureAt: input.moment.map(Math.floor),
      })
      .map((right) => ({ right })),
  },
  { weight: 1, arbitrary: wrongValue('options').filter(({ wrong }) => wrong !== 'null') },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        ...[{}, [], { failures: 1 }, { failures: '1', lastFailureAt: 0 }, { failures: -1, lastFailureAt: 0 }],
        ...[{ failures: 1.5, lastFailureAt: 0 }, { failures: 1, lastFailureAt: -1 }, { lastFailureAt: 0 }],
        ...[
          { failures: 1, lastFailureAt: 8.64e15 + 2 },
          { failures: null, lastFailureAt: null },
        ],
        { failures: 2 ** 53, lastFailureAt: 0 },
      )
      .map((wrongData) => ({ wrongData })),
  },
);

const attempts = [
  fc.record({ state: stateSpec, specs: fc.record(policySpecs), timestamp: timeSpecs.timestamp }),
  ({ state: stateSpec, specs, timestamp }) => {
    const { options, values, right } = realise(specs, policyDefaults);
    const state = give(stateSpec);
    const before = isRight(stateSpec) ? JSON.stringify(state) : undefined;
    options.timestamp = isRight(timestamp) ? momentOf(timestamp.right) : give(timestamp);
    const now = isRight(timestamp) ? Math.floor(timestamp.right.milliseconds) : 0;

    const checked = run(() => checkAttempts(state, options));
    const recorded = run(() => recordFailure(state, { timestamp: options.timestamp }));
    costs(checked, {});
    const { failures, lastFailureAt } = state ?? { failures: 0, lastFailureAt: 0 };
    if (!isRight(stateSpec) || !isRight(timestamp)) {
      refuses(checked, ['INVALID_ARGUMENT']);
      return refuses(recorded, ['INVALID_ARGUMENT']);
    }
    if (right) returns(checked, reference.expectedAttempts({ failures, lastFailureAt }, values, now));
    else refuses(checked, ['INVALID_ARGUMENT']);
    returns(recorded, {
      failures: failures === Number.MAX_SAFE_INTEGER ? failures : failures + 1,
      lastFailureAt: Math.max(now, lastFailureAt),
    });
    holds(JSON.stringify(state) === before, 'changed the state', state, before);
  },
];

const momentOf = ({ milliseconds, asDate }) => (asDate ? new Date(milliseconds) : milliseconds);

/** A guesser who never gives up, with a clock that jumps. */
const siege = [
  fc.record({
    jumps: fc.array(fc.integer({ min: -100_000, max: 5_000_000 }), { minLength: 100, maxLength: 250 }),
    policy: fc.record({
      freeFailures: fc.nat(100),
      firstWait: fc.integer({ min: 1, max: 600 }),
      maxWait: fc.integer({ min: 1, max: 3600 }),
      maxFailures: fc.integer({ min: 1, max: 100 }),
    }),
  }),
  ({ jumps, policy }) => {
    let state = null;
    let now = 1e12;
    let guesses = 0;
    let locked = false;
    for (const jump of jumps) {
      now += jump;
      const decision = checkAttempts(state, { ...policy, timestamp: now });
      holds(!(locked && decision.allowed), 'opened a lock', state, now);
      holds(decision.allowed || decision.locked || decision.retryAt > now, 'has no way out', decision, now);
      if (decision.retryAt !== null) {
        const { allowed } = checkAttempts(state, { ...policy, timestamp: decision.retryAt });
        holds(allowed, 'does not open when it said', decision);
        const early = checkAttempts(state, { ...policy, timestamp: decision.retryAt - 1 });
        holds(!early.allowed, 'opens earlier than it said', decision);
      }
      locked ||= decision.locked;
      if (!decision.allowed) continue;
      guesses++;
      state = JSON.parse(JSON.stringify(recordFailure(state, { timestamp: now })));
    }
    holds(guesses <= policy.maxFailures, 'allowed more guesses than maxFailures', guesses, policy);
  },
];

// the rest

const tokenSpec = anyOf(
  input.typedText.map((text) => ({ text })),
  fc.record({ bytes: fc.uint8Array({ maxLength: 12 }).map((bytes) => [...bytes]), as: bytesKind }),
  wrongValue('bytes').filter(({ wrong }) => !wrong.endsWith('string')),
);

const equal = [
  fc.record({
    a: tokenSpec,
    b: tokenSpec,
    how: fc.constantFrom('apart', 'same', 'utf8', 'edited', 'replaced'),
    edits,
  }),
  ({ a: aSpec, b: bSpec, how, edits }) => {
    const giveToken = (spec) => ('text' in spec ? spec.text : giveBytes(spec));
    const a = giveToken(aSpec);
    const b = giveOther(aSpec, how, edits) ?? giveToken(how === 'same' ? aSpec : bSpec);
    const usesOther = how === 'apart' || (how !== 'same' && !('text' in aSpec));
    const wrong = 'wrong' in aSpec || (usesOther && 'wrong' in bSpec);
    const outcomes = [run(() => constantTimeEqual(a, b)), run(() => constantTimeEqual(b, a))];
    for (const outcome of outcomes) {
      costs(outcome, {});
      if (wrong) refuses(outcome, ['INVALID_ARGUMENT'], [aSpec.text ?? '123456', bSpec.text ?? '123456']);
      else returns(outcome, expectedEqual(a, b));
    }
  },
];

/** Made from the first token, if that is text. */
function giveOther({ text }, how, edits) {
  if (text === undefined) return undefined;
  if (how === 'utf8') return new TextEncoder().encode(text);
  // UTF-8 has one replacement for all lone surrogates.
  if (how === 'replaced') return text.replaceAll(/[\ud800-\udfff]/g, '\udfff');
  return how === 'edited' ? applyEdits(text, edits) : undefined;
}

function expectedEqual(a, b) {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  const [left, right] = [a, b].map((one) =>
    Buffer.from(typeof one === 'string' ? new TextEncoder().encode(one) : one),
  );
  return left.equals(right);
}

const secret = [
  fc.record({ algorithm: input.algorithmOption, bytes: integerOption(16, 128) }),
  (specs) => {
    const { options, values, right } = realise(specs, { algorithm: 'SHA1' });
    const outcome = run(() => generateSecret(options));
    if (!right) {
      costs(outcome, {});
      return refuses(outcome, ['INVALID_ARGUMENT']);
    }
    const length = values.bytes ?? { SHA1: 20, SHA256: 32, SHA512: 64 }[values.algorithm];
    costs(outcome, { randomCalls: 1, randomBytes: length });
    holds(Object.getPrototypeOf(outcome.value) === Uint8Array.prototype, 'is no plain Uint8Array', outcome);
    holds(outcome.value.buffer.byteLength === length, 'is part of something larger', outcome);
    holds(new Set(outcome.value).size > 4, 'is not random', outcome);
  },
];

/** Options that are no object at all. */
const noOptions = [
  fc.record({ wrong: fc.constantFrom(...wrongFor.options), call: fc.nat(13) }),
  async ({ wrong, call }) => {
    const bytes = new Uint8Array(20);
    const calls = [
      (options) => generateSecret(options),
      (options) => encodeBase32(bytes, options),
      (options) => decodeBase32('MY', options),
      (options) => generateHotp(bytes, 0, options),
      (options) => generateHotpValue(bytes, 0, options),
      (options) => verifyHotp(bytes, '123456', 0, options),
      (options) => resyncHotp(bytes, ['123456', '123456'], 0, options),
      (options) => getTimeStep(options),
      (options) => generateTotp(bytes, options),
      (options) => verifyTotp(bytes, '123456', options),
      (options) => parseOtpauthUri('otpauth://totp/a?secret=MY', options),
      (options) => generateBackupCodes(options),
      (options) => verifyBackupCode('123456', [], options),
      (options) => hashBackupCodes([STORED_CODE], options),
    ];
    const outcome = await run(() => calls[call](make(wrong)));
    costs(outcome, {});
    refuses(outcome, ['INVALID_ARGUMENT'], ['123456']);
  },
];

/** By name: the generator, what to check, and how many inputs make up a round. */
export const targets = {
  decodeBase32: [...decode, 1500],
  encodeBase32: [...encode, 500],
  parseOtpauthUri: [...parse, 2000],
  buildOtpauthUri: [...build, 500],
  generateHotp: [...generate, 500],
  verifyHotp: [...verifyCounter, 300],
  resyncHotp: [...resync, 60],
  getTimeStep: [...timeStep, 500],
  generateTotp: [...generateAtTime, 500],
  verifyTotp: [...verifyAtTime, 1000],
  collisions: [...collide, 200],
  generateBackupCodes: [...makeCodes, 100],
  hashBackupCodes: [...hashCodes, 150],
  verifyBackupCode: [...stored, 300],
  attempts: [...attempts, 500],
  siege: [...siege, 30],
  constantTimeEqual: [...equal, 1000],
  generateSecret: [...secret, 100],
  options: [...noOptions, 50],
};
