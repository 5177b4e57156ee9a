// HOTP, TOTP and attempt limits against the reference.
import * as fc from 'fast-check';
import * as otp from '../../src/index.js';
import * as reference from '../reference/reference.mjs';
import { untyped } from '../tools/vectors.js';
import { bytes, codeOptions, counter, give, integer, policy, secret, time, typed } from './inputs.js';
import { holds, refuses, returns, run } from './outcome.js';

/** The one-shot hashes that the codes of some counters take under one key. */
const workOf = (key: Uint8Array, { algorithm }: { algorithm: string }, counters: number) => ({
  hashes: 2 * counters + (key.length > (algorithm === 'SHA512' ? 128 : 64) ? 1 : 0),
});
const MAX = 2n ** 64n - 1n;
const clamp = (value: bigint) => (value < 0n ? 0n : value > MAX ? MAX : value);
/** The code some counters away. */
const codesFrom = (key: Uint8Array, at: number | bigint, options: object) => (offset: number) =>
  reference.referenceHotp(key, clamp(BigInt(at) + BigInt(offset)), options);
/** How many counters there are from one on, up to the last of its type. */
const room = (at: number | bigint) => Number((typeof at === 'bigint' ? 2n ** 64n : 2n ** 53n) - BigInt(at));

const anyKey = fc.oneof(secret, bytes(0, 20), fc.constant(new Uint8Array(1025)));
const options = fc.record(codeOptions);
const generating = fc.record({ key: anyKey, at: counter, minSecretBytes: integer(1, 64), options });
const generateHotp = fc.asyncProperty(generating, async ({ key, at, minSecretBytes, options }) => {
  const code = await run(() => otp.generateHotp(key, at, { ...options, minSecretBytes }));
  const value = await run(() => otp.generateHotpValue(key, at, { ...options, minSecretBytes }));
  if (key.length < minSecretBytes) return refuses(code, 'SECRET_TOO_SHORT', key);
  if (key.length > 1024) return refuses(value, 'INVALID_ARGUMENT', key);
  returns(code, reference.referenceHotp(key, at, options), workOf(key, options, 1));
  returns(value, reference.referenceValue(key, at, options.algorithm), workOf(key, options, 1));
});

const aheads = fc.record({ ...codeOptions, lookAhead: fc.oneof(fc.nat(5), fc.nat(100)) });
const countered = fc.record({ key: secret, at: counter, what: typed(-3, 103), options: aheads });
const verifyHotp = fc.asyncProperty(countered, async ({ key, at, what, options }) => {
  const code = give(what, codesFrom(key, at, options));
  const match = await run(() => otp.verifyHotp(key, untyped(code), at, options));
  const counters = Math.min(options.lookAhead + 1, room(at)) + (at > 0 ? 1 : 0);
  returns(match, reference.referenceVerifyHotp(key, code, at, options), workOf(key, options, counters));
});

const several = fc.array(typed(-1, 1), { minLength: 2, maxLength: 3 });
const lost = { key: secret, at: counter, ahead: integer(-3, 105), list: several, options: aheads };
const resyncing = fc.record({ ...lost, inARow: fc.boolean() });
const resyncHotp = fc.asyncProperty(resyncing, async ({ key, at, ahead, list, inARow, options }) => {
  const codeAt = codesFrom(key, at, options);
  const codes = list.map((what, i) =>
    inARow ? codeAt(ahead + i) : give(what, (offset) => codeAt(ahead + i + offset)),
  );
  const match = await run(() => otp.resyncHotp(key, untyped(codes), at, options));
  const counters = Math.min(options.lookAhead + codes.length, room(at));
  returns(match, reference.referenceResync(key, codes, at, options), workOf(key, options, counters));
});

const moments = fc.record({ key: secret, moment: time, options });
const generateTotp = fc.asyncProperty(moments, async ({ key, moment, options }) => {
  const { timestamp, period, t0 } = moment;
  const timeStep = Number(reference.referenceTimeStep(timestamp, period, t0));
  const startsAt = 1000 * (t0 + timeStep * period);
  holds(startsAt <= timestamp && timestamp < startsAt + 1000 * period, 'the reference is wrong', moment);
  returns(await run(() => otp.getTimeStep(moment)), { timeStep, startsAt, endsAt: startsAt + 1000 * period });
  const code = await run(() => otp.generateTotp(key, { ...moment, ...options }));
  returns(code, reference.referenceHotp(key, timeStep, options), workOf(key, options, 1));
});

const window = fc.record({ past: fc.nat(10), future: fc.nat(10) });
const last = fc.option(integer(-14, 14));
const timed = fc.record({ key: secret, moment: time, what: typed(-13, 13), last, window, options });
const verifyTotp = fc.asyncProperty(timed, async ({ key, moment, what, last, window, options }) => {
  const now = reference.referenceTimeStep(moment.timestamp, moment.period, moment.t0);
  const code = give(what, codesFrom(key, now, options));
  const lastUsed = last === null ? null : Number(clamp(now + BigInt(last)));
  const { past, future } = window;
  const settings = { ...moment, ...options, window: past === future ? past : window };
  const match = await run(() => otp.verifyTotp(key, untyped(code), lastUsed, settings));
  const [first, end] = [Math.max(0, Number(now) - past), Number(now) + future];
  const steps = end - first + (lastUsed !== null && (lastUsed < first || lastUsed > end) ? 2 : 1);
  const expected = reference.referenceVerifyTotp(key, code, { ...moment, ...options, ...window, lastUsed });
  returns(match, expected, workOf(key, options, steps));
  // One code, one login: with the step stored, the same code is no match any more.
  const again = match.value && otp.verifyTotp(key, untyped(code), match.value.timeStep, settings);
  holds(!again, 'matches twice', match);
});

const failures = fc.oneof(fc.nat(105), fc.maxSafeNat());
const failed = fc.record({ failures, lastFailureAt: fc.nat(8.64e15) });
const since = fc.oneof(integer(-1, 1), fc.nat(1e8), integer(-1e10, 1e10));
const tried = fc.record({ failed: fc.option(failed), rules: policy, since }, { noNullPrototype: true });
const attempts = fc.asyncProperty(tried, async ({ failed, rules, since }) => {
  const timestamp = Math.min(8.64e15, Math.max(0, (failed?.lastFailureAt ?? 0) + since));
  const [state, options] = [failed && Object.freeze({ ...failed }), Object.freeze({ ...rules, timestamp })];
  const expected = reference.referenceCheckAttempts(state, rules, timestamp);
  returns(await run(() => otp.checkAttempts(state, options)), expected);
  const taken = await run(() => otp.takeAttempt(state, options));
  returns(taken, reference.referenceTakeAttempt(state, rules, timestamp));
  if (expected.retryAt === null || expected.retryAt > 8.64e15) return;
  const openAt = (at: number) => otp.checkAttempts(state, { ...rules, timestamp: at }).allowed;
  holds(openAt(expected.retryAt) && !openAt(expected.retryAt - 1), 'opens at another time', expected);
});

export const codes = { generateHotp, verifyHotp, resyncHotp, generateTotp, verifyTotp, attempts };
