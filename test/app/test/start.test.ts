// Starting and stopping.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { addPerson, password } from './support/people.js';
import { Site } from './support/site.js';
import { Visitor } from './support/visitor.js';
import { freePort, until } from './support/wait.js';

test('ADMIN without an account that has two-factor login stops the start; with one it makes an administrator', async () => {
  const site = new Site({ env: { ADMIN: 'boss@example.com' } });
  try {
    await expect(site.start()).rejects.toThrow('boss@example.com has no account');
    await site.withStore((store) => addPerson(store, 'boss@example.com', { twoFactor: false }));
    await expect(site.start()).rejects.toThrow('boss@example.com has no account with two-factor login');
    site.options.env = { ADMIN: 'chief@example.com' };
    await site.withStore((store) => addPerson(store, 'chief@example.com'));
    await site.start();
    await site.kill();
    const [boss, chief] = await site.withStore(async (store) => [
      await store.findLogin('boss@example.com'),
      await store.findLogin('chief@example.com'),
    ]);
    expect([boss?.isAdmin, chief?.isAdmin]).toEqual([false, true]);
  } finally {
    await site.stop();
  }
});

test('a folder that the site makes is closed to all others; one that was there is left, with a warning', async () => {
  const site = new Site();
  try {
    const folder = 'folder' in site.database ? site.database.folder : '';
    chmodSync(folder, 0o755);
    await site.start();
    expect(statSync(folder).mode & 0o777).toBe(0o755);
    expect(site.log).toContain(`DATA_DIR: other users can open ${folder}`);
    await site.kill();
    site.log = '';
    rmSync(folder, { recursive: true });
    await site.start();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(site.log).not.toContain('DATA_DIR');
  } finally {
    await site.stop();
  }
});

test('a body that never ends does not keep the server from stopping', async () => {
  const site = await new Site().start();
  try {
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1').on('error', () => {});
    const head = `POST /login HTTP/1.1\r\nHost: x\r\nOrigin: ${site.url}\r\nContent-Length: 500\r\n\r\ncode`;
    await new Promise<unknown>((resolve) => socket.write(head, resolve));
    await new Visitor(site.url).get('/login');
    await site.kill('SIGTERM');
    socket.destroy();
  } finally {
    await site.stop();
  }
});

test('a lost APP_KEY fails for codes only: backup codes still log in, and nobody else is kept out', async () => {
  const site = new Site({ env: { APP_KEY: Buffer.alloc(32, 'another').toString('base64') } });
  try {
    const [ann] = await site.withStore(async (store) => [
      await addPerson(store, 'ann@example.com'),
      await addPerson(store, 'bob@example.com', { twoFactor: false }),
    ]);
    await site.start();
    for (let i = 0; i < 4; i++) {
      const someone = new Visitor(site.url);
      await someone.logIn('ann@example.com', password);
      expect((await someone.submit('/login/code', { code: '123456' })).status).toBe(500);
    }
    const owner = new Visitor(site.url);
    await owner.logIn('ann@example.com', password);
    await owner.submit('/login/backup-code', { code: ann?.codes[0] ?? '' });
    expect(owner.notice).toBe('backup-used');
    expect((await new Visitor(site.url).logIn('bob@example.com', password)).location).toBe('/');
  } finally {
    await site.stop();
  }
});

test('the demo keeps out of the database that is set, and says how to go on', async () => {
  const site = new Site();
  const port = await freePort();
  const demo = spawn(process.execPath, [fileURLToPath(new URL('../dist/demo.js', import.meta.url))], {
    env: {
      PORT: String(port),
      DATA_DIR: join(site.folder, 'real'),
      DATABASE_URL: 'postgres://localhost:1/x',
    },
  });
  try {
    let output = '';
    for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (chunk) => (output += chunk));
    await until('the demo is ready', () => output.includes('Stop with Ctrl-C'));
    for (const text of [`http://localhost:${port}`, 'user@example.com', 'correct horse battery', 'POLICIES='])
      expect(output).toContain(text);
    expect(existsSync(join(site.folder, 'real'))).toBe(false);
  } finally {
    demo.kill('SIGKILL');
    await site.stop();
  }
});
