// Strangers who try the password of somebody else all day: the owner gets in, and hears of it.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { hashPassword } from '../src/passwords.js';
import { addPerson, type Person, password } from './support/people.js';
import { phoneCode, wrongCode } from './support/phone.js';
import { Site } from './support/site.js';
import { Visitor } from './support/visitor.js';
import { until } from './support/wait.js';

const { oathtool } = inject('tools');

/** Never seen before. */
const stranger = (site: Site) => new Visitor(site.url);

async function siteWith(...names: string[]) {
  const site = new Site();
  await site.withStore(async (store) => {
    for (const name of names) await addPerson(store, `${name}@example.com`, { twoFactor: false });
  });
  return site.start();
}

describe('a wrong password a second for one address', () => {
  let site: Site;
  /** The cookie of the browser of ann, where she has logged in before. */
  let [name, browser] = ['', ''];
  const cookieOf = (someone: Visitor) =>
    [...someone.cookies].find(([each]) => each.startsWith('browser-')) ?? ['', ''];
  const login = (someone: Visitor, typed = password, email = 'ann@example.com') =>
    someone.post('/login', { email, password: typed });
  const known = (token = browser) => {
    const someone = stranger(site);
    someone.cookies.set(name, token);
    return someone;
  };

  beforeAll(async () => {
    site = await siteWith('ann', 'bob');
    site.clock.stop();
    const ann = stranger(site);
    expect((await login(ann)).location).toBe('/');
    [name, browser] = cookieOf(ann);
    for (let i = 0; i < 30; i++) {
      await login(stranger(site), `guess ${i}`);
      site.clock.advance(1);
    }
  });
  afterAll(() => site.stop());

  test('keeps out a browser that nobody knows', async () => {
    expect((await login(stranger(site))).status).toBe(429);
  });

  test('lets its owner in by the link of one mail an hour, in one browser', async () => {
    const mails = async () =>
      (await stranger(site).get('/mail')).html.match(/\/login\/browser\?token=[\w.-]+/g) ?? [];
    const [link = '', ...more] = await mails();
    expect(more).toEqual([]);
    const follow = async (address: string) => {
      const someone = stranger(site);
      const token = /token=(.*)/.exec(address)?.[1] ?? '';
      // Looking at it is not enough: programs that look through mails do that.
      expect((await someone.get(address)).html).toContain(token);
      await someone.post('/login/browser', { token });
      return someone;
    };
    const owner = await follow(link);
    expect(owner.notice).toBe('browser-known');
    expect((await login(owner)).location).toBe('/');
    for (let i = 0; i < 11; i++) await login(stranger(site), `guess ${i}`);
    for (const other of [link, `${link}x`, link.replace(/\d{13}/, '9999999999999')]) {
      const someone = await follow(other);
      expect([someone.notice, (await login(someone)).status]).toEqual(['link-void', 429]);
    }
    site.clock.advance(3600);
    for (let i = 0; i < 11; i++) await login(stranger(site), `guess ${i}`);
    const [next = ''] = await mails();
    expect(next).not.toBe(link);
    site.clock.advance(3601);
    expect((await follow(next)).notice).toBe('link-void');
    for (let i = 0; i < 11; i++) await login(stranger(site), `guess ${i}`);
  });

  test('keeps out a cookie that was made up, or is of somebody else', async () => {
    const bob = stranger(site);
    expect((await login(bob, password, 'bob@example.com')).location).toBe('/');
    const [id] = browser.split('.');
    for (const token of ['', 'x', `${id}.`, `${id}.x`, `x${browser}`, cookieOf(bob)[1]])
      expect((await login(known(token))).status).toBe(429);
  });

  test('does not keep out a browser that logged in before, and tells of it', async () => {
    const ann = known();
    // Somebody else uses it as well.
    await login(ann, password, 'bob@example.com');
    await ann.post('/logout');
    expect((await login(ann)).location).toBe('/');
    expect((await ann.get('/security')).html).toMatch(/1\d attempts to log in to your account failed/);
    expect((await ann.get('/mail')).html).toContain('Several attempts to log in to your account failed');
  });

  test('which has a budget of its own', async () => {
    const statuses = [];
    for (let i = 0; i < 11; i++) statuses.push((await login(known(), `guess ${i}`)).status);
    expect(statuses).toEqual([...Array(10).fill(422), 429]);
    expect((await login(known())).status).toBe(429);
    // A new id has no new budget: the cookie is signed.
    expect((await login(stranger(site))).location).toBe('/');
  });

  test('and is known no longer once the password is another', async () => {
    await site.kill();
    await site.withStore(async (store) => {
      const user = await store.findLogin('ann@example.com');
      if (!user) throw new Error('The user is gone.');
      const session = await store.findSession(await store.beginSession(user, 0, 'none'));
      if (!session) throw new Error('The session is gone.');
      const same = await hashPassword(password, { memoryCost: 8, timeCost: 1 });
      expect(await store.changePassword(session, same)).toBe(true);
    });
    await site.start();
    for (let i = 0; i < 11; i++) await login(stranger(site), `guess ${i}`);
    expect((await login(known())).status).toBe(429);
  });
});

describe.skipIf(!oathtool)('failures since the last login', () => {
  let site: Site;
  let ann: Person;
  beforeAll(async () => {
    site = new Site();
    ann = await site.withStore((store) => addPerson(store, 'ann@example.com'));
    await site.start();
  });
  afterAll(() => site.stop());

  async function logInAfter(passwords: number, codes: number): Promise<Visitor> {
    site.clock.advance(30);
    const someone = stranger(site);
    for (let i = 0; i < passwords; i++) await someone.post('/login', { email: ann.email, password: 'guess' });
    await someone.logIn(ann.email, ann.password);
    const wrong = await wrongCode(ann.key, site.clock.now());
    for (let i = 0; i < codes; i++) await someone.submit('/login/code', { code: wrong });
    const code = await phoneCode(ann.key, site.clock.now());
    expect((await someone.submit('/login/code', { code })).location).toBe('/');
    return someone;
  }

  test('are shown after the login, passwords and codes together', async () => {
    const someone = await logInAfter(3, 2);
    expect((await someone.get('/security')).html).toContain('5 attempts to log in to your account failed');
    expect((await someone.get('/mail')).html).not.toContain(
      'Several attempts to log in to your account failed',
    );
    expect((await (await logInAfter(0, 0)).get('/security')).html).not.toContain('your account failed');
  });

  test('are mailed where they are more than somebody mistypes', async () => {
    const someone = await logInAfter(4, 3);
    expect((await someone.get('/security')).html).toContain('7 attempts');
    expect((await someone.get('/mail')).html).toContain('Several attempts to log in to your account failed');
  });
});

test('a log-in that stops at the code clears no count, and is none', async () => {
  const site = new Site();
  await site.withStore((store) => addPerson(store, 'ann@example.com'));
  await site.start();
  try {
    site.clock.stop();
    const tryAll = async (...typed: string[]) => {
      const statuses = [];
      for (const each of typed) statuses.push((await stranger(site).logIn('ann@example.com', each)).status);
      return statuses;
    };
    // Nor is it counted itself: so many would keep the owner out, without a mail.
    expect(await tryAll(...Array(11).fill(password))).toEqual(Array(11).fill(303));
    expect(await tryAll(...Array(9).fill('guess'), password, 'guess', password)).toEqual([
      ...Array(9).fill(422),
      ...[303, 422, 429],
    ]);
    expect((await stranger(site).get('/mail')).html).toContain('Wrong passwords for your account');
  } finally {
    await site.stop();
  }
});

test('a request whose body comes slowly finds the session as it is by then', async () => {
  const site = await siteWith('ann');
  try {
    const ann = stranger(site);
    await ann.logIn('ann@example.com', password);
    const body = `password=${encodeURIComponent(password)}`;
    const head = [
      'POST /security/two-factor HTTP/1.1',
      'Host: x',
      `Origin: ${site.url}`,
      `Cookie: session=${ann.session}`,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
      'Connection: close',
    ];
    let answer = '';
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1');
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await until('the server waits for the body', () => answer.startsWith('HTTP/1.1 100'));
    await ann.post('/logout');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(body);
    await closed;
    expect(answer).toMatch(/location: \/login\r\n/i);
  } finally {
    await site.stop();
  }
});

test.each([
  ['a browser that nobody knows', 0],
  ['a browser that logged in before', 1],
])('one password a minute in %s is never refused, and the owner is told', async (_, logins) => {
  const site = await siteWith('ann');
  try {
    site.clock.stop();
    const thief = stranger(site);
    for (let i = 0; i < logins; i++) await thief.logIn('ann@example.com', password);
    const statuses = [];
    for (let i = 0; i < 10; i++) {
      site.clock.advance(61);
      statuses.push((await thief.logIn('ann@example.com', `guess ${i}`)).status);
    }
    expect(statuses).toEqual(Array(10).fill(422));
    expect((await thief.get('/mail')).html).toContain('Wrong passwords for your account');
  } finally {
    await site.stop();
  }
});

test('attempts, sessions and mails that are too old are deleted, and no others', async () => {
  const site = new Site();
  try {
    const left = await site.withStore(async (store) => {
      await addPerson(store, 'ann@example.com', { twoFactor: false });
      const user = await store.findLogin('ann@example.com');
      if (!user) throw new Error('The user is gone.');
      const attempts = { failures: 1, lastFailureAt: site.clock.now() };
      await store.storeAttempts('old', null, attempts);
      await store.addMail('ann@example.com', 'old', 'old', '');
      site.clock.advance(29 * 24 * 3600);
      const old = await store.beginSession(user, 0, 'none');
      site.clock.advance(24 * 3600 + 1);
      await store.storeAttempts('new', null, attempts);
      const fresh = await store.beginSession(user, 0, 'none');
      await store.addMail('ann@example.com', 'new', 'new', '');
      await store.deleteExpired();
      const sessions = await Promise.all([old, fresh].map((id) => store.findSession(id)));
      return [
        ...(await store.readAttempts(['old', 'new'])).keys(),
        ...sessions.map((session) => session !== null),
        ...(await store.listMails()).map(({ subject }) => subject),
      ];
    });
    expect(left).toEqual(['new', false, true, 'new']);
  } finally {
    await site.stop();
  }
});

describe('what nobody types', () => {
  let site: Site;
  beforeAll(async () => {
    site = await siteWith('ann');
  });
  afterAll(() => site.stop());

  const hidden = ['\u200b', '\u202e', '\ufeff', '\u00ad', '\u3164', '\ufe0f', '\u2066', '\u00a0', '\u2800'];
  test.each([
    ...['', 'ann@example.com\u0007x', `${'a'.repeat(250)}@example.com`],
    ...hidden.flatMap((letter) => [`a${letter}nn@example.com`, `ann@exam${letter}ple.com`]),
  ])('is no e-mail address: %j', async (email) => {
    expect((await stranger(site).post('/login', { email, password })).status).toBe(422);
    expect((await stranger(site).post('/register', { email, password })).status).toBe(422);
  });

  test('is no form: a body that is broken, or breaks off, is told so and logs no stack', async () => {
    const type = (value: string) => ({ 'content-type': value, origin: site.url });
    const send = (headers: Record<string, string>, body: RequestInit['body']) =>
      fetch(`${site.url}/login`, {
        method: 'POST',
        headers,
        body: body ?? null,
        duplex: 'half',
      } as RequestInit);
    expect((await send(type('multipart/form-data'), 'x')).status).toBe(400);
    expect((await send(type('multipart/form-data; boundary=x'), '--x\r\nnonsense')).status).toBe(400);
    const { port } = new URL(site.url);
    for (const framing of ['Content-Length: 500', 'Transfer-Encoding: chunked']) {
      const socket = connect(Number(port), '127.0.0.1');
      const kind = 'Content-Type: application/x-www-form-urlencoded';
      const head = [
        'POST /login HTTP/1.1',
        'Host: x',
        `Origin: ${site.url}`,
        kind,
        framing,
        'Expect: 100-continue',
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n5\r\ncode=`);
      // It waits for the rest of the body.
      await once(socket, 'data');
      socket.destroy();
    }
    await until('all are in the log', () => (site.log.match(/POST \/login 400/g) ?? []).length === 4);
    expect(site.log).not.toContain('    at ');
  });

  test('is no address of a page, and no text', async () => {
    const forms = { '/login': { email: 'ann\0@example.com' }, '/login/browser': { token: '\0' } };
    for (const [path, form] of Object.entries(forms))
      expect((await stranger(site).post(path, form)).status).toBe(400);
    for (const path of ['/admin/users/%00', '/x%00', '/login?lang=%00'])
      expect((await stranger(site).get(path)).status).toBe(400);
  });

  test('adds no line to the log', async () => {
    await stranger(site).get('/x%0aGET%20/forged%20200%1b[31m');
    expect(site.log).not.toMatch(/^GET \/forged/m);
    expect(site.log).not.toContain('\x1b');
    expect(site.log).toContain('GET /x%0aGET%20/forged%20200%1b');
  });
});
