import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

const TABLES = `
  CREATE TABLE users (
    id integer PRIMARY KEY,
    attempts jsonb,
    last_used_time_step integer,
    hotp_counter integer NOT NULL DEFAULT 0,
    backup_hashes jsonb
  );
  CREATE TABLE backup_codes (
    user_id integer NOT NULL REFERENCES users,
    hash text NOT NULL,
    PRIMARY KEY (user_id, hash)
  );
`;

/** @typedef {{ name: string, query: (sql: string, values?: unknown[]) => Promise<any[]>, close: () => Promise<void> }} Database */

/** PGlite and, where DATABASE_URL names one, a server: each with empty tables. */
export const DATABASES = [
  { name: 'PGlite', connect: connectPglite },
  ...(process.env.DATABASE_URL ? [{ name: 'PostgreSQL', connect: connectServer }] : []),
];

/** @returns {Promise<Database>} */
async function connectPglite() {
  const db = await PGlite.create();
  await db.exec(TABLES);
  return {
    query: async (sql, values) => (await db.query(sql, values)).rows,
    close: () => db.close(),
  };
}

/** @returns {Promise<Database>} */
async function connectServer() {
  const schema = `otpure_test_${process.pid}`;
  const pool = new pg.Pool({
    connectionString: process.env.DATABASE_URL,
    options: `-c search_path=${schema}`,
    max: 20,
  });
  await pool.query(`CREATE SCHEMA ${schema}`);
  await pool.query(TABLES);
  return {
    query: async (sql, values) => (await pool.query(sql, values)).rows,
    async close() {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
    },
  };
}
