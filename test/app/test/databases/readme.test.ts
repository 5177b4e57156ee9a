// The README's app against its attackers, one at a time, with the limit of requests that it takes.
import { rateLimit } from 'express-rate-limit';
import { generateBackupCodes, generateTotp, parseOtpauthUri } from 'otpure';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Client, type Query, serveReadme } from './readme.js';
import { type Database, readmeOnPglite } from './recipes.js';

let db: Database;
let app: Awaited<ReturnType<typeof serveReadme>>;
let userId = 0;
beforeAll(async () => {
  db = await readmeOnPglite();
  app = await serveReadme(db.on, { rateLimit });
});
afterAll(async () => {
  app?.close();
  await db?.close();
});
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await db.run(`INSERT INTO users (id) VALUES (${++userId})`);
});
afterEach(() => {
  vi.useRealTimers();
});

async function passPassword(browser = app.client()) {
  await browser.post('/password', { userId });
  return browser;
}

/** Switches on, and lets the phone show the next code. */
async function switchOn(browser: Client) {
  const { secret } = parseOtpauthUri((await browser.post('/setup')).uri);
  const phone = () => ({ code: generateTotp(secret) });
  const { backupCodes } = await browser.post('/confirm', phone());
  vi.setSystemTime(Date.now() + 30_000);
  return { phone, backupCodes };
}

const statuses = async (browser: Client, ...paths: string[]) => {
  const answers = [];
  for (const path of paths) answers.push((await browser.post(path, {})).status);
  return answers;
};

test('without the password nothing is open, without the code nothing but the form for it', async () => {
  const paths = ['/setup', '/confirm', '/off'];
  expect(await statuses(app.client(), ...paths, '/code')).toEqual([401, 401, 401, 401]);
  const before = await passPassword();
  const { phone } = await switchOn(await passPassword());
  for (const browser of [before, await passPassword()]) {
    expect(await browser.isLoggedIn()).toBe(false);
    expect(await statuses(browser, ...paths)).toEqual([401, 401, 401]);
  }
  expect(await before.post('/code', phone())).toEqual({ status: 200, loggedIn: true });
  expect(await before.isLoggedIn()).toBe(true);
});

test('where a filter that is undefined is dropped, as ORMs do, nobody is logged in as somebody', async () => {
  const query = db.on as Query;
  const lax = await serveReadme((sql, values) => query(sql, values?.[0] === undefined ? [userId] : values));
  expect(await lax.client().isLoggedIn()).toBe(false);
  expect(await statuses(lax.client(), '/setup', '/confirm', '/off', '/code')).toEqual([401, 401, 401, 401]);
  lax.close();
});

test('the session id changes with the password, with confirming and with the code', async () => {
  const browser = app.client();
  const ids: string[] = [];
  const old = () => {
    const thief = app.client();
    thief.cookie = browser.cookie;
    ids.push(browser.cookie);
    return thief;
  };
  await passPassword(browser);
  const afterPassword = old();
  const { phone } = await switchOn(browser);
  const afterConfirming = old();
  await passPassword(browser);
  const beforeCode = old();
  await browser.post('/code', phone());
  old();
  expect(new Set(ids).size).toBe(4);
  for (const thief of [afterPassword, afterConfirming, beforeCode]) {
    expect(await thief.isLoggedIn()).toBe(false);
    expect(await statuses(thief, '/code')).toEqual([401]);
  }
  expect(await browser.isLoggedIn()).toBe(true);
});

test('no second set-up beside an active factor, and no confirming without one under way', async () => {
  const browser = await passPassword();
  expect(await statuses(browser, '/confirm')).toEqual([400]);
  const { phone } = await switchOn(browser);
  expect(await statuses(browser, '/setup', '/confirm')).toEqual([409, 400]);
  expect(await browser.post('/confirm', phone())).toEqual({ status: 400 });
});

test('a session that passed a factor of before can neither enter nor switch off', async () => {
  const old = await passPassword();
  await switchOn(old);
  const owner = await passPassword();
  expect(await statuses(old, '/off')).toEqual([204]);
  await switchOn(owner);
  expect(await old.isLoggedIn()).toBe(false);
  expect(await statuses(old, '/off', '/setup')).toEqual([401, 401]);
  expect(await owner.isLoggedIn()).toBe(true);
});

test('a request to switch off that began before the next factor leaves it on', async () => {
  const query = db.on as Query;
  let began = () => {};
  let wait: Promise<void> | undefined;
  let selects = 0;
  const slow = await serveReadme(async (sql, values) => {
    // The first is that of the guard.
    if (wait && sql.startsWith('SELECT') && ++selects === 2) {
      began();
      await wait;
    }
    return query(sql, values);
  });
  const early = await passPassword(slow.client());
  await switchOn(early);
  let goOn = () => {};
  wait = new Promise((resolve) => {
    goOn = resolve;
  });
  const reading = new Promise<void>((resolve) => {
    began = resolve;
  });
  const off = statuses(early, '/off');
  await reading;
  await db.run(`UPDATE users SET factor = NULL, version = version + 1 WHERE id = ${userId}`);
  const owner = await passPassword();
  await switchOn(owner);
  goOn();
  expect(await off).toEqual([401]);
  expect(await statuses(owner, '/setup')).toEqual([409]);
  slow.close();
});

test.each<[string, unknown]>([
  ['no body', undefined],
  ['a list', []],
  ['no code', {}],
  ['null', { code: null }],
  ['a number', { code: 287082 }],
  ['a list with a code', { code: ['287082'] }],
  ['an object', { code: { toString: '287082' } }],
  ['90,000 digits', { code: '2'.repeat(90_000) }],
  ['a letter with an accent', { code: 'é' }],
])('%s is a wrong code', async (_, body) => {
  const owner = await passPassword();
  await owner.post('/setup');
  expect((await owner.post('/confirm', body)).status).toBe(400);
  await switchOn(owner);
  expect((await (await passPassword()).post('/code', body)).status).toBe(401);
});

test('of 200 guesses at once, ten are looked at; nobody else has to wait', async () => {
  const { phone } = await switchOn(await passPassword());
  const thief = await passPassword();
  const guesses = generateBackupCodes({ count: 100 });
  const answers = await Promise.all(
    [...guesses, ...guesses].map(async (code) => (await thief.post('/code', { code })).status),
  );
  expect(answers.filter((status) => status === 401)).toHaveLength(10);
  expect(answers.filter((status) => status === 429)).toHaveLength(190);
  expect((await thief.post('/code', phone())).status).toBe(429);
  await db.run(`INSERT INTO users (id) VALUES (${++userId})`);
  const { backupCodes } = await switchOn(await passPassword());
  const code = backupCodes[0];
  expect((await (await passPassword()).post('/code', { code })).status).toBe(200);
});
