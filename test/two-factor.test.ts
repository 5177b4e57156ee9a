// Two-factor login tied to the app's storage: every method and every option of the config.
import * as crypto from 'node:crypto';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  createTwoFactor,
  decryptSecret,
  encryptSecret,
  hashBackupCodes,
  parseOtpauthUri,
  type TwoFactorSetUp,
} from '../src/index.js';
import {
  referenceEncodeBase32,
  referenceHotp,
  referenceParseUri,
  referenceTimeStep,
} from './reference/reference.mjs';
import { at, backupCodes, CHEAP, codes, createApp, KEY, secret, watchWork } from './tools/second-factor.js';
import { expectOtpError, expectRejection, NOT_CODES, NOT_INTEGERS, toHex, untyped } from './tools/vectors.js';

const HOUR = 3_600_000;
const DAY = 86_400_000;
const OTHER_KEY = new Uint8Array(32).fill(2);
const PEPPER = new Uint8Array(16).fill(7);
const WRONG = '000000';
const MISSING = 'cccc-cccc-cccc-cccc';

let hashes: string[];
beforeAll(async () => {
  hashes = await hashBackupCodes(backupCodes, CHEAP);
});

/** User 17 with the key of RFC 4226, two backup codes, and step 4 used. */
async function createUser(config: Parameters<typeof createApp>[0] = {}) {
  const app = createApp(config);
  await app.twoFactor.adopt(17, { secret, backupHashes: hashes, lastUsedTimeStep: 4 });
  return app;
}

/** What a phone shows that scanned the QR code. */
function phoneOf({ uri }: TwoFactorSetUp) {
  const { secret, period, ...options } = referenceParseUri(uri) ?? expect.fail('no URI');
  return (timestamp: number) => referenceHotp(secret, referenceTimeStep(timestamp, period), options);
}

describe('setUp', () => {
  test('gives a URI, its secret in Base32, and the same secret sealed for this user', () => {
    const setUp = createApp().twoFactor.setUp(17, 'ann@example.com');
    const { secret, ...params } = referenceParseUri(setUp.uri) ?? expect.fail();
    const defaults = { algorithm: 'SHA1', digits: 6, period: 30, extra: {} };
    expect(params).toEqual({ type: 'totp', issuer: 'Acme', account: 'ann@example.com', ...defaults });
    expect(secret).toHaveLength(20);
    expect(setUp.uri).toContain(`secret=${setUp.setupKey}&`);
    expect(setUp.pendingSecret).toMatch(/^otpure1\./);
    expect(Object.keys(setUp)).toEqual(['uri', 'setupKey', 'pendingSecret']);
  });

  test('stores nothing, and is new each time', () => {
    const app = createApp();
    const keys = [1, 2, 3].map(() => app.twoFactor.setUp(17, 'ann').setupKey);
    expect(new Set(keys).size).toBe(3);
    expect(app.factor).toBeNull();
  });

  test.each([
    [{ algorithm: 'SHA256' }, 32],
    [{ algorithm: 'SHA512', digits: 8, period: 60 }, 64],
    [{ minSecretBytes: 40 }, 40],
    [{ minSecretBytes: 10 }, 20],
  ] as const)('with %o: these settings, and %i bytes', (config, length) => {
    const { uri } = createApp(config).twoFactor.setUp(17, 'ann');
    const { minSecretBytes, ...settings } = { minSecretBytes: 0, ...config };
    const params = referenceParseUri(uri);
    expect(params).toMatchObject(settings);
    expect(params?.secret).toHaveLength(length);
  });

  test.each<[string, unknown, string]>([
    ['white space around it', ' \u00a0ann@example.com\n', 'ann@example.com'],
    ['control characters', 'a\u0000n\u001b\tn\u0085', 'ann'],
    ['letters of all scripts, emoji, % and +', 'Ännä 漢字 😀 %41+b/?#&=', 'Ännä 漢字 😀 %41+b/?#&='],
    ['a colon', 'https://acme.example:8443/ann', 'https://acme.example:8443/ann'],
    ['the issuer and a colon', 'Acme:ann', 'Acme:ann'],
    ['more than 200 characters', 'x'.repeat(8192), 'x'.repeat(200)],
    ['more white space than is kept', `${' '.repeat(300)}ann`, 'ann'],
    ['white space where it is cut', `${'x'.repeat(199)} ann`, 'x'.repeat(199)],
    ['half an emoji where it is cut', `${'x'.repeat(199)}😀`, 'x'.repeat(199)],
    ['lone surrogates', 'a\ud800n\udc00n', 'ann'],
    ['nothing', '', '17'],
    ['spaces', '   ', '17'],
    ['nothing that can be seen', ' \u0007\ud800 \t', '17'],
    ...[null, undefined, 5, {}, [], Symbol('ann')].map((value): [string, unknown, string] => [
      `no text: ${typeof value}`,
      value,
      '17',
    ]),
  ])('an account of %s', (_, account, shown) => {
    const { uri } = createApp().twoFactor.setUp(17, untyped(account));
    expect(referenceParseUri(uri)?.account).toBe(shown);
  });

  test('never throws, whatever the account; and the URI is read as it was meant', () => {
    const unit = fc.constantFrom('binary', 'grapheme', 'binary-ascii' as const);
    const text = unit.chain((unit) => fc.string({ unit, maxLength: 250 }));
    const { twoFactor } = createApp();
    const isShown = (account: unknown) => {
      const given = typeof account === 'string' ? account : '';
      const trimmed = given.replace(/\p{Cc}/gu, '').trim();
      // By code points: half a character that was cut is one by itself.
      const shown = [...trimmed.slice(0, 200)]
        .filter((one) => !/\p{Cs}/u.test(one))
        .join('')
        .trim();
      const { uri, setupKey } = twoFactor.setUp(17, untyped(account));
      const parsed = parseOtpauthUri(uri);
      expect(parsed).toMatchObject({ issuer: 'Acme', account: shown || '17' });
      expect(referenceEncodeBase32(parsed.secret)).toBe(setupKey);
    };
    fc.assert(fc.property(fc.oneof(text, text, fc.anything()), isShown));
  });

  test('wipes the secret that it drew', () => {
    const fill = vi.spyOn(crypto, 'randomFillSync');
    const { setupKey } = createApp().twoFactor.setUp(17, 'ann');
    expect(setupKey).not.toMatch(/^A+$/);
    expect(toHex(fill.mock.results[0].value)).toBe('00'.repeat(20));
  });
});

describe('confirm', () => {
  test('the first right code switches on, with ten backup codes', async () => {
    const app = createApp();
    const setUp = app.twoFactor.setUp(17, 'ann');
    const { pendingSecret } = setUp;
    const confirmed = await app.twoFactor.confirm(17, { pendingSecret, code: phoneOf(setUp)(app.now) });
    const { passedFactor, backupCodes } = confirmed ?? expect.fail();
    expect(confirmed).toStrictEqual({ passedFactor, backupCodes });
    expect(passedFactor).toMatch(/^[\w-]{22}$/);
    expect(new Set(backupCodes).size).toBe(10);
    const { secret, backupHashes, ...factor } = app.factor;
    expect(factor).toStrictEqual({ id: passedFactor, lastUsedTimeStep: 5, attempts: null });
    expect(backupHashes).toHaveLength(10);
    expect(secret).not.toBe(pendingSecret);
    expect((await app.twoFactor.verify(17, backupCodes[9]))?.backupCodesLeft).toBe(9);
    expect(await app.twoFactor.verify(17, phoneOf(setUp)(app.now))).toBeNull();
    app.now += 30_000;
    expect((await app.twoFactor.verify(17, phoneOf(setUp)(app.now)))?.passedFactor).toBe(passedFactor);
  });

  test('a wrong code changes nothing, tells nobody, and the set-up goes on', async () => {
    const app = createApp();
    const setUp = app.twoFactor.setUp(17, 'ann');
    const work = watchWork();
    for (const code of [WRONG, phoneOf(setUp)(app.now + 60_000), ...NOT_CODES]) {
      expect(await app.twoFactor.confirm(17, { ...setUp, code })).toBeNull();
    }
    expect([app.factor, app.refusals, work.scrypts()]).toEqual([null, [], 0]);
    expect(await app.twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) })).not.toBeNull();
  });

  test('where no factor is active, a code of one is not looked at', async () => {
    const app = createApp();
    const setUp = app.twoFactor.setUp(17, 'ann');
    const code = phoneOf(setUp)(app.now);
    expect(await app.twoFactor.confirm(17, { ...setUp, code, currentCode: WRONG })).not.toBeNull();
    expect(app.refusals).toEqual([]);
  });

  test('backup codes as the config says, or none', async () => {
    for (const [backupCodes, count] of [
      [{ count: 3, alphabet: 'digits' }, 3],
      [false, 0],
    ] as const) {
      const app = createApp({ backupCodes, pepper: PEPPER });
      const setUp = app.twoFactor.setUp(17, 'ann');
      const confirmed = await app.twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) });
      expect(confirmed?.backupCodes).toHaveLength(count);
      for (const code of confirmed?.backupCodes ?? []) expect(code).toMatch(/^\d{5}-\d{5}$/);
      for (const hash of app.factor.backupHashes) expect(hash).toMatch(/^\$scrypt\$ln=1,r=1,p=1,keyid=/);
      expect(app.factor.backupHashes).toHaveLength(count);
    }
  });

  test('the settings stay with the phone, whatever the config says later', async () => {
    const config = { algorithm: 'SHA256', digits: 8, period: 60 } as const;
    const app = createApp(config);
    const setUp = app.twoFactor.setUp(17, 'ann');
    await app.twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) });
    expect(app.factor.settings).toStrictEqual(config);
    app.now += 60_000;
    const later = app.configure({ algorithm: 'SHA512', digits: 6, period: 30 });
    expect((await later.verify(17, phoneOf(setUp)(app.now)))?.kind).toBe('totp');
    expect(app.factor.settings).toStrictEqual(config);
  });

  test('only what is not the default is stored', async () => {
    for (const [config, settings] of [
      [{ algorithm: 'SHA1', digits: 6, period: 30 }, undefined],
      [{ digits: 7, algorithm: 'SHA1' }, { digits: 7 }],
    ] as const) {
      const app = createApp(config);
      const setUp = app.twoFactor.setUp(17, 'ann');
      await app.twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) });
      expect(app.factor.settings).toEqual(settings);
      expect('settings' in app.factor).toBe(settings !== undefined);
    }
  });

  test('a set-up is good for an hour, by the clock of the config, also if it went back', async () => {
    const app = createApp();
    app.now = 100 * HOUR;
    const setUp = app.twoFactor.setUp(17, 'ann');
    const confirm = () => app.twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) });
    for (const past of [HOUR + 1, -HOUR - 1, 50 * HOUR, -50 * HOUR]) {
      app.now = 100 * HOUR + past;
      expect(await confirm()).toBeNull();
    }
    for (const past of [HOUR, -HOUR, 0]) {
      app.now = 100 * HOUR + past;
      app.row = '{"factor":null,"version":0}';
      expect(await confirm()).not.toBeNull();
    }
  });

  test('another pendingSecret is no set-up, and costs no look at the code', async () => {
    const app = createApp({ key: [KEY, OTHER_KEY] });
    const setUp = app.twoFactor.setUp(17, 'ann');
    const code = phoneOf(setUp)(app.now);
    const { pendingSecret } = setUp;
    const anothers = app.twoFactor.setUp(18, 'bob');
    const lost = app.configure({ key: new Uint8Array(32) }).setUp(17, 'ann');
    const plain = encryptSecret(secret, KEY, 'user 17');
    const work = watchWork();
    for (const [text, typed] of [
      ...[anothers, lost].map((other) => [other.pendingSecret, phoneOf(other)(app.now)]),
      // A stored secret in its place, of this very user.
      [plain, codes[5]],
      ...[`${pendingSecret}A`, pendingSecret.slice(1), pendingSecret.replace(/.$/, '!'), ''].map((t) => [
        t,
        code,
      ]),
      ...[undefined, null, 5, {}, [pendingSecret], new String(pendingSecret)].map((t) => [t, code]),
    ]) {
      const input = { pendingSecret: text, code: typed };
      expect(await app.twoFactor.confirm(17, untyped(input))).toBeNull();
    }
    expect([app.factor, work.scrypts()]).toEqual([null, 0]);
    expect(await app.twoFactor.confirm(17, { pendingSecret, code })).not.toBeNull();
  });

  test('a pendingSecret is no stored secret', async () => {
    const app = await createUser();
    const setUp = app.twoFactor.setUp(17, 'ann');
    app.change({ secret: setUp.pendingSecret });
    await expectRejection(app.twoFactor.verify(17, codes[5]), 'DECRYPTION_FAILED', 'context');
  });

  test('a set-up from before a rotation opens, and is sealed under the first key', async () => {
    const app = createApp();
    const setUp = app.twoFactor.setUp(17, 'ann');
    const rotated = app.configure({ key: [OTHER_KEY, KEY] });
    expect(await rotated.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) })).not.toBeNull();
    expect(decryptSecret(app.factor.secret, OTHER_KEY, 'user 17')).toHaveLength(20);
  });

  test('needs an input', async () => {
    const { twoFactor } = createApp();
    for (const input of [undefined, null, 'code', []]) {
      await expectRejection(twoFactor.confirm(17, untyped(input)), 'INVALID_ARGUMENT', 'input');
    }
  });

  test('no such user: nothing is stored', async () => {
    const app = createApp();
    const setUp = app.twoFactor.setUp(18, 'bob');
    expect(await app.twoFactor.confirm(18, { ...setUp, code: phoneOf(setUp)(app.now) })).toBeNull();
    expect(app.factor).toBeNull();
  });

  test('wipes what it opened, whether it is right, wrong or too old', async () => {
    const app = createApp();
    const setUp = app.twoFactor.setUp(17, 'ann');
    const code = phoneOf(setUp)(app.now);
    const opened = toHex(referenceParseUri(setUp.uri)?.secret ?? expect.fail());
    const copies = vi.spyOn(Uint8Array.prototype, 'slice');
    const wiped = watchWiping(opened);
    for (const [typed, moment] of [
      [WRONG, app.now],
      [code, app.now],
      [code, app.now + 2 * HOUR],
      [code, Number.NaN],
    ] as const) {
      app.now = moment;
      await app.twoFactor.confirm(17, { ...setUp, code: typed }).catch(() => {});
    }
    expect(wiped.filter((bytes) => bytes === opened)).toHaveLength(2);
    // Before the secret stands the moment.
    expect(wiped.filter((bytes) => bytes.slice(16) === opened)).toHaveLength(4);
    expect(copies.mock.results.map(({ value }) => toHex(value))).not.toContain(opened);
  });
});

describe('a new phone', () => {
  test('replaces the old one in the same store, with a code of it', async () => {
    const app = await createUser();
    app.change({ devices: [{ hash: 'x', expiresAt: DAY }], attempts: { failures: 2, lastFailureAt: 0 } });
    const { id } = app.factor;
    const setUp = app.twoFactor.setUp(17, 'ann');
    const code = phoneOf(setUp)(app.now);
    const confirmed = await app.twoFactor.confirm(17, { ...setUp, code, currentCode: codes[5] });
    expect(confirmed?.passedFactor).toBe(app.factor.id);
    expect(app.factor.id).not.toBe(id);
    expect(app.factor).toMatchObject({ lastUsedTimeStep: 5, attempts: null });
    expect(app.factor.devices).toBeUndefined();
    expect(await app.twoFactor.verify(17, codes[6])).toBeNull();
    expect(await app.twoFactor.verify(17, backupCodes[0])).toBeNull();
  });

  test('a backup code is as good', async () => {
    const app = await createUser();
    const setUp = app.twoFactor.setUp(17, 'ann');
    const code = phoneOf(setUp)(app.now);
    const work = watchWork();
    const confirmed = await app.twoFactor.confirm(17, { ...setUp, code, currentCode: backupCodes[0] });
    expect(confirmed?.passedFactor).toBe(app.factor.id);
    expect(work.scrypts()).toBe(1 + 10);
    expect(app.factor.backupHashes).not.toContain(hashes[1]);
  });

  test('a wrong new code does not use up the current one, and is not counted', async () => {
    const app = await createUser();
    const { row } = app;
    const setUp = app.twoFactor.setUp(17, 'ann');
    for (const currentCode of [codes[5], backupCodes[0], WRONG]) {
      expect(await app.twoFactor.confirm(17, { ...setUp, code: WRONG, currentCode })).toBeNull();
    }
    expect(app.row).toBe(row);
    expect(app.refusals).toEqual([]);
  });

  test('a wrong current code is counted, as at login, and nothing is hashed', async () => {
    const app = await createUser();
    const { id } = app.factor;
    const setUp = app.twoFactor.setUp(17, 'ann');
    const code = phoneOf(setUp)(app.now);
    const work = watchWork();
    for (const currentCode of [WRONG, MISSING]) {
      expect(await app.twoFactor.confirm(17, { ...setUp, code, currentCode })).toBeNull();
    }
    expect(app.factor).toMatchObject({ id, attempts: { failures: 2, lastFailureAt: app.now } });
    expect(app.refusals.map(({ reason }) => reason)).toEqual(['wrong', 'wrong']);
    expect(work.scrypts()).toBe(1);
  });

  test('without a current code nothing happens', async () => {
    const app = await createUser();
    const { row } = app;
    const setUp = app.twoFactor.setUp(17, 'ann');
    const code = phoneOf(setUp)(app.now);
    for (const currentCode of [...NOT_CODES, code.slice(1)]) {
      expect(await app.twoFactor.confirm(17, { ...setUp, code, currentCode })).toBeNull();
    }
    expect(app.row).toBe(row);
  });

  test('codes are hashed once, however many rounds it takes to store them', async () => {
    const app = createApp();
    let stores = 0;
    const busy = app.configure({ store: async (...args) => ++stores > 5 && app.store(...args) });
    const setUp = busy.setUp(17, 'ann');
    const work = watchWork();
    const confirmed = await busy.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) });
    expect([stores, work.scrypts()]).toEqual([6, 10]);
    expect(confirmed?.passedFactor).toBe(app.factor.id);
    app.now += 30_000;
    const renewed = busy.replaceBackupCodes(17, phoneOf(setUp)(app.now));
    stores = 0;
    expect((await renewed)?.passedFactor).toBe(app.factor.id);
    // The count, at the sixth try, and the codes.
    expect([stores, work.scrypts()]).toEqual([7, 20]);
  });
});

describe('verify', () => {
  test('a code of the app passes, and its time step is stored', async () => {
    const app = await createUser();
    const { id, ...factor } = app.factor;
    expect(await app.twoFactor.verify(17, codes[6])).toStrictEqual({
      ...{ passedFactor: id, kind: 'totp', failures: 0, drift: 1 },
      ...{ backupCodesLeft: 2, deviceToken: null },
    });
    expect(app.factor).toStrictEqual({ ...factor, id, lastUsedTimeStep: 6 });
  });

  test('a backup code passes once, and its hash is gone', async () => {
    const app = await createUser();
    const { factor } = app;
    expect(await app.twoFactor.verify(17, 'AAAA AAAA AAAA AAAA')).toStrictEqual({
      ...{ passedFactor: factor.id, kind: 'backup-code', failures: 0, drift: null },
      ...{ backupCodesLeft: 1, deviceToken: null },
    });
    expect(app.factor).toStrictEqual({ ...factor, backupHashes: [hashes[1]] });
    expect(await app.twoFactor.verify(17, backupCodes[0])).toBeNull();
    expect(app.factor.attempts).toEqual({ failures: 1, lastFailureAt: app.now });
  });

  test('tells the failures since the last success, of both kinds of codes', async () => {
    for (const [code, kind] of [
      [codes[5], 'totp'],
      [backupCodes[1], 'backup-code'],
    ]) {
      const app = await createUser();
      for (const wrong of [WRONG, MISSING, codes[4]]) await app.twoFactor.verify(17, wrong);
      expect(await app.twoFactor.verify(17, code)).toMatchObject({ kind, failures: 3 });
      expect(app.factor.attempts).toBeNull();
    }
  });

  test('a code that can be none is null: not counted, not stored, not told', async () => {
    const app = await createUser();
    const { row } = app;
    for (const code of [...NOT_CODES, '28708', '2870822', 'abcdefg', '28708²', 'a'.repeat(65)]) {
      expect(await app.twoFactor.verify(17, code)).toBeNull();
    }
    for (const only of ['totp', 'backup-code'] as const) {
      const other = only === 'totp' ? backupCodes[0] : codes[5];
      expect(await app.twoFactor.verify(17, other, { only })).toBeNull();
    }
    expect(app.row).toBe(row);
    expect(app.refusals).toEqual([]);
  });

  test('a backup code that waits when its turn to be counted comes is not computed', async () => {
    const app = await createUser();
    const other = app.configure({
      store: async (...args) => {
        app.change({ attempts: { failures: 5, lastFailureAt: app.now } });
        return app.store(...args);
      },
    });
    const work = watchWork();
    expect(await other.verify(17, backupCodes[0])).toBeNull();
    expect(work.scrypts()).toBe(0);
    expect(app.refusals).toMatchObject([{ reason: 'waiting', failures: 5 }]);
  });

  test.each<[string, object | null]>([
    ['another factor', { id: 'another' }],
    ['a factor without this code', { backupHashes: [] }],
    ['no factor', null],
  ])(
    'a backup code that finds %s in its second store is refused, and nothing is stored',
    async (_, fields) => {
      const app = await createUser();
      const { scrypt } = crypto;
      let row = '';
      vi.spyOn(crypto, 'scrypt').mockImplementation((...args) => {
        if (fields) app.change(fields);
        else app.row = '{"factor":null,"version":9}';
        row = app.row;
        scrypt(...args);
      });
      expect(await app.twoFactor.verify(17, backupCodes[0])).toBeNull();
      expect(app.row).toBe(row);
      expect(app.refusals).toMatchObject(fields ? [{ reason: 'used', failures: 1 }] : []);
    },
  );

  test('only: one kind', async () => {
    const app = await createUser();
    expect((await app.twoFactor.verify(17, codes[5], { only: 'totp' }))?.kind).toBe('totp');
    const backup = await app.twoFactor.verify(17, backupCodes[0], { only: 'backup-code' });
    expect(backup?.kind).toBe('backup-code');
  });

  test('a foreign backup code of exactly the digits of a code is asked for by only', async () => {
    const app = createApp({ backupCodes: false });
    const backupHashes = await hashBackupCodes(['12345678', '87654321'], CHEAP);
    await app.twoFactor.adopt(17, { secret, backupHashes, settings: { digits: 8 } });
    const work = watchWork();
    expect(await app.twoFactor.verify(17, '12345678')).toBeNull();
    expect(work.scrypts()).toBe(0);
    expect(app.factor.attempts?.failures).toBe(1);
    const match = await app.twoFactor.verify(17, '12345678', { only: 'backup-code' });
    expect(match).toMatchObject({ kind: 'backup-code', failures: 1 });
  });

  test('null where no factor is active, and for no such user; nothing is stored', async () => {
    const app = createApp();
    for (const id of [17, 18]) {
      for (const code of [codes[5], backupCodes[0], ''])
        expect(await app.twoFactor.verify(id, code)).toBeNull();
    }
    expect(JSON.parse(app.row)).toEqual({ factor: null, version: 0 });
    expect(app.refusals).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['options', null],
    ['options', 'totp'],
    ['only', { only: 'sms' }],
    ['only', { only: null }],
    ['trustDevice', { trustDevice: 'false' }],
    ['trustDevice', { trustDevice: 1 }],
    ['trustDevice', { trustDevice: null }],
  ])('refuses %s: %o, and looks at nothing', async (name, options) => {
    const app = await createUser();
    const { row } = app;
    await expectRejection(app.twoFactor.verify(17, codes[5], untyped(options)), 'INVALID_ARGUMENT', name);
    expect(app.row).toBe(row);
  });

  test('the window, of the config', async () => {
    const app = await createUser();
    const wide = app.configure({ window: { past: 0, future: 3 } });
    expect(await wide.verify(17, codes[8])).toMatchObject({ drift: 3 });
    expect(await wide.verify(17, codes[9])).toBeNull();
    const none = (await createUser()).configure({ window: 0 });
    expect(await none.verify(17, codes[6])).toBeNull();
  });

  test('the limit, of the config, is one for both kinds of codes', async () => {
    const app = await createUser({
      freeFailures: 2,
      firstWaitSeconds: 10,
      maxWaitSeconds: 15,
      maxFailures: 4,
    });
    const { twoFactor } = app;
    await twoFactor.verify(17, WRONG);
    await twoFactor.verify(17, MISSING);
    const work = watchWork();
    app.now += 9_999;
    for (const code of [codes[5], backupCodes[0]]) expect(await twoFactor.verify(17, code)).toBeNull();
    app.now += 1;
    await twoFactor.verify(17, WRONG);
    app.now += 15_000;
    await twoFactor.verify(17, WRONG);
    app.now += 1e10;
    expect(await twoFactor.verify(17, codes[5])).toBeNull();
    expect(app.factor.attempts?.failures).toBe(4);
    expect(work.scrypts()).toBe(0);
    expect(app.refusals.map(({ reason }) => reason)).toEqual(
      'wrong,wrong,waiting,waiting,wrong,wrong,locked'.split(','),
    );
    expect(await twoFactor.unlock(17)).toBe(true);
    expect(await twoFactor.verify(17, backupCodes[1])).toMatchObject({ failures: 0 });
  });

  test('without the pepper, a code of the app still logs in, and no guess goes uncounted', async () => {
    const app = createApp({ pepper: PEPPER });
    const backupHashes = await hashBackupCodes(backupCodes, { ...CHEAP, pepper: PEPPER });
    await app.twoFactor.adopt(17, { secret, backupHashes });
    const { row } = app;
    const without = app.configure({ pepper: undefined });
    for (const code of [backupCodes[0], MISSING]) {
      await expectRejection(without.verify(17, code), 'INVALID_ARGUMENT', 'pepper');
    }
    expect(app.row).toBe(row);
    expect(await without.verify(17, WRONG)).toBeNull();
    expect((await without.verify(17, codes[5]))?.kind).toBe('totp');
    const rotated = app.configure({ pepper: [new Uint8Array(16), PEPPER] });
    expect((await rotated.verify(17, backupCodes[0]))?.kind).toBe('backup-code');
  });

  test('with a lost key, backup codes still log in, and keep the secret as it is', async () => {
    const app = await createUser();
    const { secret } = app.factor;
    const lost = app.configure({ key: OTHER_KEY });
    for (const code of [codes[5], WRONG]) {
      await expectRejection(lost.verify(17, code), 'DECRYPTION_FAILED', 'is missing');
    }
    expect((await lost.verify(17, backupCodes[0]))?.kind).toBe('backup-code');
    expect(app.factor.secret).toBe(secret);
    expect((await app.twoFactor.verify(17, codes[5]))?.kind).toBe('totp');
  });

  test('a secret that was accepted once stays good, whatever minSecretBytes says later', async () => {
    const app = createApp({ minSecretBytes: 10 });
    await app.twoFactor.adopt(17, { secret: secret.subarray(0, 10) });
    const code = referenceHotp(secret.subarray(0, 10), 5);
    expect((await app.configure({ minSecretBytes: 64 }).verify(17, code))?.kind).toBe('totp');
  });

  test('wipes the secret, also where something throws', async () => {
    const app = await createUser({ key: [OTHER_KEY, KEY] });
    app.change({ secret: encryptSecret(secret, KEY, 'user 17') });
    const wiped = watchWiping(toHex(secret));
    expect(await app.twoFactor.verify(17, WRONG)).toBeNull();
    expect(wiped.splice(0)).toEqual([toHex(secret)]);
    // The same again, to encrypt it under the first key.
    expect(await app.twoFactor.verify(17, codes[5])).not.toBeNull();
    expect(wiped.splice(0)).toEqual([toHex(secret), toHex(secret)]);
    const failing = app.configure({ key: OTHER_KEY });
    wiped.splice(0);
    vi.spyOn(crypto, 'hash').mockImplementation(() => {
      throw new Error('out of memory');
    });
    await expect(failing.verify(17, codes[6])).rejects.toThrow('out of memory');
    expect(wiped).toEqual([toHex(secret)]);
  });
});

/** What is overwritten with zeros from here on and ends with a secret: its content before. */
function watchWiping(secret: string): string[] {
  const wiped: string[] = [];
  const { fill } = Uint8Array.prototype;
  vi.spyOn(Uint8Array.prototype, 'fill').mockImplementation(function (this: Uint8Array, value, ...range) {
    if (value === 0 && toHex(this).endsWith(secret)) wiped.push(toHex(this));
    return fill.call(this, value, ...range);
  });
  return wiped;
}

describe('rotation', () => {
  const isUnder = (text: string, key: Uint8Array) => {
    try {
      return decryptSecret(text, [key, new Uint8Array(32)], 'user 17').length === 20;
    } catch {
      return false;
    }
  };

  test('a login seals the secret under the first key, in the same store', async () => {
    for (const code of [codes[5], backupCodes[0]]) {
      const app = await createUser();
      const rotated = app.configure({ key: [OTHER_KEY, KEY] });
      await rotated.verify(17, code === codes[5] ? WRONG : MISSING);
      expect(isUnder(app.factor.secret, KEY)).toBe(true);
      const { version } = JSON.parse(app.row);
      expect(await rotated.verify(17, code)).not.toBeNull();
      expect(JSON.parse(app.row).version).toBe(version + (code === codes[5] ? 1 : 2));
      expect(isUnder(app.factor.secret, OTHER_KEY)).toBe(true);
      expect(await app.configure({ key: OTHER_KEY }).verify(17, codes[6])).not.toBeNull();
    }
  });

  test('reencrypt does so without a code, once', async () => {
    const app = await createUser();
    const rotated = app.configure({ key: [OTHER_KEY, KEY] });
    const { secret, ...others } = app.factor;
    expect(await rotated.reencrypt(17)).toBe(true);
    expect(isUnder(app.factor.secret, OTHER_KEY)).toBe(true);
    expect(app.factor).toStrictEqual({ ...others, secret: app.factor.secret });
    const { row } = app;
    expect(await rotated.reencrypt(17)).toBe(false);
    expect(await rotated.reencrypt(18)).toBe(false);
    expect(app.row).toBe(row);
    await expectRejection(app.configure({}).reencrypt(17), 'DECRYPTION_FAILED', 'is missing');
  });

  test('a login under the first key leaves the text as it is', async () => {
    const app = await createUser();
    const { secret } = app.factor;
    await app.configure({ key: [KEY, OTHER_KEY] }).verify(17, codes[5]);
    expect(app.factor.secret).toBe(secret);
  });
});

describe('switching off', () => {
  test.each([
    ['a code of the app', () => codes[5]],
    ['a backup code', () => backupCodes[0]],
  ])('disable takes %s', async (_, code) => {
    const app = await createUser();
    expect(await app.twoFactor.disable(17, code())).toBe(true);
    expect(app.factor).toBeNull();
    expect(await app.twoFactor.disable(17, codes[6])).toBe(false);
  });

  test('disable counts a wrong code, and refuses a used one', async () => {
    const app = await createUser();
    for (const code of [WRONG, MISSING, codes[4], '', null]) {
      expect(await app.twoFactor.disable(17, code)).toBe(false);
    }
    expect(app.factor.attempts?.failures).toBe(3);
    expect(app.refusals.map(({ reason }) => reason)).toEqual(['wrong', 'wrong', 'used']);
    expect(await app.twoFactor.disable(18, codes[5])).toBe(false);
  });

  test('forceDisable needs no code', async () => {
    const app = await createUser();
    expect(await app.twoFactor.forceDisable(18)).toBe(false);
    expect(await app.twoFactor.forceDisable(17)).toBe(true);
    expect(app.factor).toBeNull();
    expect(await app.twoFactor.forceDisable(17)).toBe(false);
  });

  test('forceDisable with passedFactor switches only that factor off', async () => {
    const app = await createUser();
    const { row } = app;
    for (const passedFactor of ['none', '', `${app.factor.id}x`]) {
      expect(await app.twoFactor.forceDisable(17, passedFactor)).toBe(false);
    }
    // A session that has none must not switch off whatever is active.
    for (const missing of [undefined, null]) {
      expect(await app.twoFactor.forceDisable(17, untyped(missing))).toBe(false);
    }
    await expectRejection(app.twoFactor.forceDisable(17, untyped(5)), 'INVALID_ARGUMENT', 'passedFactor');
    expect(app.row).toBe(row);
    expect(await app.twoFactor.forceDisable(17, app.factor.id)).toBe(true);
    expect(app.factor).toBeNull();
  });
});

describe('backup codes that look like the codes of a phone', () => {
  const eight = { alphabet: 'digits', length: 8 } as const;

  test('are not issued to it', async () => {
    const app = createApp();
    await app.twoFactor.adopt(17, { secret, settings: { digits: 8 } });
    const changed = app.configure({ backupCodes: eight });
    const { row } = app;
    const code = referenceHotp(secret, 5, { digits: 8 });
    await expectRejection(changed.replaceBackupCodes(17, code), 'INVALID_ARGUMENT', 'backupCodes');
    expect(app.row).toBe(row);
  });

  test('keep such a phone from being adopted', async () => {
    const { twoFactor } = createApp({ backupCodes: eight });
    const adopt = (digits: number) => twoFactor.adopt(17, { secret, settings: { digits } });
    await expectRejection(adopt(8), 'INVALID_ARGUMENT', 'backupCodes');
    expect(await adopt(7)).not.toBeNull();
  });

  test('by chance are drawn again', () => {
    // The first set has one code of digits and one of letters.
    const script = [5, 20, 21, 22].flatMap((value) => Array(8).fill(value));
    vi.spyOn(crypto, 'randomInt').mockImplementation((() => script.shift() ?? 20) as typeof crypto.randomInt);
    const backupCodes = { count: 2, length: 8 };
    createApp({ digits: 8, backupCodes });
    expect(script).toHaveLength(0);
  });
});

describe('replaceBackupCodes', () => {
  test.each([
    ['a code of the app', () => codes[5], 10],
    ['a backup code', () => backupCodes[0], 11],
  ])(
    'takes %s: the old codes are void, devices are forgotten, the factor stays',
    async (_, code, scrypts) => {
      const app = await createUser();
      app.change({ devices: [{ hash: 'x', expiresAt: DAY }], attempts: { failures: 1, lastFailureAt: 0 } });
      const { id, secret } = app.factor;
      const work = watchWork();
      const replaced = await app.twoFactor.replaceBackupCodes(17, code());
      expect(work.scrypts()).toBe(scrypts);
      const { backupCodes: renewed } = replaced ?? expect.fail();
      expect(replaced).toStrictEqual({ passedFactor: id, backupCodes: renewed });
      expect(app.factor).toStrictEqual({
        ...{ id, secret, attempts: null, backupHashes: app.factor.backupHashes },
        lastUsedTimeStep: scrypts === 10 ? 5 : 4,
      });
      for (const old of backupCodes) expect(await app.twoFactor.verify(17, old)).toBeNull();
      expect(await app.twoFactor.verify(17, renewed[0])).toMatchObject({ backupCodesLeft: 9 });
    },
  );

  test('a wrong code is counted, and nothing is hashed', async () => {
    const app = await createUser();
    const work = watchWork();
    for (const code of [WRONG, codes[4]]) expect(await app.twoFactor.replaceBackupCodes(17, code)).toBeNull();
    expect(app.factor).toMatchObject({ backupHashes: hashes, attempts: { failures: 2 } });
    expect(work.scrypts()).toBe(0);
    expect(await app.twoFactor.replaceBackupCodes(18, codes[5])).toBeNull();
  });
});

describe('adopt', () => {
  test('a secret of ten bytes, foreign backup codes, the last step, and settings', async () => {
    const app = createApp({ minSecretBytes: 10 });
    const short = secret.subarray(0, 10);
    const backupHashes = await hashBackupCodes(['550e8400-e29b-41d4-a716-446655440000', 'a1B2c3D4'], CHEAP);
    const settings = { digits: 8, algorithm: 'SHA1', period: 60, t0: 5 } as const;
    const adopted = await app.twoFactor.adopt(17, {
      secret: short,
      backupHashes,
      lastUsedTimeStep: 1,
      settings,
    });
    const { id } = app.factor;
    expect(adopted).toStrictEqual({ passedFactor: id });
    expect(app.factor).toStrictEqual({
      ...{ id, lastUsedTimeStep: 1, backupHashes, attempts: null, secret: app.factor.secret },
      settings: { digits: 8, period: 60 },
    });
    expect(decryptSecret(app.factor.secret, KEY, 'user 17')).toEqual(short);
    // The step of a minute: 2 at 150 seconds.
    expect(await app.twoFactor.verify(17, referenceHotp(short, 1, { digits: 8 }))).toBeNull();
    expect(await app.twoFactor.verify(17, referenceHotp(short, 2, { digits: 8 }))).not.toBeNull();
    expect(await app.twoFactor.verify(17, '550E8400 E29B41D4A716446655440000')).not.toBeNull();
  });

  test('the least: a secret', async () => {
    const app = createApp();
    await app.twoFactor.adopt(17, { secret, ...{ backupHashes: undefined, settings: undefined } });
    const { id, secret: sealed } = app.factor;
    expect(app.factor).toStrictEqual({
      ...{ id, lastUsedTimeStep: null, backupHashes: [], attempts: null, secret: sealed },
    });
    expect(secret).not.toEqual(new Uint8Array(20));
  });

  test('null where a factor is active, and for no such user', async () => {
    const app = await createUser();
    const { row } = app;
    expect(await app.twoFactor.adopt(17, { secret })).toBeNull();
    expect(await app.twoFactor.adopt(18, { secret })).toBeNull();
    expect(app.row).toBe(row);
  });

  test.each<[string, object | null, string]>([
    ['SECRET_TOO_SHORT', { secret: new Uint8Array(15) }, 'at least 16'],
    ['INVALID_ARGUMENT', { secret: new Uint8Array(1025) }, 'secret'],
    ['INVALID_ARGUMENT', { secret: 'GEZDGNBVGY3TQOJQ' }, 'secret'],
    ['INVALID_ARGUMENT', {}, 'secret'],
    ['INVALID_ARGUMENT', null, 'input'],
    ['INVALID_BACKUP_HASH', { secret, backupHashes: ['$2b$12$R9h/cIPz0gi.URNNX3kh2O'] }, 'backup hash'],
    ['INVALID_ARGUMENT', { secret, backupHashes: 'aaaa-aaaa' }, 'hashes'],
    ['INVALID_ARGUMENT', { secret, backupHashes: null }, 'hashes'],
    ['INVALID_ARGUMENT', { secret, lastUsedTimeStep: -1 }, 'lastUsedTimeStep'],
    ['INVALID_ARGUMENT', { secret, lastUsedTimeStep: '5' }, 'lastUsedTimeStep'],
    ['INVALID_ARGUMENT', { secret, settings: null }, 'settings'],
    ['INVALID_ARGUMENT', { secret, settings: { digits: 5 } }, 'digits'],
    ['INVALID_ARGUMENT', { secret, settings: { algorithm: 'sha1' } }, 'algorithm'],
    ['INVALID_ARGUMENT', { secret, settings: { period: 0 } }, 'period'],
  ])('%s, and nothing is read: %#', async (code, input, message) => {
    const read = vi.fn(() => null);
    const { twoFactor } = createApp({ read });
    await expectRejection(twoFactor.adopt(17, untyped(input)), untyped(code), message);
    expect(read).not.toHaveBeenCalled();
  });

  test('hashes with a pepper need it', async () => {
    const app = createApp();
    const backupHashes = await hashBackupCodes(backupCodes, { ...CHEAP, pepper: PEPPER });
    await expectRejection(app.twoFactor.adopt(17, { secret, backupHashes }), 'INVALID_ARGUMENT', 'pepper');
    const peppered = app.configure({ pepper: PEPPER });
    expect(await peppered.adopt(17, { secret, backupHashes })).not.toBeNull();
  });
});

describe('trusted devices', () => {
  const trust = async (app: Awaited<ReturnType<typeof createUser>>, code: string) =>
    (await app.twoFactor.verify(17, code, { trustDevice: true }))?.deviceToken ?? expect.fail('no token');
  const trusts = (app: Awaited<ReturnType<typeof createUser>>, token: unknown) =>
    app.twoFactor.afterPassword(app.factor, token) === (app.factor?.id ?? 'none');

  test.each([
    ['a code of the app', () => codes[5]],
    ['a backup code', () => backupCodes[0]],
  ])('a browser is trusted for 30 days after %s; only its hash is stored', async (_, code) => {
    const app = await createUser();
    const token = await trust(app, code());
    expect(token).toMatch(/^[\w-]{22}$/);
    const hash = crypto.createHash('sha256').update(token).digest('base64url');
    expect(app.factor.devices).toStrictEqual([{ hash, expiresAt: app.now + 30 * DAY }]);
    expect(trusts(app, token)).toBe(true);
    app.now += 30 * DAY - 1;
    expect(trusts(app, token)).toBe(true);
    app.now += 1;
    expect(app.twoFactor.afterPassword(app.factor, token)).toBeNull();
  });

  test('trustDeviceDays says for how long', async () => {
    const app = await createUser({ trustDeviceDays: 1 });
    await trust(app, codes[5]);
    expect(app.factor.devices?.[0].expiresAt).toBe(app.now + DAY);
  });

  test('neither a clock that was far ahead nor an earlier config makes trust last', async () => {
    const app = await createUser();
    const factor = (expiresAt: number) => ({
      ...app.factor,
      devices: [{ hash: crypto.createHash('sha256').update('x'.repeat(22)).digest('base64url'), expiresAt }],
    });
    const passes = (expiresAt: number, trustDeviceDays: number) =>
      app.configure({ trustDeviceDays }).afterPassword(factor(expiresAt), 'x'.repeat(22));
    expect(passes(app.now + 30 * DAY, 30)).toBe(app.factor.id);
    // Another server's clock may be a day ahead.
    expect(passes(app.now + 31 * DAY, 30)).toBe(app.factor.id);
    expect(passes(app.now + 31 * DAY + 1, 30)).toBeNull();
    expect(passes(app.now + 30 * DAY, 1)).toBeNull();
  });

  test('not asked for, a browser is not trusted', async () => {
    const app = await createUser();
    const match = await app.twoFactor.verify(17, codes[5], { trustDevice: false });
    expect(match?.deviceToken).toBeNull();
    expect(app.factor.devices).toBeUndefined();
  });

  test('the eleventh puts the oldest out, and those that ended go first', async () => {
    const app = await createUser();
    const tokens: string[] = [];
    for (let step = 5; step < 16; step++) {
      app.now = step * 30_000;
      tokens.push(await trust(app, referenceHotp(secret, step)));
      expect(app.factor.devices).toHaveLength(Math.min(10, tokens.length));
    }
    expect(tokens.map((token) => trusts(app, token))).toEqual([false, ...Array(10).fill(true)]);
    app.now += 30 * DAY - 60_000;
    const last = await trust(app, referenceHotp(secret, app.now / 30_000));
    expect(app.factor.devices).toHaveLength(3);
    expect([...tokens.slice(-3), last].map((token) => trusts(app, token))).toEqual([false, true, true, true]);
  });

  test.each<[string, (app: Awaited<ReturnType<typeof createUser>>) => Promise<unknown>]>([
    ['new backup codes', ({ twoFactor }) => twoFactor.replaceBackupCodes(17, codes[6])],
    ['forgetDevices', ({ twoFactor }) => twoFactor.forgetDevices(17)],
    [
      'a new phone',
      ({ twoFactor, now }) => {
        const setUp = twoFactor.setUp(17, 'ann');
        return twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(now), currentCode: codes[6] });
      },
    ],
    ['disable, and on again', ({ twoFactor }) => twoFactor.disable(17, codes[6])],
    ['forceDisable, and on again', ({ twoFactor }) => twoFactor.forceDisable(17)],
  ])('%s ends the trust', async (_, end) => {
    const app = await createUser();
    const token = await trust(app, codes[5]);
    expect(await end(app)).toBeTruthy();
    await app.twoFactor.adopt(17, { secret });
    expect(app.factor.devices).toBeUndefined();
    expect(app.twoFactor.afterPassword(app.factor, token)).toBeNull();
  });

  test('forgetDevices tells whether there were any', async () => {
    const app = await createUser();
    expect(await app.twoFactor.forgetDevices(17)).toBe(false);
    await trust(app, codes[5]);
    expect(await app.twoFactor.forgetDevices(17)).toBe(true);
    expect(await app.twoFactor.forgetDevices(17)).toBe(false);
    expect(await app.twoFactor.forgetDevices(18)).toBe(false);
  });

  test('the token of another user, or no token, is none', async () => {
    const [app, other] = [await createUser(), await createUser()];
    const [token, foreign] = [await trust(app, codes[5]), await trust(other, codes[5])];
    const { hash } = app.factor.devices?.[0] ?? expect.fail();
    for (const wrong of [
      foreign,
      hash,
      hash.slice(0, 22),
      ` ${token}`,
      token.toLowerCase(),
      'é'.repeat(22),
    ]) {
      expect(app.twoFactor.afterPassword(app.factor, wrong)).toBeNull();
    }
    for (const wrong of [...NOT_CODES, ...NOT_INTEGERS, [token], new String(token), 'x'.repeat(1e6)]) {
      expect(app.twoFactor.afterPassword(app.factor, wrong)).toBeNull();
    }
    expect(trusts(app, token)).toBe(true);
  });

  test('a token longer than one costs no hash', async () => {
    const app = await createUser();
    const work = watchWork();
    app.twoFactor.afterPassword(app.factor, 'x'.repeat(1e6));
    expect(work.hashes()).toBe(0);
  });

  test.each([1, 100])('it counts while waiting and while locked: %i times five failures', async (times) => {
    const app = await createUser();
    const token = await trust(app, codes[5]);
    app.change({ attempts: { failures: 5 * times, lastFailureAt: app.now } });
    expect(await app.twoFactor.verify(17, codes[6])).toBeNull();
    expect(trusts(app, token)).toBe(true);
  });
});

describe('sessions', () => {
  test("afterPassword: 'none' without a factor, else null: a code is due", async () => {
    const app = createApp();
    expect(app.twoFactor.afterPassword(null)).toBe('none');
    expect(app.twoFactor.afterPassword(null, 'x'.repeat(22))).toBe('none');
    await app.twoFactor.adopt(17, { secret });
    expect(app.twoFactor.afterPassword(app.factor)).toBeNull();
    expect(app.twoFactor.afterPassword(app.factor, 'x'.repeat(22))).toBeNull();
  });

  test('hasPassed: the active factor, or none', async () => {
    const app = await createUser();
    const { twoFactor, factor } = app;
    const passed = await twoFactor.verify(17, codes[5]);
    expect(twoFactor.hasPassed(factor, passed?.passedFactor)).toBe(true);
    for (const other of ['none', null, undefined, '']) expect(twoFactor.hasPassed(factor, other)).toBe(false);
    expect(twoFactor.hasPassed(null, 'none')).toBe(true);
    for (const other of [factor.id, null, undefined]) expect(twoFactor.hasPassed(null, other)).toBe(false);
  });

  test('a column that was left out is an error', () => {
    const { twoFactor } = createApp();
    for (const factor of [undefined, {}, 'none', '{}']) {
      expectOtpError(() => twoFactor.afterPassword(untyped(factor)), 'INVALID_ARGUMENT', /factor/);
      expectOtpError(() => twoFactor.hasPassed(untyped(factor), 'none'), 'INVALID_ARGUMENT', /factor/);
    }
  });
});

describe('status', () => {
  const off = { enabled: false, backupCodesLeft: 0, trustedDevices: 0 };
  const calm = { failures: 0, retryAt: null, locked: false };

  test('off, and no such user', async () => {
    const { twoFactor } = createApp();
    expect(await twoFactor.status(17)).toStrictEqual({ ...off, ...calm });
    expect(await twoFactor.status(18)).toBeNull();
    for (const nothing of [null, undefined]) {
      expect(await createApp({ read: () => nothing }).twoFactor.status(17)).toBeNull();
    }
  });

  test('on: what is left, and the wait by the policy', async () => {
    const app = await createUser();
    const on = { enabled: true, backupCodesLeft: 2, trustedDevices: 0 };
    expect(await app.twoFactor.status(17)).toStrictEqual({ ...on, ...calm });
    const devices = [0, 1, 2].map((days) => ({ hash: 'x', expiresAt: app.now + days * DAY }));
    app.change({ devices, attempts: { failures: 5, lastFailureAt: app.now } });
    const waiting = { failures: 5, retryAt: app.now + 30_000, locked: false };
    expect(await app.twoFactor.status(17)).toStrictEqual({ ...on, trustedDevices: 2, ...waiting });
    const strict = app.configure({ maxFailures: 5 });
    expect(await strict.status(17)).toMatchObject({ failures: 5, retryAt: null, locked: true });
  });
});

test('unlock forgets the failures and keeps the factor', async () => {
  const app = await createUser();
  const { factor } = app;
  expect(await app.twoFactor.unlock(17)).toBe(false);
  app.change({ attempts: { failures: 100, lastFailureAt: 0 } });
  expect(await app.twoFactor.unlock(17)).toBe(true);
  expect(app.factor).toStrictEqual(factor);
  expect(await app.twoFactor.unlock(18)).toBe(false);
});

describe('onRefused', () => {
  const facts = { userId: 17, retryAt: null, locked: false };

  test.each<[string, () => string, object]>([
    ['wrong', () => WRONG, { failures: 1 }],
    ['wrong', () => MISSING, { failures: 1 }],
    ['used', () => codes[4], { failures: 1 }],
  ])('%s: a refusal with the count that is stored', async (reason, code, more) => {
    const app = await createUser();
    await app.twoFactor.verify(17, code());
    expect(app.refusals).toStrictEqual([{ ...facts, reason, ...more }]);
  });

  test('used: a backup code that was right, and taken by another request meanwhile', async () => {
    const app = await createUser();
    const [one, other] = await Promise.all([1, 2].map(() => app.twoFactor.verify(17, backupCodes[0])));
    expect([one, other].filter((match) => match !== null)).toHaveLength(1);
    expect(app.refusals).toMatchObject([{ reason: 'used' }]);
  });

  test('the fifth failure tells the wait, and so does each try within it', async () => {
    const app = await createUser();
    for (let i = 0; i < 6; i++) await app.twoFactor.verify(17, i % 2 ? MISSING : WRONG);
    const waiting = { ...facts, failures: 5, retryAt: app.now + 30_000 };
    expect(app.refusals.slice(4)).toStrictEqual([
      { ...waiting, reason: 'wrong' },
      { ...waiting, reason: 'waiting' },
    ]);
  });

  test('the last failure tells the lock, and so does each try after it', async () => {
    const app = await createUser();
    app.change({ attempts: { failures: 99, lastFailureAt: 0 } });
    app.now = HOUR;
    for (const code of [WRONG, codes[5]]) await app.twoFactor.verify(17, code);
    const locked = { ...facts, failures: 100, locked: true };
    expect(app.refusals).toStrictEqual([
      { ...locked, reason: 'wrong' },
      { ...locked, reason: 'locked' },
    ]);
  });

  test.each<[string, (app: Awaited<ReturnType<typeof createUser>>) => Promise<unknown>]>([
    ['disable', ({ twoFactor }) => twoFactor.disable(17, WRONG)],
    ['replaceBackupCodes', ({ twoFactor }) => twoFactor.replaceBackupCodes(17, WRONG)],
    [
      'confirm',
      ({ twoFactor, now }) => {
        const setUp = twoFactor.setUp(17, 'ann');
        return twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(now), currentCode: WRONG });
      },
    ],
  ])('%s tells of its code as well', async (_, call) => {
    const app = await createUser();
    expect(await call(app)).toBeFalsy();
    expect(app.refusals).toStrictEqual([{ ...facts, reason: 'wrong', failures: 1 }]);
  });

  test.each([WRONG, MISSING])('is awaited, after the count is stored: %s', async (code) => {
    const app = await createUser();
    const seen: unknown[] = [];
    const twoFactor = app.configure({
      onRefused: async () => {
        seen.push(app.factor.attempts?.failures);
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push('told');
      },
    });
    await twoFactor.verify(17, code);
    expect(seen).toEqual([1, 'told']);
  });

  test.each([WRONG, MISSING])('if it throws, the call does, with the guess counted: %s', async (code) => {
    const app = await createUser();
    const failure = new Error('no mail today');
    for (const onRefused of [
      () => Promise.reject(failure),
      () => {
        throw failure;
      },
    ]) {
      await expect(app.configure({ onRefused }).verify(17, code)).rejects.toBe(failure);
    }
    expect(app.factor.attempts?.failures).toBe(2);
    expect((await app.twoFactor.verify(17, backupCodes[0]))?.kind).toBe('backup-code');
  });

  test('is no duty', async () => {
    const app = await createUser();
    const twoFactor = app.configure({ onRefused: undefined });
    for (const code of [WRONG, MISSING, codes[4]]) expect(await twoFactor.verify(17, code)).toBeNull();
    expect(app.factor.attempts?.failures).toBe(3);
  });

  test('a success tells nobody', async () => {
    const app = await createUser();
    for (const code of [codes[5], backupCodes[0]]) await app.twoFactor.verify(17, code);
    expect(app.refusals).toEqual([]);
  });
});

describe('now', () => {
  test('is the clock of all that looks at one; the default is Date.now', async () => {
    const app = await createUser();
    const twoFactor = app.configure({ now: undefined });
    vi.spyOn(Date, 'now').mockReturnValue(at(5).timestamp);
    const match = await twoFactor.verify(17, codes[5], { trustDevice: true });
    expect(app.factor.devices?.[0].expiresAt).toBe(at(5).timestamp + 30 * DAY);
    vi.mocked(Date.now).mockReturnValue(31 * DAY);
    expect(twoFactor.afterPassword(app.factor, match?.deviceToken)).toBeNull();
    expect((await twoFactor.status(17))?.trustedDevices).toBe(0);
    vi.mocked(Date.now).mockImplementation(() => expect.fail('a second clock'));
    expect(await app.twoFactor.verify(17, WRONG)).toBeNull();
    expect(app.twoFactor.setUp(17, 'ann')).toBeDefined();
  });

  test.each([Number.NaN, -1, null, '150000', 8.64e15 + 1].map((moment) => [moment]))(
    'what is no moment is refused, before anything is stored: %o',
    async (moment) => {
      const app = await createUser();
      const { row } = app;
      app.now = untyped(moment);
      for (const code of [codes[5], WRONG, MISSING]) {
        await expectRejection(app.twoFactor.verify(17, code), 'INVALID_ARGUMENT', 'timestamp');
      }
      expectOtpError(() => app.twoFactor.setUp(17, 'ann'), 'INVALID_ARGUMENT', 'timestamp');
      expect(app.row).toBe(row);
    },
  );
});

describe('the user id', () => {
  const call = (twoFactor: ReturnType<typeof createApp>['twoFactor'], id: unknown) => {
    const [userId, pendingSecret] = [untyped(id), 'otpure1.x'];
    return [
      async () => twoFactor.setUp(userId, 'ann'),
      () => twoFactor.confirm(userId, { pendingSecret, code: codes[5] }),
      () => twoFactor.verify(userId, codes[5]),
      () => twoFactor.verify(userId, ''),
      () => twoFactor.disable(userId, codes[5]),
      () => twoFactor.replaceBackupCodes(userId, codes[5]),
      () => twoFactor.forceDisable(userId),
      () => twoFactor.unlock(userId),
      () => twoFactor.forgetDevices(userId),
      () => twoFactor.reencrypt(userId),
      () => twoFactor.adopt(userId, { secret }),
      () => twoFactor.status(userId),
    ];
  };

  test.each(
    [
      ...[undefined, null, '', ' ', '\t\n', '\u0000', '\ud800', 'x'.repeat(1001), true, {}, [17]],
      ...[Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0.5, Symbol('17'), new String('17'), () => 17],
    ].map((id) => [id]),
  )('is refused before anything is read: %o', async (id) => {
    const read = vi.fn();
    for (const one of call(createApp({ read }).twoFactor, id)) {
      const error = await expectRejection(
        one(),
        'INVALID_ARGUMENT',
        /^userId must be 1 to 1000 characters, a/,
      );
      expect(error.message).not.toContain('xxx');
    }
    expect(read).not.toHaveBeenCalled();
  });

  test.each([0, -1, 2 ** 53 - 1, 17n, -1n, 2n ** 64n, '17', 'x'.repeat(1000), 'ann@example.com', 'Ä 漢😀'])(
    'is passed on as it is: %s',
    async (id) => {
      const read = vi.fn(() => ({ factor: null, version: 0 }));
      const store = vi.fn(() => true);
      const { twoFactor } = createApp({ read, store });
      for (const one of call(twoFactor, id)) await one();
      expect(read.mock.calls).toEqual(Array(10).fill([id]));
      expect(store.mock.calls).toMatchObject([[id, { lastUsedTimeStep: null }, { version: 0 }]]);
      const { uri, pendingSecret } = twoFactor.setUp(untyped(id), '');
      expect(referenceParseUri(uri)?.account).toBe(String(id).slice(0, 200));
      expect(decryptSecret(pendingSecret, KEY, `set-up of user ${id}`)).toHaveLength(28);
    },
  );

  test('binds the secret: copied to another row it does not open', async () => {
    const app = await createUser();
    const read = async () => app.read(17);
    await expectRejection(app.configure({ read }).verify(18, codes[5]), 'DECRYPTION_FAILED', 'context');
    expect(decryptSecret(app.factor.secret, KEY, 'user 17')).toEqual(secret);
  });
});

describe('read and store', () => {
  const everyStore = (twoFactor: ReturnType<typeof createApp>['twoFactor']) => [
    () => twoFactor.verify(17, codes[5]),
    () => twoFactor.verify(17, backupCodes[0]),
    () => twoFactor.disable(17, codes[5]),
    () => twoFactor.replaceBackupCodes(17, codes[5]),
    () => twoFactor.forceDisable(17),
  ];

  test('nothing is no such user', async () => {
    for (const nothing of [null, undefined]) {
      const store = vi.fn(() => true);
      const { twoFactor } = createApp({ read: () => nothing, store });
      for (const one of everyStore(twoFactor)) expect(await one()).toBeFalsy();
      expect(await twoFactor.adopt(17, { secret })).toBeNull();
      expect(store).not.toHaveBeenCalled();
    }
  });

  test.each(
    [
      17,
      'row',
      true,
      [],
      [{ factor: null }],
      {},
      { version: 1 },
      { factor: undefined },
      { factor: '{}' },
    ].map((row) => [row]),
  )('what is no row is an error, and nothing is stored: %o', async (row) => {
    const store = vi.fn(() => true);
    const { twoFactor } = createApp({ read: () => untyped(row), store });
    for (const one of [...everyStore(twoFactor), () => twoFactor.status(17)]) {
      await expectRejection(one(), 'INVALID_ARGUMENT', /factor|read/);
    }
    expect(store).not.toHaveBeenCalled();
  });

  test.each([undefined, null, 1, 0, 'UPDATE 1', [], [{ id: 17 }], { rowCount: 1 }].map((stored) => [stored]))(
    'store does not say whether it stored: %o',
    async (stored) => {
      const app = await createUser();
      const { twoFactor } = { twoFactor: app.configure({ store: () => untyped(stored) }) };
      for (const one of everyStore(twoFactor)) {
        await expectRejection(one(), 'INVALID_ARGUMENT', 'what store returns');
      }
    },
  );

  test('store is given the very row that was read', async () => {
    const app = await createUser();
    const row = { ...(await app.read(17)), factor: app.factor, version: 5, name: 'Ann' };
    const store = vi.fn((..._: unknown[]) => true);
    await app.configure({ read: () => row, store }).verify(17, codes[5]);
    expect(store.mock.calls[0][2]).toBe(row);
  });

  test('the error says what a row is', async () => {
    for (const call of ['status', 'unlock'] as const) {
      const { twoFactor } = createApp({ read: () => untyped('row') });
      const message = 'what read returns must be an object with a factor, got string';
      await expectRejection(twoFactor[call](17), 'INVALID_ARGUMENT', message);
    }
  });

  test('others that are faster twenty times in a row are a CONFLICT, in each store', async () => {
    const app = await createUser();
    let stores = 0;
    const busy = app.configure({ store: () => ++stores < 0 });
    for (const one of everyStore(busy)) await expectRejection(one(), 'CONFLICT', '20');
    expect(stores).toBe(100);
    // The first store of a backup code is fast, and the second one never.
    const slow = app.configure({
      store: async (...args) => app.factor.attempts === null && app.store(...args),
    });
    await expectRejection(slow.verify(17, backupCodes[0]), 'CONFLICT', '20');
    expect(app.factor).toMatchObject({ attempts: { failures: 1 }, backupHashes: hashes });
  });

  test.each(['read', 'store'] as const)('an error of %s passes through as it is', async (name) => {
    const app = await createUser();
    const failure = new Error('the database is gone');
    for (const fail of [
      () => Promise.reject(failure),
      () => {
        throw failure;
      },
    ]) {
      for (const one of everyStore(app.configure({ [name]: fail })))
        await expect(one()).rejects.toBe(failure);
    }
  });

  test('are called as methods of the config, and so are the others', async () => {
    const app = await createUser();
    const called: unknown[][] = [];
    const method = (name: string, call: (...args: never[]) => unknown) =>
      function (this: unknown, ...args: never[]) {
        called.push([name, this]);
        return call(...args);
      };
    const { read, store } = app;
    const methods = Object.entries({ read, store, onRefused: () => {}, now: () => app.now });
    const config = {
      ...{ issuer: 'Acme', key: KEY },
      ...Object.fromEntries(methods.map(([name, call]) => [name, method(name, call)])),
    };
    await createTwoFactor(untyped(config)).verify(17 as never, WRONG);
    expect(new Set(called.map(([name]) => name))).toEqual(new Set(['read', 'store', 'onRefused', 'now']));
    for (const [, self] of called) expect(self).toBe(config);
  });
});

describe('the config', () => {
  const good = { issuer: 'Acme', key: KEY, read: () => null, store: () => true };
  const create = (wrong: object) => createTwoFactor(untyped({ ...good, ...wrong }));

  test.each<[string, object]>([
    ...[undefined, null, '', ' \n', 'a:b', '\ud800', 'x'.repeat(201), 5].map((issuer): [string, object] => [
      'issuer',
      { issuer },
    ]),
    ...[undefined, null, 'key', [], [KEY, null], new Uint8Array(31), new Uint8Array(33), [KEY, PEPPER]].map(
      (key): [string, object] => ['key', { key }],
    ),
    ['key', { key: Array(101).fill(KEY) }],
    ...['read', 'store'].flatMap((name) =>
      [null, undefined, 'SELECT', {}].map((value): [string, object] => [name, { [name]: value }]),
    ),
    ...['onRefused', 'now'].flatMap((name) =>
      [null, 5, {}].map((value): [string, object] => [name, { [name]: value }]),
    ),
    ...[new Uint8Array(15), 'pepper', [], [PEPPER, 'pepper']].map((pepper): [string, object] => [
      'pepper',
      { pepper },
    ]),
    ['cost.N', { cost: { N: 3, r: 8, p: 1 } }],
    ['cost', { cost: null }],
    ['algorithm', { algorithm: 'sha1' }],
    ['digits', { digits: 5 }],
    ['period', { period: 0 }],
    ['minSecretBytes', { minSecretBytes: 65 }],
    ['minSecretBytes', { minSecretBytes: 0 }],
    ['window', { window: 11 }],
    ['window.future', { window: { past: 1 } }],
    ['backupCodes', { backupCodes: null }],
    ['backupCodes', { backupCodes: true }],
    ['count', { backupCodes: { count: 0 } }],
    ['backupCodes has no option counts', { backupCodes: { counts: 5 } }],
    ['window has no option past_', { window: { past_: 1, past: 1, future: 1 } }],
    ['cost has no option n, only N, r, p', { cost: { N: 2, r: 1, p: 1, n: 2 } }],
    ['backupCodes must not be 8 digits', { digits: 8, backupCodes: { alphabet: 'digits', length: 8 } }],
    ...[0, 366, 1.5, '30', null].map((days): [string, object] => [
      'trustDeviceDays',
      { trustDeviceDays: days },
    ]),
    ['freeFailures', { freeFailures: 0 }],
    ['firstWaitSeconds', { firstWaitSeconds: 0 }],
    ['firstWaitSeconds', { maxWaitSeconds: 29 }],
    ['maxWaitSeconds', { maxWaitSeconds: 0 }],
    ['maxFailures', { maxFailures: 101 }],
    ...['keys', 'maxfailures', 'onrefused', 'timestamp', 't0', 'fields', 'Issuer', '__proto__x'].map(
      (name): [string, object] => [`config has no option ${name}`, { [name]: undefined }],
    ),
  ])('refuses %s: %#', (message, wrong) => {
    const error = expectOtpError(() => create(wrong), 'INVALID_ARGUMENT', message);
    expect(error.message.length).toBeLessThan(400);
  });

  test('the error says what an issuer is', () => {
    const message = 'issuer must be a name of 1 to 200 characters, got string';
    expectOtpError(() => create({ issuer: ' ' }), 'INVALID_ARGUMENT', message);
  });

  test.each([undefined, null, 5, 'Acme', [], () => good].map((config) => [config]))('is no %o', (config) => {
    expectOtpError(() => createTwoFactor(untyped(config)), 'INVALID_ARGUMENT', 'config');
  });

  test('calls nothing at the start, and computes no scrypt', () => {
    const fail = () => expect.fail('was called');
    const work = watchWork();
    createTwoFactor({ ...good, read: fail, store: fail, onRefused: fail, now: fail });
    expect(work.scrypts()).toBe(0);
  });

  test('every option may be undefined', async () => {
    const names = ['pepper', 'cost', 'backupCodes', 'algorithm', 'digits', 'period', 'minSecretBytes'];
    names.push('window', 'trustDeviceDays', 'onRefused', 'now');
    names.push('freeFailures', 'firstWaitSeconds', 'maxWaitSeconds', 'maxFailures');
    const app = createApp();
    const undefinedOnes = Object.fromEntries(names.map((name) => [name, undefined]));
    const twoFactor = app.configure({ ...undefinedOnes, now: () => app.now });
    await twoFactor.adopt(17, { secret });
    expect(await twoFactor.verify(17, codes[6], { trustDevice: true })).toMatchObject({ drift: 1 });
    expect(create(undefinedOnes)).toBeDefined();
  });

  test('takes the limits of each option', () => {
    for (const option of [
      { issuer: 'x'.repeat(200), minSecretBytes: 64, trustDeviceDays: 365, digits: 10, period: 86_400 },
      { minSecretBytes: 1, trustDeviceDays: 1, window: { past: 10, future: 0 }, backupCodes: false },
      { digits: 8, backupCodes: { alphabet: 'digits', length: 9 } },
      { key: Array(100).fill(KEY), pepper: [PEPPER, PEPPER], key2: undefined },
    ]) {
      const { key2, ...config } = { key2: undefined, ...option };
      expect(create(config)).toBeDefined();
    }
  });

  test('is read once: what becomes of it, and of its keys, changes nothing', async () => {
    const app = createApp();
    const window = { past: 0, future: 2 };
    const config = {
      ...{ issuer: 'Acme', read: app.read, store: app.store, now: () => app.now, window, maxFailures: 50 },
      ...{ key: [KEY.slice()], pepper: [PEPPER.slice()], backupCodes: { count: 2 }, cost: { ...CHEAP.cost } },
    };
    const twoFactor = createTwoFactor(config);
    for (const bytes of [...config.key, ...config.pepper]) bytes.fill(0);
    config.key.length = config.pepper.length = 0;
    Object.assign(window, { past: 'x', future: 'x' });
    Object.assign(config.backupCodes, { count: 0 });
    Object.assign(config.cost, { N: 0 });
    for (const name of Object.keys(config)) Object.assign(config, { [name]: null });
    const setUp = twoFactor.setUp(17, 'ann');
    const confirmed = await twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) });
    expect(confirmed?.backupCodes).toHaveLength(2);
    expect(app.factor.backupHashes[0]).toMatch(/^\$scrypt\$ln=1,r=1,p=1,keyid=/);
    expect(decryptSecret(app.factor.secret, KEY, 'user 17')).toHaveLength(20);
    const ahead = phoneOf(setUp)(app.now + 60_000);
    expect(await twoFactor.verify(17, ahead)).toMatchObject({ drift: 2 });
    expect(await twoFactor.verify(17, confirmed?.backupCodes[0])).not.toBeNull();
  });

  test('may be frozen, and is left as it was', async () => {
    const policy = Object.freeze({ past: 1, future: 1 });
    const config = Object.freeze({
      ...good,
      key: Object.freeze([KEY]),
      window: policy,
      backupCodes: Object.freeze({ count: 1 }),
    });
    const twoFactor = createTwoFactor(config);
    expect(twoFactor.setUp('x', 'ann').uri).toContain('Acme');
    expect(KEY).toEqual(new Uint8Array(32).fill(1));
  });

  test('its methods need no this', async () => {
    const app = await createUser();
    const { verify, status, hasPassed } = app.twoFactor;
    expect(await verify(17, codes[5])).not.toBeNull();
    expect(await status(17)).not.toBeNull();
    expect(hasPassed(null, 'none')).toBe(true);
  });
});

test('what is stored is plain JSON', async () => {
  const stored: unknown[] = [];
  const app = createApp({ digits: 8 });
  const twoFactor = app.configure({
    store: (id, factor, row) => {
      stored.push(factor);
      return app.store(id, factor, row);
    },
  });
  const setUp = twoFactor.setUp(17, 'ann');
  await twoFactor.confirm(17, { ...setUp, code: phoneOf(setUp)(app.now) });
  await twoFactor.verify(17, phoneOf(setUp)(app.now + 30_000), { trustDevice: true });
  await twoFactor.verify(17, MISSING);
  expect(stored).toHaveLength(3);
  for (const factor of stored) expect(JSON.parse(JSON.stringify(factor))).toStrictEqual(factor);
});

test('fields of the app beside those of the factor are kept', async () => {
  const app = await createUser();
  app.change({ label: 'phone' });
  for (const code of [WRONG, codes[5], backupCodes[0]])
    await app.twoFactor.verify(17, code, { trustDevice: true });
  await app.twoFactor.replaceBackupCodes(17, codes[6]);
  expect(app.factor).toMatchObject({ label: 'phone' });
});
