// What a store has to hold to: each rule broken, and what that lets in. Each begins with the very attack that fails on
// the store as it should be.
import { PGlite } from '@electric-sql/pglite';
import { createTwoFactor, generateTotp, parseOtpauthUri, type StoredSecondFactor } from 'otpure';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

interface User {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
  changed_at: string;
}

const MINUTE = 60_000;
const FREE_FAILURES = 5;

let db: PGlite;
const query = async (sql: string, values?: unknown[]) => (await db.query<User>(sql, values)).rows;
const read = async (id: number) => (await query('SELECT * FROM users WHERE id = $1', [id]))[0];
const RIGHT =
  'UPDATE users SET factor = $1, version = version + 1 WHERE id = $2 AND version = $3 RETURNING id';
const storeRight = async (id: number, factor: StoredSecondFactor | null, { version }: User) =>
  (await query(RIGHT, [factor, id, version])).length === 1;

const right = {
  issuer: 'Acme',
  key: Buffer.alloc(32, 7),
  cost: { N: 2, r: 1, p: 1 },
  read,
  store: storeRight,
};
type Config = typeof right;

beforeAll(async () => {
  db = await PGlite.create();
  await db.exec(`CREATE TABLE users (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, factor jsonb,
    version integer NOT NULL DEFAULT 0, changed_at text NOT NULL DEFAULT '')`);
});
afterAll(() => db?.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Somebody with two-factor login on, by a store as it should be. */
async function enrolled() {
  const [{ id = 0 } = {}] = await query('INSERT INTO users DEFAULT VALUES RETURNING id');
  const twoFactor = createTwoFactor(right);
  const { uri, pendingSecret } = twoFactor.setUp(id, 'ann@example.com');
  const { secret } = parseOtpauthUri(uri);
  const phone = () => generateTotp(secret);
  const issued = await twoFactor.confirm(id, { pendingSecret, code: phone() });
  vi.setSystemTime(Date.now() + MINUTE);
  return { id, phone, passedFactor: issued?.passedFactor ?? '' };
}

/** How many of ten parallel requests log in with one code. */
async function loginsWithOneCode(config: Config): Promise<number> {
  const { id, phone } = await enrolled();
  const { verify } = createTwoFactor(config);
  const answers = await Promise.all(Array.from({ length: 10 }, () => verify(id, phone())));
  return answers.filter((match) => match !== null).length;
}

/** How many failures are counted of twenty guesses, in parallel or one by one, and whether a right code gets in then. */
async function guess(config: Config, { inParallel }: { inParallel: boolean }) {
  const { id, phone } = await enrolled();
  const { verify } = createTwoFactor(config);
  const wrong = phone() === '000000' ? '000001' : '000000';
  if (inParallel) await Promise.all(Array.from({ length: 20 }, () => verify(id, wrong)));
  else for (let i = 0; i < 20; i++) await verify(id, wrong);
  const counted = (await read(id))?.factor?.attempts?.failures ?? 0;
  return { counted, getsIn: (await verify(id, phone())) !== null };
}

const held = { counted: FREE_FAILURES, getsIn: false };

test('as it should be: one login, and guesses are counted', async () => {
  expect(await loginsWithOneCode(right)).toBe(1);
  expect(await guess(right, { inParallel: true })).toEqual(held);
  expect(await guess(right, { inParallel: false })).toEqual(held);
});

test('1. nothing compared: one code logs many in, and parallel guesses count as one', async () => {
  const careless: Config = {
    ...right,
    store: async (id, factor) => {
      const sql = 'UPDATE users SET factor = $1, version = version + 1 WHERE id = $2 RETURNING id';
      return (await query(sql, [factor, id])).length === 1;
    },
  };
  expect(await loginsWithOneCode(careless)).toBeGreaterThan(1);
  expect(await guess(careless, { inParallel: true })).toEqual({ counted: 1, getsIn: true });
});

test('2. a time compared: all requests of one millisecond read the same', async () => {
  const timed: Config = {
    ...right,
    store: async (id, factor, { changed_at }) => {
      const sql =
        'UPDATE users SET factor = $1, changed_at = $2 WHERE id = $3 AND changed_at = $4 RETURNING id';
      return (await query(sql, [factor, new Date().toISOString(), id, changed_at])).length === 1;
    },
  };
  const { id, phone } = await enrolled();
  const { verify } = createTwoFactor(timed);
  await verify(id, 'wrong-0000-0000-0000'); // the same millisecond
  const answers = await Promise.all(Array.from({ length: 10 }, () => verify(id, phone())));
  expect(answers.filter((match) => match !== null).length).toBeGreaterThan(1);
});

test('3. not committed: a request that ends with 401 rolls its count back, and guesses are free', async () => {
  const { id, phone } = await enrolled();
  const wrong = phone() === '000000' ? '000001' : '000000';
  for (let i = 0; i < 20; i++) {
    await db.transaction(async (transaction) => {
      const within = async (sql: string, values: unknown[]) =>
        (await transaction.query<User>(sql, values)).rows;
      const { verify } = createTwoFactor({
        ...right,
        read: async (userId) => (await within('SELECT * FROM users WHERE id = $1', [userId]))[0],
        store: async (userId, factor, { version }) =>
          (await within(RIGHT, [factor, userId, version])).length === 1,
      });
      if ((await verify(id, wrong)) === null) await transaction.rollback();
    });
  }
  expect((await read(id))?.factor?.attempts).toBeNull();
  expect(await createTwoFactor(right).verify(id, phone())).not.toBeNull();
});

test('4. no boolean: an empty list of rows would count as stored, so it throws', async () => {
  const rows = { ...right, store: async () => [] as unknown as boolean };
  await expect(loginsWithOneCode(rows)).rejects.toThrow(/boolean/);
  const always: Config = {
    ...right,
    store: async (id, factor, row) => {
      await storeRight(id, factor, row);
      return true;
    },
  };
  expect(await loginsWithOneCode(always)).toBeGreaterThan(1);
});

test('5. a replica or a cache: a session of a factor that was replaced is let in', async () => {
  const { id, passedFactor } = await enrolled();
  const { hasPassed, forceDisable, verify } = createTwoFactor(right);
  const cached = await read(id);
  await forceDisable(id);
  const current = await read(id);
  expect(hasPassed(current?.factor ?? null, passedFactor)).toBe(false);
  expect(hasPassed(cached?.factor ?? null, passedFactor)).toBe(true);
  expect(await verify(id, '123456')).toBeNull();
  // What is compared at least holds: no change is based on the copy.
  const { verify: verifyCached } = createTwoFactor({ ...right, read: async () => cached });
  await expect(verifyCached(id, '123456')).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('6. no id: it throws before a condition could be dropped', async () => {
  await enrolled();
  const lax: Config = { ...right, read: async () => (await query('SELECT * FROM users'))[0] };
  const { verify } = createTwoFactor(lax);
  await expect(verify(undefined as unknown as number, '123456')).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});
