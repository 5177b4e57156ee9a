// Each way to store under many parallel requests of one person, on real databases.
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  type Awaitable,
  createTwoFactor,
  generateTotp,
  OtpError,
  parseOtpauthUri,
  type StoredSecondFactor,
  type TwoFactor,
  verifyTotp,
} from 'otpure';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Server, startDynamodb, startMariadb, startPostgres, startRedis } from './support/servers.js';

const REQUESTS = 200;
const FREE_FAILURES = 5;
const MINUTE = 60_000;

interface Row {
  factor: StoredSecondFactor | null;
}
interface Store<R extends Row> {
  read: (id: number) => Awaitable<R | null | undefined>;
  store: (id: number, factor: StoredSecondFactor | null, row: R) => Awaitable<boolean>;
}

/** All have read before one of them stores. What is tested is the order of statements, so hashing is cheap. */
const config = <R extends Row>({ read, store }: Store<R>) => ({
  issuer: 'Acme',
  key: Buffer.alloc(32, 7),
  cost: { N: 2, r: 1, p: 1 },
  read: async (id: number) => {
    const row = await read(id);
    await setTimeout(20);
    return row;
  },
  store,
});
/** No type arguments and no cast: each way to store has types that fit. */
const on = <R extends Row>(store: Store<R>) => ({ ...store, twoFactor: createTwoFactor(config(store)) });

interface Opened {
  read(id: number): Awaitable<Row | null | undefined>;
  store(id: number, factor: StoredSecondFactor | null, row: never): Awaitable<boolean>;
  twoFactor: TwoFactor<number>;
  create(id: number): Promise<unknown>;
  close(): unknown;
}

let postgres: Server;
let mariadb: Server;
let redis: Server;
let dynamodb: Server;
let query: pg.Pool;
const createInPostgres = (id: number) => query.query('INSERT INTO users (id) VALUES ($1)', [id]);

const stores: Record<string, () => Promise<Opened>> = {
  async pg() {
    const { pool, ...store } = await import('../stores/pg.js');
    return { ...on(store), create: createInPostgres, close: () => pool.end() };
  },
  async mysql2() {
    vi.stubEnv('DATABASE_URL', mariadb.url);
    const { pool, ...store } = await import('../stores/mysql2.js');
    vi.stubEnv('DATABASE_URL', postgres.url);
    await pool.query(
      'CREATE TABLE users (id integer PRIMARY KEY, factor json, version integer NOT NULL DEFAULT 0)',
    );
    const create = (id: number) => pool.execute('INSERT INTO users (id) VALUES (?)', [id]);
    return { ...on(store), create, close: () => pool.end() };
  },
  async 'better-sqlite3'() {
    vi.stubEnv('SQLITE_FILE', ':memory:');
    // Its install script compiles for a minute where it can't fetch a binary: for the tests, but not for the apps.
    const folder = join(import.meta.dirname, '..', 'node_modules', 'better-sqlite3');
    if (!existsSync(join(folder, 'build/Release/better_sqlite3.node'))) {
      execFileSync('npm', ['run', 'install', '--ignore-scripts=false'], { cwd: folder, stdio: 'pipe' });
    }
    const { db, ...store } = await import('../stores/better-sqlite3.js');
    db.exec('CREATE TABLE users (id integer PRIMARY KEY, factor text, version integer NOT NULL DEFAULT 0)');
    const create = async (id: number) => db.prepare('INSERT INTO users (id) VALUES (?)').run(id);
    return { ...on(store), create, close: () => db.close() };
  },
  async drizzle() {
    const { pool, ...store } = await import('../stores/drizzle.js');
    return { ...on(store), create: createInPostgres, close: () => pool.end() };
  },
  async prisma() {
    const { prisma, ...store } = await import('../stores/prisma.js');
    return { ...on(store), create: createInPostgres, close: () => prisma.$disconnect() };
  },
  async typeorm() {
    const { source, ...store } = await import('../stores/typeorm.js');
    return { ...on(store), create: createInPostgres, close: () => source.destroy() };
  },
  async kysely() {
    const { db, ...store } = await import('../stores/kysely.js');
    return { ...on(store), create: createInPostgres, close: () => db.destroy() };
  },
  async knex() {
    const { knex, ...store } = await import('../stores/knex.js');
    return { ...on(store), create: createInPostgres, close: () => knex.destroy() };
  },
  async sequelize() {
    const { sequelize, ...store } = await import('../stores/sequelize.js');
    return { ...on(store), create: createInPostgres, close: () => sequelize.close() };
  },
  async redis() {
    vi.stubEnv('REDIS_URL', redis.url);
    const { redis: client, ...store } = await import('../stores/redis.js');
    const create = (id: number) => client.hSet(`user:${id}`, { factor: 'null', version: 0 });
    return { ...on(store), create, close: () => client.close() };
  },
  async dynamodb() {
    vi.stubEnv('AWS_ENDPOINT_URL', dynamodb.url);
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test');
    const { db, ...store } = await import('../stores/dynamodb.js');
    const table = new CreateTableCommand({
      TableName: 'users',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    await db.send(table);
    const create = (id: number) =>
      db.send(new PutCommand({ TableName: 'users', Item: { id, factor: null, version: 0 } }));
    return { ...on(store), create, close: () => db.destroy() };
  },
};

beforeAll(async () => {
  [postgres, mariadb, redis, dynamodb] = await Promise.all([
    startPostgres(),
    startMariadb(),
    startRedis(),
    startDynamodb(),
  ]);
  vi.stubEnv('DATABASE_URL', postgres.url);
  query = new pg.Pool({ connectionString: postgres.url });
  await query.query(
    'CREATE TABLE users (id integer PRIMARY KEY, factor jsonb, version integer NOT NULL DEFAULT 0)',
  );
});
afterAll(async () => {
  await query?.end();
  await Promise.all([postgres, mariadb, redis, dynamodb].map((server) => server?.stop()));
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (time: number) => vi.setSystemTime(Date.now() + time);
/** An app answers with 503, and the person tries again. */
function orBusy(error: unknown) {
  if (error instanceof OtpError && ['BUSY', 'CONFLICT'].includes(error.code)) return null;
  throw error;
}
const together = <T>(count: number, request: (i: number) => Promise<T>): Promise<(T | null)[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => request(i).catch(orBusy)));
const right = (answers: unknown[]) => answers.filter((answer) => answer !== null && answer !== false).length;

let people = 0;

/** Somebody whose set-up waits for the first code. */
async function somebody({ twoFactor, create }: Pick<Opened, 'twoFactor' | 'create'>) {
  const id = ++people;
  await create(id);
  const { uri, pendingSecret } = twoFactor.setUp(id, 'ann@example.com');
  const { secret } = parseOtpauthUri(uri);
  const phone = () => generateTotp(secret);
  return { id, secret, phone, confirm: () => twoFactor.confirm(id, { pendingSecret, code: phone() }) };
}

/** Somebody with two-factor login on, at a time when the phone shows the next code. */
async function enrolled(opened: Pick<Opened, 'twoFactor' | 'create'>) {
  const person = await somebody(opened);
  const { backupCodes = [] } = (await person.confirm()) ?? {};
  pass(MINUTE);
  const guesses = Array.from({ length: 2 * REQUESTS }, (_, i) => String(i).padStart(6, '0')).filter(
    (code) => verifyTotp(person.secret, code, null, { window: 10 }) === null,
  );
  return { ...person, backupCodes, guesses };
}

describe.each(Object.entries(stores))('%s', (_name, open) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());

  test('a factor comes back as it was stored; nobody has none; what another request changed stays', async () => {
    const { id } = await enrolled(opened);
    const before = await opened.read(id);
    const factor: StoredSecondFactor = {
      id: 'é"\\',
      lastUsedTimeStep: 2 ** 53 - 1,
      backupHashes: [],
      attempts: { failures: 1, lastFailureAt: 1.5 },
      secret: "x'--",
      devices: [{ hash: '', expiresAt: 0 }],
    };
    expect(await opened.store(id, factor, before as never)).toBe(true);
    expect((await opened.read(id))?.factor).toEqual(factor);
    expect(await opened.store(id, null, before as never)).toBe(false);
    expect((await opened.read(id))?.factor).toEqual(factor);
    const now = await opened.read(id);
    expect(await opened.store(id, null, now as never)).toBe(true);
    expect((await opened.read(id))?.factor).toBeNull();
    expect(await opened.twoFactor.status(2 ** 31 - 1)).toBeNull();
    expect(await opened.twoFactor.verify(2 ** 31 - 1, '123456')).toBeNull();
  });

  test(`${REQUESTS} set-ups at once: one becomes active`, async () => {
    const { id } = await somebody(opened);
    const answers = await together(REQUESTS, async () => {
      const { uri, pendingSecret } = opened.twoFactor.setUp(id, 'ann@example.com');
      return opened.twoFactor.confirm(id, { pendingSecret, code: generateTotp(parseOtpauthUri(uri).secret) });
    });
    expect(right(answers)).toBe(1);
    const { passedFactor } = answers.find((answer) => answer !== null) ?? {};
    expect((await opened.read(id))?.factor?.id).toBe(passedFactor);
  });

  test(`${REQUESTS} times one right code: one login, and the others count as failures`, async () => {
    const { id, phone } = await enrolled(opened);
    const answers = await together(REQUESTS, () => opened.twoFactor.verify(id, phone()));
    expect(right(answers)).toBe(1);
    expect((await opened.read(id))?.factor?.attempts?.failures).toBe(FREE_FAILURES);
  });

  test(`${REQUESTS} times one backup code: one login, and it is gone`, async () => {
    const { id, backupCodes } = await enrolled(opened);
    const answers = await together(REQUESTS, () => opened.twoFactor.verify(id, backupCodes[0]));
    expect(right(answers)).toBe(1);
    expect((await opened.read(id))?.factor?.backupHashes).toHaveLength(9);
    pass(60 * MINUTE);
    expect(await opened.twoFactor.verify(id, backupCodes[0])).toBeNull();
    pass(60 * MINUTE);
    expect(await opened.twoFactor.verify(id, backupCodes[1])).not.toBeNull();
  });

  test(`${REQUESTS} guesses: counted up to the wait, in which not even the right one gets in`, async () => {
    const { id, phone, guesses } = await enrolled(opened);
    expect(right(await together(REQUESTS, (i) => opened.twoFactor.verify(id, guesses[i])))).toBe(0);
    expect((await opened.read(id))?.factor?.attempts?.failures).toBe(FREE_FAILURES);
    expect(await opened.twoFactor.verify(id, phone())).toBeNull();
    pass(MINUTE);
    expect(await opened.twoFactor.verify(id, phone())).not.toBeNull();
  });

  test(`${REQUESTS} requests to log in and to switch off: at most one login, and none brings the factor back`, async () => {
    const { id, phone, backupCodes } = await enrolled(opened);
    const answers = await together<unknown>(REQUESTS, (i) =>
      i % 2 ? opened.twoFactor.verify(id, phone()) : opened.twoFactor.disable(id, backupCodes[0]),
    );
    expect(right(answers.filter((answer) => typeof answer !== 'boolean'))).toBeLessThanOrEqual(1);
    await opened.twoFactor.forceDisable(id);
    expect((await opened.read(id))?.factor).toBeNull();
  });
});

test('mysql2: a factor that comes as text, as in older versions with MariaDB', async () => {
  vi.resetModules();
  vi.stubEnv('DATABASE_URL', `${mariadb.url}&jsonStrings=true`);
  const { pool, ...store } = await import('../stores/mysql2.js');
  vi.stubEnv('DATABASE_URL', postgres.url);
  const create = (id: number) => pool.execute('INSERT INTO users (id) VALUES (?)', [id]);
  const { id, phone } = await enrolled({ ...on(store), create });
  expect(await on(store).twoFactor.verify(id, phone())).not.toBeNull();
  await pool.end();
});

test('mongoose: its types fit, and no more is tested, as there is no server', async () => {
  expect(on(await import('../stores/mongoose.js')).twoFactor).toBeDefined();
});

describe('three processes of one app on PostgreSQL', () => {
  let db: typeof import('../stores/pg.js');
  let workers: ChildProcess[];
  beforeAll(async () => {
    const url = new URL('support/worker.mjs', import.meta.url);
    workers = Array.from({ length: 3 }, () => fork(url));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    vi.resetModules();
    db = await import('../stores/pg.js');
  });
  afterAll(async () => {
    for (const worker of workers ?? []) worker.kill();
    await db?.pool.end();
  });
  beforeEach(() => {
    vi.useRealTimers(); // theirs can't be faked
  });

  /** A third of 200 calls from each process, all at once. */
  async function fromAll(name: keyof TwoFactor<number>, ...given: unknown[]): Promise<unknown[]> {
    const answers = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.send({ count: Math.ceil(REQUESTS / 3), name, given });
    return (await Promise.all(answers)).flatMap(([answer]) => answer);
  }

  /** As above, but the code that confirmed is of the step before, so that the next one is good now. */
  async function ready() {
    const id = ++people;
    await createInPostgres(id);
    const now = () => Date.now() - 30_000;
    const earlier = createTwoFactor({ ...config(db), now });
    const { uri, pendingSecret } = earlier.setUp(id, 'ann@example.com');
    const { secret } = parseOtpauthUri(uri);
    const issued = await earlier.confirm(id, {
      pendingSecret,
      code: generateTotp(secret, { timestamp: now() }),
    });
    return { id, phone: () => generateTotp(secret), backupCodes: issued?.backupCodes ?? [] };
  }

  test('one right code: one login', async () => {
    const { id, phone } = await ready();
    expect(right(await fromAll('verify', id, phone()))).toBe(1);
    expect((await db.read(id))?.factor?.attempts?.failures).toBe(FREE_FAILURES);
  });

  test('one backup code: one login', async () => {
    const { id, backupCodes } = await ready();
    expect(right(await fromAll('verify', id, backupCodes[0]))).toBe(1);
    expect((await db.read(id))?.factor?.backupHashes).toHaveLength(9);
  });

  test('wrong guesses: counted up to the wait', async () => {
    const { id } = await ready();
    expect(right(await fromAll('verify', id, '0000-0000-0000-0000'))).toBe(0);
    expect((await db.read(id))?.factor?.attempts?.failures).toBe(FREE_FAILURES);
  });

  test('one set-up confirmed by all: it becomes active once', async () => {
    const id = ++people;
    await createInPostgres(id);
    const { uri, pendingSecret } = on(db).twoFactor.setUp(id, 'ann@example.com');
    const code = generateTotp(parseOtpauthUri(uri).secret);
    expect(right(await fromAll('confirm', id, { pendingSecret, code }))).toBe(1);
  });

  test('one code to switch off: it goes off once', async () => {
    const { id, phone } = await ready();
    expect(right(await fromAll('disable', id, phone()))).toBe(1);
    expect((await db.read(id))?.factor).toBeNull();
  });
});
