import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type AttemptState, checkAttempts, recordFailure } from '../src/index.js';
import { expectOtpError, NOT_INTEGERS, untyped } from './tools/vectors.js';

const SECOND = 1000;
const T = 1_700_000_000_000;
const failed = (failures: number): AttemptState => ({ failures, lastFailureAt: T });
const OPEN = { allowed: true, retryAt: null, locked: false };
const LOCKED = { allowed: false, retryAt: null, locked: true };
const waiting = (seconds: number) => ({ allowed: false, retryAt: T + seconds * SECOND, locked: false });

describe('the default policy', () => {
  test.each([0, 1, 2, 3, 4])('%i failures are free', (failures) => {
    expect(checkAttempts(failed(failures), { timestamp: T })).toStrictEqual(OPEN);
  });

  test('no state is no failures', () => {
    expect(checkAttempts(null, { timestamp: T })).toStrictEqual(OPEN);
  });

  // 30 seconds doubled seven times are 3,840, more than an hour.
  test.each([
    [5, 30],
    [6, 60],
    [7, 120],
    [8, 240],
    [9, 480],
    [10, 960],
    [11, 1920],
    [12, 3600],
    [13, 3600],
    [99, 3600],
  ])('%i failures wait %i seconds', (failures, seconds) => {
    const state = failed(failures);
    expect(checkAttempts(state, { timestamp: T })).toStrictEqual(waiting(seconds));
    expect(checkAttempts(state, { timestamp: T + seconds * SECOND - 1 })).toStrictEqual(waiting(seconds));
    expect(checkAttempts(state, { timestamp: T + seconds * SECOND })).toStrictEqual(OPEN);
  });

  test.each([100, 101, Number.MAX_SAFE_INTEGER])('%i failures lock for ever', (failures) => {
    expect(checkAttempts(failed(failures), { timestamp: T })).toStrictEqual(LOCKED);
    expect(checkAttempts(failed(failures), { timestamp: 8.64e15 })).toStrictEqual(LOCKED);
  });
});

describe('a policy of its own', () => {
  const policy = { freeFailures: 2, firstWait: 10, maxWait: 25, maxFailures: 6, timestamp: T };

  test.each([
    [1, OPEN],
    [2, waiting(10)],
    [3, waiting(20)],
    [4, waiting(25)],
    [5, waiting(25)],
    [6, LOCKED],
  ])('after %i failures', (failures, decision) => {
    expect(checkAttempts(failed(failures), policy)).toStrictEqual(decision);
  });

  test('no free failures: the first one waits', () => {
    const strict = { freeFailures: 0, timestamp: T };
    expect(checkAttempts(null, strict)).toStrictEqual(OPEN);
    expect(checkAttempts(failed(0), strict)).toStrictEqual(OPEN);
    expect(checkAttempts(failed(1), strict)).toStrictEqual(waiting(30));
    expect(checkAttempts(failed(2), strict)).toStrictEqual(waiting(60));
    expect(checkAttempts(failed(1), { freeFailures: 1, timestamp: T })).toStrictEqual(waiting(30));
  });

  test('a lock comes before free failures', () => {
    expect(checkAttempts(failed(3), { freeFailures: 100, maxFailures: 3, timestamp: T })).toStrictEqual(
      LOCKED,
    );
  });

  test('the longest wait counts, even if it is shorter than the first', () => {
    expect(checkAttempts(failed(5), { maxWait: 10, timestamp: T })).toStrictEqual(waiting(10));
  });

  test.each([
    ['freeFailures', 0, 100],
    ['firstWait', 1, 31_536_000],
    ['maxWait', 1, 31_536_000],
    ['maxFailures', 1, 100],
  ])('%s is an integer from %i to %i', (name, min, max) => {
    for (const value of [...NOT_INTEGERS, min - 1, max + 1]) {
      const call = () => checkAttempts(null, untyped({ [name]: value }));
      expectOtpError(call, 'INVALID_ARGUMENT', `${name} must be an integer from ${min} to ${max}, got`);
    }
    for (const value of [min, max]) expect(checkAttempts(null, { [name]: value })).toStrictEqual(OPEN);
  });
});

describe('recordFailure', () => {
  test('counts, and keeps the moment', () => {
    expect(recordFailure(null, { timestamp: T })).toStrictEqual(failed(1));
    expect(recordFailure(failed(1), { timestamp: new Date(T + 1.5) })).toStrictEqual({
      failures: 2,
      lastFailureAt: T + 1,
    });
  });

  test('the default moment is now', () => {
    vi.spyOn(Date, 'now').mockReturnValue(T);
    expect(recordFailure(null)).toStrictEqual(failed(1));
    expect(checkAttempts(failed(5))).toStrictEqual(waiting(30));
  });

  test('leaves the state it was given as it was', () => {
    expect(recordFailure(Object.freeze(failed(1)), { timestamp: T }).failures).toBe(2);
  });

  test('goes on counting where a number ends', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(recordFailure(failed(most), { timestamp: T }).failures).toBe(most);
  });

  test('its state survives JSON', () => {
    const state = recordFailure(null, { timestamp: T });
    expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
  });
});

describe('a clock that goes backwards', () => {
  test('keeps the wait', () => {
    expect(checkAttempts(failed(5), { timestamp: T - 3600 * SECOND })).toStrictEqual(waiting(30));
  });

  test('a failure recorded meanwhile does not bring the end of the wait forward', () => {
    const state = recordFailure(failed(5), { timestamp: T - 3600 * SECOND });
    expect(state).toStrictEqual(failed(6));
    expect(checkAttempts(state, { timestamp: T })).toStrictEqual(waiting(60));
  });

  test('never opens early, however it jumps', () => {
    const jumps = fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 7, maxLength: 20 });
    fc.assert(
      fc.property(jumps, (offsets) => {
        let state: AttemptState | null = null;
        for (const offset of offsets) state = recordFailure(state, { timestamp: T + offset });
        const latest = T + Math.max(...offsets);
        expect(checkAttempts(state, { timestamp: latest + 30 * SECOND }).allowed).toBe(false);
      }),
    );
  });
});

test.each([
  undefined,
  5,
  '5',
  '{"failures":0,"lastFailureAt":0}',
  {},
  [],
  { failures: 5 },
  { lastFailureAt: T },
  { failures: '5', lastFailureAt: T },
  { failures: 5, lastFailureAt: String(T) },
  { failures: 5, lastFailureAt: null },
  { failures: 5, lastFailureAt: new Date(T) },
  { failures: -1, lastFailureAt: T },
  { failures: 0.5, lastFailureAt: T },
  { failures: Number.NaN, lastFailureAt: T },
  { failures: 2 ** 53, lastFailureAt: T },
  { failures: 5, lastFailureAt: -1 },
  { failures: 5, lastFailureAt: 0.5 },
  { failures: 5, lastFailureAt: 8.64e15 + 1 },
  { failures: 5, lastFailureAt: Number.NaN },
  { failures: 5n, lastFailureAt: T },
])('a malformed state throws, it never counts as no failures: %o', (state) => {
  expectOtpError(() => checkAttempts(untyped(state)), 'INVALID_ARGUMENT', /^state/);
  expectOtpError(() => recordFailure(untyped(state)), 'INVALID_ARGUMENT', /^state/);
});

test.each([
  [null, 'options must be a plain object'],
  [{ timestamp: 'now' }, 'timestamp must be'],
  [{ timestamp: -1 }, 'timestamp must be'],
])('refuses the options %o', (options, message) => {
  expectOtpError(() => checkAttempts(null, untyped(options)), 'INVALID_ARGUMENT', message);
  expectOtpError(() => recordFailure(null, untyped(options)), 'INVALID_ARGUMENT', message);
});

test('an attacker who guesses whenever it is allowed, for a year', () => {
  const end = T + 365 * 24 * 3600 * SECOND;
  let state: AttemptState | null = null;
  let guesses = 0;
  let now = T;
  // Two looks a guess: one that has to wait, one that may guess. The bound is for a policy that never locks.
  for (let looks = 0; looks < 1000 && now < end; looks++) {
    const { allowed, retryAt, locked } = checkAttempts(state, { timestamp: now });
    if (locked) break;
    if (allowed) {
      state = recordFailure(state, { timestamp: now });
      guesses++;
    }
    now = retryAt ?? now;
  }
  // Each guess hits one of the three codes that window 1 accepts out of 10^6.
  const hit = 3e-6;
  const chance = 1 - (1 - hit) ** guesses;
  const minutesUnlimited = Math.log(0.5) / Math.log(1 - hit) / 100 / 60;
  console.log(`guesses in a year: ${guesses}, chance of success: ${(chance * 100).toFixed(2)} %`);
  console.log(`without a limit, even chance at 100 guesses a second: ${minutesUnlimited.toFixed(0)} minutes`);
  expect(guesses).toBe(100);
  expect(chance).toBeLessThan(0.0003);
});
