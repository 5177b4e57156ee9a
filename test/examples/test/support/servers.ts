// Real databases, each in a folder of its own and on a free port. Nobody needs their data afterwards, so nothing waits for
// the disk.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

/** A server that answers, and how to end it. */
export interface Server {
  url: string;
  stop(): Promise<void>;
}

// Debian keeps servers out of the path of most users, and each version of PostgreSQL in a folder of its own.
const postgresql = '/usr/lib/postgresql';
const versions = existsSync(postgresql) ? readdirSync(postgresql).sort((a, b) => Number(b) - Number(a)) : [];
const PATH = [process.env.PATH, '/usr/sbin', ...versions.map((name) => join(postgresql, name, 'bin'))].join(
  ':',
);

function command(program: string, args: string[], options: object) {
  try {
    execFileSync(program, args, { stdio: 'pipe', ...options });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    const packages = 'postgresql mariadb-server-core mariadb-client-core redis-server';
    throw new Error(`${program} is not installed: apt-get install ${packages}`, { cause });
  }
}

function newFolder(name: string, user: { uid?: number; gid?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), `otpure-${name}-`));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** PostgreSQL and MariaDB don't run as root. */
function otherThanRoot() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function running(
  url: string,
  server: ChildProcess,
  folder: string,
  answers: () => unknown,
): Promise<Server> {
  const ended = once(server, 'exit');
  await vi.waitFor(answers, { timeout: 60_000, interval: 100 });
  return {
    url,
    async stop() {
      server.kill(); // PostgreSQL waits until those who are connected have gone
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startPostgres(): Promise<Server> {
  const user = otherThanRoot();
  const folder = newFolder('postgres', user);
  const options = { ...user, cwd: folder, env: { PATH, LC_ALL: 'C.UTF-8' } };
  command('initdb', ['-D', 'data', '-U', 'postgres', '--auth=trust', '--no-sync'], options);
  const port = String(await freePort());
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`, 'fsync=off'];
  const args = ['-D', 'data', ...['max_connections=200', ...settings].flatMap((setting) => ['-c', setting])];
  const server = spawn('postgres', args, { ...options, stdio: 'ignore' });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  return running(url, server, folder, () => command('pg_isready', ['-h', '127.0.0.1', '-p', port], options));
}

export async function startMariadb(): Promise<Server> {
  const user = otherThanRoot();
  const folder = newFolder('mariadb', user);
  const options = { ...user, cwd: folder, env: { PATH } };
  const data = ['--no-defaults', `--datadir=${join(folder, 'data')}`];
  command('mariadb-install-db', [...data, '--auth-root-authentication-method=normal'], options);
  const socket = join(folder, 'socket');
  const settings = ['--skip-networking', `--socket=${socket}`, '--innodb-flush-log-at-trx-commit=0'];
  const server = spawn('mariadbd', [...data, ...settings], { ...options, stdio: 'ignore' });
  const url = `mysql://root@localhost/test?socketPath=${encodeURIComponent(socket)}`;
  return running(url, server, folder, () => {
    if (!existsSync(socket)) throw new Error('MariaDB does not answer');
  });
}

export async function startRedis(): Promise<Server> {
  const folder = newFolder('redis');
  const options = { cwd: folder, env: { PATH } };
  const port = String(await freePort());
  command('redis-server', ['--version'], options);
  const server = spawn('redis-server', ['--bind', '127.0.0.1', '--port', port, '--save', ''], options);
  return running(`redis://127.0.0.1:${port}`, server, folder, () =>
    command('redis-cli', ['-p', port, 'ping'], options),
  );
}

export async function startDynamodb(): Promise<Server> {
  const folder = newFolder('dynamodb');
  const port = String(await freePort());
  const program = join(import.meta.dirname, '..', '..', 'node_modules', 'dynalite', 'cli.js');
  const args = [program, '--host', '127.0.0.1', '--port', port, '--createTableMs', '0'];
  const server = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  return running(url, server, folder, () => fetch(url));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}
