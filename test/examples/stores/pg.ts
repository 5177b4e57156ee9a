// PostgreSQL with pg.
//   CREATE TABLE users (id integer PRIMARY KEY, factor jsonb, version integer NOT NULL DEFAULT 0)
import type { StoredSecondFactor } from 'otpure';
import pg from 'pg';

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });

interface User {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
}

export async function read(id: number): Promise<User | undefined> {
  const { rows } = await pool.query<User>('SELECT id, factor, version FROM users WHERE id = $1', [id]);
  return rows[0];
}

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    'UPDATE users SET factor = $1, version = version + 1 WHERE id = $2 AND version = $3',
    [factor, id, version],
  );
  return rowCount === 1;
}
