// While requests wait for the hash of a password: a flood lets the owner in, and what happens meanwhile counts. The site
// runs in this process, so that a hash takes as long as the test says, however busy the machine is.
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { readConfig } from '../src/config.js';
import { createStore, type Database, openDatabase, type Store } from '../src/database.js';
import { verifyPassword } from '../src/passwords.js';
import { slowly } from '../src/queue.js';
import { createApp } from '../src/routes.js';
import { addPerson, type Person, password } from './support/people.js';
import { phoneCode } from './support/phone.js';
import { appKey, keys, Site } from './support/site.js';
import { Visitor } from './support/visitor.js';
import { until } from './support/wait.js';

vi.mock('../src/passwords.js', { spy: true });
vi.mock('../src/queue.js', { spy: true });

const { oathtool } = inject('tools');
const day = new Date(Date.now() + 48 * 3600_000).toISOString().slice(0, 10);
const site = new Site();
const config = readConfig({ APP_KEY: appKey.toString('base64'), POLICIES: `obligatory-from=${day}` });
let database: Database;
let store: Store;
let app: ReturnType<typeof createApp>;
/** What happens, once, before a session begins. */
let beforeSession: (() => unknown) | null = null;

/** Checks of passwords that are held, and what they compare with. */
const held: { hash: string | null; goOn: () => void }[] = [];
let holding = false;
const original = await vi.importActual<typeof import('../src/passwords.js')>('../src/passwords.js');

beforeAll(async () => {
  database = await openDatabase(site.database);
  store = createStore(database, site.clock.now);
  const beginSession: Store['beginSession'] = async (...session) => {
    const happens = beforeSession;
    beforeSession = null;
    await happens?.();
    return store.beginSession(...session);
  };
  app = createApp(config, { ...store, beginSession }, keys, site.clock.now);
  for (const stream of ['log', 'error'] as const) vi.spyOn(console, stream).mockReturnValue();
  vi.mocked(verifyPassword).mockImplementation(async (typed, hash) => {
    if (holding) await new Promise<void>((goOn) => held.push({ hash, goOn }));
    // Without an account it is wrong, and 200 in a row would take long.
    return hash !== null && original.verifyPassword(typed, hash);
  });
});
afterEach(release);
afterAll(async () => {
  await database.close();
  await site.stop();
});

function release() {
  holding = false;
  for (const { goOn } of held.splice(0)) goOn();
}

const checking = (count: number) => until(`${count} are checked`, () => held.length === count);

/** Until so many requests of a flood have asked the queue for a place. */
const asked = (count: number) => until(`${count} asked`, () => vi.mocked(slowly).mock.calls.length === count);

/** Lets one check after the other go on, this person's as soon as it is held, and tells how many came before it. */
async function turnsBefore({ passwordHash }: Person) {
  for (let turns = 0; ; turns++) {
    await checking(2);
    const own = held.findIndex(({ hash }) => hash === passwordHash);
    for (const check of held.splice(Math.max(own, 0), 1)) check.goOn();
    if (own >= 0) return turns;
  }
}

let people = 0;
const add = (options?: Parameters<typeof addPerson>[2]) =>
  addPerson(store, `person${people++}@example.com`, { twoFactor: false, ...options });
const stranger = () => new Visitor(config.origin.origin, app.request);
const logIn = (email: string) => stranger().post('/login', { email, password });

async function loggedIn(person: Person) {
  const someone = stranger();
  expect((await someone.logIn(person.email, password)).location).toBe('/');
  return someone;
}

/** Requests at the same time, while checks are held. `answers`: the statuses of those that are answered, by place. */
function flood(requests: (() => ReturnType<Visitor['post']>)[]) {
  holding = true;
  vi.mocked(slowly).mockClear();
  const answers = new Map<number, number>();
  const all = Promise.all(requests.map(async (send, i) => answers.set(i, (await send()).status)));
  return { answers, all };
}

describe('a flood', () => {
  const nobody = (i: number) => `nobody${i}@example.com`;
  const ofNobody = (count: number) => flood(Array.from({ length: count }, (_, i) => () => logIn(nobody(i))));

  test('of 400 logins lets the owner in, and counts nothing that it refused', async () => {
    const ann = await add();
    const { answers, all } = ofNobody(400);
    await asked(400);
    const owner = logIn(ann.email);
    await asked(401);
    expect(await turnsBefore(ann)).toBe(1);
    expect((await owner).location).toBe('/');
    // Two were checked or are, and 200 wait, the owner for a while among them.
    const refused = [...answers].filter(([, status]) => status === 503).map(([i]) => i);
    expect(refused).toEqual(Array.from({ length: 199 }, (_, i) => i + 2));
    const counts = refused.map((i) => keys.sign('attempts', nobody(i)));
    expect((await store.readAttempts(counts)).size).toBe(0);
    release();
    await all;
  });

  test('of logins leaves a turn for those who are logged in', async () => {
    const ann = await add();
    const someone = await loggedIn(ann);
    const first = ofNobody(2);
    await checking(2);
    const change = someone.post('/security/password', { password, new: 'another password' });
    await asked(3);
    // Of one kind the newest go first.
    const later = ofNobody(150);
    await asked(150);
    expect(await turnsBefore(ann)).toBeLessThanOrEqual(2);
    await change;
    expect(someone.notice).toBe('password-changed');
    release();
    await Promise.all([first.all, later.all]);
  });

  test('of those who are logged in lets a password be changed in one turn', async () => {
    const [ann, ...others] = [await add(), await add(), await add(), await add(), await add()];
    const someone = await loggedIn(ann);
    const crowd = await Promise.all(others.map(loggedIn));
    const { all } = flood(crowd.map((other) => () => other.post('/security/two-factor', { password })));
    await asked(4);
    const change = someone.post('/security/password', { password, new: 'another password' });
    await asked(5);
    expect(await turnsBefore(ann)).toBe(1);
    await change;
    expect(someone.notice).toBe('password-changed');
    release();
    await all;
  });

  test.each([
    '/security/two-factor',
    // From a browser that is known.
    '/login',
  ])('of 210 requests of one user at %s is cut, and lets another log in', async (path) => {
    const [ann, bob] = [await add(), await add()];
    const someone = await loggedIn(ann);
    await someone.get('/security/two-factor');
    const { answers, all } = flood(Array(210).fill(() => someone.post(path, { email: ann.email, password })));
    // What is refused is told to wait, and at once: two are checked, and three wait.
    await until('205 are answered', () => answers.size === 205);
    expect([...answers.values()]).toEqual(Array(205).fill(503));
    const other = logIn(bob.email);
    await asked(211);
    expect(await turnsBefore(bob)).toBeLessThanOrEqual(2);
    expect((await other).location).toBe('/');
    release();
    await all;
    expect([...answers.values()]).toContain(303);
    expect([...answers.values()].filter((status) => ![303, 429, 503].includes(status))).toEqual([]);
  });
});

test('who knows the password, and tries backup codes all at once, takes no place of the owner', async () => {
  const [ann, bob, cas] = [await add({ twoFactor: true }), await add(), await add()];
  const [owner, thief] = [stranger(), stranger()];
  await owner.logIn(ann.email, password);
  const [code = ''] = ann.codes;
  await owner.submit('/login/backup-code', { code });
  expect(owner.notice).toBe('backup-used');
  owner.cookies.delete('session');
  await thief.logIn(ann.email, password);
  const { all } = flood([bob, cas].map((other) => () => logIn(other.email)));
  await checking(2);
  const guess = () => thief.post('/login/backup-code', { code: 'aaaa-aaaa-aaaa-aaaa' });
  const guesses = [guess(), guess(), guess(), guess()];
  await asked(6);
  const login = owner.logIn(ann.email, password);
  await asked(7);
  release();
  expect((await login).location).toBe('/login/code');
  await Promise.all([all, ...guesses]);
});

describe.skipIf(!oathtool)('while a request waits for a slow hash', () => {
  /** The owner, one click before two-factor login is on. */
  async function readyToActivate(person: Person) {
    const owner = await loggedIn(person);
    await owner.submit('/security/two-factor', { password });
    const { html } = await owner.get('/security/two-factor');
    person.key = (/id="key">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');
    const code = await phoneCode(person.key, site.clock.now());
    const shown = await owner.post('/security/two-factor/confirm', { code });
    person.codes = [...shown.html.matchAll(/<li>([^<]+)<\/li>/g)].map((match) => match[1] ?? '');
    const activate = async () => {
      await owner.post('/security/two-factor/activate', { stored: 'yes' });
      expect(owner.notice).toBe('activated');
    };
    return { owner, activate };
  }

  async function meanwhile(request: () => Promise<unknown>, happens: () => unknown) {
    holding = true;
    const answer = request();
    await checking(1);
    await happens();
    release();
    await answer;
  }

  test('of a login, the owner switches on: the login stops at the second step', async () => {
    const person = await add();
    const { owner, activate } = await readyToActivate(person);
    const thief = stranger();
    await meanwhile(() => thief.logIn(person.email, password), activate);
    expect((await thief.get('/')).location).toBe('/login/code');
    await thief.get('/login/code');
    await thief.post('/security/two-factor/off', { code: person.codes[0] ?? '' });
    expect((await owner.get('/security')).html).toContain('10 backup codes left');
  });

  test('of another session that sets up, the owner switches on: it sets up nothing', async () => {
    const person = await add();
    const thief = await loggedIn(person);
    const { owner, activate } = await readyToActivate(person);
    await thief.get('/security/two-factor');
    await meanwhile(() => thief.post('/security/two-factor', { password }), activate);
    expect((await thief.get('/security/two-factor')).location).toBe('/login');
    expect((await owner.get('/security')).html).toContain('10 backup codes left');
  });

  test.each(['as its hash is computed', 'as its session begins'])(
    'of a login in a trusted browser, the owner asks for codes everywhere %s: it is asked for one',
    async (moment) => {
      const person = await add({ twoFactor: true });
      const [thief, owner] = [stranger(), stranger()];
      for (const someone of [thief, owner]) {
        await someone.logIn(person.email, password);
        site.clock.advance(30);
        const code = await phoneCode(person.key, site.clock.now());
        expect((await someone.submit('/login/code', { code, trust: 'yes' })).location).toBe('/');
      }
      thief.cookies.delete('session');
      const forget = () => owner.post('/security/devices/forget');
      const login = () => thief.logIn(person.email, password);
      if (moment === 'as its session begins') {
        beforeSession = forget;
        await login();
      } else await meanwhile(login, forget);
      expect(owner.notice).toBe('devices-forgotten');
      expect((await thief.get('/security')).location).toBe('/login/code');
    },
  );

  test('of a login, the day comes on which it is obligatory: it is not done without', async () => {
    const person = await add();
    const someone = stranger();
    const seconds = Math.ceil((Date.parse(day) - site.clock.now()) / 1000);
    await meanwhile(
      () => someone.logIn(person.email, password),
      () => site.clock.advance(seconds),
    );
    expect((await someone.get('/')).location).toBe('/security/two-factor');
  });
});
