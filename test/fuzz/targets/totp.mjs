// Codes of moments.
import fc from 'fast-check';
import { generateTotp, getTimeStep, verifyHotp, verifyTotp } from 'otpure';
import { collisions, option, wrongValue } from '../inputs.mjs';
import { run } from '../meter.mjs';
import { costs, holds, refuses, returns } from '../oracle.mjs';
import * as reference from '../reference.mjs';
import {
  anyOf,
  bytesSpec,
  clamp,
  expectedErrors,
  give,
  giveBytes,
  giveTyped,
  isRight,
  otpDefaults,
  otpSpecs,
  realise,
  secretsIn,
  spellings,
  timeSpecs,
  typedSpec,
} from './arguments.mjs';

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
    pair: fc.constantFrom(...collisions),
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

/** By name: the generator, what to check, and how many inputs make up a round. */
export default {
  getTimeStep: [...timeStep, 500],
  generateTotp: [...generateAtTime, 500],
  verifyTotp: [...verifyAtTime, 1000],
  collisions: [...collide, 200],
};
