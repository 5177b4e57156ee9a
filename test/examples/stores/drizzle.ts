// Drizzle on PostgreSQL with pg. On MySQL, `store` compares `affectedRows` of the first element of the result.
import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, jsonb, pgTable } from 'drizzle-orm/pg-core';
import type { StoredSecondFactor } from 'otpure';
import pg from 'pg';

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const db = drizzle(pool);

const users = pgTable('users', {
  id: integer().primaryKey(),
  factor: jsonb().$type<StoredSecondFactor>(),
  version: integer().notNull().default(0),
});
type User = typeof users.$inferSelect;

export async function read(id: number): Promise<User | undefined> {
  const [user] = await db.select().from(users).where(eq(users.id, id));
  return user;
}

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const { rowCount } = await db
    .update(users)
    .set({ factor, version: version + 1 })
    .where(and(eq(users.id, id), eq(users.version, version)));
  return rowCount === 1;
}
