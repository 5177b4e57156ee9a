import { beforeAll, describe, expect, test } from 'vitest';
import {
  encryptSecret,
  hashBackupCodes,
  hasPassed,
  replaceBackupCodes,
  type StoredSecondFactor,
  verifySecondFactor,
} from '../src/index.js';
import {
  backupCodes,
  CHEAP,
  codes,
  createApp,
  KEY,
  NOW,
  secret,
  storedFactor,
  watchWork,
} from './tools/second-factor.js';
import { checkOtpError, expectOtpError, expectRejection, NOT_INTEGERS, untyped } from './tools/vectors.js';

let factor: StoredSecondFactor;
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

describe('what createTwoFactor reads in place of its factor', () => {
  const having = (fields: object) => JSON.stringify({ factor: { ...factor, ...fields }, version: 0 });
  const sealed = encryptSecret(secret, KEY, 'user 17');
  const device = { hash: 'x'.repeat(43), expiresAt: 1e12 };
  const one = (fields: object) => ({ secret: sealed, devices: [{ ...device, ...fields }] });

  test.each<[string, object]>([
    ['secret of factor must be a string, got undefined', { secret: undefined }],
    ['secret of factor must be a string, got object', { secret: { type: 'Buffer', data: [1] } }],
    ['secret of factor must be a string, got null', { secret: null }],
    ['settings must be a plain object, got null', { secret: sealed, settings: null }],
    ['settings must be a plain object, got string', { secret: sealed, settings: '{}' }],
    ['digits must be an integer from 6 to 10, got 5', { secret: sealed, settings: { digits: 5 } }],
    ['digits must be an integer from 6 to 10, got string', { secret: sealed, settings: { digits: '8' } }],
    ["algorithm must be one of 'SHA1'", { secret: sealed, settings: { algorithm: 'MD5' } }],
    ['period must be an integer from 1 to 86400, got 0', { secret: sealed, settings: { period: 0 } }],
    ['devices of factor must be an array, got null', { secret: sealed, devices: null }],
    ['devices of factor must be an array, got object', { secret: sealed, devices: { 0: device, length: 1 } }],
    [
      'devices of factor.length must be an integer from 0 to 10',
      { secret: sealed, devices: Array(11).fill(device) },
    ],
    ['every device of factor must be a plain object, got null', { secret: sealed, devices: [device, null] }],
    ['hash of every device of factor must be a string, got number', one({ hash: 5 })],
    ['expiresAt of every device of factor must be an integer', one({ expiresAt: '2100-01-01' })],
    ['expiresAt of every device of factor must be an integer', one({ expiresAt: null })],
    ['expiresAt of every device of factor must be an integer', one({ expiresAt: -1 })],
    [
      "id of the factor that read returns must be a string of 1 to 128 characters, not 'none'",
      { secret: sealed, id: 'none' },
    ],
    ['attempts of the factor that read returns', { secret: sealed, attempts: '{}' }],
  ])('%s: one error from every method, no work, nothing stored', async (message, fields) => {
    const app = createApp();
    app.row = having(fields);
    const { row, twoFactor } = app;
    const work = watchWork();
    for (const call of [
      () => twoFactor.verify(17, codes[5]),
      () => twoFactor.verify(17, backupCodes[0]),
      () => twoFactor.verify(17, ''),
      () => twoFactor.disable(17, codes[5]),
      () => twoFactor.replaceBackupCodes(17, codes[5]),
      () => twoFactor.forceDisable(17),
      () => twoFactor.unlock(17),
      () => twoFactor.forgetDevices(17),
      () => twoFactor.reencrypt(17),
    ]) {
      const error = await expectRejection(call(), 'INVALID_ARGUMENT', message);
      expect(error.message).not.toContain(sealed);
    }
    const later = message.replace('the factor that read returns', 'factor');
    await expectRejection(twoFactor.status(17), 'INVALID_ARGUMENT', later);
    const { factor: stored } = JSON.parse(row);
    expectOtpError(() => twoFactor.afterPassword(stored, 'x'.repeat(22)), 'INVALID_ARGUMENT', later);
    expect(work.hashes() + work.scrypts()).toBe(0);
    expect(app.row).toBe(row);
  });

  test('fields of the settings that are not of a code are not read', async () => {
    const app = createApp();
    const settings = { window: 10, minSecretBytes: 64, timestamp: 0, maxFailures: 1, key: 'x', t0: 9e9 };
    app.row = having({ secret: sealed, settings });
    expect(await app.twoFactor.verify(17, codes[8])).toBeNull();
    expect(await app.twoFactor.verify(17, codes[6])).not.toBeNull();
  });

  test.each([
    ['of another user', encryptSecret(secret, KEY, 'user 18')],
    ['of another place', encryptSecret(secret, KEY, 'set-up of user 17')],
    ['under another key', encryptSecret(secret, new Uint8Array(32), 'user 17')],
    ['in plain text', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    ['that is empty', ''],
    ['that was changed', `${sealed.slice(0, -2)}AA`],
  ])('a secret %s: right and wrong codes end alike, uncounted', async (_, text) => {
    const app = createApp();
    app.row = having({ secret: text });
    const { row } = app;
    for (const typed of [codes[5], '000000']) {
      const error = await expectRejection(app.twoFactor.verify(17, typed), 'DECRYPTION_FAILED', 'the ');
      expect(error.message).not.toContain('GEZD');
    }
    expect(app.row).toBe(row);
    expect(await app.twoFactor.verify(17, backupCodes[0])).not.toBeNull();
  });
});
