// The rules by themselves, without a server. The codes are those of RFC 6238.
import { decodeBase32, encryptSecret, hashBackupCodes } from 'otpure';
import { describe, expect, test } from 'vitest';
import { createRules, type Factor, type Policy, type SetUp, stageOf } from '../src/second-factor.js';

const policy: Policy = {
  backupCodes: 'on',
  backupCodeAlphabet: 'base32',
  backupCodeCount: 10,
  backupCodesAfterActivation: false,
  obligatory: false,
  enrolAtFirstLogin: false,
};
const key = new Uint8Array(32).fill(7);
const rules = (change: Partial<Policy> = {}, now = 59_000) =>
  createRules(
    key,
    () => ({ ...policy, ...change }),
    () => now,
  );

// RFC 6238, Appendix B: the last six digits of the SHA-1 rows.
const secret = encryptSecret(new TextEncoder().encode('12345678901234567890'), key, 'user ann');
const at59 = { code: '287082', step: 1 };
const at1111111109 = { now: 1111111109_000, code: '081804', step: 37037036 };
const printed = ['aaaa-bbbb-cccc-dddd', 'eeee-ffff-gggg-hhhh'] as const;

const factor: Factor = {
  id: 'a',
  lastUsedTimeStep: 0,
  backupHashes: await hashBackupCodes(printed, { cost: { N: 16, r: 1, p: 1 } }),
  attempts: null,
  secret,
};
const setUp: SetUp = { secret, factor: null };

/** The user asks for the own factor, in a session that passed the factor of this id. */
const asked = (active: Factor | null, passedFactor: string | null = active?.id ?? null) => ({
  factor: active,
  asking: { factor: active, passedFactor, isAdmin: false },
});
const logIn = (typed: string, kind: 'totp' | 'backup-code', active: Factor, use = rules()) =>
  use.logIn('ann', typed, kind)(asked(active, null));

describe('logging in', () => {
  test('with a code remembers its time step and clears the count', async () => {
    const step = await logIn(at59.code, 'totp', { ...factor, attempts: { failures: 3, lastFailureAt: 0 } });
    expect(step?.result).toMatchObject({ match: { factorId: 'a', failures: 3 }, switchedOff: false });
    expect(step?.factor).toEqual({ ...factor, lastUsedTimeStep: at59.step });
  });

  test('with a wrong code is counted, and after five the right one waits', async () => {
    let active = factor;
    for (let tries = 1; tries <= 5; tries++) {
      const step = await logIn('000000', 'totp', active);
      expect(step?.result).toMatchObject({ match: null, retryAt: tries < 5 ? null : 89_000, locked: false });
      active = step?.factor as Factor;
      expect(active.attempts?.failures).toBe(tries);
    }
    const waiting = await logIn(at59.code, 'totp', active);
    expect(waiting?.result).toMatchObject({ match: null, retryAt: 89_000 });
    expect(waiting?.factor).toBe(active);
    const later = rules({}, at1111111109.now);
    expect((await logIn(at1111111109.code, 'totp', active, later))?.result.match).not.toBeNull();
  });

  test('says so when it is locked', async () => {
    const locked = { ...factor, attempts: { failures: 100, lastFailureAt: 0 } };
    const step = await logIn(at1111111109.code, 'totp', locked, rules({}, at1111111109.now));
    expect(step?.result).toMatchObject({ match: null, retryAt: null, locked: true });
  });

  test('with a backup code uses it up', async () => {
    const step = await logIn(printed[0], 'backup-code', factor);
    expect(step?.result).toMatchObject({ match: { kind: 'backup-code' }, switchedOff: false });
    expect(step?.factor?.backupHashes).toEqual(factor.backupHashes.slice(1));
  });

  test('takes each kind of code in its own form', async () => {
    expect((await logIn(printed[0], 'totp', factor))?.result.match).toBeNull();
    expect((await logIn(at59.code, 'backup-code', factor))?.result.match).toBeNull();
  });

  test('with a backup code switches off under backup-code-disables; with a code it does not', async () => {
    const strict = rules({ backupCodes: 'disable' });
    const step = await logIn(printed[0], 'backup-code', factor, strict);
    expect([step?.factor, step?.result.switchedOff]).toEqual([null, true]);
    expect((await logIn(at59.code, 'totp', factor, strict))?.factor).toMatchObject({ id: 'a' });
  });

  test('with a backup code made before backup-codes-off is a wrong code, and counted', async () => {
    const step = await logIn(printed[0], 'backup-code', factor, rules({ backupCodes: 'off' }));
    expect(step?.result.match).toBeNull();
    expect(step?.factor?.attempts?.failures).toBe(1);
  });

  test('decides nothing for a session that has ended, or where it is off', async () => {
    const decide = rules().logIn('ann', at59.code, 'totp');
    expect(await decide({ factor, asking: null })).toBeNull();
    expect(await decide(asked(null))).toBeNull();
  });

  test("does not open a secret that was copied from another user's row", async () => {
    const decide = rules().logIn('bob', at59.code, 'totp');
    await expect(decide(asked(factor, null))).rejects.toThrow(
      expect.objectContaining({ code: 'DECRYPTION_FAILED' }),
    );
  });
});

describe('setting up', () => {
  test('begins with a fresh secret, shown as a URI and as text', () => {
    const begun = rules().begin('ann');
    const { uri, text } = rules().keyOf(begun, 'ann', 'A Site', 'ann@example.com');
    expect(new URL(uri).searchParams.get('secret')).toBe(text.replaceAll(' ', ''));
    expect(decodeBase32(text)).toHaveLength(20);
    expect(text).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    expect(rules().keyOf(rules().begin('ann'), 'ann', 'A Site', 'ann@example.com').text).not.toBe(text);
  });

  test('takes a code, which is used then', async () => {
    const step = await rules().confirm(setUp, 'ann', at59.code);
    expect(step?.result.backupCodes).toHaveLength(10);
    expect(step?.factor).toMatchObject({ secret, lastUsedTimeStep: at59.step, attempts: null });
    const again = await logIn(at59.code, 'totp', step?.factor as Factor);
    expect(again?.result.match).toBeNull();
    expect(await rules().confirm(setUp, 'ann', '000000')).toBeNull();
  });

  test('makes backup codes by the policy, none or digits', async () => {
    const none = await rules({ backupCodes: 'off' }).confirm(setUp, 'ann', at59.code);
    expect([none?.result.backupCodes, none?.factor.backupHashes]).toEqual([[], []]);
    const digits = await rules({ backupCodeAlphabet: 'digits' }).confirm(setUp, 'ann', at59.code);
    expect(digits?.result.backupCodes[0]).toMatch(/^\d{5}-\d{5}$/);
  });

  test('ends with a new factor, unless another session was faster or this one has ended', () => {
    const activate = rules().activate(factor);
    expect(activate(asked(null))).toEqual({ factor, result: 'a' });
    expect(activate(asked({ ...factor, id: 'b' }))).toBeNull();
    expect(activate({ factor: null, asking: null })).toBeNull();
  });
});

describe('changing it', () => {
  const { switchOff, newCodes, reset } = rules();

  test('is for the session that passed this very factor', async () => {
    for (const current of [asked(factor, null), asked(factor, 'before'), { factor, asking: null }]) {
      expect(switchOff(current)).toBeNull();
      expect(await newCodes(current)).toBeNull();
    }
    expect(switchOff(asked(factor))).toEqual({ factor: null, result: true });
  });

  test('gives other backup codes, where they can be used', async () => {
    const step = await newCodes(asked(factor));
    expect(new Set(step?.result.backupCodes).size).toBe(10);
    expect(step?.factor.backupHashes).not.toContain(factor.backupHashes[0]);
    expect(await newCodes(asked(null))).toBeNull();
    expect(await rules({ backupCodes: 'off' }).newCodes(asked(factor))).toBeNull();
  });

  test('is done by an administrator who is through, also where it is obligatory', () => {
    const admin = { factor, passedFactor: 'a', isAdmin: true };
    const other = { ...factor, id: 'other' };
    const strict = rules({ obligatory: true });
    expect(strict.reset({ factor: other, asking: admin })).toEqual({ factor: null, result: true });
    expect(strict.switchOff(asked(factor))).toBeNull();
    expect(reset({ factor: other, asking: { ...admin, isAdmin: false } })).toBeNull();
    expect(reset({ factor: other, asking: { ...admin, passedFactor: 'before' } })).toBeNull();
    expect(reset({ factor: other, asking: null })).toBeNull();
    expect(reset({ factor: null, asking: admin })).toBeNull();
  });
});

describe('who is logged in', () => {
  test.each([
    // factor, passed, first login, obligatory, at first login → stage
    ['a', null, false, false, false, 'password'],
    ['a', 'before', false, false, false, 'password'],
    ['a', 'a', true, true, true, 'full'],
    [null, null, false, false, false, 'full'],
    [null, 'before', false, false, false, 'full'],
    [null, null, true, false, false, 'full'],
    [null, null, true, false, true, 'enrol'],
    [null, null, false, false, true, 'full'],
    [null, null, false, true, false, 'enrol'],
    [null, 'before', false, true, false, 'enrol'],
  ] as const)(
    'factor %j, passed %j, first login %j, obligatory %j, at first login %j → %s',
    (id, passedFactor, firstLogin, obligatory, enrolAtFirstLogin, stage) => {
      const user = { factor: id && { ...factor, id }, firstLogin };
      const session = { user, passedFactor, startedAt: new Date(0) };
      expect(stageOf(session, { ...policy, obligatory, enrolAtFirstLogin }, 1)).toBe(stage);
    },
  );

  test.each([
    ['a', null, false, 10],
    [null, null, true, 60],
    ['a', 'a', false, 720],
  ] as const)(
    'factor %j, passed %j, obligatory %j: for %j minutes',
    (id, passedFactor, obligatory, minutes) => {
      const user = { factor: id && { ...factor, id }, firstLogin: false };
      const session = { user, passedFactor, startedAt: new Date(0) };
      const end = minutes * 60_000;
      expect(stageOf(session, { ...policy, obligatory }, end - 1)).not.toBeNull();
      expect(stageOf(session, { ...policy, obligatory }, end)).toBeNull();
    },
  );
});
