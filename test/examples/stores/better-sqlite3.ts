// SQLite with better-sqlite3. JSON is text there. With node:sqlite (Node 22 and later), `new DatabaseSync(file)` takes
// the same calls.
//   CREATE TABLE users (id integer PRIMARY KEY, factor text, version integer NOT NULL DEFAULT 0,
//     session_version integer NOT NULL DEFAULT 0) -- sessions that remember another number have ended
import Database from 'better-sqlite3';
import type { StoredSecondFactor } from 'otpure';

export const db = new Database(process.env.SQLITE_FILE);

interface User {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
  session_version: number;
}
type Row = Omit<User, 'factor'> & { factor: string | null };

export function read(id: number): User | undefined {
  const row = db.prepare<[number], Row>('SELECT * FROM users WHERE id = ?').get(id);
  return row && { ...row, factor: row.factor && JSON.parse(row.factor) };
}

const UPDATE = `UPDATE users SET factor = ?, version = version + 1, session_version = session_version + ?
  WHERE id = ? AND version = ?`;

export function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: { version: number },
): boolean {
  const { changes } = db.prepare(UPDATE).run(factor && JSON.stringify(factor), factor ? 0 : 1, id, version);
  return changes === 1;
}
