// Backup codes, attempt limits and used time steps on a real database.
//
//   node test/database/run.mjs
//
// PGlite is PostgreSQL inside the process. With DATABASE_URL set, the same tests run against that server
// too, in a schema of their own that is dropped at the end.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPrivate, packTarball } from '../tools/install.mjs';
import { runTests } from '../tools/run-tests.mjs';

const here = dirname(fileURLToPath(import.meta.url));
installPrivate(here, packTarball());
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs'));
await runTests(
  'database',
  files.map((name) => join(here, name)),
);
