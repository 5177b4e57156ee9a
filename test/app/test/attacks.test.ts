// Requests that no page of the site would send.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { languages } from '../src/texts.js';
import { addPerson, type Person } from './support/people.js';
import { phoneCode, wrongCode } from './support/phone.js';
import { Site } from './support/site.js';
import { Visitor } from './support/visitor.js';

const { oathtool } = inject('tools');
const { en: t } = languages;
const site = new Site();
let ann: Person;
let bob: Person;
let cas: Person;
let dot: Person;
let eve: Person;
/** One wrong code from being locked. */
let fay: Person;
/** One wrong code from an hour's wait. */
let gus: Person;
let admin: Person;
let chief: Person;

beforeAll(async () => {
  await site.withStore(async (store) => {
    ann = await addPerson(store, 'ann@example.com');
    bob = await addPerson(store, 'bob@example.com', { twoFactor: false });
    cas = await addPerson(store, 'cas@example.com');
    dot = await addPerson(store, 'dot@example.com', { twoFactor: false });
    fay = await addPerson(store, 'fay@example.com', { failures: 99 });
    gus = await addPerson(store, 'gus@example.com', { failures: 11 });
    eve = await addPerson(store, 'eve@example.com', { twoFactor: false });
    admin = await addPerson(store, 'admin@example.com', { twoFactor: false, admin: true });
    chief = await addPerson(store, 'chief@example.com', { admin: true });
  });
  await site.start();
});
afterAll(() => site.stop());

const protectedPages = [
  '/',
  '/security',
  '/security/two-factor',
  '/security/two-factor/off',
  '/security/backup-codes',
  '/admin',
];

const visitor = () => new Visitor(site.url);

/** Hands a code in, and says what the site said of it: `codeWrong`, say. */
async function refusalOf(someone: Visitor, path: string, code: string): Promise<string> {
  const { status, html } = await someone.submit(path, { code });
  return someone.notice || `${status}: ${html}`;
}

async function passwordDone(person: Person): Promise<Visitor> {
  const someone = visitor();
  const answer = await someone.logIn(person.email, person.password);
  expect(answer.location).toBe('/login/code');
  return someone;
}

async function loggedIn(person: Person): Promise<Visitor> {
  if (!person.key) {
    const someone = visitor();
    expect((await someone.logIn(person.email, person.password)).location).toBe('/');
    return someone;
  }
  site.clock.advance(30);
  const someone = await passwordDone(person);
  const code = await phoneCode(person.key, site.clock.now());
  expect((await someone.submit('/login/code', { code })).location).toBe('/');
  return someone;
}

test.each(protectedPages)('a stranger who asks for %s is sent to the log-in', async (page) => {
  const answer = await visitor().get(page);
  expect([answer.status, answer.location]).toEqual([303, '/login']);
});

describe.skipIf(!oathtool)('with the password alone', () => {
  test.each(protectedPages)('%s sends to the second step', async (page) => {
    const answer = await (await passwordDone(ann)).get(page);
    expect([answer.status, answer.location]).toEqual([303, '/login/code']);
  });

  test.each([
    ['/security/two-factor', { password: 'a password of the tests' }],
    ['/security/two-factor/off', { code: 'wrong' }],
    ['/security/two-factor/activate', { stored: 'yes' }],
    ['/security/backup-codes', { code: 'wrong' }],
    ['/security/devices/forget', {}],
  ])('a form sent to %s does nothing', async (path, form) => {
    const someone = await passwordDone(ann);
    await someone.get('/login/code');
    const answer = await someone.post(path, form);
    expect([answer.status, answer.location]).toEqual([303, '/login/code']);
    expect((await (await loggedIn(ann)).get('/security')).html).toContain('3 backup codes left');
  });

  test('logging in once more with the password does not finish the login', async () => {
    const someone = await passwordDone(ann);
    await someone.get('/login/code');
    await someone.post('/login', { email: ann.email, password: ann.password });
    expect((await someone.get('/')).location).toBe('/login/code');
  });

  test('the code of another user is refused', async () => {
    const someone = await passwordDone(ann);
    const code = await phoneCode(cas.key, site.clock.now());
    expect(await refusalOf(someone, '/login/code', code)).toBe('codeWrong');
    await loggedIn(ann);
  });

  test('a half-done login ends after fifteen minutes, and says so', async () => {
    const someone = await passwordDone(ann);
    await someone.get('/login/code');
    site.clock.advance(15 * 60 - 1);
    expect((await someone.get('/login/code')).status).toBe(200);
    site.clock.advance(2);
    const code = await phoneCode(ann.key, site.clock.now());
    expect((await someone.post('/login/code', { code })).location).toBe('/login');
    expect((await someone.get('/login')).html).toContain('What you typed may not have been used');
    expect((await someone.get('/login/code')).location).toBe('/login');
    expect(someone.notice).toBe('session-over');
  });
});

describe.skipIf(!oathtool)('sessions', () => {
  test('one that began while the clock was a year ahead does not last a year', async () => {
    const year = 365 * 24 * 3600;
    site.clock.advance(year);
    const someone = await loggedIn(bob);
    site.clock.advance(-year);
    expect((await someone.get('/')).location).toBe('/login');
  });

  test('the cookie of the first step is worth nothing after the second', async () => {
    const someone = await passwordDone(ann);
    const before = someone.copy();
    site.clock.advance(30);
    const code = await phoneCode(ann.key, site.clock.now());
    expect((await someone.submit('/login/code', { code })).location).toBe('/');
    expect(someone.session).not.toBe(before.session);
    expect((await before.get('/')).location).toBe('/login');
    expect((await before.get('/login/code')).location).toBe('/login');
  });

  test('the cookie of a session that logged out is worth nothing', async () => {
    const someone = await loggedIn(ann);
    const before = someone.copy();
    await someone.get('/');
    expect((await someone.post('/logout')).location).toContain('/login');
    expect((await before.get('/')).location).toBe('/login');
  });

  test('a cookie planted before the login does not become the session', async () => {
    const attacker = visitor();
    await attacker.get('/login');
    const victim = attacker.copy();
    await victim.logIn(bob.email, bob.password);
    expect(victim.session).not.toBe(attacker.session);
    expect((await attacker.get('/')).location).toBe('/login');
  });

  test.each(['', 'x', 'A'.repeat(43), `${'A'.repeat(42)}'`])(
    'a made-up cookie (%j) is nobody',
    async (value) => {
      const someone = visitor();
      someone.cookies.set('session', value);
      expect((await someone.get('/')).location).toBe('/login');
    },
  );

  test('switching on ends the sessions that were open elsewhere', async () => {
    const here = await loggedIn(dot);
    const there = await loggedIn(dot);
    const { codes } = await enrol(here, dot.password);
    expect(codes).toHaveLength(10);
    await here.post('/security/two-factor/activate', { stored: 'yes' });
    expect(here.notice).toBe('activated');
    expect((await here.get('/security')).status).toBe(200);
    expect((await there.get('/')).location).toBe('/login');
  });

  test('cookies are hidden from scripts and from other sites', async () => {
    const { headers } = await visitor().logIn(bob.email, bob.password);
    const cookies = headers.getSetCookie();
    expect(cookies.map((cookie) => cookie.split('=')[0])).toContain('session');
    for (const cookie of cookies) expect(cookie).toMatch(/HttpOnly; SameSite=Lax$/);
  });
});

/** Goes through the set-up up to the backup codes. */
async function enrol(someone: Visitor, password: string) {
  await someone.submit('/security/two-factor', { password });
  const { html } = await someone.get('/security/two-factor');
  const key = (/id="key">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');
  const code = await phoneCode(key, site.clock.now());
  const shown = await someone.post('/security/two-factor/confirm', { code });
  return { key, code, codes: [...shown.html.matchAll(/<li>([^<]+)<\/li>/g)].map((match) => match[1]) };
}

describe('forged forms', () => {
  const forms = [
    '/login',
    '/logout',
    '/register',
    '/login/code',
    '/login/backup-code',
    '/security/two-factor',
    '/security/two-factor/confirm',
    '/security/two-factor/activate',
    '/security/two-factor/cancel',
    '/security/two-factor/off',
    '/security/backup-codes',
    '/security/devices/forget',
    '/login/browser',
    '/admin/users/x/two-factor-off',
    '/admin/users/x/unlock',
  ];

  test.each(forms)('%s from another site, or from nowhere, is refused', async (path) => {
    const someone = await loggedIn(bob);
    const form = { email: eve.email, password: eve.password, stored: 'yes' };
    const sister = site.url.replace('//', '//sister.');
    const heads = [
      ...['', 'null', 'https://evil.example', `${site.url}0`, sister].map((origin) => ({ origin })),
      { origin: sister, 'sec-fetch-site': 'same-site' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      { origin: '', 'content-type': 'text/plain' },
    ];
    for (const head of heads)
      expect((await someone.request('POST', path, form, head as Record<string, string>)).status).toBe(403);
    expect((await someone.get('/security')).html).toContain(bob.email);
  });

  test('a form is taken from a browser that hides the origin, if it says that the site is the same', async () => {
    const head = { origin: 'null', 'sec-fetch-site': 'same-origin' };
    const form = { email: bob.email, password: bob.password };
    expect((await visitor().request('POST', '/login', form, head)).location).toBe('/');
  });

  test('what no form sends is refused', async () => {
    const someone = await loggedIn(bob);
    for (const type of ['application/json', 'text/plain', '']) {
      const { status } = await someone.request('POST', '/logout', undefined, { 'content-type': type });
      expect(status).toBe(400);
    }
    expect((await someone.get('/security')).html).toContain(bob.email);
  });

  test('no page may be framed, run foreign scripts or be cached', async () => {
    const { headers } = await (await loggedIn(bob)).get('/security/two-factor');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('a form of more than 16 kB is refused', async () => {
    const someone = visitor();
    await someone.get('/login');
    expect((await someone.post('/login', { email: 'x'.repeat(20_000) })).status).toBe(413);
  });
});

describe.skipIf(!oathtool)('administration', () => {
  test('an ordinary user may neither see nor use it', async () => {
    const someone = await loggedIn(bob);
    for (const page of ['/admin', `/admin/users/${cas.id}`])
      expect((await someone.get(page)).status).toBe(403);
    const answer = await someone.post(`/admin/users/${cas.id}/two-factor-off`, { password: bob.password });
    expect(answer.status).toBe(403);
    await passwordDone(cas);
  });

  test.each(['two-factor-off', 'unlock'])(
    'an administrator has to give the own password for %s',
    async (act) => {
      const someone = await loggedIn(chief);
      expect((await someone.submit(`/admin/users/${cas.id}`, {})).status).toBe(404);
      const path = `/admin/users/${cas.id}/${act}`;
      expect((await someone.post(path, { password: 'guess' })).status).toBe(422);
      expect((await someone.get(`${path}?lang=en`)).html, 'the language switch').toContain(cas.email);
      await passwordDone(cas);
    },
  );

  test.each(['two-factor-off', 'unlock'])('an administrator without a factor can do no %s', async (act) => {
    const someone = await loggedIn(admin);
    const { html } = await someone.get(`/admin/users/${cas.id}`);
    expect(html).toContain(t.adminNeedsFactor);
    const path = `/admin/users/${cas.id}/${act}`;
    expect((await someone.post(path, { password: admin.password })).status).toBe(403);
    await passwordDone(cas);
  });

  test.each(['two-factor-off', 'unlock'])(
    'administrators can do no %s for their own account',
    async (act) => {
      const someone = await loggedIn(chief);
      await someone.get('/security/password');
      const path = `/admin/users/${chief.id}`;
      expect((await someone.post(`${path}/${act}`, { password: chief.password })).location).toBe('/security');
      expect((await someone.get(path)).location).toBe('/security');
      // PostgreSQL reads an id in other spellings too.
      const spelt = `/admin/users/${chief.id.toUpperCase()}/${act}`;
      expect((await someone.post(spelt, { password: chief.password })).status).toBe(404);
      await passwordDone(chief);
    },
  );

  test('unlocking lets the owner in again, with the same phone, and tells the owner', async () => {
    const thief = await passwordDone(fay);
    await refusalOf(thief, '/login/code', await wrongCode(fay.key, site.clock.now()));
    const owner = await passwordDone(fay);
    expect((await owner.get('/login/code')).html).toContain('Ask an administrator');
    expect((await owner.get('/mail')).html).toContain('Your account is locked');
    const helper = await loggedIn(chief);
    const page = await helper.get(`/admin/users/${fay.id}`);
    expect(page.html).toContain('Unlock');
    await helper.post(`/admin/users/${fay.id}/unlock`, { password: chief.password });
    expect(helper.notice).toBe('unlocked');
    expect((await owner.get('/mail')).html).toContain('Your account is unlocked');
    await loggedIn(fay);
  });

  test.each(['x', "' or true --", '00000000-0000-0000-0000-000000000000'])(
    'no user %j is no page',
    async (id) => {
      const someone = await loggedIn(admin);
      expect((await someone.get(`/admin/users/${encodeURIComponent(id)}`)).status).toBe(404);
    },
  );
});

describe.skipIf(!oathtool)('setting up in two sessions', () => {
  test('neither session sees, confirms or replaces what the other has begun', async () => {
    const one = await loggedIn(bob);
    const two = await loggedIn(bob);
    const first = await enrol(one, bob.password);
    // The other session has nothing to confirm …
    const code = await phoneCode(first.key, site.clock.now());
    await two.get('/');
    for (const form of ['confirm', 'activate']) {
      await two.post(`/security/two-factor/${form}`, { code, stored: 'yes' });
      expect(two.notice).toBe('no-set-up');
      await two.get('/security/two-factor');
      expect(two.notice).toBe('');
    }
    // … and gets a key of its own, which leaves the first one as it is.
    const second = await enrol(two, bob.password);
    expect(second.key).not.toBe(first.key);
    expect((await one.get('/security/two-factor')).html).toContain('were shown once');
    expect((await visitor().logIn(bob.email, bob.password)).location).toBe('/');
    // The first to finish wins; the other is told, and its key never works.
    await one.post('/security/two-factor/activate', { stored: 'yes' });
    expect(one.notice).toBe('activated');
    expect((await two.post('/security/two-factor/activate', { stored: 'yes' })).location).toBe('/login');
    expect((await two.get('/security')).location).toBe('/login');
    bob.key = first.key;
    await loggedIn(bob);
    site.clock.advance(30);
    const dead = await phoneCode(second.key, site.clock.now());
    expect(await refusalOf(await passwordDone(bob), '/login/code', dead)).toBe('codeWrong');
    await loggedIn(bob);
  });

  test('without the password nothing is begun', async () => {
    const someone = await loggedIn(eve);
    expect((await someone.submit('/security/two-factor', { password: 'guess' })).status).toBe(422);
    expect((await someone.get('/security/two-factor')).html).not.toContain('id="key"');
  });

  test('mistyping in a set-up does not touch the log-in', async () => {
    const someone = await loggedIn(eve);
    await someone.submit('/security/two-factor', { password: eve.password });
    const { html } = await someone.get('/security/two-factor');
    const key = (/id="key">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');
    const wrong = await wrongCode(key, site.clock.now());
    for (let tries = 0; tries < 11; tries++)
      expect((await someone.post('/security/two-factor/confirm', { code: wrong })).status).toBe(422);
    expect((await visitor().logIn(eve.email, eve.password)).location).toBe('/');
  });

  test('a code of a clock that is off says by how much, without switching on', async () => {
    const someone = await loggedIn(eve);
    await someone.submit('/security/two-factor', { password: eve.password });
    const { html } = await someone.get('/security/two-factor');
    const key = (/id="key">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');
    for (const seconds of [120, -270]) {
      const code = await phoneCode(key, site.clock.now() + seconds * 1000);
      const answer = await someone.post('/security/two-factor/confirm', { code });
      expect([answer.status, answer.html.includes(t.clockOff(seconds))]).toEqual([422, true]);
    }
    const code = await phoneCode(key, site.clock.now() + 400_000);
    const far = await someone.post('/security/two-factor/confirm', { code });
    expect([far.status, far.html.includes(t.codeWrong)]).toEqual([422, true]);
    const near = await phoneCode(key, site.clock.now() - 30_000);
    const taken = await someone.post('/security/two-factor/confirm', { code: near });
    expect(taken.html).toContain(t.codesTitle);
    await someone.post('/security/two-factor/cancel');
  });

  test('a set-up ends after fifteen minutes, and says so', async () => {
    const someone = await loggedIn(eve);
    await someone.submit('/security/two-factor', { password: eve.password });
    const { html } = await someone.get('/security/two-factor');
    const key = (/id="key">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');
    site.clock.advance(15 * 60 + 1);
    const code = await phoneCode(key, site.clock.now());
    await someone.post('/security/two-factor/confirm', { code });
    expect(someone.notice).toBe('no-set-up');
    expect((await someone.get('/security/two-factor')).html).not.toContain('id="key"');
  });

  test('only the backup codes that were shown last are activated', async () => {
    const someone = await loggedIn(eve);
    await enrol(someone, eve.password);
    const old = someone.copy();
    await someone.post('/security/two-factor/activate', { stored: 'no' });
    await old.post('/security/two-factor/activate', { stored: 'yes' });
    expect(old.notice).toBe('codes-void');
    expect((await visitor().logIn(eve.email, eve.password)).location).toBe('/');
    await someone.post('/security/two-factor/activate', { stored: 'yes' });
    expect(someone.notice).toBe('activated');
  });
});

describe.skipIf(!oathtool)('what changes an active factor', () => {
  test.each(['/security/two-factor/off', '/security/backup-codes'])(
    '%s takes a code, and a reload does not count it again',
    async (path) => {
      const someone = await loggedIn(cas);
      const wrong = await wrongCode(cas.key, site.clock.now());
      expect(await refusalOf(someone, path, '12345')).toBe('codeTypo');
      const answer = await someone.submit(path, { code: wrong });
      expect([answer.status, answer.location, someone.notice]).toEqual([303, path, 'codeWrong']);
      expect((await someone.get(path)).html).toContain('role="alert"');
      expect((await someone.get(path)).html).not.toContain('role="alert"');
      expect((await someone.get('/security')).html).toContain('3 backup codes left');
      await loggedIn(cas);
    },
  );

  test('the set-up of a new phone ends after fifteen minutes too, and says so', async () => {
    const someone = await loggedIn(cas);
    await someone.submit('/security/two-factor', { password: cas.password });
    expect((await someone.get('/security/two-factor')).html).toContain('id="key"');
    site.clock.advance(15 * 60 + 1);
    await someone.post('/security/two-factor/confirm', { code: '123456', currentCode: '123456' });
    expect(someone.notice).toBe('no-set-up');
  });

  test('a new phone takes a code of both, and ends the old one without a gap', async () => {
    const here = await loggedIn(cas);
    const there = await loggedIn(cas);
    await here.submit('/security/two-factor', { password: cas.password });
    const { html } = await here.get('/security/two-factor');
    const key = (/id="key">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');
    site.clock.advance(30);
    const [old, code] = [await phoneCode(cas.key, site.clock.now()), await phoneCode(key, site.clock.now())];
    for (const currentCode of ['', code, '12345'])
      await here.post('/security/two-factor/confirm', { code, currentCode });
    expect(await here.get('/security')).toMatchObject({ status: 200 });
    await loggedIn(cas);
    site.clock.advance(30);
    const codes = [await phoneCode(cas.key, site.clock.now()), await phoneCode(key, site.clock.now())];
    const shown = await here.post('/security/two-factor/confirm', {
      code: codes[1] ?? '',
      currentCode: codes[0] ?? '',
    });
    expect(shown.html.match(/<li>[\w-]{19}<\/li>/g)).toHaveLength(10);
    expect((await here.get('/security')).status).toBe(200);
    expect((await there.get('/')).location).toBe('/login');
    expect(await refusalOf(await passwordDone(cas), '/login/code', old)).toBe('codeWrong');
    cas.key = key;
    cas.codes = [...shown.html.matchAll(/<li>([\w-]{19})<\/li>/g)].map((match) => match[1] ?? '');
    await loggedIn(cas);
  });
});

test('a backup code that switches off ends no first login that has to set it up', async () => {
  const strict = new Site({ policies: 'enrol-at-first-login,backup-code-disables' });
  try {
    const person = await strict.withStore((store) => addPerson(store, 'ann@example.com'));
    await strict.start();
    const someone = new Visitor(strict.url);
    await someone.logIn(person.email, person.password);
    await someone.submit('/login/backup-code', { code: person.codes[0] ?? '' });
    expect((await someone.get('/security')).location).toBe('/security/two-factor');
  } finally {
    await strict.stop();
  }
});

test('under backup-codes=1, one that is left is no reason to warn', async () => {
  const strict = new Site({ policies: 'backup-codes=1' });
  try {
    const session = await strict.withStore(async (store) => {
      const { id } = await addPerson(store, 'ann@example.com', { backupCodes: 1 });
      const user = await store.findUser(id);
      return user?.factor ? store.beginSession(user, 0, user.factor.id) : expect.fail();
    });
    await strict.start();
    const ann = new Visitor(strict.url);
    ann.cookies.set('session', session);
    const { html } = await ann.get('/security');
    expect(html).toContain('You have 1 backup code left.');
    expect(html).not.toContain('Make new ones');
  } finally {
    await strict.stop();
  }
});

test.skipIf(!oathtool)('under backup-codes-off, backup codes of before change nothing', async () => {
  const strict = new Site({ policies: 'backup-codes-off' });
  try {
    const person = await strict.withStore((store) => addPerson(store, 'ann@example.com', { digits: true }));
    await strict.start();
    const someone = new Visitor(strict.url);
    await someone.logIn(person.email, person.password);
    const code = await phoneCode(person.key, strict.clock.now());
    expect((await someone.submit('/login/code', { code })).location).toBe('/');
    const [backupCode = ''] = person.codes;
    const spaced = backupCode.replace('-', '').replace(/.{6}/, `$&${' '.repeat(93)}`);
    for (const typed of [backupCode, spaced])
      expect(await refusalOf(someone, '/security/two-factor/off', typed)).toBe('codeTypo');
    // Nor beside another field that looks like a code.
    await someone.submit('/security/two-factor/off', { code: backupCode, currentCode: '000000' });
    expect(someone.notice).toBe('codeTypo');
    await someone.submit('/security/two-factor', { password: person.password });
    const { html } = await someone.get('/security/two-factor');
    const [, key = ''] = /secret=([A-Z2-7]+)/.exec(html) ?? [];
    await someone.post('/security/two-factor/confirm', {
      code: await phoneCode(key, strict.clock.now()),
      currentCode: backupCode,
    });
    expect(someone.notice).toBe('codeTypo');
    strict.clock.advance(30);
    const next = await phoneCode(person.key, strict.clock.now());
    await someone.submit('/security/two-factor/off', { code: `${next.slice(0, 3)} ${next.slice(3)}` });
    expect(someone.notice).toBe('switched-off');
  } finally {
    await strict.stop();
  }
});

describe.skipIf(!oathtool)('guesses', () => {
  test('wrong codes and wrong backup codes share one count', async () => {
    const someone = await passwordDone(cas);
    const wrong = await wrongCode(cas.key, site.clock.now());
    await someone.submit('/login/code', { code: wrong });
    await someone.submit('/login/code', { code: wrong });
    await someone.submit('/login/backup-code', { code: 'aaaa-aaaa-aaaa-aaaa' });
    await someone.submit('/login/backup-code', { code: 'aaaa-aaaa-aaaa-aaaa' });
    expect((await someone.get('/login/code')).html).toContain(t.triesLeft(1));
    await someone.post('/login/code', { code: wrong });
    expect((await someone.get('/login/code')).html).toContain('Too many');
    // The right ones are refused too while it lasts, in a new session as well.
    const code = await phoneCode(cas.key, site.clock.now());
    expect(await refusalOf(someone, '/login/code', code)).toBe('codeWrong');
    const other = await passwordDone(cas);
    expect(await refusalOf(other, '/login/backup-code', cas.codes[0] ?? '')).toBe('backupWrong');
    // Whoever got that far knows the password: its owner is told.
    expect((await someone.get('/mail')).html).toContain('Wrong codes for your account');
    site.clock.advance(31);
    await loggedIn(cas);
  });

  test('a wait that is longer than the log-in lasts says that it starts anew', async () => {
    const someone = await passwordDone(gus);
    await someone.submit('/login/code', { code: await wrongCode(gus.key, site.clock.now()) });
    expect((await someone.get('/login/code')).html).toContain(`${t.tryAgain(3600)} ${t.thenLogIn}`);
  });

  test.each(['', ' ', 'abcdef', '①②③④⑤⑥', '12345', '1234567', '9'.repeat(200)])(
    'as a code, %j is a slip, and not counted',
    async (code) => {
      const someone = await passwordDone(cas);
      for (let tries = 0; tries < 6; tries++)
        expect(await refusalOf(someone, '/login/code', code)).toBe('codeTypo');
      await loggedIn(cas);
    },
  );

  test.each([
    (code: string) => `${code.slice(0, 3)}\u00a0${code.slice(3)}\n`,
    (code: string) => code.replace(/\d/g, (digit) => '٠١٢٣٤٥٦٧٨٩'[Number(digit)] ?? ''),
  ])('a code is taken as it is pasted (%#)', async (paste) => {
    site.clock.advance(30);
    const code = paste(await phoneCode(cas.key, site.clock.now()));
    expect((await (await passwordDone(cas)).submit('/login/code', { code })).location).toBe('/');
  });

  test('passwords are limited too, for addresses without an account alike', async () => {
    // The wait is part of the answer, and a slow machine must not change it.
    site.clock.stop();
    const answers = [];
    for (const email of ['dot@example.com', 'nobody@example.com']) {
      const someone = visitor();
      const statuses = [];
      for (let i = 0; i < 11; i++) statuses.push((await someone.logIn(email, `guess ${i}`)).status);
      const last = await someone.logIn(email, dot.password);
      answers.push([...statuses, last.status, last.html.replaceAll(email, '').replace(/value="[^"]*"/g, '')]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.slice(8, 12)).toEqual([422, 422, 429, 429]);
  });

  test('a password has ten letters at least, however their accents are composed', async () => {
    const form = { email: 'composed@example.com', password: 'brûlée-é7'.normalize('NFD') };
    expect((await visitor().post('/register', form)).status).toBe(422);
    await visitor().post('/register', { ...form, password: `${form.password}!` });
    expect((await visitor().logIn(form.email, 'brûlée-é7!'.normalize('NFC'))).location).toBe('/');
  });

  test('making an account for a taken address looks like any other', async () => {
    const pages = [];
    for (const email of ['ann@example.com', 'new@example.com']) {
      const someone = visitor();
      const answer = await someone.submit('/register', { email, password: 'long enough for this' });
      pages.push([answer.status, answer.location]);
    }
    expect(pages[0]).toEqual(pages[1]);
    await passwordDone(ann);
  });
});

test('a link puts no notice on the page, and a cookie none but those of the site', async () => {
  const someone = visitor();
  expect((await someone.get('/login?notice=registered')).html).not.toContain('class="notice"');
  someone.cookies.set('notice', '__proto__');
  expect((await someone.get('/login')).html).not.toContain('class="notice"');
  someone.cookies.set('notice', 'registered');
  expect((await someone.get('/login')).html).toContain('class="notice"');
  expect((await someone.get('/login')).html).not.toContain('class="notice"');
});

describe.skipIf(!oathtool)('a trusted browser', () => {
  /** Logs in with a code, and ticks the box. */
  async function trusted(person: Person, at = site): Promise<Visitor> {
    const someone = new Visitor(at.url);
    at.clock.advance(30);
    await someone.logIn(person.email, person.password);
    const code = await phoneCode(person.key, at.clock.now());
    expect((await someone.submit('/login/code', { code, trust: 'yes' })).location).toBe('/');
    return someone;
  }
  const again = async (someone: Visitor, { email, password }: Person) => {
    someone.cookies.delete('session');
    return (await someone.logIn(email, password)).location;
  };

  test('is asked for no code, until it is forgotten', async () => {
    const someone = await trusted(chief);
    expect(await again(someone, chief)).toBe('/');
    expect(await again(visitor(), chief)).toBe('/login/code');
    expect((await someone.get('/security')).html).toContain('You log in without a code in 1 browser');
    const other = await loggedIn(chief);
    await other.get('/security');
    await other.post('/security/devices/forget');
    expect((await other.get('/security')).html).not.toContain(t.devicesCount(1));
    // The session that began by trust is over.
    expect((await someone.get('/security')).location).toBe('/login');
    expect(await again(someone, chief)).toBe('/login/code');
  });

  test('is trusted for its own user only, and for thirty days', async () => {
    const someone = await trusted(chief);
    someone.cookies.set(`device-${ann.id}`, someone.cookies.get(`device-${chief.id}`) ?? '');
    expect(await again(someone, ann)).toBe('/login/code');
    site.clock.advance(30 * 24 * 3600 - 60);
    expect(await again(someone, chief)).toBe('/');
    site.clock.advance(60);
    expect(await again(someone, chief)).toBe('/login/code');
  });

  test('is trusted no longer once the password is another', async () => {
    const someone = await trusted(chief);
    const chosen = 'another password of the tests';
    await someone.submit('/security/password', { password: chief.password, new: chosen });
    expect(someone.notice).toBe('password-changed');
    chief.password = chosen;
    expect(await again(someone, chief)).toBe('/login/code');
  });

  test('is not offered, and none of before counts, under trusted-devices-off', async () => {
    const strict = new Site({ policies: 'trusted-devices-off' });
    try {
      const person = await strict.withStore((store) => addPerson(store, 'ann@example.com'));
      await strict.start();
      const someone = await trusted(person, strict);
      expect([...someone.cookies.keys()].filter((name) => name.startsWith('device'))).toEqual([]);
      await again(someone, person);
      expect((await someone.get('/login/code')).html).not.toContain('name="trust"');
      // Trusted before the policy was.
      await strict.kill();
      strict.options.policies = '';
      await strict.start();
      const before = await trusted(person, strict);
      await strict.kill();
      strict.options.policies = 'trusted-devices-off';
      await strict.start();
      const after = before.copy(strict.url);
      expect(await again(after, person)).toBe('/login/code');
      const full = new Visitor(strict.url);
      strict.clock.advance(30);
      await full.logIn(person.email, person.password);
      await full.submit('/login/code', { code: await phoneCode(person.key, strict.clock.now()) });
      expect((await full.get('/security')).html).not.toContain(t.devicesCount(1));
    } finally {
      await strict.stop();
    }
  });
});
