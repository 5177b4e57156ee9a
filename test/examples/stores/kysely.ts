// Kysely on PostgreSQL. It counts rows as a bigint.
import { Kysely, PostgresDialect } from 'kysely';
import type { StoredSecondFactor } from 'otpure';
import pg from 'pg';

interface User {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
}

export const db = new Kysely<{ users: User }>({
  dialect: new PostgresDialect({
    pool: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 }),
  }),
});

export const read = (id: number): Promise<User | undefined> =>
  db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ factor, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
