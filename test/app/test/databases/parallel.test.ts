// Many requests of one person at one moment to the README's app, on real databases and through ORMs.
import { readFileSync } from 'node:fs';
import { generateHotp, generateSecret, generateTotp, parseOtpauthUri, verifyHotp, verifyTotp } from 'otpure';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Current, otherStores, type Query, serveReadme } from './readme.js';
import * as recipes from './recipes.js';

const databases = [
  ['the README on PGlite', recipes.readmeOnPglite, 200],
  ['the README on PostgreSQL', recipes.readmeOnPostgres, 200],
  ['SQL on MariaDB', recipes.sqlOnMariadb, 100],
  ['SQL on SQLite', recipes.sqlOnSqlite, 100],
  ['Drizzle on PostgreSQL', recipes.drizzleOnPostgres, 100],
  ['Drizzle on MariaDB', recipes.drizzleOnMariadb, 100],
  ['TypeORM on PostgreSQL', recipes.typeormOnPostgres, 100],
  ['TypeORM on MariaDB', recipes.typeormOnMariadb, 100],
  ['Prisma on PostgreSQL', recipes.prismaOnPostgres, 100],
] as const;

// The guesses that the limit lets through before the first wait. The clock stands still meanwhile.
const FREE = 5;
const PERIOD = 30_000;
const tick = () => vi.setSystemTime(Date.now() + PERIOD);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** All begin before one of them ends. */
const together = <T>(count: number, request: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => request(i)));

type App = Awaited<ReturnType<typeof serveReadme>>;
let people = 0;

async function somebody({ on, run }: recipes.Database, { client }: App) {
  const userId = ++people;
  await run(`INSERT INTO users (id) VALUES (${userId})`);
  const passedPassword = async () => {
    const browser = client();
    await browser.post('/password', { userId });
    return browser;
  };
  return {
    passedPassword,
    async current() {
      if (typeof on !== 'function') return on.stored(userId).read();
      const select = 'SELECT factor, version FROM users WHERE id = $1';
      return (await on(select, [userId]))[0] as Current;
    },
    async begin() {
      const browser = await passedPassword();
      const { uri } = await browser.post('/setup');
      const { secret } = parseOtpauthUri(uri);
      const phone = () => generateTotp(secret);
      return { browser, secret, phone, confirm: () => browser.post('/confirm', { code: phone() }) };
    },
    /** How many of these codes, each typed in a browser of its own, log in. */
    async logIn(...codes: string[]): Promise<number> {
      const browsers = await together(codes.length, passedPassword);
      const answers = await Promise.all(codes.map((code, i) => browsers[i]?.post('/code', { code })));
      return answers.filter((answer) => answer?.status === 200).length;
    },
  };
}

/** Somebody with two-factor login on, at a time when the phone shows the next code. */
async function enrolled(db: recipes.Database, app: App) {
  const person = await somebody(db, app);
  const begun = await person.begin();
  const { backupCodes } = await begun.confirm();
  tick();
  const wrong = Array.from({ length: 210 }, (_, i) => String(i).padStart(6, '0'));
  const guesses = wrong.filter((code) => !verifyTotp(begun.secret, code, null)).slice(0, 200);
  return { ...person, ...begun, backupCodes, guesses };
}

describe.each(databases)('%s', (title, open, requests) => {
  let db: recipes.Database;
  let app: App;
  beforeAll(async () => {
    db = await open();
    app = await serveReadme(db.on);
  });
  afterAll(async () => {
    app?.close();
    await db?.close();
  });

  test(`${requests} set-ups: one becomes active, and its session alone is logged in`, async () => {
    const { begin, current } = await somebody(db, app);
    const begun = await together(requests, begin);
    const answers = await Promise.all(begun.map(({ confirm }) => confirm()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await current()).version).toBe(1);
    const inside = await Promise.all(begun.map(({ browser }) => browser.isLoggedIn()));
    expect(inside).toEqual(answers.map(({ status }) => status === 200));
  });

  test(`${requests} times one right code: one login, and the others count as failures`, async () => {
    const { phone, logIn, current } = await enrolled(db, app);
    expect(await logIn(...Array(requests).fill(phone()))).toBe(1);
    const { factor, version } = await current();
    expect(factor?.attempts?.failures).toBe(FREE);
    expect(version).toBe(1 + 1 + FREE);
  });

  test(`${requests} times one backup code: one login, and it is gone`, async () => {
    const { backupCodes, logIn, current } = await enrolled(db, app);
    expect(await logIn(...Array(requests).fill(backupCodes[0]))).toBe(1);
    expect((await current()).factor?.backupHashes).toHaveLength(9);
    tick();
    expect(await logIn(backupCodes[0])).toBe(0);
    tick();
    tick();
    expect(await logIn(backupCodes[1])).toBe(1);
  });

  test(`${requests} wrong guesses: counted one by one up to the wait, in which nothing is looked at`, async () => {
    const { phone, logIn, current, guesses } = await enrolled(db, app);
    expect(await logIn(...guesses.slice(0, requests))).toBe(0);
    const { factor, version } = await current();
    expect(factor?.attempts?.failures).toBe(FREE);
    expect(version).toBe(1 + FREE);
    expect(await logIn(phone())).toBe(0);
    tick();
    expect(await logIn(phone())).toBe(1);
  });

  test(`${requests} requests to log in and to switch off: it is off, and no login brings it back`, async () => {
    const { browser, phone, logIn, current } = await enrolled(db, app);
    const logins = logIn(...Array(requests / 2).fill(phone()));
    await together(requests / 2, () => browser.post('/off'));
    expect(await logins).toBeLessThanOrEqual(1);
    expect((await current()).factor).toBeNull();
  });

  test(`${requests} requests to switch off and to set up anew: sessions of the old factor leave the new one`, async () => {
    const { browser, passedPassword } = await enrolled(db, app);
    const browsers = await together(requests / 2, passedPassword);
    // Each tries again, so that some come before the switch and some after it.
    const confirmed = await together(requests, async (i) => {
      const other = browsers[i];
      for (let round = 0; round < 3; round++) {
        const { uri } = await (other?.post('/setup') ?? browser.post('/off'));
        const code = uri && generateTotp(parseOtpauthUri(uri).secret);
        if (uri && (await other?.post('/confirm', { code }))?.status === 200) return true;
      }
      return false;
    });
    expect(confirmed.filter(Boolean)).toHaveLength(1);
    expect(await browser.isLoggedIn()).toBe(false);
    const inside = await Promise.all(browsers.map((other) => other.isLoggedIn()));
    expect(inside).toEqual(confirmed.slice(0, requests / 2));
  });

  if (!title.startsWith('the README')) return;

  test('without the condition on the version, codes are good for many and guesses are not counted', async () => {
    const careless = await serveReadme(db.on, { change: ['version = $3', '$3::integer IS NOT NULL'] });
    const { phone, logIn, current, guesses } = await enrolled(db, careless);
    expect(await logIn(...Array(requests).fill(phone()))).toBeGreaterThan(1);
    tick();
    tick();
    const before = (await current()).version;
    await logIn(...guesses);
    expect((await current()).version).toBeGreaterThan(before + FREE);
    careless.close();
  });

  test.each([
    ['its counter compared: one login', 'counter = $3', (logins: number) => logins === 1],
    ['no condition: several logins', '$3::integer IS NOT NULL', (logins: number) => logins > 1],
  ])(`${requests} times one HOTP code, %s`, async (_, condition, isRight) => {
    const query = db.on as Query;
    const secret = generateSecret();
    const id = ++people;
    await db.run(`INSERT INTO users (id) VALUES (${id})`);
    const answers = await together(requests, async () => {
      const [user] = (await query('SELECT counter FROM users WHERE id = $1', [id])) as [{ counter: number }];
      const match = verifyHotp(secret, generateHotp(secret, 3), user.counter);
      const update = `UPDATE users SET counter = $1 WHERE id = $2 AND ${condition} RETURNING id`;
      return match ? query(update, [match.nextCounter, id, user.counter]) : [];
    });
    expect(answers.filter((rows) => rows.length === 1).length).toSatisfy(isRight);
  });
});

const squeeze = (code: string) => code.replace(/<[\w.]+>|\s|,(?=\s*[)\]}])/g, '');
const tested = squeeze(readFileSync(new URL('recipes.ts', import.meta.url), 'utf8'));

test("the README's lines for other databases and ORMs are the ones tested here", () => {
  expect(otherStores).toHaveLength(5);
  for (const line of otherStores) expect(tested).toContain(squeeze(line));
});
