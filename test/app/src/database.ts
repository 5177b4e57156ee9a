// All SQL: the same for PostgreSQL (DATABASE_URL) and for PGlite, which is PostgreSQL in a folder.
import { chmod, mkdir } from 'node:fs/promises';
import type { AttemptState, StoredSecondFactor } from 'otpure';
import type { Config } from './config.js';
import { hashSessionId, newSessionId } from './keys.js';
import type { SetUp } from './second-factor.js';

export interface Database {
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
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
  return {
    query: async (text, values) => (await pool.query(text, values)).rows,
    close: () => pool.end(),
  };
}

async function openPglite(folder: string): Promise<Database> {
  const { PGlite } = await import('@electric-sql/pglite');
  await mkdir(folder, { recursive: true });
  // Also where it was there before: PGlite's files are writable for all.
  await chmod(folder, 0o700);
  const pglite = await PGlite.create(folder);
  await pglite.exec(schema);
  return {
    query: async <Row>(text: string, values?: unknown[]) => (await pglite.query<Row>(text, values)).rows,
    close: () => pglite.close(),
  };
}

/** Statements sent at once are one transaction, and the lock makes servers that start at once wait for each other. */
const schema = `
  select pg_advisory_xact_lock(7067);
  -- second_factor: all of it, its secret encrypted; null: off. version: the compare-and-set of its changes.
  create table if not exists users (
    id uuid primary key default gen_random_uuid(),
    email text not null unique,
    password_hash text not null,
    is_admin boolean not null,
    language text not null,
    first_login_at timestamptz,
    second_factor jsonb,
    version integer not null default 0
  );
  -- What a session passed: the password of this hash, and the factor of this id.
  create table if not exists sessions (
    id_hash text primary key,
    user_id uuid not null references users on delete cascade,
    password_hash text not null,
    passed_factor text,
    set_up jsonb,
    failures integer not null,
    started_at timestamptz not null
  );
  create index if not exists sessions_user_id on sessions (user_id);
  create index if not exists sessions_started_at on sessions (started_at);
  create table if not exists login_attempts (
    key text primary key,
    attempts jsonb not null,
    counted_at timestamptz not null
  );
  create index if not exists login_attempts_counted_at on login_attempts (counted_at);
  -- The last of each kind. The table of 0.2.0 was another.
  drop table if exists mails;
  create table if not exists letters (
    recipient text not null,
    kind text not null,
    subject text not null,
    body text not null,
    sent_at timestamptz not null,
    primary key (recipient, kind)
  );
  create index if not exists letters_sent_at on letters (sent_at);
`;

export interface User {
  id: string;
  email: string;
  passwordHash: string;
  isAdmin: boolean;
  language: string;
  firstLogin: boolean;
  factor: StoredSecondFactor | null;
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
export interface Mail {
  recipient: string;
  subject: string;
  body: string;
  sentAt: Date;
}

const userColumns = `u.id, u.email, u.password_hash as "passwordHash", u.is_admin as "isAdmin", u.language,
  u.first_login_at is null as "firstLogin", u.second_factor as factor`;
interface Versioned {
  factor: StoredSecondFactor | null;
  version: number;
}
/** A new password ends the sessions begun with another, also one whose log-in is still under way. */
const liveSessions = 'sessions s join users u on u.id = s.user_id and u.password_hash = s.password_hash';
const usersOnPage = 100;
const json = (value: unknown) => (value === null ? null : JSON.stringify(value));

export type Store = ReturnType<typeof createStore>;

export function createStore(database: Database, now: () => number) {
  const date = (hoursAgo = 0) => new Date(now() - hoursAgo * 3600_000);
  const one = async <Row>(text: string, ...values: unknown[]): Promise<Row | null> =>
    (await database.query<Row>(text, values))[0] ?? null;
  /** For statements that return the row they changed: whether there was one. */
  const did = async (text: string, ...values: unknown[]) => (await one(text, ...values)) !== null;

  return {
    // ----- users

    /** False where the address is taken. */
    createUser: (email: string, passwordHash: string, language = 'en', isAdmin = false) =>
      did(
        `insert into users (email, password_hash, language, is_admin) values ($1, $2, $3, $4)
         on conflict (email) do nothing returning id`,
        ...[email, passwordHash, language, isAdmin],
      ),

    findLogin: (email: string) => one<User>(`select ${userColumns} from users u where u.email = $1`, email),

    // Compared as text: an id from a URL may be no uuid at all.
    findUser: (id: string) => one<User>(`select ${userColumns} from users u where u.id::text = $1`, id),

    /** A page of the users whose address has `search` in it, and whether there are more. */
    async listUsers(search = '', page = 1): Promise<{ users: User[]; more: boolean }> {
      const users = await database.query<User>(
        `select ${userColumns} from users u where strpos(u.email, $1) > 0 order by u.email limit $2 offset $3`,
        [search, usersOnPage + 1, (page - 1) * usersOnPage],
      );
      return { users: users.slice(0, usersOnPage), more: users.length > usersOnPage };
    },

    /** False where nobody has the address, or not with two-factor login on. */
    makeAdmin: (email: string) =>
      did(
        `update users set is_admin = true where email = $1 and (is_admin or second_factor is not null)
         returning id`,
        email,
      ),

    async noteLogin(user: User, language: string): Promise<void> {
      if (!user.firstLogin && user.language === language) return;
      await database.query(
        'update users set first_login_at = coalesce(first_login_at, $2), language = $3 where id = $1',
        [user.id, date(), language],
      );
    },

    /**
     * False where the password or the second factor is another by now than the session passed. All sessions end:
     * each has the hash of the password that it began with.
     */
    changePassword: ({ user, hash }: Session, passwordHash: string) =>
      did(
        `update users u set password_hash = $3
         where u.id = $1 and u.password_hash = $2 and u.second_factor->>'id' is not distinct from $4
           and exists (select from sessions where id_hash = $5)
         returning u.id`,
        ...[user.id, user.passwordHash, passwordHash, user.factor?.id ?? null, hash],
      ),

    // ----- password attempts

    async readAttempts(keys: string[]): Promise<Map<string, AttemptState>> {
      const rows = await database.query<{ key: string; attempts: AttemptState }>(
        'select key, attempts from login_attempts where key = any($1::text[])',
        [keys],
      );
      return new Map(rows.map(({ key, attempts }) => [key, attempts]));
    },

    /** Compare-and-set. False: another request was faster. */
    storeAttempts: (key: string, before: AttemptState | null, after: AttemptState | null) =>
      did(
        `insert into login_attempts (key, attempts, counted_at) values ($1, $2::jsonb, $3)
         on conflict (key) do update set attempts = excluded.attempts, counted_at = excluded.counted_at
         where login_attempts.attempts = $4::jsonb
         returning key`,
        ...[key, json(after), date(), json(before)],
      ),

    async clearAttempts(keys: string[]): Promise<void> {
      await database.query('delete from login_attempts where key = any($1::text[])', [keys]);
    },

    /** What is too old to count. */
    async deleteExpired(): Promise<void> {
      await database.query('delete from login_attempts where counted_at < $1', [date(24)]);
      await database.query('delete from sessions where started_at < $1', [date(12)]);
      await database.query('delete from letters where sent_at < $1', [date(30 * 24)]);
    },

    // ----- sessions

    async findSession(id: string): Promise<Session | null> {
      const hash = hashSessionId(id);
      const row = await one<Omit<Session, 'hash' | 'user'> & User>(
        `select s.passed_factor as "passedFactor", s.set_up as "setUp", s.failures, s.started_at as "startedAt",
           ${userColumns} from ${liveSessions} where s.id_hash = $1`,
        hash,
      );
      if (!row) return null;
      const { passedFactor, setUp, failures, startedAt, ...user } = row;
      return { hash, user, passedFactor, setUp, failures, startedAt };
    },

    /** After the password. */
    async beginSession(user: User, failures: number, passedFactor: string | null): Promise<string> {
      const id = newSessionId();
      await database.query(
        `insert into sessions (id_hash, user_id, password_hash, passed_factor, failures, started_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [hashSessionId(id), user.id, user.passwordHash, passedFactor, failures, date()],
      );
      return id;
    },

    /**
     * A new id at each step up, so that one planted or seen before is worth nothing after. Of two requests with one
     * session, one gets the new id (`null` for the other).
     */
    async replaceSession({ hash }: Session, passedFactor: string, failures: number) {
      const id = newSessionId();
      const replaced = await did(
        `with ended as (delete from sessions where id_hash = $1 returning user_id, password_hash)
         insert into sessions (id_hash, user_id, password_hash, passed_factor, failures, started_at)
         select $2, user_id, password_hash, $3, $4, $5 from ended returning id_hash`,
        ...[hash, hashSessionId(id), passedFactor, failures, date()],
      );
      return replaced ? id : null;
    },

    async endSession(hash: string): Promise<void> {
      await database.query('delete from sessions where id_hash = $1', [hash]);
    },

    /** Compare-and-set. False: another request was faster, or the session has ended. */
    storeSetUp: ({ hash, setUp }: Session, after: SetUp | null) =>
      did(
        `update sessions set set_up = $3::jsonb where id_hash = $1 and set_up is not distinct from $2::jsonb
         returning id_hash`,
        ...[hash, json(setUp), json(after)],
      ),

    // ----- second factors

    /** For `createTwoFactor`: as a session finds it. Once that has ended, there is no user and nothing is stored. */
    secondFactor: (session: string) => ({
      read: (userId: string) =>
        one<Versioned>(
          `select u.second_factor as factor, u.version from users u
           where u.id = $1 and exists (select from ${liveSessions} where s.id_hash = $2)`,
          ...[userId, session],
        ),

      store: (userId: string, factor: StoredSecondFactor | null, before: Versioned) =>
        did(
          `with stored as (
             update users f set second_factor = $3::jsonb, version = version + 1
             where f.id = $1 and f.version = $2 and exists (select from ${liveSessions} where s.id_hash = $4)
             returning f.id
           ), ended as (
             -- Switched on or off: what was open before stays closed, also after the next switch.
             delete from sessions o using stored where o.user_id = stored.id and o.id_hash <> $4 and $5
           )
           select id from stored`,
          ...[userId, before.version, json(factor), session, factor?.id !== before.factor?.id],
        ),
    }),

    // ----- mail

    /** False where one of this kind has been sent within the hour. */
    addMail: (recipient: string, kind: string, subject: string, body: string) =>
      did(
        `insert into letters (recipient, kind, subject, body, sent_at) values ($1, $2, $3, $4, $5)
         on conflict (recipient, kind) do update
         set subject = excluded.subject, body = excluded.body, sent_at = excluded.sent_at
         where letters.sent_at <= $6
         returning kind`,
        ...[recipient, kind, subject, body, date(), date(1)],
      ),

    listMails: () =>
      database.query<Mail>(
        'select recipient, subject, body, sent_at as "sentAt" from letters order by sent_at desc limit 50',
      ),
  };
}
