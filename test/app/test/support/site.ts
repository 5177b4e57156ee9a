// Starts servers, each a process of its own as in production, and turns their clock.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { createStore, openDatabase, type Store } from '../../src/database.js';
import { deriveKeys } from '../../src/keys.js';
import { freePort, until } from './wait.js';

export const appKey = Buffer.alloc(32, 'a key for tests');
export const keys = deriveKeys(appKey);
const serve = fileURLToPath(new URL('serve.mjs', import.meta.url));

/** The servers' clock: ahead of the real one, or standing still. */
export class Clock {
  readonly file: string;
  #offset = 0;
  #stopped: number | null = null;

  constructor(folder: string) {
    this.file = join(folder, 'clock');
    this.#write();
  }

  now = (): number => (this.#stopped ?? Date.now()) + this.#offset;

  advance(seconds: number): void {
    this.#offset += seconds * 1000;
    this.#write();
  }

  stop(): void {
    this.#stopped = Date.now();
    this.#write();
  }

  #write(): void {
    // Renamed into place, for a server may read it at any moment.
    writeFileSync(`${this.file}.new`, JSON.stringify({ stopped: this.#stopped, offset: this.#offset }));
    renameSync(`${this.file}.new`, this.file);
  }
}

export interface SiteOptions {
  policies?: string;
  /** PGlite in a new folder if there is none. */
  databaseUrl?: string;
  /** More settings. */
  env?: Record<string, string>;
}

/** A site: one or more server processes on one database, and everything they ever logged. */
export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'otpure-site-'));
  readonly clock = new Clock(this.folder);
  readonly database: { url: string } | { folder: string };
  readonly urls: string[] = [];
  log = '';
  #processes: { process: ChildProcess; ended: Promise<unknown> }[] = [];

  readonly options: SiteOptions;

  constructor(options: SiteOptions = {}) {
    this.options = options;
    const { databaseUrl } = options;
    this.database = databaseUrl ? { url: databaseUrl } : { folder: join(this.folder, 'database') };
    if ('folder' in this.database) cpSync(inject('emptyDatabase'), this.database.folder, { recursive: true });
  }

  get url(): string {
    const [url] = this.urls;
    if (!url) throw new Error('No server is running.');
    return url;
  }

  /** Adds a server process. */
  async start(): Promise<this> {
    const port = await freePort();
    const child = spawn(process.execPath, [serve], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        HOST: '127.0.0.1',
        PORT: String(port),
        APP_KEY: appKey.toString('base64'),
        CLOCK_FILE: this.clock.file,
        POLICIES: this.options.policies,
        DEMO: 'true',
        ...this.options.env,
        ...('url' in this.database
          ? { DATABASE_URL: this.database.url }
          : { DATA_DIR: this.database.folder }),
      },
    });
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk;
      this.log += chunk;
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const ended = new Promise((resolve) => child.once('close', resolve));
    this.#processes.push({ process: child, ended });
    await until(`the server is ready: ${output}`, () => {
      if (child.exitCode !== null) throw new Error(`The server ended: ${output}`);
      return output.includes('ready');
    });
    this.urls.push(`http://127.0.0.1:${port}`);
    return this;
  }

  /** Ends all server processes; the database and the clock stay. */
  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    for (const { process } of this.#processes) process.kill(signal);
    await Promise.all(this.#processes.map(({ ended }) => ended));
    this.#processes = [];
    this.urls.length = 0;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Works on the database directly. With PGlite only while no server runs: it is one process's own. */
  async withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const database = await openDatabase(this.database);
    try {
      return await work(createStore(database, this.clock.now));
    } finally {
      await database.close();
    }
  }
}
