// Attempt limits (RFC 4226 §7.3): when one may try, and what is stored for it.
import { describe, expect, test, vi } from 'vitest';
import { type AttemptState, checkAttempts, takeAttempt } from '../src/index.js';
import { expectOtpError, untyped } from './tools/vectors.js';

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
    expect(checkAttempts(failed(failures), { timestamp: 0 })).toStrictEqual(LOCKED);
  });
});

describe('a policy of its own', () => {
  const policy = { freeFailures: 2, firstWaitSeconds: 10, maxWaitSeconds: 25, maxFailures: 6, timestamp: T };

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

  test('one free failure: the first one waits', () => {
    const strict = { freeFailures: 1, timestamp: T };
    expect(checkAttempts(null, strict)).toStrictEqual(OPEN);
    expect(checkAttempts(failed(0), strict)).toStrictEqual(OPEN);
    expect(checkAttempts(failed(1), strict)).toStrictEqual(waiting(30));
    expect(checkAttempts(failed(2), strict)).toStrictEqual(waiting(60));
  });

  test('a lock comes before free failures', () => {
    const options = { freeFailures: 100, maxFailures: 3, timestamp: T };
    expect(checkAttempts(failed(3), options)).toStrictEqual(LOCKED);
  });

  test('a first wait above the longest is a mistake, also where one of them is a default', () => {
    for (const call of [checkAttempts, takeAttempt]) {
      expect(call(null, { firstWaitSeconds: 60, maxWaitSeconds: 60 }).allowed).toBe(true);
      const waits = { firstWaitSeconds: 61, maxWaitSeconds: 60 };
      const message = 'firstWaitSeconds must be an integer from 1 to 60, got 61';
      expectOtpError(() => call(null, waits), 'INVALID_ARGUMENT', message);
      expectOtpError(() => call(null, { maxWaitSeconds: 29 }), 'INVALID_ARGUMENT', 'from 1 to 29, got 30');
    }
  });
});

describe('takeAttempt', () => {
  test('where it is allowed, counts and keeps the moment', () => {
    expect(takeAttempt(null, { timestamp: T })).toStrictEqual({ ...OPEN, state: failed(1) });
    expect(takeAttempt(failed(1), { timestamp: new Date(T + 1) })).toStrictEqual({
      ...OPEN,
      state: { failures: 2, lastFailureAt: T + 1 },
    });
    expect(takeAttempt(failed(0), { timestamp: T + 1.5 }).state?.lastFailureAt).toBe(T + 1);
  });

  test('where it is not, gives back the very same state', () => {
    const five = failed(5);
    const early = takeAttempt(five, { timestamp: T + 1 });
    expect(early).toStrictEqual({ ...waiting(30), state: five });
    expect(early.state).toBe(five);
    const hundred = failed(100);
    const locked = takeAttempt(hundred, { timestamp: T + 1e9 });
    expect(locked).toStrictEqual({ ...LOCKED, state: hundred });
    expect(locked.state).toBe(hundred);
  });

  test('the hundredth attempt is allowed, and locks', () => {
    const { allowed, state } = takeAttempt(failed(99), { timestamp: T + 1e9 });
    expect(allowed).toBe(true);
    expect(checkAttempts(state, { timestamp: T + 1e12 })).toStrictEqual(LOCKED);
  });

  test('keeps to the policy it is given', () => {
    const options = { freeFailures: 2, timestamp: T };
    const first = takeAttempt(null, options);
    const second = takeAttempt(first.state, options);
    expect(takeAttempt(second.state, options)).toStrictEqual({ ...waiting(30), state: failed(2) });
  });

  test('the default moment is now', () => {
    vi.spyOn(Date, 'now').mockReturnValue(T);
    expect(takeAttempt(null).state).toStrictEqual(failed(1));
    expect(checkAttempts(failed(5))).toStrictEqual(waiting(30));
  });

  test('leaves the state it was given as it was, and drops what does not belong to it', () => {
    const { state } = takeAttempt(Object.freeze({ ...failed(1), id: 7 }), { timestamp: T });
    expect(state).toStrictEqual(failed(2));
  });

  test('its state survives JSON', () => {
    const { state } = takeAttempt(null, { timestamp: T });
    expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
  });
});

describe('a clock that was wrong', () => {
  test('one that went backwards keeps the wait', () => {
    expect(checkAttempts(failed(5), { timestamp: T - 3600 * SECOND })).toStrictEqual(waiting(30));
  });

  test('an attempt taken meanwhile does not bring the end of the next wait forward', () => {
    const { state } = takeAttempt(failed(4), { timestamp: T - 3600 * SECOND });
    expect(state).toStrictEqual(failed(5));
    expect(checkAttempts(state, { timestamp: T })).toStrictEqual(waiting(30));
  });

  test.each([
    ['a day', 86_400, {}],
    ['a longest wait of more than a day', 100_000, { maxWaitSeconds: 100_000 }],
  ])(
    'a last failure further ahead than %s does not wait, and the next one corrects it',
    (_, seconds, policy) => {
      const last = { ...policy, timestamp: T - seconds * SECOND };
      expect(checkAttempts(failed(5), last)).toStrictEqual(waiting(30));
      expect(takeAttempt(failed(4), last).state).toStrictEqual(failed(5));
      const now = { ...policy, timestamp: last.timestamp - 1 };
      expect(checkAttempts(failed(5), now)).toStrictEqual(OPEN);
      const { allowed, state } = takeAttempt(failed(5), now);
      expect(allowed).toBe(true);
      expect(state).toStrictEqual({ failures: 6, lastFailureAt: now.timestamp });
      expect(checkAttempts(state, now).retryAt).toBe(now.timestamp + 60 * SECOND);
    },
  );

  test('one failure in the year 2106 is no wait of eighty years', () => {
    const state = { failures: 5, lastFailureAt: 2 ** 32 * SECOND };
    expect(takeAttempt(state, { timestamp: T }).state).toStrictEqual(failed(6));
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
  expectOtpError(() => takeAttempt(untyped(state)), 'INVALID_ARGUMENT', /^state/);
});

test('an attacker who guesses whenever it is allowed gets 100 guesses in a year', () => {
  const end = T + 365 * 24 * 3600 * SECOND;
  let state: AttemptState | null = null;
  let guesses = 0;
  let now = T;
  // Two looks a guess: one that has to wait, one that may guess. The bound is for a policy that never locks.
  for (let looks = 0; looks < 1000 && now < end; looks++) {
    const attempt = takeAttempt(state, { timestamp: now });
    if (attempt.locked) break;
    if (attempt.allowed) guesses++;
    state = attempt.state;
    now = attempt.retryAt ?? now;
  }
  expect(guesses).toBe(100);
});
