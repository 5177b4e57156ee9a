// Parallel guesses: how many are looked at, how many scrypt runs they cost, and what is left when something fails.
import * as crypto from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { hashBackupCodes, OtpError, updateSecondFactor, verifySecondFactor } from '../src/index.js';
import { takePlace } from '../src/scrypt.js';
import { referenceHotp, referenceParseUri } from './reference/reference.mjs';
import { backupCodes, CHEAP, codes, createApp, NOW, secret, watchWork } from './tools/second-factor.js';
import { expectRejection } from './tools/vectors.js';

const FREE = 5;
const EIGHT = referenceHotp(secret, 5, { digits: 8 });
let hashes: string[];
beforeAll(async () => {
  hashes = await hashBackupCodes(backupCodes, CHEAP);
});

async function createUser(settings = {}) {
  const app = createApp();
  await app.twoFactor.adopt(17, { secret, backupHashes: hashes, lastUsedTimeStep: 4, settings });
  return app;
}
type App = Awaited<ReturnType<typeof createUser>>;

/** Guesses of one kind, all wrong, with the right code at a place among them. */
const guesses = (count: number, right: string, place: number, wrong: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => (i === place ? right : wrong(i)));
const wrongBackup = (i: number) => `cccc-cccc-cccc-${String(i).padStart(4, '0')}`;
const wrongEight = (i: number) => String(10_000_000 + i);

const verify = (app: App) => (code: string) => app.twoFactor.verify(17, code);
/** The same by the functions below createTwoFactor. */
const decide = (app: App) => (code: string) =>
  updateSecondFactor({
    read: async () => (await app.read(17)) ?? expect.fail(),
    decide: ({ factor }) =>
      factor && verifySecondFactor(secret, factor, code, { ...NOW, ...factor.settings }),
    store: (factor, row) => app.store(17, factor, row),
  });

describe('200 guesses of backup codes at once', () => {
  test.each([0, 1, 4, 5, 100, 199])('with the right one at place %i: five are computed', async (place) => {
    const app = await createUser();
    const work = watchWork();
    const results = await Promise.all(guesses(200, backupCodes[0], place, wrongBackup).map(verify(app)));
    expect(work.scrypts()).toBe(FREE);
    expect(results.filter((result) => result !== null)).toHaveLength(place < FREE ? 1 : 0);
    expect(app.factor.backupHashes).toEqual(place < FREE ? hashes.slice(1) : hashes);
    if (place >= FREE) expect(app.factor.attempts?.failures).toBe(FREE);
    const reasons = app.refusals.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'wrong')).toHaveLength(place < FREE ? FREE - 1 : FREE);
    expect(reasons.filter((reason) => reason === 'waiting')).toHaveLength(200 - FREE);
  });

  test('while 200 wait for the database, the next one is BUSY, and a code of the app is not', async () => {
    const app = await createUser();
    const { row } = app;
    let open = (_: boolean): void => {};
    const answer = new Promise<boolean>((resolve) => {
      open = resolve;
    });
    let arrived = 0;
    const slow = app.configure({
      store: () => {
        arrived++;
        return answer;
      },
    });
    const waiting = Array.from({ length: 200 }, (_, i) => slow.verify(17, wrongBackup(i)));
    await vi.waitUntil(() => arrived === 200);
    await expectRejection(app.twoFactor.verify(17, backupCodes[0]), 'BUSY', 'try again');
    expect(app.row).toBe(row);
    expect((await app.twoFactor.verify(17, codes[5]))?.kind).toBe('totp');
    open(true);
    expect(await Promise.all(waiting)).toEqual(Array(200).fill(null));
    expect((await app.twoFactor.verify(17, backupCodes[0]))?.kind).toBe('backup-code');
  });

  test('places are given up by guesses that end in an error, too', async () => {
    const app = await createUser();
    const failing = app.configure({ store: () => Promise.reject(new Error('the database is gone')) });
    for (let i = 0; i < 201; i++) await expect(failing.verify(17, wrongBackup(i))).rejects.toThrow('is gone');
    expect((await app.twoFactor.verify(17, backupCodes[0]))?.kind).toBe('backup-code');
  });
});

describe.each([
  ['createTwoFactor', verify],
  ['updateSecondFactor and verifySecondFactor', decide],
])('guesses of eight digits, where backup codes are taken too, by %s', (_, by) => {
  test('of 150 with the right one last, it is refused', async () => {
    const app = await createUser({ digits: 8 });
    const work = watchWork();
    const results = await Promise.all(guesses(150, EIGHT, 149, wrongEight).map(by(app)));
    expect(results).toEqual(Array(150).fill(null));
    expect(app.factor.attempts?.failures).toBe(FREE);
    expect(work.scrypts()).toBe(0);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'of eight, the right one at place %i passes only if it came in time',
    async (place) => {
      const app = await createUser({ digits: 8 });
      const results = await Promise.all(guesses(8, EIGHT, place, wrongEight).map(by(app)));
      const passed = results.flatMap((result, i) => (result === null ? [] : [i]));
      expect(place < FREE ? [[], [place]] : [[]]).toContainEqual(passed);
      expect(app.factor.attempts?.failures ?? 0).toBeLessThanOrEqual(FREE);
    },
  );
});

describe('what fails between the count and the end', () => {
  test('scrypt: the guess is counted, the code is unused, and nothing is free', async () => {
    const app = await createUser();
    const failure = new Error('no memory');
    const scrypt = vi
      .spyOn(crypto, 'scrypt')
      .mockImplementation((_p, _s, _l, _o, done) => done(failure, Buffer.alloc(0)));
    for (let i = 0; i < FREE; i++) {
      await expect(app.twoFactor.verify(17, i ? wrongBackup(i) : backupCodes[0])).rejects.toBe(failure);
    }
    expect(await app.twoFactor.verify(17, backupCodes[0])).toBeNull();
    expect(app.factor).toMatchObject({ attempts: { failures: FREE }, backupHashes: hashes });
    scrypt.mockRestore();
    app.now += 30_000;
    expect(await app.twoFactor.verify(17, backupCodes[0])).toMatchObject({ failures: FREE });
  });

  test('the process, or the database: the guess is counted, and the code is unused', async () => {
    const app = await createUser();
    let stores = 0;
    const dying = app.configure({
      store: (...args) => (++stores === 1 ? app.store(...args) : new Promise<boolean>(() => {})),
    });
    let isTold = false;
    dying.verify(17, backupCodes[0]).then(() => {
      isTold = true;
    });
    await vi.waitUntil(() => stores === 2);
    expect(app.factor).toMatchObject({ attempts: { failures: 1 }, backupHashes: hashes });
    expect(await app.twoFactor.verify(17, backupCodes[0])).toMatchObject({ failures: 1, backupCodesLeft: 1 });
    expect(isTold).toBe(false);
  });

  test('the hashing of new codes: the guess stays counted, and the code unused', async () => {
    const app = await createUser();
    const { lastUsedTimeStep } = app.factor;
    const { scrypt } = crypto;
    vi.spyOn(crypto, 'scrypt').mockImplementation((password, ...args) => {
      if (String(password).startsWith('aaaa')) return scrypt(password, ...args);
      args[3](new Error('no memory'), Buffer.alloc(0));
    });
    await expect(app.twoFactor.replaceBackupCodes(17, codes[5])).rejects.toThrow('no memory');
    expect(app.factor).toMatchObject({ attempts: { failures: 1 }, lastUsedTimeStep });
    await expect(app.twoFactor.replaceBackupCodes(17, backupCodes[0])).rejects.toThrow('no memory');
    expect(app.factor).toMatchObject({ attempts: { failures: 2 }, backupHashes: hashes });
  });
});

// Hashing takes long, and only a right code gets that far: neither the time of an answer nor BUSY may tell it.
describe('a change that hashes new codes', () => {
  const changes: [string, (app: App, code: string) => Promise<unknown>][] = [
    ['new backup codes', ({ twoFactor }, code) => twoFactor.replaceBackupCodes(17, code)],
    [
      'a new phone',
      ({ twoFactor, now }, currentCode) => {
        const setUp = twoFactor.setUp(17, 'ann');
        const secret = referenceParseUri(setUp.uri)?.secret ?? expect.fail();
        return twoFactor.confirm(17, { ...setUp, code: referenceHotp(secret, now / 30_000), currentCode });
      },
    ],
  ];

  test.each(changes)(
    '%s: a right guess among 200 is not answered before it is counted',
    async (_, change) => {
      const app = await createUser();
      const work = watchWork();
      const wrong = ['000000', '999999'].filter((code) => code !== codes[5]);
      const guesses = Array.from({ length: 200 }, (_, i) => (i === 150 ? codes[5] : wrong[i % wrong.length]));
      const ends = await Promise.allSettled(guesses.map((guess) => change(app, guess)));
      for (const end of ends) {
        expect(end.status === 'rejected' ? end.reason.code : end.value).toBe(
          end.status === 'rejected' ? 'BUSY' : null,
        );
      }
      expect(app.factor.attempts?.failures).toBe(5);
      expect(work.scrypts()).toBe(0);
    },
  );

  test.each(changes)(
    '%s: with a full queue, right and wrong codes are BUSY alike, and uncounted',
    async (_, change) => {
      const app = await createUser();
      const { row } = app;
      const places = Array.from({ length: 20 }, () => takePlace('set'));
      for (const code of [codes[5], '000000', backupCodes[0], 'zzzz-zzzz-zzzz-zzzz']) {
        await expect(change(app, code)).rejects.toMatchObject({ code: 'BUSY' });
      }
      for (const place of places) place.leave();
      expect(app.row).toBe(row);
      expect(await change(app, codes[5])).not.toBeNull();
    },
  );

  test.each(changes)('%s: a code of the app takes no place of a backup code', async (_, change) => {
    const app = await createUser();
    const places = Array.from({ length: 200 }, () => takePlace('check'));
    expect(await change(app, codes[5])).not.toBeNull();
    for (const place of places) place.leave();
  });

  test.each(changes)('%s: with a lost key, a code of the app is not counted', async (_, change) => {
    const app = await createUser();
    const { row, now } = app;
    const lost = { ...app, now, twoFactor: app.configure({ key: new Uint8Array(32).fill(9) }) };
    await expectRejection(change(lost, codes[5]), 'DECRYPTION_FAILED', 'is missing');
    expect(app.row).toBe(row);
  });
});

test('a refusal that is told slowly holds no place', async () => {
  const app = await createUser();
  let told: (() => void)[] = [];
  const slow = app.configure({ onRefused: () => new Promise((resolve) => told.push(resolve)) });
  const guesses = Array.from({ length: 200 }, () => slow.verify(17, 'zzzz-zzzz-zzzz-zzzz'));
  await vi.waitFor(() => expect(told).toHaveLength(200));
  const places = Array.from({ length: 200 }, () => takePlace('check'));
  for (const place of places) place.leave();
  for (const tell of told) tell();
  told = [];
  await Promise.all(guesses);
});

test('sixty confirmations at once: one set-up, and no more sets than there are places', async () => {
  const app = createApp();
  const setUp = app.twoFactor.setUp(17, 'ann');
  const code = referenceHotp(referenceParseUri(setUp.uri)?.secret ?? expect.fail(), 5);
  const work = watchWork();
  const ends = await Promise.allSettled(
    Array.from({ length: 60 }, () => app.twoFactor.confirm(17, { ...setUp, code })),
  );
  expect(ends.filter((end) => end.status === 'fulfilled' && end.value !== null)).toHaveLength(1);
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  for (const failure of failures) expect(failure).toMatchObject({ code: 'BUSY' });
  expect(failures.every((failure) => failure instanceof OtpError)).toBe(true);
  expect(work.scrypts()).toBe((60 - failures.length) * 10);
  expect(work.scrypts()).toBeLessThanOrEqual(22 * 10);
});

test.each([
  ['more failures', { failures: 4, lastFailureAt: 0 }, 3],
  ['no failure, after the success of another', null, 0],
])('a right code is taken out of what is stored by then: %s', async (_, attempts, failures) => {
  const app = await createUser();
  let stores = 0;
  const twoFactor = app.configure({
    store: (...args) => {
      if (++stores === 2) app.change({ label: 'renamed meanwhile', attempts });
      return app.store(...args);
    },
  });
  const work = watchWork();
  expect(await twoFactor.verify(17, backupCodes[0])).toMatchObject({ failures, backupCodesLeft: 1 });
  expect(app.factor).toMatchObject({ label: 'renamed meanwhile', attempts: null });
  // The second store met a conflict, and the third one was another look, without another scrypt run.
  expect([stores, work.scrypts()]).toEqual([3, 1]);
});
