// What is mailed, to whom, how often, and that nothing waits for it.
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig, readEmail } from '../src/config.js';
import type { Store, User } from '../src/database.js';
import { browserOf, createMailer } from '../src/mails.js';
import { addPerson, password } from './support/people.js';
import { appKey, Site } from './support/site.js';
import { Visitor } from './support/visitor.js';
import { until } from './support/wait.js';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** A mail server on this machine. `refuse`: so many recipients at first. */
async function mailServer(refuse = 0) {
  const letters: { from: string; to: string[]; text: string }[] = [];
  let refused = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) =>
      done(refused++ < refuse ? Object.assign(new Error('later'), { responseCode: 451 }) : null),
    async onData(stream, session, done) {
      let text = '';
      for await (const chunk of stream) text += chunk;
      const { mailFrom, rcptTo } = session.envelope;
      letters.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        text,
      });
      done();
    },
  });
  const port = await new Promise<number>((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () =>
      resolve((listening.address() as { port: number }).port),
    );
  });
  return {
    url: `smtp://127.0.0.1:${port}`,
    letters,
    stop: () => new Promise<void>((done) => server.close(done)),
  };
}

/** As it was typed, out of quoted-printable. */
const plain = (text: string) =>
  Buffer.from(
    text.replace(/=\r\n/g, '').replace(/=([\dA-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString();

describe('with SMTP_URL', () => {
  test('mails are sent, and not kept', async () => {
    const server = await mailServer();
    const site = new Site({ env: { SMTP_URL: server.url, CONTACT: 'a|b@example.com', ISSUER: 'Acme' } });
    try {
      await site.start();
      const ann = new Visitor(site.url);
      const form = { email: 'ann@example.com', password };
      await ann.request('POST', '/register', form, { 'user-agent': firefox });
      await until('the mail arrives', () => server.letters.length === 1);
      const [{ from, to, text } = { from: '', to: [], text: '' }] = server.letters;
      expect([from, to]).toEqual(['a|b@example.com', ['ann@example.com']]);
      expect(text).toContain('Subject: Acme: An account was made for this address');
      const body = plain(text);
      for (const part of ['Hello,', 'Browser: Firefox, Linux', 'tell a|b@example.com at once', site.url])
        expect(body).toContain(part);
      expect(body).toMatch(/When: \d+ \w+ \d{4} at \d\d:\d\d UTC/);
      await site.kill('SIGTERM');
      const [kept] = await site.withStore((store) => store.listMails());
      expect(kept).toMatchObject({ recipient: 'ann@example.com', body: '' });
    } finally {
      await site.stop();
      await server.stop();
    }
  });

  test('a mail that the server refuses is sent again, and nobody waits for it', async () => {
    const server = await mailServer(2);
    try {
      const env = { APP_KEY: appKey.toString('base64'), SMTP_URL: server.url, CONTACT: 'help@example.com' };
      const store = { addMail: async () => true } as unknown as Store;
      const mail = createMailer(readConfig(env), store, Date.now, 10);
      await mail({ email: 'ann@example.com', language: 'nl' } as User, 'passwordChanged', null);
      expect(server.letters).toEqual([]);
      await until('the mail arrives', () => server.letters.length === 1);
      expect(plain(server.letters[0]?.text ?? '')).toContain('Was jij dit niet?');
    } finally {
      await server.stop();
    }
  });
});

test('each lock of an account is mailed, also a second one within the hour', async () => {
  const site = new Site();
  try {
    const rows = await site.withStore(async (store) => {
      await addPerson(store, 'ann@example.com');
      const ann = await store.findLogin('ann@example.com');
      const config = readConfig({ APP_KEY: appKey.toString('base64') });
      const mail = createMailer(config, store, site.clock.now);
      for (const kind of ['locked', 'unlocked', 'locked'] as const) await mail(ann as User, kind, null);
      return store.listMails();
    });
    expect(rows.map(({ subject }) => subject).sort()).toEqual([
      'Your account is locked',
      'Your account is locked',
      'Your account is unlocked',
    ]);
  } finally {
    await site.stop();
  }
});

test('a mail that went out under a clock that was ahead holds back none', async () => {
  const site = new Site();
  try {
    const sent = await site.withStore(async (store) => {
      const mail = () => store.addMail('ann@example.com', 'guessed', 'subject', 'body');
      site.clock.advance(40 * 24 * 3600);
      const ahead = await mail();
      site.clock.advance(-40 * 24 * 3600);
      return [ahead, await mail(), await mail()];
    });
    expect(sent).toEqual([true, true, false]);
  } finally {
    await site.stop();
  }
});

test.each([
  ['a comma in hexadecimal', 'x@a.com%2cb.com'],
  ['a wide comma', 'x@a.com\uff0cb.com'],
  ['a quotation mark', 'x@a.com%22'],
  ['more than 254 characters', `x@${'a'.repeat(250)}.com`],
  ['a text that would take long', 'x'.repeat(501)],
  ['an empty label', 'x@example..com'],
  ['a dot at the end', 'x@example.com.'],
  ['a dot at the beginning', 'x@.com'],
  ['an encoded word', '=?utf-8?q?x=40victim.example=2C?=@example.com'],
])('%s is in no address, also as mail servers read it', (_, typed) => {
  expect(readEmail(typed)).toBeNull();
});

test('strangers can make ten accounts, then one a minute, however they write an address', async () => {
  const site = await new Site().start();
  try {
    site.clock.stop();
    const register = (email: string) => new Visitor(site.url).post('/register', { email, password });
    const statuses = [];
    for (let i = 0; i < 11; i++) statuses.push((await register(`ann+${i}@example.com`)).status);
    expect(statuses).toEqual([...Array(10).fill(303), 429]);
    for (let i = 0; i < 4; i++) {
      site.clock.advance(60);
      await register(`ann+${i}0@example.com`);
      const refused = await register(`ann+${i}1@example.com`);
      expect([refused.status, refused.html.includes('Too many attempts. Try again in')]).toEqual([429, true]);
    }
    const { html } = await new Visitor(site.url).get('/mail');
    expect(html.split('>An account was made for this address<').length - 1).toBe(14);
  } finally {
    await site.stop();
  }
});

test.each([
  ['an accent', ['ann\u00e9@example.com', 'anne\u0301@example.com'], 'ANNE\u0301@example.com'],
  ['a domain', ['ann@b\u00fccher.example', 'ann@\uff42\u00fccher\u3002example'], 'ann@xn--bcher-kva.example'],
])('%s makes no second account, however it is spelt', async (_, spellings, address) => {
  const site = await new Site().start();
  try {
    const ann = new Visitor(site.url);
    for (const email of spellings) await ann.post('/register', { email, password });
    expect((await ann.get('/mail')).html).toContain('You have an account already');
    for (const email of [address, ...spellings])
      expect((await new Visitor(site.url).logIn(email, password)).location).toBe('/');
  } finally {
    await site.stop();
  }
});

describe('in the log', () => {
  let site: Site;
  beforeAll(async () => {
    site = new Site();
    await site.withStore((store) => addPerson(store, 'ann@example.com', { twoFactor: false }));
    await site.start();
    site.clock.stop();
  });
  afterAll(() => site.stop());

  const count = async (subject: string) =>
    (await new Visitor(site.url).get('/mail')).html.split(`>${subject}<`).length - 1;

  test('there is one an hour of what anyone can cause', async () => {
    const register = () =>
      new Visitor(site.url).submit('/register', { email: 'ann@example.com', password: 'long enough' });
    await Promise.all([register(), register(), register()]);
    const before = (await site.log.match(/POST \/register 303/g))?.length;
    expect([before, await count('You have an account already')]).toEqual([3, 1]);
    site.clock.advance(3601);
    await register();
    const { html } = await new Visitor(site.url).get('/mail');
    const time = new Date(site.clock.now()).toISOString().slice(11, 16);
    expect(html).toMatch(new RegExp(`Hello,[^]*${time} UTC`));
    expect(await count('You have an account already')).toBe(1);
  });

  test('there are three an hour of what takes a log-in, so that another one is not hidden', async () => {
    const ann = new Visitor(site.url);
    await ann.logIn('ann@example.com', password);
    let old = password;
    for (let i = 0; i < 5; i++) {
      const chosen = `password number ${i}`;
      await ann.submit('/security/password', { password: old, new: chosen });
      expect(ann.notice).toBe('password-changed');
      await ann.get('/security');
      old = chosen;
    }
    expect(await count('You changed your password')).toBe(3);
  });
});

test.each([
  [firefox, 'Firefox, Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari, iPhone'],
  ['<b>http://evil.example</b>', null],
  [undefined, null],
])('the browser %j is called %j', (agent, name) => {
  expect(browserOf(agent)).toBe(name);
});
