// Knex on PostgreSQL. On MySQL and SQLite, give it `factor && JSON.stringify(factor)`, and
// parse the text that SQLite returns.
import createKnex from 'knex';
import type { StoredSecondFactor } from 'otpure';

export const knex = createKnex({
  client: 'pg',
  connection: process.env.DATABASE_URL ?? '',
  pool: { max: 20 },
});

interface User {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
}

export const read = (id: number) => knex<User>('users').where({ id }).first();

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const count = await knex<User>('users')
    .where({ id, version })
    .update({ factor, version: version + 1 });
  return count === 1;
}
