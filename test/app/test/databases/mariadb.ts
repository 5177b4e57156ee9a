// Debian's MariaDB for the test file that imports this, in a folder of its own and reached by a socket in it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'otpure-mariadb-'));
export const socketPath = join(folder, 'socket');

let server: ChildProcess | undefined;

beforeAll(async () => {
  // Debian keeps servers out of the path of most users.
  const options = { env: { PATH: `${process.env.PATH}:/usr/sbin` }, stdio: 'pipe' } as const;
  const common = ['--no-defaults', `--datadir=${join(folder, 'data')}`, `--user=${userInfo().username}`];
  try {
    execFileSync('mariadb-install-db', [...common, '--auth-root-authentication-method=normal'], options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('MariaDB is not installed: apt-get install mariadb-server-core', { cause: error });
  }
  // Nobody needs the data afterwards, so nothing waits for the disk.
  const settings = ['--skip-networking', `--socket=${socketPath}`, '--innodb-flush-log-at-trx-commit=0'];
  server = spawn('mariadbd', [...common, ...settings], { ...options, stdio: 'ignore' });
  await until('MariaDB answers', () => existsSync(socketPath));
});

afterAll(async () => {
  if (server?.kill()) await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
});
