// The rules by themselves, without a server. The codes are those of RFC 6238.
import { decodeBase32, hashBackupCodes } from 'otpure';
import { describe, expect, test } from 'vitest';
import type { Policy, SecondFactor, Step } from '../src/second-factor.js';
import * as factor from '../src/second-factor.js';

const policy: Policy = { backupCodes: 'on', obligatory: false, enrolAtFirstLogin: false };
const off: Policy = { ...policy, backupCodes: 'off' };

// RFC 6238, Appendix B: the last six digits of the SHA-1 rows.
const secret = new TextEncoder().encode('12345678901234567890');
const at59 = { now: 59_000, code: '287082', step: 1 };
const at1111111109 = { now: 1111111109_000, code: '081804', step: 37037036 };

const active: SecondFactor = { ...factor.none, active: { secret, lastUsedTimeStep: 0 } };
const enrolling: SecondFactor = {
  ...factor.none,
  enrolment: { secret, confirmedTimeStep: null, backupHashes: [], attempts: null },
};

/** Runs the whole of an attempt on a state that nobody else changes. */
async function attempted<O>(
  start: SecondFactor,
  count: (state: SecondFactor) => Step<factor.Refused | { kind: 'counted' }>,
  check: (state: SecondFactor) => Step<O> | Promise<Step<O>>,
) {
  let stored = start;
  const change: factor.Change = async (transition) => {
    const { state, outcome } = await transition(stored);
    stored = state;
    return outcome;
  };
  const outcome = await factor.attempt(change, count, check);
  return { state: stored, outcome };
}

const logIn = (state: SecondFactor, code: string, now: number) =>
  attempted(
    state,
    (read) => factor.countLogin(read, now),
    (read) => factor.loginWithCode(read, code, now),
  );

describe('a code', () => {
  test('is accepted, remembered, and clears the count', async () => {
    const before = { ...active, attempts: { failures: 3, lastFailureAt: 0 } };
    const { state, outcome } = await logIn(before, at59.code, at59.now);
    expect(outcome).toEqual({ kind: 'accepted' });
    expect(state.active?.lastUsedTimeStep).toBe(at59.step);
    expect(state.attempts).toBeNull();
  });

  test('is refused the second time', async () => {
    const { state } = await logIn(active, at59.code, at59.now);
    const { outcome } = await logIn(state, at59.code, at59.now);
    expect(outcome).toEqual({ kind: 'refused', retryAt: null, locked: false });
  });

  test('is refused where two-factor login is off', async () => {
    expect((await logIn(factor.none, at59.code, at59.now)).outcome.kind).toBe('refused');
  });

  test('leaves the state that was given as it was', async () => {
    const before = structuredClone(active);
    await logIn(active, at59.code, at59.now);
    expect(active).toEqual(before);
  });

  test('that is wrong is counted, and after five the right one waits', async () => {
    let state = active;
    for (let tries = 1; tries <= 5; tries++) {
      const wrong = await logIn(state, '000000', at59.now);
      state = wrong.state;
      expect(state.attempts?.failures).toBe(tries);
      expect(wrong.outcome).toMatchObject({ retryAt: tries < 5 ? null : at59.now + 30_000 });
    }
    const waiting = await logIn(state, at59.code, at59.now);
    expect(waiting.outcome).toMatchObject({ kind: 'refused', retryAt: at59.now + 30_000 });
    expect(waiting.state).toBe(state);
    expect((await logIn(state, at1111111109.code, at1111111109.now)).outcome.kind).toBe('accepted');
  });

  test('is refused for good after a hundred, until an administrator switches off', async () => {
    const locked = { ...active, attempts: { failures: 100, lastFailureAt: 0 } };
    const { outcome } = await logIn(locked, at1111111109.code, at1111111109.now);
    expect(outcome).toEqual({ kind: 'refused', retryAt: null, locked: true });
    expect(factor.disableForUser(locked).state).toEqual(factor.none);
  });

  test('is counted before it is checked: a crash in between leaves the failure', async () => {
    let stored = active;
    const change: factor.Change = async (transition) => {
      const { state, outcome } = await transition(stored);
      stored = state;
      return outcome;
    };
    const crash = () => {
      throw new Error('crash');
    };
    const crashed = factor.attempt(change, (state) => factor.countLogin(state, at59.now), crash);
    await expect(crashed).rejects.toThrow('crash');
    expect(stored.attempts?.failures).toBe(1);
  });
});

describe('a backup code', () => {
  const cheap = { cost: { N: 16, r: 1, p: 1 } };
  const codes = ['aaaa-bbbb-cccc-dddd', 'eeee-ffff-gggg-hhhh'] as const;
  const withCodes = async () => ({ ...active, backupHashes: await hashBackupCodes(codes, cheap) });

  test('is accepted once, and the others stay', async () => {
    const first = await factor.loginWithBackupCode(await withCodes(), codes[0], 0, policy);
    expect(first.outcome).toEqual({ kind: 'accepted', codesLeft: 1, switchedOff: false });
    expect((await factor.loginWithBackupCode(first.state, codes[0], 0, policy)).outcome.kind).toBe('refused');
    expect((await factor.loginWithBackupCode(first.state, codes[1], 0, policy)).outcome.kind).toBe(
      'accepted',
    );
  });

  test('switches two-factor login off under backup-code-disables', async () => {
    const { state, outcome } = await factor.loginWithBackupCode(await withCodes(), codes[0], 0, {
      ...policy,
      backupCodes: 'disable',
    });
    expect(outcome).toMatchObject({ kind: 'accepted', switchedOff: true });
    expect(state).toEqual(factor.none);
  });

  test('is refused under backup-codes-off, also one made before', async () => {
    expect((await factor.loginWithBackupCode(await withCodes(), codes[0], 0, off)).outcome.kind).toBe(
      'refused',
    );
  });

  test('of the old set is void once new ones are made', async () => {
    const { state, outcome } = await factor.regenerateBackupCodes(await withCodes(), policy);
    if (outcome.kind !== 'renewed') throw new Error(outcome.kind);
    expect(new Set(outcome.codes).size).toBe(10);
    expect((await factor.loginWithBackupCode(state, codes[0], 0, policy)).outcome.kind).toBe('refused');
    const [fresh = ''] = outcome.codes;
    expect((await factor.loginWithBackupCode(state, fresh, 0, policy)).outcome.kind).toBe('accepted');
  });

  test.each([
    [factor.none, policy],
    [active, off],
  ])('is not made where it could not be used', async (state, rule) => {
    expect(await factor.regenerateBackupCodes(state, rule)).toEqual({ state, outcome: { kind: 'off' } });
  });
});

describe('setting up', () => {
  test('begins with a fresh secret and keeps it when begun again', () => {
    const first = factor.startEnrolment(factor.none);
    expect(first.state.enrolment?.secret).toHaveLength(20);
    expect(factor.startEnrolment(first.state).state).toBe(first.state);
    expect(factor.startEnrolment(factor.none).state.enrolment?.secret).not.toEqual(
      first.state.enrolment?.secret,
    );
  });

  test('does not begin while two-factor login is on', () => {
    expect(factor.startEnrolment(active)).toEqual({ state: active, outcome: 'already-active' });
  });

  test('shows the key as a URI and as text', () => {
    const { enrolment } = enrolling;
    if (!enrolment) throw new Error();
    const { uri, text } = factor.enrolmentKey(enrolment, 'A Site', 'ann@example.com');
    expect(new URL(uri).searchParams.get('secret')).toBe(text.replaceAll(' ', ''));
    expect(decodeBase32(text)).toEqual(secret);
    expect(text).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
  });

  test('takes a code, the box and nothing less, and the code is used then', async () => {
    expect(factor.activate(enrolling).outcome).toBe('not-confirmed');
    const confirmed = await factor.confirmEnrolment(enrolling, at59.code, at59.now, policy);
    expect(confirmed.outcome).toMatchObject({ kind: 'confirmed', codes: { length: 10 } });
    expect(confirmed.state.active).toBeNull();
    const { state, outcome } = factor.activate(confirmed.state);
    expect(outcome).toBe('activated');
    expect(state.active).toEqual({ secret, lastUsedTimeStep: at59.step });
    expect(state.backupHashes).toHaveLength(10);
    expect(state.enrolment).toBeNull();
    expect((await logIn(state, at59.code, at59.now)).outcome.kind).toBe('refused');
  });

  test('goes without backup codes under backup-codes-off', async () => {
    const { state, outcome } = await factor.confirmEnrolment(enrolling, at59.code, at59.now, off);
    expect(outcome).toEqual({ kind: 'activated' });
    expect(state).toEqual({ ...factor.none, active: { secret, lastUsedTimeStep: at59.step } });
  });

  test('shows codes once; who has not stored them gets others', async () => {
    const { state } = await factor.confirmEnrolment(enrolling, at59.code, at59.now, policy);
    const again = await factor.confirmEnrolment(state, at59.code, at59.now, policy);
    expect(again).toEqual({ state, outcome: { kind: 'already-confirmed' } });
    const renewed = await factor.renewEnrolmentCodes(state);
    expect(renewed.outcome.kind).toBe('renewed');
    expect(renewed.state.enrolment?.backupHashes).not.toEqual(state.enrolment?.backupHashes);
  });

  test('gives no codes before the phone is proven', async () => {
    expect((await factor.renewEnrolmentCodes(enrolling)).outcome.kind).toBe('not-confirmed');
  });

  test('refuses a wrong code, and after five the right one waits', async () => {
    const confirm = (state: SecondFactor, code: string) =>
      attempted(
        state,
        (read) => factor.countConfirmation(read, at59.now),
        (read) => factor.confirmEnrolment(read, code, at59.now, off),
      );
    let state = enrolling;
    for (let tries = 0; tries < 5; tries++) ({ state } = await confirm(state, '000000'));
    expect((await confirm(state, at59.code)).outcome).toMatchObject({ kind: 'refused', retryAt: 89_000 });
    expect(state.attempts).toBeNull();
  });

  test('loses against another session that was faster', async () => {
    const late = {
      ...enrolling,
      active: { secret: new Uint8Array(20), lastUsedTimeStep: 7 },
    };
    const confirmed = await factor.confirmEnrolment(late, at59.code, at59.now, policy);
    expect(confirmed.outcome).toEqual({ kind: 'already-active' });
    expect(confirmed.state).toEqual({ ...late, enrolment: null });
    const { enrolment } = (await factor.confirmEnrolment(enrolling, at59.code, at59.now, policy)).state;
    const activated = factor.activate({ ...late, enrolment });
    expect(activated).toEqual({ state: { ...late, enrolment: null }, outcome: 'already-active' });
  });

  test('can be cancelled', () => {
    expect(factor.cancelEnrolment(enrolling).state).toEqual(factor.none);
  });
});

describe('switching off', () => {
  const full = { ...active, backupHashes: ['x'], attempts: { failures: 1, lastFailureAt: 0 } };

  test('clears all of it', () => {
    expect(factor.disable(full, policy)).toEqual({ state: factor.none, outcome: 'switched-off' });
  });

  test('is refused where it is obligatory, but not to an administrator', () => {
    expect(factor.disable(full, { ...policy, obligatory: true })).toEqual({
      state: full,
      outcome: 'obligatory',
    });
    expect(factor.disableForUser(full)).toEqual({ state: factor.none, outcome: 'switched-off' });
  });

  test('twice is no error', () => {
    expect(factor.disable(factor.none, policy).outcome).toBe('already-off');
    expect(factor.disableForUser(factor.none).outcome).toBe('already-off');
  });
});

describe('stages', () => {
  test.each([
    // two-factor on, first login, obligatory, at first login → stage
    [true, false, false, false, 'password'],
    [true, true, true, true, 'password'],
    [false, false, false, false, 'full'],
    [false, true, false, false, 'full'],
    [false, true, false, true, 'enrol'],
    [false, false, false, true, 'full'],
    [false, false, true, false, 'enrol'],
  ] as const)(
    'after the password: %j %j %j %j → %s',
    (twoFactor, firstLogin, obligatory, enrolAtFirstLogin, stage) => {
      const rule = { ...policy, obligatory, enrolAtFirstLogin };
      expect(factor.stageAfterPassword({ twoFactor, firstLogin }, rule)).toBe(stage);
    },
  );

  test.each([
    ['full', true, false, 'full'],
    ['full', false, false, 'full'],
    ['full', true, true, 'full'],
    ['full', false, true, null],
    ['password', true, false, 'password'],
    ['password', false, false, null],
    ['enrol', false, true, 'enrol'],
    ['enrol', true, true, null],
  ] as const)('later: %s, two-factor %j, obligatory %j → %s', (stored, twoFactor, obligatory, stage) => {
    expect(factor.currentStage(stored, twoFactor, { ...policy, obligatory })).toBe(stage);
  });
});
