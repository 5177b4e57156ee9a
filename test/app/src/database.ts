// All SQL: the same for PostgreSQL (DATABASE_URL) and for PGlite, which is PostgreSQL in a folder.
import type { AttemptState } from 'otpure';
import { checkAttempts, recordFailure } from 'otpure';
import type { Config } from './config.js';
import { hashSessionId, type Keys, newSessionId } from './keys.js';
import { Busy, mostPasswordFailures, passwordLimits } from './passwords.js';
import type { SecondFactor, Stage, Transition } from './second-factor.js';

export interface Sql {
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
}
export interface Database extends Sql {
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Each driver is loaded only where it is used: PGlite is a whole database. */
export async function openDatabase(where: Config['database']): Promise<Database> {
  const database = 'url' in where ? await openPostgres(where.url) : await openPglite(where.folder);
  await database.transaction(async (sql) => {
    // Servers that start at once create the tables one after the other.
    await sql.query('select pg_advisory_xact_lock(7067)');
    for (const statement of schema) await sql.query(statement);
  });
  return database;
}

async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString: url });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', (error) => console.error(`database: ${error.message}`));
  return {
    query: async (text, values) => (await pool.query(text, values)).rows,
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await work({ query: async (text, values) => (await client.query(text, values)).rows });
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // Closing the connection rolls back, and works when it is the connection that failed.
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

async function openPglite(folder: string): Promise<Database> {
  const { mkdir } = await import('node:fs/promises');
  const { PGlite } = await import('@electric-sql/pglite');
  await mkdir(folder, { recursive: true });
  const pglite = await PGlite.create(folder);
  return {
    query: async <Row>(text: string, values?: unknown[]) => (await pglite.query<Row>(text, values)).rows,
    transaction: (work) =>
      pglite.transaction((sql) =>
        work({
          query: async <Row>(text: string, values?: unknown[]) => (await sql.query<Row>(text, values)).rows,
        }),
      ),
    close: () => pglite.close(),
  };
}

const schema = [
  `create table if not exists users (
     id uuid primary key default gen_random_uuid(),
     email text not null unique,
     password_hash text not null,
     is_admin boolean not null,
     first_login_at timestamptz
   )`,
  `create table if not exists login_attempts (
     key text primary key,
     attempts jsonb not null,
     counted_at timestamptz not null
   )`,
  `create table if not exists sessions (
     id_hash text primary key,
     user_id uuid not null references users on delete cascade,
     stage text not null check (stage in ('password', 'enrol', 'full')),
     expires_at timestamptz not null
   )`,
  // version: the compare-and-set of every change to the factor, its backup codes and its enrolments.
  `create table if not exists second_factors (
     user_id uuid primary key references users on delete cascade,
     version integer not null default 0,
     sealed_secret bytea,
     last_used_time_step integer,
     attempts jsonb,
     check ((sealed_secret is null) = (last_used_time_step is null))
   )`,
  `create table if not exists backup_codes (
     user_id uuid not null references second_factors on delete cascade,
     hash text not null,
     primary key (user_id, hash)
   )`,
  `create table if not exists enrolments (
     session_hash text primary key references sessions on delete cascade,
     sealed_secret bytea not null,
     confirmed_time_step integer,
     backup_hashes text[] not null,
     attempts jsonb
   )`,
  `create table if not exists mails (
     id integer generated always as identity primary key,
     recipient text not null,
     subject text not null,
     body text not null,
     sent_at timestamptz not null
   )`,
];

export interface User {
  id: string;
  email: string;
  isAdmin: boolean;
  firstLogin: boolean;
  twoFactor: boolean;
  codesLeft: number;
}
export interface Session {
  hash: string;
  stage: Stage;
  user: User;
}
export interface Mail {
  recipient: string;
  subject: string;
  body: string;
  sentAt: Date;
}

const userColumns = `u.id, u.email, u.is_admin as "isAdmin", u.first_login_at is null as "firstLogin",
  f.sealed_secret is not null as "twoFactor",
  (select count(*)::integer from backup_codes b where b.user_id = u.id) as "codesLeft"`;
const usersWithFactor = 'users u join second_factors f on f.user_id = u.id';

/** Minutes that a session of a stage lives. A half-done login is short. */
const lifetimes: Record<Stage, number> = { password: 10, enrol: 60, full: 12 * 60 };

export type Store = ReturnType<typeof createStore>;

export function createStore(database: Database, keys: Keys, now: () => number) {
  const date = () => new Date(now());

  return {
    // ----- users

    /** False where the address is taken. */
    createUser: (email: string, passwordHash: string, isAdmin = false): Promise<boolean> =>
      database.transaction(async (sql) => {
        const [user] = await sql.query<{ id: string }>(
          `insert into users (email, password_hash, is_admin) values ($1, $2, $3)
           on conflict (email) do nothing returning id`,
          [email, passwordHash, isAdmin],
        );
        if (user) await sql.query('insert into second_factors (user_id) values ($1)', [user.id]);
        return user !== undefined;
      }),

    async findLogin(email: string): Promise<(User & { passwordHash: string }) | null> {
      const [user] = await database.query<User & { passwordHash: string }>(
        `select ${userColumns}, u.password_hash as "passwordHash" from ${usersWithFactor} where u.email = $1`,
        [email],
      );
      return user ?? null;
    },

    async findUser(id: string): Promise<User | null> {
      // Compared as text: an id from a URL may be no uuid at all.
      const [user] = await database.query<User>(
        `select ${userColumns} from ${usersWithFactor} where u.id::text = $1`,
        [id],
      );
      return user ?? null;
    },

    listUsers: () =>
      database.query<User>(`select ${userColumns} from ${usersWithFactor} order by u.email limit 100`),

    // ----- password attempts

    /**
     * Counts a failure before the password is looked at. `null`: go on and check it. A number: too many;
     * the next try is allowed then.
     */
    async countPasswordAttempt(email: string): Promise<number | null> {
      const key = keys.loginKey(email);
      return retried(async () => {
        const [row] = await database.query<{ attempts: AttemptState }>(
          'select attempts from login_attempts where key = $1',
          [key],
        );
        const before = row?.attempts ?? null;
        const { allowed, retryAt } = checkAttempts(before, { ...passwordLimits, timestamp: now() });
        if (!allowed) return { done: retryAt };
        const after = recordFailure(before, { timestamp: now() });
        after.failures = Math.min(after.failures, mostPasswordFailures);
        const stored = await database.query(
          `insert into login_attempts (key, attempts, counted_at) values ($1, $2::jsonb, $3)
           on conflict (key) do update set attempts = excluded.attempts, counted_at = excluded.counted_at
           where login_attempts.attempts = $4::jsonb
           returning key`,
          [key, JSON.stringify(after), date(), before && JSON.stringify(before)],
        );
        return stored.length === 1 ? { done: null } : null;
      });
    },

    async clearPasswordAttempts(email: string): Promise<void> {
      await database.query('delete from login_attempts where key = $1 or counted_at < $2', [
        keys.loginKey(email),
        new Date(now() - 24 * 3600_000),
      ]);
    },

    // ----- sessions

    async findSession(id: string): Promise<Session | null> {
      const hash = hashSessionId(id);
      const [row] = await database.query<User & { stage: Stage }>(
        `select s.stage, ${userColumns} from sessions s join ${usersWithFactor} on u.id = s.user_id
         where s.id_hash = $1 and s.expires_at > $2`,
        [hash, date()],
      );
      if (!row) return null;
      const { stage, ...user } = row;
      return { hash, stage, user };
    },

    /**
     * A new id at each step up, so that one planted or seen before is worth nothing after. `before` has to
     * be there still: of two requests with one session, one gets the new id (`null` for the other).
     */
    replaceSession: (before: string | null, userId: string, stage: Stage): Promise<string | null> =>
      database.transaction(async (sql) => {
        const ended = await sql.query(
          'delete from sessions where id_hash = $1 or expires_at < $2 returning id_hash = $1 as own',
          [before ?? '', date()],
        );
        if (before && !ended.some((row) => (row as { own: boolean }).own)) return null;
        const id = newSessionId();
        await sql.query(
          'insert into sessions (id_hash, user_id, stage, expires_at) values ($1, $2, $3, $4)',
          [hashSessionId(id), userId, stage, new Date(now() + lifetimes[stage] * 60_000)],
        );
        if (stage === 'full')
          await sql.query('update users set first_login_at = coalesce(first_login_at, $2) where id = $1', [
            userId,
            date(),
          ]);
        return id;
      }),

    async endSession(hash: string): Promise<void> {
      await database.query('delete from sessions where id_hash = $1', [hash]);
    },

    // ----- second factors

    async readSecondFactor(userId: string, session: string | null): Promise<SecondFactor> {
      return (await readFactor(database, keys, userId, session)).state;
    },

    /**
     * Runs a transition and stores its state with compare-and-set on the version; where another request was
     * faster, again from what that one stored. `session` is the hash of the one that asks, `null` for an
     * administrator. The outcome is returned only once its state is stored.
     */
    changeSecondFactor: <Outcome>(
      userId: string,
      session: string | null,
      transition: Transition<Outcome>,
    ): Promise<Outcome> =>
      retried(async () => {
        const before = await readFactor(database, keys, userId, session);
        const { state, outcome } = await transition(before.state);
        if (state === before.state) return { done: outcome };
        return (await storeFactor(database, keys, userId, session, before, state)) ? { done: outcome } : null;
      }),

    // ----- mail

    async addMail(recipient: string, subject: string, body: string): Promise<void> {
      await database.query('insert into mails (recipient, subject, body, sent_at) values ($1, $2, $3, $4)', [
        recipient,
        subject,
        body,
        date(),
      ]);
    },

    listMails: () =>
      database.query<Mail>(
        'select recipient, subject, body, sent_at as "sentAt" from mails order by id desc limit 50',
      ),
  };
}

/** Each round that fails, another request got through; so many in a row is overload. */
async function retried<T>(round: () => Promise<{ done: T } | null>): Promise<T> {
  for (let rounds = 0; rounds < 50; rounds++) {
    const result = await round();
    if (result) return result.done;
  }
  throw new Busy('Too many requests change the same row.');
}

interface StoredFactor {
  version: number;
  state: SecondFactor;
}

interface FactorRow {
  version: number;
  secret: Uint8Array | null;
  step: number | null;
  attempts: AttemptState | null;
  hashes: string[];
  newSecret: Uint8Array | null;
  newStep: number | null;
  newHashes: string[] | null;
  newAttempts: AttemptState | null;
}

/** One statement, so that all of it is of one moment. */
async function readFactor(
  sql: Sql,
  keys: Keys,
  userId: string,
  session: string | null,
): Promise<StoredFactor> {
  const [row] = await sql.query<FactorRow>(
    `select f.version, f.sealed_secret as secret, f.last_used_time_step as step, f.attempts,
       array(select b.hash from backup_codes b where b.user_id = f.user_id order by b.hash) as hashes,
       e.sealed_secret as "newSecret", e.confirmed_time_step as "newStep",
       e.backup_hashes as "newHashes", e.attempts as "newAttempts"
     from second_factors f
     left join sessions s on s.id_hash = $2 and s.user_id = f.user_id
     left join enrolments e on e.session_hash = s.id_hash
     where f.user_id = $1`,
    [userId, session],
  );
  if (!row) throw new Error('The user is gone.');
  const state: SecondFactor = {
    active:
      row.secret === null || row.step === null
        ? null
        : { secret: keys.open(row.secret, userId), lastUsedTimeStep: row.step },
    backupHashes: row.hashes,
    attempts: row.attempts,
    enrolment: row.newSecret && {
      secret: keys.open(row.newSecret, userId),
      confirmedTimeStep: row.newStep,
      backupHashes: row.newHashes ?? [],
      attempts: row.newAttempts,
    },
  };
  return { version: row.version, state };
}

function storeFactor(
  database: Database,
  keys: Keys,
  userId: string,
  session: string | null,
  before: StoredFactor,
  after: SecondFactor,
): Promise<boolean> {
  const old = before.state;
  return database.transaction(async (sql) => {
    const stored = await sql.query(
      `update second_factors
       set version = version + 1, sealed_secret = $3, last_used_time_step = $4, attempts = $5::jsonb
       where user_id = $1 and version = $2
       returning version`,
      [
        userId,
        before.version,
        after.active && keys.seal(after.active.secret, userId),
        after.active?.lastUsedTimeStep ?? null,
        after.attempts && JSON.stringify(after.attempts),
      ],
    );
    if (stored.length !== 1) return false;

    // From here on the row is ours until the transaction ends.
    const used = old.backupHashes.filter((hash) => !after.backupHashes.includes(hash));
    const added = after.backupHashes.filter((hash) => !old.backupHashes.includes(hash));
    if (used.length > 0) {
      const gone = await sql.query(
        'delete from backup_codes where user_id = $1 and hash = any($2::text[]) returning hash',
        [userId, used],
      );
      // Second lock on the same door: a code counts only if its row went.
      if (gone.length !== used.length) throw new Error('A backup code was used outside of its transition.');
    }
    if (added.length > 0)
      await sql.query('insert into backup_codes (user_id, hash) select $1::uuid, unnest($2::text[])', [
        userId,
        added,
      ]);

    if (after.enrolment !== old.enrolment) {
      const { enrolment } = after;
      if (!enrolment) await sql.query('delete from enrolments where session_hash = $1', [session]);
      else
        await sql.query(
          `insert into enrolments (session_hash, sealed_secret, confirmed_time_step, backup_hashes, attempts)
           values ($1, $2, $3, $4::text[], $5::jsonb)
           on conflict (session_hash) do update set sealed_secret = excluded.sealed_secret,
             confirmed_time_step = excluded.confirmed_time_step,
             backup_hashes = excluded.backup_hashes, attempts = excluded.attempts`,
          [
            session,
            keys.seal(enrolment.secret, userId),
            enrolment.confirmedTimeStep,
            [...enrolment.backupHashes],
            enrolment.attempts && JSON.stringify(enrolment.attempts),
          ],
        );
    }

    // Switching on or off ends every other session: what was open before has not passed the new rule.
    if ((after.active === null) !== (old.active === null))
      await sql.query('delete from sessions where user_id = $1 and id_hash <> $2', [userId, session ?? '']);
    return true;
  });
}
