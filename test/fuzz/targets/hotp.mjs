// Codes of counters.
import fc from 'fast-check';
import { generateHotp, generateHotpValue, resyncHotp, verifyHotp } from 'otpure';
import { counter, integerOption, wrongValue } from '../inputs.mjs';
import { run } from '../meter.mjs';
import { costs, refuses, returns } from '../oracle.mjs';
import * as reference from '../reference.mjs';
import { make, wrongFor } from '../values.mjs';
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
  rarely,
  realise,
  secretsIn,
  spellings,
  typedSpec,
} from './arguments.mjs';

const counterSpec = rarely(
  counter.map((right) => ({ right })),
  anyOf(
    fc.constantFrom(-1, 2 ** 53, 0.5, -1n, 2n ** 64n).map((wrongData) => ({ wrongData })),
    fc
      .constantFrom(...wrongFor.number)
      .filter((name) => name !== 'bigint')
      .map((wrong) => ({ wrong })),
  ),
);

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

/** By name: the generator, what to check, and how many inputs make up a round. */
export default {
  generateHotp: [...generate, 500],
  verifyHotp: [...verifyCounter, 300],
  resyncHotp: [...resync, 60],
};
