// One suite of attacks on all four apps, over HTTP. The clock stands still, but where a test moves it.
import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { MemoryStore as FastifyStore } from '@fastify/session';
import { MemoryStore } from 'express-session';
import {
  createTwoFactor,
  decodeBase32,
  generateBackupCodes,
  generateTotp,
  OtpError,
  parseOtpauthUri,
  verifyTotp,
} from 'otpure';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  type MockInstance,
  test,
  vi,
} from 'vitest';
import { findUser, key, query, store, type User } from '../users.mjs';
import { Browser } from './support/browser.js';

const apps = [
  ['Express', '../express.mjs'],
  ['Fastify', '../fastify.mjs'],
  ['Hono', '../hono.mjs'],
  ['NestJS', '../nest/dist/main.js'],
] as const;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEP = 30 * SECOND;
const FREE_FAILURES = 5;
const PASSWORD = 'correct horse battery staple';

// What is tested here is the order of requests, so hashing is cheap. start.test.ts runs the apps as they are.
const cheap = vi.hoisted(() => ({ N: 2, r: 1, p: 1 }));
interface Arranged {
  /** What the next calls of `verify` fail with. */
  failure: Error | null;
  /** For how long (in ms) a row is held before it is decided on, and what happens then. */
  delay: number;
  meanwhile: () => unknown;
  /** What happens while a request waits for a database, or for the store of sessions. */
  wait: () => unknown;
}
const nothing = vi.hoisted(
  () => (): Arranged => ({ failure: null, delay: 0, meanwhile: () => {}, wait: () => {} }),
);
const arranged = vi.hoisted(() => nothing());
vi.mock(import('node:crypto'), async (original) => {
  const crypto = await original();
  const scrypt = (password: string, salt: Uint8Array, length: number, _cost: object, done: () => void) =>
    crypto.scrypt(password, salt, length, cheap, done);
  return { ...crypto, scrypt: scrypt as typeof crypto.scrypt };
});
vi.mock(import('otpure'), async (original) => {
  const otpure = await original();
  const createTwoFactor: typeof otpure.createTwoFactor = (config) => {
    const read: typeof config.read = async (userId) => {
      const row = await config.read(userId);
      await new Promise((resolve) => setTimeout(resolve, arranged.delay));
      await arranged.meanwhile();
      return row;
    };
    const twoFactor = otpure.createTwoFactor({ ...config, read, cost: cheap });
    const verify: typeof twoFactor.verify = async (...given) => {
      if (arranged.failure) throw arranged.failure;
      return twoFactor.verify(...given);
    };
    return { ...twoFactor, verify };
  };
  return { ...otpure, createTwoFactor };
});
vi.mock(import('../users.mjs'), async (original) => {
  const users = await original();
  const findUser: typeof users.findUser = async (id) => {
    const user = await users.findUser(id);
    await arranged.wait();
    return user;
  };
  const query: typeof users.query = async (...given) => {
    await arranged.wait();
    const rows = await users.query(...given);
    await arranged.wait();
    return rows;
  };
  return { ...users, findUser, query };
});

/** What support would call. */
const support = createTwoFactor({ issuer: 'Acme', key, read: findUser, store });

const pass = (time: number) => vi.setSystemTime(Date.now() + time);
/** All begin, and all have read the row, before one of them ends. */
function together<I, T>(items: I[], request: (item: I, i: number) => Promise<T>): Promise<T[]> {
  arranged.delay = 100;
  return Promise.all(items.map(request)).finally(() => {
    arranged.delay = 0;
  });
}
const statusesOf = (answers: { status: number }[]) => answers.map(({ status }) => status).sort();
const times = <T>(count: number, value: T): T[] => Array(count).fill(value);

/** What Express and Fastify have in common. */
interface SessionStore {
  get(id: string, done: (error: unknown, session?: unknown) => void): void;
  set(id: string, session: unknown, done?: (error?: unknown) => void): void;
}

let people = 0;

describe.each(apps)('%s', (_name, file) => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    vi.stubEnv('PORT', '0');
    ({ server } = (await import(file)) as { server: Server });
    await vi.waitFor(() => expect(server.listening).toBe(true));
    url = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server?.close();
    server?.closeAllConnections();
  });
  let warn: MockInstance;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    warn = vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    Object.assign(arranged, nothing());
  });

  /** Somebody with an account, logged in. */
  async function somebody() {
    const email = `person${++people}@example.com`;
    const browser = new Browser(url);
    expect(await browser.post('/signup', { email, password: PASSWORD })).toEqual({ status: 200, ok: true });
    const [{ id }] = (await query('SELECT id FROM users WHERE email = $1', [email])) as [User];
    /** The right password, by default in a new browser. */
    async function passwordGiven(in_ = new Browser(url)) {
      expect((await in_.post('/login', { email, password: PASSWORD })).status).toBe(200);
      return in_;
    }
    const factor = async () => (await findUser(id))?.factor ?? null;
    return { email, id, browser, passwordGiven, factor };
  }

  /** A set-up that was begun in this browser. */
  async function enrol(browser: Browser) {
    const { uri, key } = await browser.post('/2fa/enrol');
    const { secret } = parseOtpauthUri(uri);
    expect(Buffer.from(decodeBase32(key))).toEqual(Buffer.from(secret));
    return { secret, phone: () => generateTotp(secret) };
  }

  /** Somebody with two-factor login on, at a time when the phone shows the next code. */
  async function enrolled() {
    const person = await somebody();
    const { browser } = person;
    const { secret, phone } = await enrol(browser);
    const { status, backupCodes } = await browser.post('/2fa/confirm', { code: phone() });
    expect(status).toBe(200);
    pass(MINUTE);
    /** A full login in a new browser. */
    async function logIn(options: { trustDevice?: unknown } = {}) {
      const other = await person.passwordGiven();
      expect(await other.post('/login/2fa', { code: phone(), ...options })).toEqual({
        status: 200,
        ok: true,
      });
      pass(MINUTE);
      return other;
    }
    const guesses = Array.from({ length: 300 }, (_, i) => String(i).padStart(6, '0')).filter(
      (code) => verifyTotp(secret, code, null, { window: 10 }) === null,
    );
    return { ...person, secret, phone, backupCodes: backupCodes as string[], logIn, guesses };
  }

  test('the whole way: set up, log in, new backup codes, new phone, off', async () => {
    const { email, browser, passwordGiven } = await somebody();
    expect(await browser.get('/me')).toEqual({ status: 200, email, twoFactor: false });
    const { phone } = await enrol(browser);
    const confirmed = await browser.post('/2fa/confirm', { code: phone() });
    expect(confirmed).toEqual({ status: 200, backupCodes: times(10, expect.any(String)) });
    expect(await browser.get('/me')).toEqual({ status: 200, email, twoFactor: true });

    pass(STEP);
    const other = new Browser(url);
    const answer = await other.post('/login', { email, password: PASSWORD });
    expect(answer).toEqual({ status: 200, next: '2fa' });
    expect(await other.isLoggedIn()).toBe(false);
    expect(await other.post('/login/2fa', { code: phone() })).toEqual({ status: 200, ok: true });
    expect(await other.isLoggedIn()).toBe(true);

    pass(STEP);
    const replaced = await other.post('/2fa/backup-codes', { code: phone() });
    expect(replaced).toEqual({ status: 200, backupCodes: times(10, expect.any(String)) });
    const third = await passwordGiven();
    expect((await third.post('/login/backup', { code: confirmed.backupCodes[0] })).status).toBe(401);
    expect(await third.post('/login/backup', { code: replaced.backupCodes[0] })).toEqual({
      status: 200,
      ok: true,
    });

    pass(STEP);
    const next = await enrol(third);
    const moved = await third.post('/2fa/confirm', { code: next.phone(), currentCode: phone() });
    expect(moved).toEqual({ status: 200, backupCodes: times(10, expect.any(String)) });
    pass(STEP);
    expect(await third.post('/2fa/disable', { code: next.phone() })).toEqual({ status: 200, ok: true });
    expect(await third.get('/me')).toEqual({ status: 200, email, twoFactor: false });
    expect(await new Browser(url).post('/login', { email, password: PASSWORD })).toEqual({
      status: 200,
      ok: true,
    });
  });

  describe('the password', () => {
    test('a wrong one, or that of nobody, does not log in; an address has one account', async () => {
      const { email } = await somebody();
      const browser = new Browser(url);
      expect((await browser.post('/login', { email, password: 'wrong' })).status).toBe(401);
      expect((await browser.post('/login', { email: 'nobody@example.com', password: PASSWORD })).status).toBe(
        401,
      );
      expect((await browser.post('/signup', { email, password: 'another' })).status).toBe(400);
      expect((await browser.post('/signup', { email: email.toUpperCase(), password: 'other' })).status).toBe(
        400,
      );
      expect(await browser.isLoggedIn()).toBe(false);
    });

    test('without it, nothing is open', async () => {
      const stranger = new Browser(url);
      expect((await stranger.get('/me')).status).toBe(401);
      for (const path of [
        '/login/2fa',
        '/login/backup',
        '/2fa/enrol',
        '/2fa/confirm',
        '/2fa/backup-codes',
        '/2fa/disable',
      ]) {
        expect((await stranger.post(path, { code: '123456' })).status, path).toBe(401);
      }
    });

    test('with it alone, nothing is open but the form for a code', async () => {
      const { passwordGiven, phone, factor } = await enrolled();
      const thief = await passwordGiven();
      expect((await thief.get('/me')).status).toBe(401);
      for (const path of ['/2fa/enrol', '/2fa/confirm', '/2fa/backup-codes', '/2fa/disable']) {
        expect((await thief.post(path, { code: phone() })).status, path).toBe(401);
      }
      expect(await factor()).not.toBeNull();
    });
  });

  describe('codes', () => {
    test('the one that confirmed the set-up does not log in as well', async () => {
      const { browser, passwordGiven } = await somebody();
      const { phone } = await enrol(browser);
      await browser.post('/2fa/confirm', { code: phone() });
      expect((await (await passwordGiven()).post('/login/2fa', { code: phone() })).status).toBe(401);
    });

    test('one is good once, also when the clock goes back', async () => {
      const { passwordGiven, phone, factor } = await enrolled();
      const code = phone();
      expect((await (await passwordGiven()).post('/login/2fa', { code })).status).toBe(200);
      const thief = await passwordGiven();
      expect((await thief.post('/login/2fa', { code })).status).toBe(401);
      pass(-STEP);
      expect((await thief.post('/login/2fa', { code })).status).toBe(401);
      expect((await thief.post('/login/2fa', { code: phone() })).status).toBe(401);
      pass(2 * STEP);
      expect((await factor())?.attempts?.failures).toBe(3);
      expect((await thief.post('/login/2fa', { code: phone() })).status).toBe(200);
    });

    test('ten parallel logins with one: one gets in', async () => {
      const { passwordGiven, phone } = await enrolled();
      const browsers = await together(times(10, 0), () => passwordGiven());
      const code = phone();
      const answers = await together(browsers, (browser) => browser.post('/login/2fa', { code }));
      expect(statusesOf(answers)).toEqual([200, ...times(9, 401)]);
      const inside = await Promise.all(browsers.map((browser) => browser.isLoggedIn()));
      expect(inside).toEqual(answers.map(({ status }) => status === 200));
    });

    test('ten parallel logins with one backup code: one gets in, and it is gone', async () => {
      const { passwordGiven, backupCodes, factor } = await enrolled();
      const [code] = backupCodes;
      const browsers = await together(times(10, 0), () => passwordGiven());
      const answers = await together(browsers, (browser) => browser.post('/login/backup', { code }));
      expect(statusesOf(answers)).toEqual([200, ...times(9, 401)]);
      expect((await factor())?.backupHashes).toHaveLength(9);
      pass(MINUTE);
      expect((await (await passwordGiven()).post('/login/backup', { code })).status).toBe(401);
    });

    test('each form takes its own kind', async () => {
      const { passwordGiven, phone, backupCodes } = await enrolled();
      const browser = await passwordGiven();
      expect((await browser.post('/login/2fa', { code: backupCodes[0] })).status).toBe(401);
      expect((await browser.post('/login/backup', { code: phone() })).status).toBe(401);
      expect((await browser.post('/login/backup', { code: backupCodes[0] })).status).toBe(200);
    });

    test('guesses in a row: after the fifth, not even the right one for a while', async () => {
      const { id, passwordGiven, phone, guesses } = await enrolled();
      const thief = await passwordGiven();
      for (const code of guesses.slice(0, FREE_FAILURES - 1)) {
        expect(await thief.post('/login/2fa', { code })).toMatchObject({
          status: 401,
          locked: false,
          retryAt: null,
        });
      }
      const wait = { status: 401, locked: false, retryAt: Date.now() + 30 * SECOND };
      expect(await thief.post('/login/2fa', { code: guesses[5] })).toMatchObject(wait);
      expect(await thief.post('/login/2fa', { code: phone() })).toMatchObject(wait);
      // The owner hears of it, once.
      expect(warn.mock.calls).toEqual([[expect.stringMatching(`^User ${id} had five wrong codes`)]]);
      pass(MINUTE);
      expect((await thief.post('/login/2fa', { code: phone() })).status).toBe(200);
    });

    test('a hundred guesses, however patient: locked, until support unlocks', async () => {
      const { id, passwordGiven, phone, guesses, backupCodes } = await enrolled();
      let thief = await passwordGiven();
      for (const code of guesses.slice(0, 100)) {
        expect((await thief.post('/login/2fa', { code })).status).toBe(401);
        pass(2 * HOUR);
        thief = await passwordGiven();
      }
      const locked = { status: 401, locked: true, retryAt: null };
      expect(await thief.post('/login/2fa', { code: phone() })).toMatchObject(locked);
      expect(await thief.post('/login/backup', { code: backupCodes[0] })).toMatchObject(locked);
      await support.unlock(id);
      expect((await thief.post('/login/2fa', { code: phone() })).status).toBe(200);
    });

    test('200 guesses at once, on both forms: five are counted, ten get an answer, nobody else waits', async () => {
      const { passwordGiven, phone, guesses, factor } = await enrolled();
      const owner = await enrolled();
      const thief = await passwordGiven();
      const codes = [...guesses.slice(0, 100), ...generateBackupCodes({ count: 100 })];
      const answers = await together(codes, (code, i) =>
        thief.post(i < 100 ? '/login/2fa' : '/login/backup', { code }),
      );
      expect(statusesOf(answers)).toEqual([...times(10, 401), ...times(190, 429)]);
      expect((await factor())?.attempts?.failures).toBe(FREE_FAILURES);
      expect((await thief.post('/login/2fa', { code: phone() })).status).toBe(429);
      await owner.logIn();
    });

    test('one limit of requests for all that checks a code', async () => {
      const { browser, passwordGiven } = await enrolled();
      const thief = await passwordGiven();
      const full = ['/2fa/confirm', '/2fa/backup-codes', '/2fa/disable'];
      for (const path of ['/login/2fa', '/login/backup', ...full, '/login/2fa', '/login/backup', ...full]) {
        expect([400, 401], path).toContain(
          (await (path.startsWith('/2fa') ? browser : thief).post(path, {})).status,
        );
      }
      for (const path of full) expect((await browser.post(path, {})).status, path).toBe(429);
      expect((await thief.post('/login/2fa', {})).status).toBe(429);
      expect((await thief.post('/login/backup', {})).status).toBe(429);
    });

    test('what is busy, or changed by too many others, can be tried again', async () => {
      const { passwordGiven, phone } = await enrolled();
      const browser = await passwordGiven();
      for (const code of ['BUSY', 'CONFLICT'] as const) {
        arranged.failure = new OtpError(code, 'for a test');
        expect((await browser.post('/login/2fa', { code: phone() })).status).toBe(503);
      }
      arranged.failure = null;
      expect((await browser.post('/login/2fa', { code: phone() })).status).toBe(200);
    });

    test('what fails is answered with 500, and not with the reason', async () => {
      const { passwordGiven, phone } = await enrolled();
      const browser = await passwordGiven();
      arranged.failure = new OtpError('DECRYPTION_FAILED', 'for a test');
      const answer = await browser.post('/login/2fa', { code: phone() });
      expect(answer.status).toBe(500);
      expect(JSON.stringify(answer)).not.toMatch(/for a test|DECRYPTION/);
    });
  });

  describe('odd values', () => {
    const odd: [string, unknown][] = [
      ['nothing', undefined],
      ['null', null],
      ['a number', 287082],
      ['a list with it', ['287082']],
      ['an object', { toString: '287082', length: 6 }],
      ['true', true],
      ['no text', ''],
      ['40,000 digits', '2'.repeat(40_000)],
      ['a letter with an accent', 'é'],
      ['NUL', '28708\0'],
      ['half a character', '\ud800'],
    ];

    test.each(odd)('%s is no code, address or password', async (_, value) => {
      const { browser, passwordGiven } = await somebody();
      await enrol(browser);
      expect((await browser.post('/2fa/confirm', { code: value, currentCode: value })).status).toBe(400);
      const person = await enrolled();
      const half = await person.passwordGiven();
      const trustDevice = value;
      expect((await half.post('/login/2fa', { code: value, trustDevice })).status).toBe(401);
      expect((await half.post('/login/backup', { code: value, trustDevice })).status).toBe(401);
      expect((await person.browser.post('/2fa/backup-codes', { code: value })).status).toBe(401);
      expect((await person.browser.post('/2fa/disable', { code: value })).status).toBe(401);
      const { phone } = await enrol(person.browser);
      expect((await person.browser.post('/2fa/confirm', { code: phone(), currentCode: value })).status).toBe(
        400,
      );
      const email = person.email;
      expect((await half.post('/login', { email: value, password: PASSWORD })).status).toBe(401);
      expect((await half.post('/login', { email, password: value })).status).toBe(401);
      expect((await half.post('/signup', { email: value, password: PASSWORD })).status).toBe(400);
      await passwordGiven();
    });

    const bodies: [string, string, string][] = [
      ['no JSON', '{"code": 123456', 'application/json'],
      ['nothing', '', 'application/json'],
      ['null', 'null', 'application/json'],
      ['a number', '123456', 'application/json'],
      ['a text', '"123456"', 'application/json'],
      ['a list', '[]', 'application/json'],
      ['a prototype', '{"__proto__":{"code":"123456"},"constructor":{"prototype":{}}}', 'application/json'],
      ['200 kilobytes', JSON.stringify({ code: '1'.repeat(200_000) }), 'application/json'],
      ['10,000 lists in each other', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'application/json'],
      ['an unknown encoding', '{"code":"123456"}', 'application/json; charset=utf-99'],
      ['a form', 'code=123456&password=1', 'application/x-www-form-urlencoded'],
      ['text', '{"code":"123456"}', 'text/plain'],
      ['a broken multipart', '--x', 'multipart/form-data; boundary=y'],
      ['no type at all', 'code', ''],
    ];

    test.each(bodies)('%s as a body is refused, and no error of the server', async (_, body, type) => {
      const { browser, passwordGiven } = await enrolled();
      const half = await passwordGiven();
      const refused = async (sender: Browser, path: string) => {
        const { status } = await sender.send('POST', path, body, type);
        expect(status, path).toBeGreaterThanOrEqual(400);
        expect(status, path).toBeLessThan(500);
      };
      for (const path of ['/signup', '/login', '/login/2fa', '/login/backup']) await refused(half, path);
      for (const path of ['/2fa/confirm', '/2fa/backup-codes', '/2fa/disable']) await refused(browser, path);
      expect(await browser.isLoggedIn()).toBe(true);
    });

    test('a body that is no JSON is a 400', async () => {
      const { browser, passwordGiven } = await enrolled();
      const half = await passwordGiven();
      for (const path of ['/signup', '/login', '/login/2fa', '/login/backup']) {
        expect((await half.send('POST', path, '{', 'application/json')).status, path).toBe(400);
      }
      for (const path of ['/2fa/confirm', '/2fa/backup-codes', '/2fa/disable']) {
        expect((await browser.send('POST', path, '{', 'application/json')).status, path).toBe(400);
      }
    });

    test('what no form of another site may do: send a right password or code', async () => {
      const { email, passwordGiven, phone, browser, factor } = await enrolled();
      const half = await passwordGiven();
      const victim = new Browser(url);
      const types = [
        'application/x-www-form-urlencoded',
        'text/plain',
        'multipart/form-data; boundary=x',
        '',
      ];
      for (const type of types) {
        const form = `email=${encodeURIComponent(email)}&password=${encodeURIComponent(PASSWORD)}&code=${phone()}`;
        const json = JSON.stringify({ email, password: PASSWORD, code: phone() });
        const part = (name: string, value: string) =>
          `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
        const multipart = `${part('email', email)}${part('password', PASSWORD)}${part('code', phone())}--x--`;
        for (const body of type.startsWith('multipart') ? [multipart] : [form, json]) {
          await victim.send('POST', '/login', body, type);
          await half.send('POST', '/login/2fa', body, type);
          await browser.send('POST', '/2fa/disable', body, type);
          pass(MINUTE);
        }
      }
      expect(victim.session).toBe('');
      expect(await half.isLoggedIn()).toBe(false);
      expect(await factor()).not.toBeNull();
    });
  });

  describe('sessions', () => {
    test('one from before the set-up stops at the code, and gets in with one', async () => {
      const { browser, passwordGiven } = await somebody();
      const before = await passwordGiven();
      const { phone } = await enrol(browser);
      await browser.post('/2fa/confirm', { code: phone() });
      expect(await before.isLoggedIn()).toBe(false);
      for (const path of ['/2fa/enrol', '/2fa/confirm', '/2fa/backup-codes', '/2fa/disable']) {
        expect((await before.post(path, { code: phone() })).status, path).toBe(401);
      }
      pass(STEP);
      expect((await before.post('/login/2fa', { code: phone() })).status).toBe(200);
      expect(await before.isLoggedIn()).toBe(true);
    });

    test('a login under way while the owner switches off does not become a full one', async () => {
      const { browser, passwordGiven, phone, backupCodes, id } = await enrolled();
      const thief = await passwordGiven();
      expect((await browser.post('/2fa/disable', { code: phone() })).status).toBe(200);
      expect(await thief.isLoggedIn()).toBe(false);
      expect((await thief.post('/2fa/enrol')).status).toBe(401);
      pass(MINUTE);
      expect((await thief.post('/login/2fa', { code: phone() })).status).toBe(401);
      expect((await thief.post('/login/backup', { code: backupCodes[0] })).status).toBe(401);
      expect(await browser.isLoggedIn()).toBe(true);

      const other = await enrolled();
      const underWay = await other.passwordGiven();
      await support.forceDisable(other.id);
      expect(await underWay.isLoggedIn()).toBe(false);
      expect(await other.browser.isLoggedIn()).toBe(false);
      expect((await findUser(id))?.factor).toBeNull();
    });

    test('parallel logins while the owner switches off: off, and nobody is inside with the old factor', async () => {
      const { browser, passwordGiven, phone, backupCodes, factor } = await enrolled();
      const browsers = await together(times(8, 0), () => passwordGiven());
      const [off] = await together([browser, ...browsers], (other, i) =>
        i === 0
          ? browser.post('/2fa/disable', { code: phone() })
          : other.post('/login/backup', { code: backupCodes[i] }),
      );
      const isOff = (await factor()) === null;
      expect(isOff).toBe(off?.status === 200);
      const inside = await Promise.all(browsers.map((other) => other.isLoggedIn()));
      if (isOff) expect(inside).toEqual(times(8, false));
    });

    test('after off and a new set-up, none of before is inside, nor can it change anything', async () => {
      const { browser, passwordGiven } = await somebody();
      const beforeAll_ = await passwordGiven();
      const { phone } = await enrol(browser);
      await browser.post('/2fa/confirm', { code: phone() });
      pass(STEP);
      const withOld = await passwordGiven();
      await withOld.post('/login/2fa', { code: phone() });
      expect(await withOld.isLoggedIn()).toBe(true);
      pass(STEP);
      await browser.post('/2fa/disable', { code: phone() });
      for (const old of [beforeAll_, withOld]) expect(await old.isLoggedIn()).toBe(false);
      const next = await enrol(browser);
      expect((await browser.post('/2fa/confirm', { code: next.phone() })).status).toBe(200);
      pass(STEP);
      for (const old of [beforeAll_, withOld]) {
        expect(await old.isLoggedIn()).toBe(false);
        for (const path of ['/2fa/enrol', '/2fa/confirm', '/2fa/backup-codes', '/2fa/disable']) {
          expect((await old.post(path, { code: next.phone() })).status, path).toBe(401);
        }
      }
      expect(await browser.isLoggedIn()).toBe(true);
    });

    test('the id changes at each step, and the one before is worth nothing', async () => {
      const { browser, passwordGiven } = await somebody();
      const old: Browser[] = [];
      const keep = () => old.push(browser.copy());
      keep();
      await passwordGiven(browser);
      keep();
      const { phone } = await enrol(browser);
      await browser.post('/2fa/confirm', { code: phone() });
      keep();
      pass(STEP);
      await passwordGiven(browser);
      keep();
      await browser.post('/login/2fa', { code: phone() });
      keep();
      pass(STEP);
      await browser.post('/2fa/disable', { code: phone() });
      expect(await browser.isLoggedIn()).toBe(true);
      expect(new Set([...old, browser].map(({ session }) => session)).size).toBe(6);
      const [code] = [phone()];
      for (const thief of old) {
        expect(await thief.isLoggedIn()).toBe(false);
        expect((await thief.post('/login/2fa', { code })).status).toBe(401);
      }
    });

    test.each(['/2fa/enrol', '/login/2fa'])(
      'a slow request to %s does not bring an ended one back',
      async (path) => {
        const { browser, passwordGiven } = await enrolled();
        const thief = browser.copy();
        expect(await thief.isLoggedIn()).toBe(true);
        const headers = { cookie: thief.session, 'content-type': 'application/json', expect: '100-continue' };
        const slow = request(url + path, { method: 'POST', headers, agent: false });
        slow.flushHeaders();
        await once(slow, 'continue'); // the server has begun with it, and waits for the body
        await passwordGiven(browser);
        expect(await thief.copy().isLoggedIn()).toBe(false);
        slow.end('{}');
        const [answer] = await once(slow, 'response');
        expect(answer.resume().statusCode).toBe(401);
        await once(answer, 'end');
        expect(await thief.isLoggedIn()).toBe(false);
      },
    );

    test('nor does a code that is being checked while the session ends', async () => {
      const { browser, passwordGiven, guesses } = await enrolled();
      const thief = browser.copy();
      arranged.meanwhile = () => {
        arranged.meanwhile = () => {};
        return passwordGiven(browser);
      };
      expect((await thief.copy().post('/login/2fa', { code: guesses[0] })).status).toBe(401);
      expect(await thief.isLoggedIn()).toBe(false);
    });

    // A thief who sends enough of them has one at each of these moments.
    test('nor does a new set-up, whatever it waits for when the session ends', async () => {
      for (const { prototype } of [MemoryStore, FastifyStore] as { prototype: SessionStore }[]) {
        const { get, set } = prototype;
        vi.spyOn(prototype, 'get').mockImplementation(async function (this: SessionStore, id, done) {
          const answer = await promisify(get).call(this, id);
          await arranged.wait();
          done(null, answer);
        });
        vi.spyOn(prototype, 'set').mockImplementation(async function (this: SessionStore, id, session, done) {
          await arranged.wait();
          set.call(this, id, session, done);
        });
      }
      let waits = 0;
      for (let hasEnded = true; hasEnded; waits++) {
        const { browser, passwordGiven } = await enrolled();
        const thief = browser.copy();
        let left = waits;
        hasEnded = false;
        arranged.wait = async () => {
          if (hasEnded || left-- > 0) return;
          hasEnded = true;
          await passwordGiven(browser);
        };
        await thief.copy().post('/2fa/enrol');
        arranged.wait = () => {};
        expect(await thief.isLoggedIn(), `after ${waits} other waits`).toBe(!hasEnded);
      }
      expect(waits).toBeGreaterThan(3);
    });

    test('one that a stranger chose is not taken', async () => {
      const { email } = await somebody();
      const attacker = await somebody();
      const planted = attacker.browser.copy();
      await planted.post('/login', { email, password: PASSWORD });
      expect((await planted.get('/me')).email).toBe(email);
      expect(await attacker.browser.isLoggedIn()).toBe(false);

      const name = planted.session.split('=')[0] ?? '';
      const invented = new Browser(url, [[name, 'chosen-by-a-stranger']]);
      const copy = invented.copy();
      await invented.post('/login', { email, password: PASSWORD });
      expect(await invented.isLoggedIn()).toBe(true);
      expect(await copy.isLoggedIn()).toBe(false);
    });

    test("another user in the same browser begins at the start, without the first one's set-up", async () => {
      const ann = await somebody();
      const bob = await enrolled();
      const setUp = await enrol(ann.browser);
      const { browser } = ann;
      await bob.passwordGiven(browser);
      expect(await browser.isLoggedIn()).toBe(false);
      expect((await browser.post('/2fa/confirm', { code: setUp.phone() })).status).toBe(401);
      await browser.post('/login/2fa', { code: bob.phone() });
      expect((await browser.get('/me')).email).toBe(bob.email);
      pass(STEP);
      const confirm = { code: setUp.phone(), currentCode: bob.phone() };
      expect((await browser.post('/2fa/confirm', confirm)).status).toBe(400);
      await ann.passwordGiven(browser);
      expect((await browser.get('/me')).email).toBe(ann.email);
      expect((await browser.post('/2fa/confirm', { code: setUp.phone() })).status).toBe(400);
    });

    test('a set-up belongs to the session that began it, ends after an hour, and is good once', async () => {
      const { browser, passwordGiven, factor } = await somebody();
      const other = await passwordGiven();
      const late = await enrol(browser);
      expect((await other.post('/2fa/confirm', { code: late.phone() })).status).toBe(400);
      pass(61 * MINUTE);
      expect((await browser.post('/2fa/confirm', { code: late.phone() })).status).toBe(400);
      expect(await factor()).toBeNull();
      const { phone } = await enrol(browser);
      const code = phone();
      const answers = await together(times(9, browser), (same) => same.copy().post('/2fa/confirm', { code }));
      // One passed; the session of the others ended with it, or they came too late for the set-up.
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => ![200, 400, 401].includes(status))).toEqual([]);
    });

    test('confirming again with the same code changes nothing', async () => {
      const { browser, factor } = await somebody();
      const { phone } = await enrol(browser);
      const code = phone();
      await browser.post('/2fa/confirm', { code });
      const id = (await factor())?.id;
      expect((await browser.post('/2fa/confirm', { code })).status).toBe(400);
      expect((await browser.post('/2fa/confirm', { code, currentCode: code })).status).toBe(400);
      expect((await factor())?.id).toBe(id);
    });

    test('a stolen one can neither switch off nor move the factor nor draw backup codes', async () => {
      const { browser, factor, guesses, backupCodes, passwordGiven } = await enrolled();
      const before = await factor();
      const thief = browser.copy();
      expect(await thief.isLoggedIn()).toBe(true);
      const own = await enrol(thief);
      for (const code of [undefined, own.phone(), guesses[0]]) {
        expect((await thief.post('/2fa/disable', { code })).status).toBe(401);
        expect((await thief.post('/2fa/backup-codes', { code })).status).toBe(401);
        expect((await thief.post('/2fa/confirm', { code: own.phone(), currentCode: code })).status).toBe(400);
        pass(MINUTE);
      }
      const after = await factor();
      expect(after?.id).toBe(before?.id);
      expect(after?.backupHashes).toEqual(before?.backupHashes);
      pass(10 * MINUTE);
      expect((await (await passwordGiven()).post('/login/backup', { code: backupCodes[0] })).status).toBe(
        200,
      );
    });

    test('a new phone: the old one is worth nothing then, and other sessions stop at the code', async () => {
      const { browser, phone, logIn, passwordGiven, backupCodes } = await enrolled();
      const other = await logIn();
      const next = await enrol(browser);
      const currentCode = phone();
      // A typing error in the new code must not use the old one up.
      expect((await browser.post('/2fa/confirm', { code: '12345', currentCode })).status).toBe(400);
      expect((await browser.post('/2fa/confirm', { code: next.phone(), currentCode })).status).toBe(200);
      expect(await browser.isLoggedIn()).toBe(true);
      expect(await other.isLoggedIn()).toBe(false);
      pass(MINUTE);
      const half = await passwordGiven();
      expect((await half.post('/login/2fa', { code: phone() })).status).toBe(401);
      expect((await half.post('/login/backup', { code: backupCodes[0] })).status).toBe(401);
      expect((await half.post('/login/2fa', { code: next.phone() })).status).toBe(200);
    });

    test('a backup code is good as the current code', async () => {
      const { browser, backupCodes } = await enrolled();
      const { phone } = await enrol(browser);
      const [currentCode] = backupCodes;
      expect((await browser.post('/2fa/confirm', { code: phone(), currentCode })).status).toBe(200);
    });

    test('a password-only one ends after 15 minutes, however often it is used', async () => {
      const { passwordGiven, phone } = await enrolled();
      const half = await passwordGiven();
      for (let minutes = 0; minutes < 14; minutes += 7) {
        expect((await half.post('/login/2fa', { code: '' })).status).toBe(401);
        pass(7 * MINUTE);
      }
      const late = half.copy();
      expect((await half.post('/login/2fa', { code: phone() })).status).toBe(200);
      const again = await passwordGiven();
      pass(15 * MINUTE + 1);
      expect((await again.post('/login/2fa', { code: phone() })).status).toBe(401);
      expect((await late.post('/login/2fa', { code: phone() })).status).toBe(401);
      expect(await half.isLoggedIn()).toBe(true);
    });

    test('one from before the set-up ends after 15 minutes as well', async () => {
      const { browser, passwordGiven } = await somebody();
      const before = await passwordGiven();
      pass(20 * MINUTE);
      expect(await before.isLoggedIn()).toBe(true);
      const { phone } = await enrol(browser);
      await browser.post('/2fa/confirm', { code: phone() });
      pass(STEP);
      expect((await before.post('/login/2fa', { code: phone() })).status).toBe(401);
    });

    test('a full one ends after twelve hours, however often it is used', async () => {
      const { browser } = await enrolled();
      for (let hours = 0; hours < 11; hours++) {
        expect(await browser.isLoggedIn()).toBe(true);
        pass(HOUR);
      }
      expect(await browser.isLoggedIn()).toBe(true);
      pass(HOUR);
      expect(await browser.isLoggedIn()).toBe(false);
    });

    test('its cookie is for HTTP only, and not sent by forms on other sites', async () => {
      const { browser } = await somebody();
      const lines = [...browser.lines.values()];
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/; HttpOnly(;|$)/);
      expect(lines[0]).toMatch(/; SameSite=(Lax|Strict)(;|$)/);
      expect(lines[0]).toMatch(/; Path=\/(;|$)/);
    });

    test('strangers get none', async () => {
      const stranger = new Browser(url);
      await stranger.get('/me');
      await stranger.post('/login', { email: 'nobody@example.com', password: 'wrong' });
      expect(stranger.cookies.size).toBe(0);
    });
  });

  describe('trusted devices', () => {
    test('one logs in with the password, for 30 days, and its cookie is named after the user', async () => {
      const { id, logIn, passwordGiven } = await enrolled();
      const browser = await logIn({ trustDevice: true });
      const line = browser.lines.get(`device_${id}`);
      expect(line).toMatch(/; HttpOnly(;|$)/);
      expect(line).toMatch(/; SameSite=(Lax|Strict)(;|$)/);
      expect(line).toMatch(/; Path=\/(;|$)/);
      expect(line).toMatch(/; Max-Age=2592000(;|$)/);
      await passwordGiven(browser);
      expect(await browser.isLoggedIn()).toBe(true);
      pass(30 * DAY);
      await passwordGiven(browser);
      expect(await browser.isLoggedIn()).toBe(false);
    });

    test('it is asked for, and only with a right code', async () => {
      const { logIn, passwordGiven, guesses, factor } = await enrolled();
      for (const trustDevice of [undefined, false, 'true', 1, {}]) {
        expect((await logIn({ trustDevice })).cookies.size, String(trustDevice)).toBe(1);
      }
      const thief = await passwordGiven();
      await thief.post('/login/2fa', { code: guesses[0], trustDevice: true });
      expect(thief.cookies.size).toBe(1);
      expect((await factor())?.devices ?? []).toEqual([]);
    });

    test("another user's, an invented or a changed token is worth nothing", async () => {
      const ann = await enrolled();
      const bob = await enrolled();
      const annsBrowser = await ann.logIn({ trustDevice: true });
      const token = annsBrowser.cookies.get(`device_${ann.id}`) ?? '';
      for (const value of [token, '', 'undefined', `${token}A`, token.slice(1), token.toUpperCase()]) {
        const device: [string, string] = [`device_${bob.id}`, value];
        const browser = await bob.passwordGiven(new Browser(url, [device]));
        expect(await browser.isLoggedIn(), value).toBe(false);
      }
      const mixed = await bob.passwordGiven(new Browser(url, [[`device_${ann.id}`, token]]));
      expect(await mixed.isLoggedIn()).toBe(false);
      const stored = JSON.stringify(await ann.factor());
      expect(stored).not.toContain(token);
    });

    test('it lets the owner in while a stranger uses the tries up', async () => {
      const { logIn, passwordGiven, guesses, phone } = await enrolled();
      const browser = await logIn({ trustDevice: true });
      const thief = await passwordGiven();
      for (const code of guesses.slice(0, FREE_FAILURES)) await thief.post('/login/2fa', { code });
      expect((await thief.post('/login/2fa', { code: phone() })).status).toBe(401);
      await passwordGiven(browser);
      expect(await browser.isLoggedIn()).toBe(true);
    });

    test.each<[string, (person: Awaited<ReturnType<typeof enrolled>>) => Promise<unknown>]>([
      ['they are forgotten', ({ id }) => support.forgetDevices(id)],
      ['new backup codes', ({ browser, phone }) => browser.post('/2fa/backup-codes', { code: phone() })],
      [
        'a new phone',
        async ({ browser, phone }) => {
          const next = await enrol(browser);
          return browser.post('/2fa/confirm', { code: next.phone(), currentCode: phone() });
        },
      ],
      [
        'off and on again',
        async ({ browser, phone }) => {
          await browser.post('/2fa/disable', { code: phone() });
          const next = await enrol(browser);
          return browser.post('/2fa/confirm', { code: next.phone() });
        },
      ],
    ])('after %s, a code is due everywhere', async (_, change) => {
      const person = await enrolled();
      const browser = await person.logIn({ trustDevice: true });
      const id = (await person.factor())?.id;
      await change(person);
      await person.passwordGiven(browser);
      expect(await browser.isLoggedIn()).toBe(false);
      expect((await person.factor())?.id === id || (await person.factor()) !== null).toBe(true);
    });
  });
});
