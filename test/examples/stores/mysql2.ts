// MariaDB or MySQL with mysql2.
//   CREATE TABLE users (id integer PRIMARY KEY, factor json, version integer NOT NULL DEFAULT 0)
import mysql, { type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import type { StoredSecondFactor } from 'otpure';

export const pool = mysql.createPool({ uri: process.env.DATABASE_URL ?? '', connectionLimit: 20 });

interface User extends RowDataPacket {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
}

export async function read(id: number): Promise<User | undefined> {
  const [[user]] = await pool.execute<User[]>('SELECT id, factor, version FROM users WHERE id = ?', [id]);
  // Older versions of mysql2 return MariaDB's JSON as text.
  if (typeof user?.factor === 'string') user.factor = JSON.parse(user.factor);
  return user;
}

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const [{ affectedRows }] = await pool.execute<ResultSetHeader>(
    'UPDATE users SET factor = ?, version = version + 1 WHERE id = ? AND version = ?',
    [factor && JSON.stringify(factor), id, version],
  );
  return affectedRows === 1;
}
