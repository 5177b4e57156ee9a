// SQLite with better-sqlite3. JSON is text there. With node:sqlite (Node 22 and later), `new DatabaseSync(file)` takes
// the same calls.
//   CREATE TABLE users (id integer PRIMARY KEY, factor text, version integer NOT NULL DEFAULT 0)
import Database from 'better-sqlite3';
import type { StoredSecondFactor } from 'otpure';

export const db = new Database(process.env.SQLITE_FILE);

interface Row {
  factor: string | null;
  version: number;
}

export function read(id: number) {
  const row = db.prepare<[number], Row>('SELECT factor, version FROM users WHERE id = ?').get(id);
  if (!row) return null;
  const factor: StoredSecondFactor | null = row.factor === null ? null : JSON.parse(row.factor);
  return { factor, version: row.version };
}

export function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: { version: number },
): boolean {
  const { changes } = db
    .prepare('UPDATE users SET factor = ?, version = version + 1 WHERE id = ? AND version = ?')
    .run(factor && JSON.stringify(factor), id, version);
  return changes === 1;
}
