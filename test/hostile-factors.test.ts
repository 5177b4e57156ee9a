import { beforeAll, describe, expect, test } from 'vitest';
import { hashBackupCodes, hasPassed, replaceBackupCodes, verifySecondFactor } from '../src/index.js';
import {
  backupCodes,
  CHEAP,
  codes,
  NOW,
  type StoredFactor,
  secret,
  storedFactor,
  watchWork,
} from './tools/second-factor.js';
import { checkOtpError, expectRejection, NOT_INTEGERS, untyped } from './tools/vectors.js';

let factor: StoredFactor;
beforeAll(async () => {
  factor = await storedFactor();
});

describe('what a database has in place of a factor', () => {
  const SENSITIVE = 'otpure1.confidential';
  class Row {
    get id() {
      return factor.id;
    }
    get lastUsedTimeStep() {
      return null;
    }
    get backupHashes() {
      return factor.backupHashes;
    }
    get attempts() {
      return null;
    }
  }
  const hundredth = () => Array(1_000_000).fill(factor.backupHashes[0]);
  const missing = (name: string) => () => {
    const { [name]: _, ...others } = factor as unknown as Record<string, unknown>;
    return others;
  };
  const having = (name: string, value: unknown) => () => ({ ...factor, [name]: value });
  const bad: [string, () => unknown][] = [
    ...[
      null,
      undefined,
      '{}',
      '',
      5,
      [],
      new Map(),
      new Date(0),
      new Uint8Array(3),
      () => 1,
      Promise.resolve(),
    ].map((value): [string, () => unknown] => [
      `factor is ${typeof value} ${String(value).slice(0, 20)}`,
      () => value,
    ]),
    ['its own JSON', () => JSON.stringify(factor)],
    ['in an array', () => [factor]],
    ['on a prototype, which a copy has not', () => Object.create(factor)],
    ['an instance with getters', () => new Row()],
    ...Object.keys({ id: 0, lastUsedTimeStep: 0, backupHashes: 0, attempts: 0 }).flatMap((name) => [
      [`no ${name}`, missing(name)] as [string, () => unknown],
      [`${name} undefined`, having(name, undefined)] as [string, () => unknown],
      [`${name} a text`, having(name, name === 'id' ? '' : SENSITIVE)] as [string, () => unknown],
      [`${name} a Map`, having(name, new Map())] as [string, () => unknown],
      [`${name} a Date`, having(name, new Date(0))] as [string, () => unknown],
    ]),
    ['id null', having('id', null)],
    ['id of 10^6 characters', having('id', 'a'.repeat(1_000_000))],
    ...NOT_INTEGERS.filter((value) => value !== null).map((value): [string, () => unknown] => [
      `lastUsedTimeStep of type ${typeof value}`,
      having('lastUsedTimeStep', value),
    ]),
    ['lastUsedTimeStep 2^53', having('lastUsedTimeStep', 2 ** 53)],
    ['backupHashes null', having('backupHashes', null)],
    ['10^6 hashes', () => having('backupHashes', hundredth())()],
    ['a list that says it has 10^6', having('backupHashes', { length: 1_000_000 })],
    ['10^6 holes', having('backupHashes', new Array(1_000_000))],
    ['attempts empty', having('attempts', {})],
    ['attempts without the moment', having('attempts', { failures: 1 })],
    ['attempts as text', having('attempts', { failures: '1', lastFailureAt: '5' })],
    ['attempts below 0', having('attempts', { failures: -1, lastFailureAt: 5 })],
  ];

  test.each(bad)('%s: one error, no work', async (_, make) => {
    const given = untyped(make());
    const work = watchWork();
    for (const typed of [codes[5], backupCodes[0]]) {
      const error = await expectRejection(
        verifySecondFactor(secret, given, typed, NOW),
        'INVALID_ARGUMENT',
        'factor',
      );
      expectNoSecret(error.message);
    }
    const error = await expectRejection(replaceBackupCodes(given, CHEAP), 'INVALID_ARGUMENT', 'factor');
    expectNoSecret(error.message);
    expect(work.hashes() + work.scrypts()).toBe(0);
  });

  function expectNoSecret(message: string) {
    expect(message.length).toBeLessThan(300);
    for (const part of [SENSITIVE, factor.id, '$scrypt', codes[5], backupCodes[0]])
      expect(message).not.toContain(part);
  }

  test.each(bad.filter(([name]) => /factor is|id|its own|array/.test(name)))(
    'hasPassed opens to no session: %s',
    (_, make) => {
      const given = untyped(make());
      if (given === null) return;
      for (const passed of [undefined, null, '', factor.id, given?.id]) {
        try {
          expect(hasPassed(given, passed)).toBe(false);
        } catch (error) {
          checkOtpError(error, 'INVALID_ARGUMENT', /factor/i);
        }
      }
    },
  );

  test.each([null, 5, '', 'bbbb-bbbb-bbbb-bbbb', '$2b$12$R9h/cIPz0gi.URNNX3kh2O'].map((hash) => [hash]))(
    'a hash that is none: %o',
    async (hash) => {
      const given = { ...factor, backupHashes: untyped([...factor.backupHashes, hash]) };
      const call = verifySecondFactor(secret, given, backupCodes[0], NOW);
      const error = await expectRejection(call, 'INVALID_BACKUP_HASH', 'backup hash');
      expect(error.message).not.toContain('bbbb');
    },
  );

  // An error in place of a refusal stores nothing: with the right code let through, guesses would be free.
  test.each([
    ['a hash that is none', async () => ['plain text']],
    [
      'a pepper that is not given',
      () => hashBackupCodes(backupCodes, { ...CHEAP, pepper: new Uint8Array(16) }),
    ],
    ['too many sets', async () => (await Promise.all(Array(5).fill(backupCodes).map(hashSet))).flat()],
    ['a pepper that is none', async () => factor.backupHashes, 'pepper'],
  ])('%s: no guess goes uncounted', async (_, makeHashes, pepper?: string) => {
    const given = { ...factor, backupHashes: await makeHashes() };
    for (const [digits, rightCode, wrongCode] of [
      [6, codes[5], '000000'],
      [8, '68254676', '00000000'],
    ] as const) {
      const look = (typed: string) =>
        verifySecondFactor(secret, given, typed, untyped({ ...NOW, digits, pepper }));
      const right = await look(rightCode).catch(() => 'error');
      const wrong = await look(wrongCode).catch(() => 'error');
      if (wrong === 'error') expect(right).toBe('error');
      else expect(wrong).toMatchObject({ factor: { attempts: { failures: 1 } }, result: null });
    }
  });

  const hashSet = (set: string[]) => hashBackupCodes(set, CHEAP);
});
