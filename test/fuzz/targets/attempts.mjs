// Attempt limits.
import fc from 'fast-check';
import { checkAttempts, recordFailure } from 'otpure';
import { integerOption, moment, wrongValue } from '../inputs.mjs';
import { run } from '../meter.mjs';
import { costs, holds, refuses, returns } from '../oracle.mjs';
import * as reference from '../reference.mjs';
import { anyOf, give, isRight, realise, timeSpecs } from './arguments.mjs';

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
        lastFailureAt: moment.map(Math.floor),
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

/** By name: the generator, what to check, and how many inputs make up a round. */
export default {
  attempts: [...attempts, 500],
  siege: [...siege, 30],
};
