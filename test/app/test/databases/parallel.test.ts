// Many requests of one person at one moment, through the README's steps, on real databases and through ORMs.
import { readFileSync } from 'node:fs';
import { generateHotp, generateSecret, generateTotp, parseOtpauthUri, verifyHotp, verifyTotp } from 'otpure';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { otherStores, type Query, readmeFlow, type Session, type Stored } from './readme.js';
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

const passed = (sessions: Session[]) => sessions.filter((session) => session.passed_factor);

const { steps: stepsOn } = readmeFlow(() => Promise.reject(new Error('Steps store by what they are given.')));
let people = 0;

async function somebody(db: recipes.Database, stored: Stored = db.stored) {
  const user = { id: ++people, email: 'ada@example.com' };
  await db.run(`INSERT INTO users (id) VALUES (${user.id})`);
  const steps = stepsOn(stored);
  const current = () => stored(user.id).read();
  const shown: string[][] = [];
  return {
    shown,
    current,
    async begin() {
      const session: Session = {};
      const { secret } = parseOtpauthUri(await steps.setUp({ session, user }));
      const phone = () => generateTotp(secret);
      const show = (codes: string[]) => shown.push(codes);
      return {
        session,
        secret,
        phone,
        confirm: () => steps.confirm({ session, user, typed: phone(), show }),
      };
    },
    async logIn(typed: string) {
      const session: Session = {};
      await steps.logIn({ session, user, typed });
      return session;
    },
    switchOff: (session: Session) => steps.switchOff({ session, user }),
    isLoggedIn: async (session: Session) =>
      steps.isLoggedIn({ session, user: { ...user, second_factor: (await current()).factor } }),
  };
}

/** Somebody with two-factor login on, at a time when the phone shows the next code. */
async function enrolled(db: recipes.Database, stored?: Stored) {
  const person = await somebody(db, stored);
  const begun = await person.begin();
  await begun.confirm();
  tick();
  const wrong = Array.from({ length: 210 }, (_, i) => String(i).padStart(6, '0'));
  return { ...person, ...begun, guesses: wrong.filter((code) => !verifyTotp(begun.secret, code, null)) };
}

describe.each(databases)('%s', (title, open, requests) => {
  let db: recipes.Database & { query?: Query };
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db?.close());

  test(`${requests} set-ups: one becomes active, and its session alone is logged in`, async () => {
    const { begin, current, shown, isLoggedIn } = await somebody(db);
    const begun = await together(requests, begin);
    await Promise.all(begun.map(({ confirm }) => confirm()));
    const sessions = begun.map(({ session }) => session);
    const { factor, version } = await current();
    expect(passed(sessions)).toMatchObject([{ passed_factor: factor?.id }]);
    expect(version).toBe(1);
    expect(shown).toHaveLength(1);
    const inside = await Promise.all(sessions.map(isLoggedIn));
    expect(sessions.filter((_, i) => inside[i])).toEqual(passed(sessions));
  });

  test(`${requests} times one right code: one login, and the others count as failures`, async () => {
    const { phone, logIn, current } = await enrolled(db);
    expect(passed(await together(requests, () => logIn(phone())))).toHaveLength(1);
    const { factor, version } = await current();
    expect(factor?.attempts?.failures).toBe(FREE);
    expect(version).toBe(1 + 1 + FREE);
  });

  test(`${requests} times one backup code: one login, and it is gone`, async () => {
    const { shown, logIn, current } = await enrolled(db);
    const [first = '', second = ''] = shown[0] ?? [];
    expect(passed(await together(requests, () => logIn(first)))).toHaveLength(1);
    expect((await current()).factor?.backupHashes).toHaveLength(9);
    tick();
    expect(passed([await logIn(first)])).toHaveLength(0);
    tick();
    tick();
    expect(passed([await logIn(second)])).toHaveLength(1);
  });

  test(`${requests} wrong guesses: counted one by one up to the wait, in which nothing is looked at`, async () => {
    const { phone, logIn, current, guesses } = await enrolled(db);
    expect(passed(await together(requests, (i) => logIn(guesses[i] ?? '')))).toHaveLength(0);
    const { factor, version } = await current();
    expect(factor?.attempts?.failures).toBe(FREE);
    expect(version).toBe(1 + FREE);
    expect(passed([await logIn(phone())])).toHaveLength(0);
    tick();
    expect(passed([await logIn(phone())])).toHaveLength(1);
  });

  test(`${requests} requests to log in and to switch off: it is off, and no login brings it back`, async () => {
    const { session, phone, logIn, switchOff, current } = await enrolled(db);
    const logins = together(requests / 2, () => logIn(phone()));
    await together(requests / 2, () => switchOff(session));
    expect(passed(await logins).length).toBeLessThanOrEqual(1);
    expect((await current()).factor).toBeNull();
  });

  test(`${requests} requests to switch off and to set up anew: sessions of the old factor leave the new one`, async () => {
    const { session, begin, switchOff, current } = await enrolled(db);
    const begun = await together(requests / 2, begin);
    // Each tries again, so that some come before the switch and some after it.
    await together(requests, async (i) => {
      for (let round = 0; round < 3; round++) await (begun[i]?.confirm() ?? switchOff(session));
    });
    const { factor } = await current();
    expect(passed(begun.map((one) => one.session))).toMatchObject([{ passed_factor: factor?.id }]);
  });

  if (!title.startsWith('the README')) return;

  const query: Query = async (sql, values) => (await db.query?.(sql, values)) ?? [];

  test('without the condition on the version, codes are good for many and guesses are not counted', async () => {
    const careless = readmeFlow(query, (code) => code.replace('version = $3', '$3::integer IS NOT NULL'));
    const { phone, logIn, current, guesses } = await enrolled(db, careless.stored);
    expect(passed(await together(requests, () => logIn(phone()))).length).toBeGreaterThan(1);
    tick();
    tick();
    const before = (await current()).version;
    await together(requests, (i) => logIn(guesses[i] ?? ''));
    expect((await current()).version).toBeGreaterThan(before + FREE);
  });

  test.each([
    ['its counter compared: one login', 'counter = $3', (logins: number) => logins === 1],
    ['no condition: several logins', '$3::integer IS NOT NULL', (logins: number) => logins > 1],
  ])(`${requests} times one HOTP code, %s`, async (_, condition, isRight) => {
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
