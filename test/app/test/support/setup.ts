// Once for the whole run: looks for the programs that the tests need, and starts one PostgreSQL.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/database.js';
import { freePort, until } from './wait.js';

export interface Tools {
  chromium: string | null;
  oathtool: string | null;
  /** A URL up to the database's name. */
  postgres: string | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    tools: Tools;
    /** A new PGlite database, to be copied: making one takes seconds. */
    emptyDatabase: string;
  }
}

export default async function setup({ provide }: TestProject) {
  const bin = postgresFolder();
  const found = {
    chromium: process.env.CHROMIUM ?? find('chromium') ?? find('google-chrome'),
    oathtool: find('oathtool'),
    postgres: bin,
  };
  const missing = Object.entries(found).flatMap(([name, place]) => (place === null ? [name] : []));
  if (missing.length > 0) {
    const text = `NOT INSTALLED: ${missing.join(', ')}. What needs them`;
    if (process.env.CI === 'true') throw new Error(`${text} can't run, and CI=true means all of it has to.`);
    const line = '!'.repeat(100);
    console.error(`\n${line}\n${text} is SKIPPED; no word on whether it works.\n${line}\n`);
  }

  const emptyDatabase = mkdtempSync(join(tmpdir(), 'otpure-pglite-'));
  await (await openDatabase({ folder: emptyDatabase })).close();
  provide('emptyDatabase', emptyDatabase);
  const postgres = bin === null ? null : await startPostgres(bin);
  provide('tools', { ...found, postgres: postgres?.url ?? null });
  return async () => {
    await postgres?.stop();
    rmSync(emptyDatabase, { recursive: true });
  };
}

function find(program: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(existsSync) ?? null;
}

/** Debian keeps the server's programs out of the PATH. */
function postgresFolder(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return (
    folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ??
    null
  );
}

async function startPostgres(bin: string) {
  const folder = mkdtempSync(join(tmpdir(), 'otpure-postgres-'));
  // PostgreSQL refuses to run as root; Debian's package brings a user for it.
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const as = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync'], {
    ...as,
    stdio: 'pipe',
  });
  const port = await freePort();
  // fsync: the tests end servers of the site and never this one, and nobody needs its data afterwards.
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`, 'fsync=off'];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...as,
      stdio: 'ignore',
    },
  );
  const ended = new Promise((resolve) => server.once('exit', resolve));
  await until('PostgreSQL answers', () => {
    try {
      execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  });
  return {
    url: `postgres://postgres@127.0.0.1:${port}/`,
    async stop() {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const idOf = (what: '-u' | '-g') => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
