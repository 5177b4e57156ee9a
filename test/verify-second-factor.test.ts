import { beforeAll, describe, expect, test, vi } from 'vitest';
import { checkAttempts, hashBackupCodes, type StoredSecondFactor, verifySecondFactor } from '../src/index.js';
import {
  at,
  backupCodes,
  CHEAP,
  codes,
  NOW,
  secret,
  storedFactor,
  watchWork,
} from './tools/second-factor.js';
import { ascii, expectRejection, NOT_CODES, untyped } from './tools/vectors.js';

const PEPPER = new Uint8Array(16).fill(7);
let factor: StoredSecondFactor;
beforeAll(async () => {
  factor = await storedFactor();
});

const failed = (failures: number) => Object.freeze({ failures, lastFailureAt: NOW.timestamp });

describe('a code of the app', () => {
  test('passes, and its time step is kept', async () => {
    expect(await verifySecondFactor(secret, factor, codes[5], NOW)).toStrictEqual({
      factor: { ...factor, lastUsedTimeStep: 5 },
      result: { passedFactor: factor.id, kind: 'totp', failures: 0, drift: 0 },
    });
    const first = { ...factor, lastUsedTimeStep: null };
    expect((await verifySecondFactor(secret, first, codes[4], NOW)).factor.lastUsedTimeStep).toBe(4);
  });

  test('tells the failures since the last success, and ends them', async () => {
    const { factor: next, result } = await verifySecondFactor(
      secret,
      { ...factor, attempts: failed(3) },
      codes[5],
      NOW,
    );
    expect(result).toStrictEqual({ passedFactor: factor.id, kind: 'totp', failures: 3, drift: 0 });
    expect(next).toStrictEqual({ ...factor, lastUsedTimeStep: 5, attempts: null });
  });

  test('takes no hash of a pepper, which only backup codes need', async () => {
    const verify = (pepper?: Uint8Array) => verifySecondFactor(secret, factor, codes[5], { ...NOW, pepper });
    await verify();
    const work = watchWork();
    await verify();
    const hashes = work.hashes();
    await verify(PEPPER);
    expect(work.hashes()).toBe(2 * hashes);
  });

  test('a wrong one is counted', async () => {
    expect(await verifySecondFactor(secret, factor, '000000', NOW)).toStrictEqual({
      factor: { ...factor, attempts: failed(1) },
      result: null,
    });
    const twice = await verifySecondFactor(secret, { ...factor, attempts: failed(1) }, '000000', at(6));
    expect(twice.factor.attempts).toStrictEqual({ failures: 2, lastFailureAt: at(6).timestamp });
  });

  test.each([
    ['the last one', codes[4], 4, 5],
    ['one before the last', codes[4], 5, 5],
    ['one that a later step shares with the last', '437991', 1096428, 1096429],
    ['one that a later step shares with an earlier one', '437991', 1096429, 1096429],
    ['one of a clock that went back', codes[5], 900, 5],
  ])('is not good again: %s', async (_, code, lastUsedTimeStep, now) => {
    const used = { ...factor, lastUsedTimeStep };
    expect(await verifySecondFactor(secret, used, code, at(now))).toStrictEqual({
      factor: { ...used, attempts: { failures: 1, lastFailureAt: at(now).timestamp } },
      result: null,
    });
  });

  test('the options of the code are passed on', async () => {
    const key = ascii('12345678901234567890123456789012');
    // RFC 6238, Appendix B; the same moment in a window of others, and counted from another start.
    const sha256 = { algorithm: 'SHA256', digits: 8 } as const;
    const stepOf = async (options: object) => {
      const used = { ...factor, lastUsedTimeStep: null };
      return (await verifySecondFactor(key, used, '46119246', { ...sha256, ...options })).factor
        .lastUsedTimeStep;
    };
    expect(await stepOf({ timestamp: 59_000 })).toBe(1);
    expect(await stepOf({ timestamp: 1_160_000, t0: 1000, period: 160 })).toBe(1);
    expect(await stepOf({ timestamp: 91_000 })).toBeNull();
    expect(await stepOf({ timestamp: 91_000, window: { past: 2, future: 0 } })).toBe(1);
    vi.spyOn(Date, 'now').mockReturnValue(59_000);
    expect(await stepOf({})).toBe(1);
  });
});

describe('a backup code', () => {
  test('passes, and its hash is gone', async () => {
    for (const [i, typed] of ['AAAA AAAA AAAA AAAA', backupCodes[1]].entries()) {
      expect(await verifySecondFactor(secret, { ...factor, attempts: failed(2) }, typed, NOW)).toStrictEqual({
        factor: { ...factor, backupHashes: [factor.backupHashes[1 - i]], attempts: null },
        result: { passedFactor: factor.id, kind: 'backup-code', failures: 2, drift: null },
      });
    }
  });

  test('a wrong one, or one that is gone, is counted', async () => {
    for (const [typed, backupHashes] of [
      ['cccc-cccc-cccc-cccc', factor.backupHashes],
      [backupCodes[0], [factor.backupHashes[1]]],
      [backupCodes[0], []],
    ] as const) {
      const some = { ...factor, backupHashes: [...backupHashes] };
      expect(await verifySecondFactor(secret, some, typed, NOW)).toStrictEqual({
        factor: { ...some, attempts: failed(1) },
        result: null,
      });
    }
  });

  test('one that was hashed twice is gone for good', async () => {
    const again = await hashBackupCodes(backupCodes, CHEAP);
    const twice = { ...factor, backupHashes: [...factor.backupHashes, ...again] };
    const { factor: next } = await verifySecondFactor(secret, twice, backupCodes[0], NOW);
    expect(next.backupHashes).toEqual([factor.backupHashes[1], again[1]]);
  });

  test('the factor is that of the call, whatever becomes of it meanwhile', async () => {
    for (const typed of [backupCodes[0], 'cccc-cccc-cccc-cccc']) {
      const given = { ...factor };
      const verifying = verifySecondFactor(secret, given, typed, NOW);
      Object.assign(given, { id: 'another', attempts: failed(4), backupHashes: [] });
      const { factor: next, result } = await verifying;
      expect(next.id).toBe(factor.id);
      expect(next.attempts).toEqual(result ? null : failed(1));
      expect(next.backupHashes).toEqual(factor.backupHashes.slice(result ? 1 : 0));
    }
  });

  test('peppers are passed on', async () => {
    const backupHashes = await hashBackupCodes(backupCodes, { ...CHEAP, pepper: PEPPER });
    const peppered = { ...factor, backupHashes };
    for (const pepper of [PEPPER, [new Uint8Array(16), PEPPER]]) {
      const { result } = await verifySecondFactor(secret, peppered, backupCodes[0], { ...NOW, pepper });
      expect(result?.kind).toBe('backup-code');
    }
    const without = verifySecondFactor(secret, peppered, backupCodes[0], NOW);
    await expectRejection(without, 'INVALID_ARGUMENT', 'pepper');
  });

  test('one of eight digits is a TOTP code where those have eight digits, and asked for by only', async () => {
    const backupHashes = await hashBackupCodes(['12345678'], CHEAP);
    const given = { ...factor, backupHashes };
    const options = { ...NOW, digits: 8 };
    const work = watchWork();
    for (const typed of ['12345678', '1234 5678', '１２３４-５６７８']) {
      expect(await verifySecondFactor(secret, given, typed, options)).toStrictEqual({
        factor: { ...given, attempts: failed(1) },
        result: null,
      });
    }
    expect(work.scrypts()).toBe(0);
    const only = { ...options, only: 'backup-code' } as const;
    const { result } = await verifySecondFactor(secret, given, '12345678', only);
    expect(result?.kind).toBe('backup-code');
  });
});

describe('a text that can be no code', () => {
  test.each(
    ['', '12345', '1234567', 'abcdefg', '28708²', 'a'.repeat(65), ...NOT_CODES].map((text) => [text]),
  )('is not counted: %#', async (typed) => {
    const { factor: next, result } = await verifySecondFactor(secret, factor, untyped(typed), NOW);
    expect(result).toBeNull();
    expect(next).toBe(factor);
  });
});

describe('one kind only', () => {
  test.each([
    ['totp', 5, null],
    ['backup-code', null, 1],
    [undefined, 5, 1],
  ] as const)('only: %s', async (only, timeStep, remaining) => {
    const options = { ...NOW, only };
    const refused = { factor, result: null }; // of another kind, so no code
    const totp = await verifySecondFactor(secret, factor, codes[5], options);
    if (timeStep === null) expect(totp).toStrictEqual(refused);
    else expect(totp.factor).toStrictEqual({ ...factor, lastUsedTimeStep: timeStep });
    const work = watchWork();
    const backup = await verifySecondFactor(secret, factor, backupCodes[0], options);
    expect(work.scrypts()).toBe(remaining === null ? 0 : 1);
    if (remaining === null) expect(backup).toStrictEqual(refused);
    else expect(backup.factor.backupHashes).toHaveLength(remaining);
  });

  test('codes of the app go on where the backup codes are broken', async () => {
    const broken = { ...factor, backupHashes: ['$scrypt$'] };
    expect((await verifySecondFactor(secret, broken, codes[5], NOW)).result?.kind).toBe('totp');
    const only = { ...NOW, only: 'totp' } as const;
    expect((await verifySecondFactor(secret, broken, backupCodes[0], only)).result).toBeNull();
    const both = verifySecondFactor(secret, broken, backupCodes[0], NOW);
    await expectRejection(both, 'INVALID_BACKUP_HASH', 'hash');
  });

  test.each([null, 'sms', 'TOTP', '', true, ['totp']].map((only) => [only]))(
    'refuses only: %o',
    async (only) => {
      const call = verifySecondFactor(secret, factor, codes[5], untyped({ ...NOW, only }));
      await expectRejection(call, 'INVALID_ARGUMENT', 'only');
    },
  );
});

describe('the limit', () => {
  test('five failures of both kinds together, then the wait, then one more', async () => {
    let current = factor;
    for (const typed of ['000000', 'caaa-aaaa-aaaa-aaaa', codes[4], 'zzzzzzzz', '999999']) {
      ({ factor: current } = await verifySecondFactor(secret, current, typed, NOW));
    }
    expect(current.attempts).toStrictEqual(failed(5));
    expect(checkAttempts(current.attempts, NOW)).toMatchObject({ retryAt: NOW.timestamp + 30_000 });
    const later = { timestamp: NOW.timestamp + 29_999 };
    expect((await verifySecondFactor(secret, current, codes[5], later)).factor).toBe(current);
    const { result } = await verifySecondFactor(secret, current, codes[6], at(6));
    expect(result).toStrictEqual({ passedFactor: factor.id, kind: 'totp', failures: 5, drift: 0 });
  });

  test.each([
    ['waiting', failed(5), NOW],
    ['waiting, and the clock went back', failed(5), at(3)],
    ['locked', failed(100), at(1_000_000)],
    [
      'waiting, by a policy',
      failed(1),
      { ...NOW, freeFailures: 1, firstWaitSeconds: 60, maxWaitSeconds: 60 },
    ],
    ['locked, by a policy', failed(3), { ...at(1_000_000), maxFailures: 3 }],
  ])('%s: nothing is computed, and the same factor comes back', async (_, attempts, options) => {
    const waiting = { ...factor, attempts };
    const now = Math.floor(options.timestamp / 30_000);
    const work = watchWork();
    for (const typed of [codes[now] ?? '000000', ...backupCodes, '000000', '']) {
      const step = await verifySecondFactor(secret, waiting, typed, options);
      expect(step.factor).toBe(waiting);
      expect(step.result).toBeNull();
    }
    expect(work.hashes() + work.scrypts()).toBe(0);
  });

  test('a policy is refused where checkAttempts refuses it', async () => {
    for (const name of ['freeFailures', 'firstWaitSeconds', 'maxWaitSeconds', 'maxFailures']) {
      const call = verifySecondFactor(secret, factor, codes[5], untyped({ ...NOW, [name]: -1 }));
      await expectRejection(call, 'INVALID_ARGUMENT', name);
    }
  });
});

describe('the work', () => {
  test.each(['000000', codes[5], '000 000', '000-000', '12345', '', 'abc', '0'.repeat(10_000_000)])(
    'a text that can be no backup code costs no scrypt: %#',
    async (typed) => {
      const work = watchWork();
      await verifySecondFactor(secret, factor, typed, NOW);
      expect(work.scrypts()).toBe(0);
    },
  );

  test('a backup code costs one scrypt, right or wrong', async () => {
    for (const typed of [backupCodes[0], 'cccc-cccc-cccc-cccc']) {
      const work = watchWork();
      await verifySecondFactor(secret, factor, typed, NOW);
      expect(work.scrypts()).toBe(1);
      vi.restoreAllMocks();
    }
  });

  test.each(NOT_CODES.map((typed) => [typed]))('what a person typed never throws: %#', async (typed) => {
    expect((await verifySecondFactor(secret, factor, untyped(typed), NOW)).result).toBeNull();
  });

  test('every option may be undefined', async () => {
    const names = ['algorithm', 'digits', 'minSecretBytes', 'period', 't0', 'window', 'pepper', 'only'];
    names.push('freeFailures', 'firstWaitSeconds', 'maxWaitSeconds', 'maxFailures');
    const options = { ...Object.fromEntries(names.map((name) => [name, undefined])), ...NOW };
    expect((await verifySecondFactor(secret, factor, codes[5], options)).result?.kind).toBe('totp');
  });
});
