// All SQL: the same for PostgreSQL (DATABASE_URL) and for PGlite, which is PostgreSQL in a folder.
import { mkdir, stat } from 'node:fs/promises';
import type { AttemptState, StoredSecondFactor } from 'otpure';
import sql, { type Sql } from 'sql-template-tag';
import type { Config } from './config.js';
import { hashSessionId, newSessionId } from './keys.js';
import type { SetUp } from './second-factor.js';

const isUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export interface Database {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
  close(): Promise<void>;
}

/** Each driver is loaded only where it is used: PGlite is a whole database. */
export const openDatabase = (where: Config['database']): Promise<Database> =>
  'url' in where ? openPostgres(where.url) : openPglite(where.folder);

async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString: url });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', (error) => console.error(`database: ${error.message}`));
  await pool.query(schema);
  return { query: (text, values) => pool.query(text, values), close: () => pool.end() };
}

async function openPglite(folder: string): Promise<Database> {
  const { PGlite } = await import('@electric-sql/pglite');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // A folder that was there before may hold other things, so it is not ours to close. Windows has no such modes.
  if (process.getuid && (await stat(folder)).mode & 0o077)
    console.warn(`DATA_DIR: other users can open ${folder}, and the database in it. Close it: chmod 700`);
  const pglite = await PGlite.create(folder);
  await pglite.exec(schema);
  return pglite;
}

/** Statements sent at once are one transaction, and the lock makes servers that start at once wait for each other. */
const schema = `
  select pg_advisory_xact_lock(7067);
  -- factor: the second one, its secret encrypted; null: off. version: the compare-and-set of its changes.
  create table if not exists users (
    id uuid primary key default gen_random_uuid(),
    email text not null unique,
    "passwordHash" text not null,
    "isAdmin" boolean not null,
    language text not null,
    "firstLogin" boolean not null default true,
    factor jsonb,
    version integer not null default 0,
    -- An administrator switched two-factor login off, and nobody has set it up since.
    "wasReset" boolean not null default false
  );
  -- What a session passed: the password of this hash, and the factor of this id.
  create table if not exists sessions (
    hash text primary key,
    "userId" uuid not null references users on delete cascade,
    "passwordHash" text not null,
    "passedFactor" text,
    "setUp" jsonb,
    failures integer not null,
    "startedAt" timestamptz not null
  );
  create index if not exists sessions_user on sessions ("userId");
  create table if not exists login_attempts (
    key text primary key,
    attempts jsonb not null,
    "countedAt" timestamptz not null
  );
  -- The last of each kind.
  create table if not exists letters (
    recipient text not null,
    kind text not null,
    subject text not null,
    body text not null,
    "sentAt" timestamptz not null,
    primary key (recipient, kind)
  );
`;

export interface User {
  id: string;
  email: string;
  passwordHash: string;
  isAdmin: boolean;
  language: string;
  firstLogin: boolean;
  factor: StoredSecondFactor | null;
  version: number;
  wasReset: boolean;
}
export interface Session {
  hash: string;
  user: User;
  passedFactor: string | null;
  setUp: SetUp | null;
  /** Wrong passwords and codes since the log-in before. */
  failures: number;
  startedAt: Date;
}
export type Mail = Record<'recipient' | 'subject' | 'body', string>;

type Versioned = Pick<User, 'factor' | 'version'>;
/** A new password ends the sessions begun with another, also one whose log-in is still under way. */
const liveSessions = sql`
  sessions s join users u on u.id = s."userId" and u."passwordHash" = s."passwordHash"`;
const usersOnPage = 100;
const json = (value: unknown) => (value === null ? null : JSON.stringify(value));

export type Store = ReturnType<typeof createStore>;

export function createStore(database: Database, now: () => number) {
  const date = (hoursAgo = 0) => new Date(now() - hoursAgo * 3600_000);
  const query = async <Row>({ text, values }: Sql) => (await database.query(text, values)).rows as Row[];
  const one = async <Row>(statement: Sql): Promise<Row | null> => (await query<Row>(statement))[0] ?? null;
  /** For statements that return the row they changed: whether there was one. */
  const did = async (statement: Sql) => (await one(statement)) !== null;

  return {
    // ----- users

    /** False where the address is taken. */
    createUser: (email: string, passwordHash: string, language = 'en', isAdmin = false) =>
      did(sql`
        insert into users (email, "passwordHash", language, "isAdmin")
        values (${email}, ${passwordHash}, ${language}, ${isAdmin})
        on conflict (email) do nothing returning id`),

    findLogin: (email: string) => one<User>(sql`select * from users where email = ${email}`),

    /** An id from a URL may be no UUID at all. */
    findUser: async (id: string) =>
      isUuid.test(id) ? one<User>(sql`select * from users where id = ${id}`) : null,

    /** A page of the users whose address has `search` in it, and whether there are more. */
    async listUsers(search = '', page = 1): Promise<{ users: User[]; more: boolean }> {
      const found = await query<User>(sql`
        select * from users where strpos(email, ${search}) > 0
        order by email limit ${usersOnPage + 1} offset ${(page - 1) * usersOnPage}`);
      return { users: found.slice(0, usersOnPage), more: found.length > usersOnPage };
    },

    /** False where nobody has the address, or not with two-factor login on. */
    makeAdmin: (email: string) =>
      did(sql`
        update users set "isAdmin" = true
        where email = ${email} and ("isAdmin" or factor is not null) returning id`),

    noteLogin: ({ id }: User, language: string) =>
      query(sql`update users set "firstLogin" = false, language = ${language} where id = ${id}`),

    /**
     * False where the password or the second factor is another by now than the session passed. All sessions end: each
     * has the hash of the password that it began with. So does what they wait to change, by the version, and trust.
     */
    changePassword: ({ user, hash }: Session, passwordHash: string) =>
      did(sql`
        update users set "passwordHash" = ${passwordHash}, version = version + 1, factor = factor - 'devices'
        where id = ${user.id} and "passwordHash" = ${user.passwordHash}
          and factor->>'id' is not distinct from ${user.factor?.id ?? null}
          and exists (select from sessions where hash = ${hash})
        returning id`),

    // ----- password attempts

    async readAttempts(keys: string[]): Promise<Map<string, AttemptState>> {
      const rows = await query<{ key: string; attempts: AttemptState }>(
        sql`select key, attempts from login_attempts where key = any(${keys}::text[])`,
      );
      return new Map(rows.map(({ key, attempts }) => [key, attempts]));
    },

    /** Compare-and-set. False: another request was faster. */
    storeAttempts: (key: string, before: AttemptState | null, after: AttemptState | null) =>
      did(sql`
        insert into login_attempts (key, attempts, "countedAt") values (${key}, ${json(after)}::jsonb, ${date()})
        on conflict (key) do update set attempts = excluded.attempts, "countedAt" = excluded."countedAt"
        where login_attempts.attempts = ${json(before)}::jsonb
        returning key`),

    /** The rows stay, or a try that was read before would be counted as if nothing had been cleared. */
    clearAttempts: (keys: string[]) =>
      query(sql`
        update login_attempts set attempts = '{"failures": 0, "lastFailureAt": 0}' where key = any(${keys}::text[])`),

    /** What is too old to count. */
    async deleteExpired(): Promise<void> {
      await query(sql`delete from login_attempts where "countedAt" < ${date(24)}`);
      await query(sql`delete from sessions where "startedAt" < ${date(12)}`);
      await query(sql`delete from letters where "sentAt" < ${date(30 * 24)}`);
    },

    // ----- sessions

    findSession: (id: string) =>
      one<Session>(sql`
        select s.*, to_jsonb(u) as user from ${liveSessions} where hash = ${hashSessionId(id)}`),

    /** After the password, and at each step up, so that an id planted or seen before is worth nothing after. */
    async beginSession(user: User, failures: number, passedFactor: string | null): Promise<string> {
      const id = newSessionId();
      await query(sql`
        insert into sessions (hash, "userId", "passwordHash", "passedFactor", failures, "startedAt")
        values (${hashSessionId(id)}, ${user.id}, ${user.passwordHash}, ${passedFactor}, ${failures}, ${date()})`);
      return id;
    },

    endOthers: ({ hash }: Session) =>
      query(sql`
        delete from sessions o using ${liveSessions}
        where s.hash = ${hash} and o."userId" = u.id and o.hash <> s.hash`),

    /** False: it has ended. */
    endSession: (hash: string) => did(sql`delete from sessions where hash = ${hash} returning hash`),

    /** Compare-and-set. False: another request was faster, or the session has ended. */
    storeSetUp: ({ hash, setUp }: Session, after: SetUp | null) =>
      did(sql`
        update sessions set "setUp" = ${json(after)}::jsonb
        where hash = ${hash} and "setUp" is not distinct from ${json(setUp)}::jsonb
        returning hash`),

    // ----- second factors

    /** For `createTwoFactor`: as a session finds it. Once that has ended, there is no user and nothing is stored. */
    secondFactor: (session: string) => ({
      read: (userId: string) =>
        one<User>(sql`
          select * from users
          where id = ${userId} and exists (select from ${liveSessions} where hash = ${session})`),

      store: (userId: string, factor: StoredSecondFactor | null, before: Versioned) =>
        did(sql`
          with stored as (
            update users f set factor = ${json(factor)}::jsonb, version = version + 1, "wasReset" =
              ${factor === null} and not exists (select from sessions where hash = ${session} and "userId" = f.id)
            where f.id = ${userId} and f.version = ${before.version}
              and exists (select from ${liveSessions} where hash = ${session})
            returning f.id
          ), ended as (
            -- Switched on or off: what was open before stays closed, also after the next switch.
            delete from sessions o using stored where o."userId" = stored.id and o.hash <> ${session}
              and ${factor?.id !== before.factor?.id}
          )
          select id from stored`),
    }),

    // ----- mail

    /** False where one of this kind has been sent within the hour. */
    addMail: (recipient: string, kind: string, subject: string, body: string) =>
      did(sql`
        insert into letters (recipient, kind, subject, body, "sentAt")
        values (${recipient}, ${kind}, ${subject}, ${body}, ${date()})
        on conflict (recipient, kind) do update
        set subject = excluded.subject, body = excluded.body, "sentAt" = excluded."sentAt"
        where letters."sentAt" not between ${date(1)} and ${date(-1)}
        returning kind`),

    listMails: () => query<Mail>(sql`select * from letters order by "sentAt" desc limit 50`),
  };
}
