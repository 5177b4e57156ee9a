// One recipe on every database and ORM: a version column, compared where the factor is replaced.
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { and, eq } from 'drizzle-orm';
import * as mysqlTable from 'drizzle-orm/mysql-core';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2';
import { drizzle } from 'drizzle-orm/node-postgres';
import * as pgTable from 'drizzle-orm/pg-core';
import Sqlite from 'libsql';
import mysql from 'mysql2/promise';
import type { SecondFactor } from 'otpure';
import pg from 'pg';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { inject } from 'vitest';
import { databaseUrl } from '../support/postgres.js';
import { socketPath } from './mariadb.js';
import { Prisma, PrismaClient } from './prisma.js';
import type { Current, Query, Stored } from './readme.js';

/** A table `users` that was just made, and a way to store in it: the README's by `query`, or another. */
export interface Database {
  on: Query | { stored: Stored };
  run(sql: string): Promise<unknown>;
  close(): Promise<unknown>;
}

const createTable = (json: string) => `CREATE TABLE users (
  id integer PRIMARY KEY, email varchar(50) NOT NULL DEFAULT 'ada@example.com', factor ${json},
  version integer NOT NULL DEFAULT 0, counter integer NOT NULL DEFAULT 0)`;

const UPDATE = 'UPDATE users SET factor = ?, version = version + 1 WHERE id = ? AND version = ?';

async function postgres() {
  if (!inject('tools').postgres) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const url = await databaseUrl();
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  const query: Query = async (sql, values) => (await pool.query(sql, values)).rows;
  await query(createTable('jsonb'));
  return { url, pool, query, run: query, close: () => pool.end() };
}

async function mariadb() {
  const options = { socketPath, user: 'root', database: 'test', connectionLimit: 20 };
  const pool = mysql.createPool(options);
  const run = (sql: string) => pool.query(sql);
  await run('DROP TABLE IF EXISTS users');
  await run(createTable('json'));
  return { options, pool, run, close: () => pool.end() };
}

export async function readmeOnPostgres(): Promise<Database> {
  const { query: on, run, close } = await postgres();
  return { on, run, close };
}

export async function readmeOnPglite(): Promise<Database> {
  const db = await PGlite.create();
  const query: Query = async (sql, values) => (await db.query(sql, values)).rows;
  await query(createTable('jsonb'));
  return { on: query, run: query, close: () => db.close() };
}

/** No RETURNING: the rows that were changed are counted. */
export async function sqlOnMariadb(): Promise<Database> {
  const { pool, ...rest } = await mariadb();
  const stored: Stored = (userId) => ({
    read: async () => {
      const [[user]] = await pool.execute<(Current & mysql.RowDataPacket)[]>(
        'SELECT factor, version FROM users WHERE id = ?',
        [userId],
      );
      return user as Current;
    },
    store: async (factor, { version }) =>
      (
        await pool.execute<mysql.ResultSetHeader>(UPDATE, [factor && JSON.stringify(factor), userId, version])
      )[0].affectedRows === 1,
  });
  return { on: { stored }, ...rest };
}

/** JSON is text here. The package has the calls of `node:sqlite`, which came with Node 22. */
export async function sqlOnSqlite(): Promise<Database> {
  const db = new Sqlite(':memory:');
  db.exec(createTable('text'));
  const select = db.prepare('SELECT factor, version FROM users WHERE id = ?');
  const update = db.prepare(UPDATE);
  const stored: Stored = (userId) => ({
    read: async () => {
      const { factor, version } = select.get(userId) as { factor: string | null; version: number };
      return { factor: factor && JSON.parse(factor), version };
    },
    store: async (factor, { version }) =>
      update.run(factor && JSON.stringify(factor), userId, version).changes === 1,
  });
  return { on: { stored }, run: async (sql) => db.exec(sql), close: async () => db.close() };
}

export async function drizzleOnPostgres(): Promise<Database> {
  const { pool, ...rest } = await postgres();
  const db = drizzle(pool);
  const users = pgTable.pgTable('users', {
    id: pgTable.integer().primaryKey(),
    factor: pgTable.jsonb().$type<SecondFactor>(),
    version: pgTable.integer().notNull().default(0),
  });
  const stored: Stored = (userId) => ({
    read: async () => (await db.select().from(users).where(eq(users.id, userId)))[0] as Current,
    store: async (factor, { version }) =>
      (
        await db
          .update(users)
          .set({ factor, version: version + 1 })
          .where(and(eq(users.id, userId), eq(users.version, version)))
      ).rowCount === 1,
  });
  return { on: { stored }, ...rest };
}

export async function drizzleOnMariadb(): Promise<Database> {
  const { pool, ...rest } = await mariadb();
  const db = drizzleMysql(pool);
  const users = mysqlTable.mysqlTable('users', {
    id: mysqlTable.int().primaryKey(),
    factor: mysqlTable.json().$type<SecondFactor>(),
    version: mysqlTable.int().notNull().default(0),
  });
  const stored: Stored = (userId) => ({
    read: async () => (await db.select().from(users).where(eq(users.id, userId)))[0] as Current,
    store: async (factor, { version }) =>
      (
        await db
          .update(users)
          .set({ factor, version: version + 1 })
          .where(and(eq(users.id, userId), eq(users.version, version)))
      )[0].affectedRows === 1,
  });
  return { on: { stored }, ...rest };
}

async function typeorm(
  options: DataSourceOptions,
  { run, close }: Omit<Database, 'on'>,
  json: 'jsonb' | 'json',
) {
  const User = new EntitySchema<Current & { id: number }>({
    name: 'User',
    tableName: 'users',
    columns: {
      id: { type: Number, primary: true },
      factor: { type: json, nullable: true },
      version: { type: Number, default: 0 },
    },
  });
  const source = await new DataSource({ ...options, entities: [User] }).initialize();
  const users = source.getRepository(User);
  const stored: Stored = (userId) => ({
    read: () => users.findOneByOrFail({ id: userId }),
    store: async (factor, { version }) =>
      (await users.update({ id: userId, version }, { factor, version: version + 1 })).affected === 1,
  });
  return { on: { stored }, run, close: () => source.destroy().then(close) };
}

export async function typeormOnPostgres(): Promise<Database> {
  const { url, ...rest } = await postgres();
  return typeorm({ type: 'postgres', url, poolSize: 20 }, rest, 'jsonb');
}

export async function typeormOnMariadb(): Promise<Database> {
  const { options, ...rest } = await mariadb();
  return typeorm({ type: 'mariadb', username: 'root', poolSize: 20, ...options }, rest, 'json');
}

export async function prismaOnPostgres(): Promise<Database> {
  const { url, run, close } = await postgres();
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 20 }) });
  const stored: Stored = (userId) => ({
    read: () => prisma.user.findUniqueOrThrow({ where: { id: userId } }),
    store: async (factor, { version }) =>
      (
        await prisma.user.updateMany({
          where: { id: userId, version },
          data: { factor: factor ?? Prisma.DbNull, version: version + 1 },
        })
      ).count === 1,
  });
  return { on: { stored }, run, close: () => prisma.$disconnect().then(close) };
}
