// The apps as people start them: in a process of their own, with real hashing, and data that outlives a restart.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateTotp, parseOtpauthUri } from 'otpure';
import { expect, test } from 'vitest';
import { Browser } from './support/browser.js';

const start = join(import.meta.dirname, '..', 'start.mjs');

/** Starts an app on a free port; `printed` is all that it writes. */
async function run(name: string, env: NodeJS.ProcessEnv) {
  const app: ChildProcess = spawn(process.execPath, [start, name], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [app.stdout, app.stderr]) {
      stream?.on('data', (text) => {
        printed += text;
        const port = /^http:\/\/\S+:(\d+)/m.exec(printed)?.[1];
        if (port) resolve(`http://localhost:${port}`);
      });
    }
    app.once('exit', () => reject(new Error(`${name} did not start: ${printed}`)));
  });
  const stop = async () => {
    app.kill();
    await once(app, 'exit');
  };
  return { url, stop, printed: () => printed };
}

test.each(['express', 'fastify', 'hono', 'nest'])(
  '%s starts, keeps its users, and logs nothing of what is typed',
  async (name) => {
    const DATA_DIR = mkdtempSync(join(tmpdir(), 'otpure-example-'));
    const ann = { email: 'ann@example.com', password: 'correct horse battery staple' };
    try {
      const first = await run(name, { DATA_DIR });
      const browser = new Browser(first.url);
      expect(await browser.post('/signup', ann)).toEqual({ status: 200, ok: true });
      const { secret } = parseOtpauthUri((await browser.post('/2fa/enrol')).uri);
      const { backupCodes } = await browser.post('/2fa/confirm', { code: generateTotp(secret) });
      expect(backupCodes).toHaveLength(10);
      for (const path of ['/login', '/login/2fa']) {
        expect((await browser.send('POST', path, '{"code": hunter2', 'application/json')).status).toBe(400);
      }
      await first.stop();
      expect(first.printed()).not.toContain('hunter2');
      expect(first.printed().trim().split('\n')).toEqual([
        expect.stringMatching('^TOTP_KEY is not set'),
        expect.stringMatching('^http://'),
      ]);

      const second = await run(name, { DATA_DIR });
      const later = new Browser(second.url);
      expect(await later.post('/login', ann)).toEqual({ status: 200, next: '2fa' });
      expect(await later.post('/login/backup', { code: backupCodes[0] })).toEqual({ status: 200, ok: true });
      expect(await later.get('/me')).toEqual({ status: 200, email: ann.email, twoFactor: true });
      await second.stop();
    } finally {
      rmSync(DATA_DIR, { recursive: true });
    }
  },
);

test('in production none starts with the key that everybody knows, nor with a wrong one', async () => {
  await expect(run('express', { NODE_ENV: 'production' })).rejects.toThrow('TOTP_KEY is not set');
  await expect(run('express', { TOTP_KEY: '1234' })).rejects.toThrow(/must be 32/);
});

test('an unknown name lists the known ones', async () => {
  await expect(run('koa', {})).rejects.toThrow('One of express, fastify, hono, nest');
});
