// Where secrets must not be: in logs, on other pages, readable in the database.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBase32 } from 'otpure';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { hashSessionId } from '../src/keys.js';
import { addPerson, password } from './support/people.js';
import { phoneCode, wrongCode } from './support/phone.js';
import { databaseUrl } from './support/postgres.js';
import { appKey, Site } from './support/site.js';
import { Visitor } from './support/visitor.js';

const { postgres, oathtool } = inject('tools');

/** Everything that somebody typed or was shown. */
interface Seen {
  key: string;
  texts: string[];
  codes: string[];
}

/** One user's life: sets up, mistypes, logs in with a code and with a backup code, makes new ones. */
async function live(site: Site, email: string): Promise<{ seen: Seen; someone: Visitor }> {
  const someone = new Visitor(site.url);
  const texts = [password, 'a wrong password'];
  const keep = () => texts.push(someone.session);
  const shown = (html: string) => [...html.matchAll(/<li>([^<]+)<\/li>/g)].map((match) => match[1] ?? '');

  await someone.logIn('nobody@example.com', password);
  await someone.logIn(email, 'a wrong password');
  await someone.logIn(email, password);
  keep();
  await someone.submit('/security/two-factor', { password });
  const { html } = await someone.get('/security/two-factor');
  const key = (/id="key">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');
  const confirming = await phoneCode(key, site.clock.now());
  const first = shown((await someone.post('/security/two-factor/confirm', { code: confirming })).html);
  await someone.post('/security/two-factor/activate', { stored: 'yes' });
  keep();
  await someone.get('/');
  await someone.post('/logout');

  site.clock.advance(30);
  await someone.logIn(email, password);
  keep();
  const wrong = await wrongCode(key, site.clock.now());
  const right = await phoneCode(key, site.clock.now());
  await someone.submit('/login/code', { code: wrong });
  await someone.submit('/login/code', { code: right });
  keep();
  await someone.get('/');
  await someone.post('/logout');
  await someone.logIn(email, password);
  await someone.submit('/login/backup-code', { code: 'zzzz-zzzz-zzzz-zzzz' });
  await someone.submit('/login/backup-code', { code: first[0] ?? '' });
  const renewing = { code: first[1] ?? '' };
  const second = shown((await someone.submit('/security/backup-codes', renewing)).html);
  keep();
  expect([first.length, second.length, key.length]).toEqual([10, 10, 32]);
  texts.push(key, ...first, ...second, 'zzzz-zzzz-zzzz-zzzz');
  return { seen: { key, texts, codes: [confirming, wrong, right] }, someone };
}

/** A secret in each way that somebody might write it down. */
function spellings(text: string): string[] {
  const bytes = Buffer.from(text);
  return [text, text.replaceAll('-', ''), bytes.toString('base64'), bytes.toString('hex')];
}

function keySpellings(key: string): string[] {
  const bytes = Buffer.from(decodeBase32(key));
  return [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
}

describe.skipIf(!oathtool)('secrets', () => {
  let site: Site;
  let seen: Seen;
  let someone: Visitor;

  beforeAll(async () => {
    site = postgres ? new Site({ databaseUrl: await databaseUrl() }) : new Site();
    await site.withStore((store) => addPerson(store, 'ann@example.com', { twoFactor: false }));
    await site.start();
    ({ seen, someone } = await live(site, 'ann@example.com'));
  });
  afterAll(() => site.stop());

  test('are not in the log', () => {
    expect(site.log).toContain('POST /login/code');
    const { key, texts, codes } = seen;
    for (const text of [...texts.flatMap(spellings), ...keySpellings(key), ...codes])
      expect(site.log).not.toContain(text);
  });

  test('are not on any other page', async () => {
    const { key, texts, codes } = seen;
    const secret = [...texts, ...keySpellings(key), ...codes];
    for (const path of [
      '/',
      '/security',
      '/security/two-factor',
      '/security/backup-codes',
      '/security/two-factor/off',
      '/mail',
      '/login',
      '/register',
      '/nothing',
    ]) {
      const { html } = await someone.get(path);
      for (const text of secret) expect(html).not.toContain(text);
    }
  });

  test.skipIf(!postgres)('are not readable in the database', async () => {
    const client = new pg.Client({ connectionString: 'url' in site.database ? site.database.url : '' });
    await client.connect();
    const tables = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    let dump = '';
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      dump += rows.map(({ row }) => `${name} ${row}\n`).join('');
    }
    await client.end();
    for (const name of ['users', 'login_attempts', 'sessions', 'letters'])
      expect(dump).toContain(`${name} (`);
    expect(dump).toContain(hashSessionId(someone.session));
    const { key, texts, codes } = seen;
    for (const text of [...texts.flatMap(spellings), ...keySpellings(key), ...codes])
      expect(dump).not.toContain(text);
  });
});

describe.skipIf(!oathtool)('secrets on PGlite', () => {
  test('are not readable in the files of the database, its log included', async () => {
    const site = new Site();
    try {
      await site.withStore((store) => addPerson(store, 'ann@example.com', { twoFactor: false }));
      await site.start();
      const { seen } = await live(site, 'ann@example.com');
      await site.kill();
      const folder = 'folder' in site.database ? site.database.folder : '';
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => readFileSync(join(file.parentPath, file.name)));
      const has = (bytes: Uint8Array | string) => files.some((file) => file.includes(Buffer.from(bytes)));
      expect(has('ann@example.com')).toBe(true);
      expect(has(decodeBase32(seen.key))).toBe(false);
      for (const text of [...seen.texts.flatMap(spellings), ...keySpellings(seen.key)])
        expect(has(text)).toBe(false);
    } finally {
      await site.stop();
    }
  });
});

describe('the settings', () => {
  const right = { APP_KEY: appKey.toString('base64') };

  test.each([
    ['no key', { APP_KEY: '' }],
    ['a short key', { APP_KEY: 'c2hvcnQ=' }],
    ['http to the world', { PUBLIC_URL: 'http://example.com' }],
    ['http from everywhere', { HOST: '0.0.0.0', PUBLIC_URL: 'http://localhost' }],
    ['an unknown policy', { POLICIES: 'backup-codes-of' }],
    ['a policy that objects have', { POLICIES: 'constructor' }],
    ['mail by nobody', { SMTP_URL: 'smtp://localhost' }],
    ['mail by no server', { SMTP_URL: 'localhost', CONTACT: 'help@example.com' }],
    ['mail by a server without a name', { SMTP_URL: 'smtp://', CONTACT: 'help@example.com' }],
    ['a yes that is not understood', { DEMO: 'yes' }],
    ['no date', { POLICIES: 'obligatory-from=2026-13-45' }],
    ['a day that does not exist', { POLICIES: 'obligatory-from=2027-02-31' }],
    ['a URL that no browser opens', { PUBLIC_URL: 'ftp://localhost' }],
    ['no port', { PORT: 'x' }],
    ['a port that a browser reads otherwise', { PORT: '0x50' }],
    ['a name too long for a QR code', { ISSUER: '\u6f22'.repeat(23) }],
    ['a URL that is none', { PUBLIC_URL: 'example.com' }],
    ['a colon in the name', { ISSUER: 'Acme: the site' }],
    ['a control character in the name', { ISSUER: 'Acme\n' }],
    ['no name', { ISSUER: ' ' }],
    ['no address of an administrator', { ADMIN: 'ann' }],
    ['no address to ask', { CONTACT: 'ann@example.com, or Bob' }],
  ])('refuse %s', (_, wrong) => {
    expect(() => readConfig({ ...right, ...wrong })).toThrow(/^[A-Z_]+( and HOST)?:? .*(must|not known)/);
  });

  test('take the last day of February, and the first of all days', () => {
    const { policies } = readConfig({ ...right, POLICIES: 'obligatory-from=2028-02-29' });
    expect(policies.obligatoryFrom).toBe(Date.UTC(2028, 1, 29));
    const past = readConfig({ ...right, POLICIES: 'obligatory-from=1970-01-01' }).policies;
    expect(past.obligatoryFrom).toBe(0);
  });

  test('name the policies that are known', () => {
    const wrong = { ...right, POLICIES: 'backup-codes=2' };
    for (const name of ['obligatory-from=YYYY-MM-DD', 'backup-codes=1', 'trusted-devices-off'])
      expect(() => readConfig(wrong)).toThrow(name);
    expect(readConfig({ ...right, POLICIES: 'backup-codes=1, trusted-devices-off' }).policies).toMatchObject({
      backupCodeCount: 1,
      trustedDevices: false,
    });
  });

  test('with https make cookies __Host- and Secure, and without the demo show no mail', async () => {
    const site = await new Site({ env: { PUBLIC_URL: 'https://example.com', DEMO: '' } }).start();
    try {
      const form = { email: 'ann@example.com', password };
      const from = { origin: 'https://example.com' };
      const { headers } = await new Visitor(site.url).request('POST', '/register', form, from);
      expect(headers.getSetCookie()).toEqual([
        expect.stringMatching(/^__Host-notice=registered; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      ]);
      expect(headers.get('strict-transport-security')).toContain('max-age=');
      expect((await new Visitor(site.url).get('/mail')).status).toBe(404);
    } finally {
      await site.stop();
    }
  });
});
