// PostgreSQL with pg.
//   CREATE TABLE users (id integer PRIMARY KEY, factor jsonb, version integer NOT NULL DEFAULT 0,
//     session_version integer NOT NULL DEFAULT 0) -- sessions that remember another number have ended
import type { StoredSecondFactor } from 'otpure';
import pg from 'pg';

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });

interface User {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
  session_version: number;
}

export async function read(id: number): Promise<User | undefined> {
  const { rows } = await pool.query<User>('SELECT * FROM users WHERE id = $1', [id]);
  return rows[0];
}

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE users SET factor = $1, version = version + 1, session_version = session_version + $2
     WHERE id = $3 AND version = $4`,
    [factor, factor ? 0 : 1, id, version],
  );
  return rowCount === 1;
}
