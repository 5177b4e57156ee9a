// The rules by themselves, without a server. The codes are those of RFC 6238.
import { decodeBase32, encryptSecret, generateTotp, parseOtpauthUri, type StoredSecondFactor } from 'otpure';
import { describe, expect, test } from 'vitest';
import { policyAt, readConfig } from '../src/config.js';
import type { Store } from '../src/database.js';
import { createRules, type SetUp, stageOf } from '../src/second-factor.js';

const key = new Uint8Array(32).fill(7);
const configOf = (POLICIES = '') => readConfig({ APP_KEY: Buffer.from(key).toString('base64'), POLICIES });
const policy = policyAt(configOf().policies, 0);

/** The rules, and one user's factor as stored. */
function rulesAt(now: number, policies = '') {
  let row = { factor: null as StoredSecondFactor | null, version: 0 };
  const secondFactor = () => ({
    read: async () => row,
    store: async (_: string, factor: StoredSecondFactor | null, { version }: { version: number }) => {
      if (version !== row.version) return false;
      row = { factor, version: version + 1 };
      return true;
    },
  });
  const rules = createRules(configOf(policies), key, { secondFactor } as unknown as Store, () => now);
  return { rules, twoFactor: rules.twoFactorOf('session'), stored: () => row.factor };
}

// RFC 6238, Appendix B: the last six digits of the SHA-1 rows, and the time step.
const at59 = { now: 59_000, code: '287082', step: 1 };
const secret = new TextEncoder().encode('12345678901234567890');
const setUpOf = (user: string, begunAt = at59.now): SetUp => ({
  begunAt,
  pendingSecret: '',
  secret: encryptSecret(secret, key, `set-up page of ${user}`),
  confirmed: null,
});
const factor = { id: 'a', lastUsedTimeStep: 1, backupHashes: [], attempts: null, secret: '' };

describe('setting up', () => {
  test('begins with a fresh secret, shown as a URI and as text, and good for the library', async () => {
    const { rules, twoFactor } = rulesAt(at59.now);
    const setUps = ['ann', 'ann'].map((user) => rules.begin(twoFactor, user, 'ann@example.com'));
    const [one, two] = setUps.map((setUp) => rules.keyOf(setUp, 'ann', 'ann@example.com'));
    expect(one?.text).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    expect(one?.text).not.toBe(two?.text);
    expect(parseOtpauthUri(one?.uri ?? '')).toMatchObject({
      secret: decodeBase32(one?.text ?? ''),
      issuer: 'Otpure Demo',
      account: 'ann@example.com',
    });
    expect(() => rules.keyOf(setUps[0] as SetUp, 'bob', 'bob@example.com')).toThrow(
      expect.objectContaining({ code: 'DECRYPTION_FAILED' }),
    );
  });

  test('lasts for fifteen minutes', () => {
    const end = at59.now + 15 * 60_000;
    const isLive = (now: number) => rulesAt(now).rules.isLive(setUpOf('ann'));
    expect([isLive(end - 1), isLive(end)]).toEqual([true, false]);
  });

  // 30 s steps: the code of step 1 is right from step 0 to 2, and known up to ten steps away.
  test.each([
    [0, 1],
    [89_999, -1],
    [90_000, -2],
    [329_999, -9],
    [359_999, -10],
    [360_000, null],
  ])('at %d ms, the code of 30 s to 60 s shows a clock that is %j steps ahead', (now, ahead) => {
    expect(rulesAt(now).rules.matchOf(setUpOf('ann'), 'ann', at59.code)?.drift ?? null).toBe(ahead);
  });

  test('takes a code, which is used then, and makes it the factor with the codes that were shown', async () => {
    const { rules, twoFactor, stored } = rulesAt(at59.now);
    expect(rules.matchOf(setUpOf('ann'), 'ann', '000000')).toBeNull();
    const match = rules.matchOf(setUpOf('ann'), 'ann', at59.code);
    expect(match?.timeStep).toBe(at59.step);
    const step = await rules.drawCodes(setUpOf('ann'), at59.step);
    expect(step.codes).toHaveLength(10);
    const other = await rules.drawCodes(step.setUp, at59.step);
    expect(other.set).not.toBe(step.set);
    const done = await rules.activate(twoFactor, step.setUp, 'ann');
    expect(stored()).toMatchObject({ id: done?.passedFactor, lastUsedTimeStep: at59.step, attempts: null });
    expect(await twoFactor.verify('ann', at59.code)).toBeNull();
    expect(await twoFactor.verify('ann', other.codes[0])).toBeNull();
    expect(await twoFactor.verify('ann', step.codes[0])).toMatchObject({ kind: 'backup-code', failures: 2 });
    expect(await rules.activate(twoFactor, step.setUp, 'ann')).toBeNull();
  });

  test.each([
    ['backup-codes=1', 1, /^[a-z\d]{4}(-[a-z\d]{4}){3}$/],
    ['backup-codes=digits', 10, /^\d{5}-\d{5}$/],
  ])('under %s makes %d backup codes, also by the library', async (policies, count, form) => {
    const { rules, twoFactor } = rulesAt(at59.now, policies);
    const step = await rules.drawCodes(setUpOf('ann'), at59.step);
    const setUp = rules.begin(twoFactor, 'ann', 'ann');
    const { text } = rules.keyOf(setUp, 'ann', 'ann');
    const code = generateTotp(decodeBase32(text), { timestamp: at59.now });
    const created = await twoFactor.confirm('ann', { pendingSecret: setUp.pendingSecret, code });
    for (const codes of [step.codes, created?.backupCodes]) {
      expect(codes).toHaveLength(count);
      for (const each of codes ?? []) expect(each).toMatch(form);
    }
  });
});

describe('who is logged in', () => {
  test.each([
    // factor, passed, first login, obligatory, at first login → stage
    ['a', null, false, false, false, 'password'],
    ['a', 'none', false, false, false, 'password'],
    ['a', 'before', false, false, false, 'password'],
    ['a', 'a', true, true, true, 'full'],
    [null, 'none', false, false, false, 'full'],
    // Neither is a session in by having given the password before it was switched off.
    [null, null, false, false, false, 'password'],
    [null, 'before', false, false, false, 'password'],
    [null, 'none', true, false, false, 'full'],
    [null, 'none', true, false, true, 'enrol'],
    [null, 'none', false, false, true, 'full'],
    [null, 'none', false, true, false, 'enrol'],
    [null, 'before', false, true, false, 'password'],
  ] as const)(
    'factor %j, passed %j, first login %j, obligatory %j, at first login %j → %s',
    (id, passedFactor, firstLogin, obligatory, enrolAtFirstLogin, stage) => {
      const user = { factor: id && { ...factor, id }, firstLogin };
      const session = { user, passedFactor, startedAt: new Date(0) };
      expect(stageOf(session, { ...policy, obligatory, enrolAtFirstLogin }, 1).stage).toBe(stage);
    },
  );

  test.each([
    ['a', null, false, 15],
    [null, 'none', true, 15],
    ['a', 'a', false, 720],
  ] as const)(
    'factor %j, passed %j, obligatory %j: for %j minutes',
    (id, passedFactor, obligatory, minutes) => {
      const user = { factor: id && { ...factor, id }, firstLogin: false };
      const session = { user, passedFactor, startedAt: new Date(0) };
      const end = minutes * 60_000;
      const isOver = (now: number) => stageOf(session, { ...policy, obligatory }, now).isOver;
      expect([isOver(end - 1), isOver(end)]).toEqual([false, true]);
    },
  );
});
