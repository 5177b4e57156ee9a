// Something else happens while a request is under way: who was in by then is not in by what held before.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeBase32, generateTotp, updateSecondFactor } from 'otpure';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createStore, type Database, openDatabase, type Store } from '../src/database.js';
import { hashSessionId } from '../src/keys.js';
import { hashPassword } from '../src/passwords.js';
import { type Current, createRules, type Decision, type Factor, type Policy } from '../src/second-factor.js';
import { addPerson, type Person, slow } from './support/people.js';
import { phoneCode } from './support/phone.js';
import { keys, Site } from './support/site.js';
import { Visitor } from './support/visitor.js';

const { oathtool } = inject('tools');

describe.skipIf(!oathtool)('while a request waits for scrypt', () => {
  const day = new Date(Date.now() + 48 * 3600_000).toISOString().slice(0, 10);
  const site = new Site({ policies: `obligatory-from=${day}` });
  const people: Person[] = [];

  beforeAll(async () => {
    await site.withStore(async (store) => {
      for (const name of ['ann', 'bob', 'cas', 'dot', 'eve'])
        people.push(await addPerson(store, `${name}@example.com`, { twoFactor: false, cost: slow }));
    });
    await site.start();
  });
  afterAll(() => site.stop());

  const next = () => {
    const person = people.pop();
    if (!person) throw new Error('Nobody is left.');
    return person;
  };

  async function loggedIn({ email, password }: Person): Promise<Visitor> {
    const someone = new Visitor(site.url);
    expect((await someone.logIn(email, password)).location).toBe('/');
    return someone;
  }

  /** The owner, one click before two-factor login is on. */
  async function readyToActivate(person: Person) {
    const owner = await loggedIn(person);
    await owner.submit('/security/two-factor', { password: person.password });
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

  async function meanwhile<T>(request: Promise<T>, happens: () => unknown): Promise<T> {
    let answered = false;
    const answer = request.finally(() => {
      answered = true;
    });
    await sleep(300);
    await happens();
    expect(answered, 'the request was still waiting').toBe(false);
    return answer;
  }

  test('of a login, the owner switches on: the login stops at the second step', async () => {
    const person = next();
    const { owner, activate } = await readyToActivate(person);
    const thief = new Visitor(site.url);
    await meanwhile(thief.logIn(person.email, person.password), activate);
    expect((await thief.get('/')).location).toBe('/login/code');
    await thief.get('/login/code');
    await thief.post('/security/two-factor/off', { password: person.password });
    expect((await owner.get('/security')).html).toContain('10 backup codes left');
  });

  test.each(['/security/backup-codes', '/security/two-factor/off'])(
    'of another session at %s, the owner switches on: it changes nothing',
    async (path) => {
      const person = next();
      const thief = await loggedIn(person);
      const { owner, activate } = await readyToActivate(person);
      await thief.get('/security');
      const answer = await meanwhile(thief.post(path, { password: person.password }), activate);
      expect(answer.html).not.toContain('id="codes"');
      expect((await thief.get('/')).location).toBe('/login');
      expect((await owner.get('/security')).html).toContain('10 backup codes left');
      await owner.post('/logout');
      await owner.logIn(person.email, person.password);
      await owner.submit('/login/backup-code', { code: person.codes[0] ?? '' });
      expect(owner.notice).toBe('backup-used');
    },
  );

  test('the day comes on which it is obligatory: nobody switches off, or logs in without', async () => {
    const [ann, bob] = [next(), next()];
    const { owner, activate } = await readyToActivate(ann);
    await activate();
    await owner.get('/security/two-factor/off');
    const off = owner.post('/security/two-factor/off', { password: ann.password });
    const other = new Visitor(site.url);
    const login = other.logIn(bob.email, bob.password);
    const [answer] = await meanwhile(Promise.all([off, login]), () =>
      site.clock.advance(Math.ceil((Date.parse(day) - site.clock.now()) / 1000)),
    );
    expect(answer.status).toBe(403);
    expect((await other.get('/')).location).toBe('/security/two-factor');
  });
});

describe('while a decision is made', () => {
  const site = new Site();
  const policy: Policy = {
    backupCodes: 'on',
    backupCodeAlphabet: 'base32',
    backupCodeCount: 10,
    backupCodesAfterActivation: false,
    obligatory: false,
    enrolAtFirstLogin: false,
  };
  const rules = createRules(keys.secrets, () => policy, site.clock.now);
  const another = hashPassword('another', { ln: 4, r: 1, p: 1 });
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await openDatabase(site.database);
    store = createStore(database, site.clock.now);
  });
  afterAll(async () => {
    await database.close();
    await site.stop();
  });

  type Decide = (current: Current) => Decision<unknown> | Promise<Decision<unknown>>;
  let people = 0;

  /** Somebody with two-factor login, in the session that asks and in one more, and an administrator. */
  async function prepare(twoFactor: boolean) {
    const person = await addPerson(store, `person${people++}@example.com`, { twoFactor });
    const admin = await addPerson(store, `admin${people}@example.com`, { twoFactor: false, admin: true });
    const session = async (id: string) => {
      const user = await store.findUser(id);
      if (!user) throw new Error('The user is gone.');
      return store.beginSession(user, 0, user.factor?.id ?? null);
    };
    const ids = [await session(person.id), await session(person.id), await session(admin.id)];
    const [asking = '', other = '', adminSession = ''] = ids.map(hashSessionId);
    const change = (by: string, decide: Decide) =>
      updateSecondFactor({ ...store.secondFactor(person.id, by), decide });
    return { person, change, asking, other, adminSession, id: ids[0] ?? '' };
  }
  type Scene = Awaited<ReturnType<typeof prepare>>;

  const fresh = (scene: Scene): Factor => ({
    id: 'new',
    lastUsedTimeStep: null,
    backupHashes: [],
    attempts: null,
    secret: rules.begin(scene.person.id).secret,
  });
  const code = ({ person }: Scene) => generateTotp(decodeBase32(person.key), { timestamp: site.clock.now() });

  const decisions: [string, boolean, (scene: Scene) => Decide][] = [
    ['new backup codes', true, () => rules.newCodes],
    ['switching off', true, () => rules.switchOff],
    ['a code', true, (scene) => rules.logIn(scene.person.id, code(scene), 'totp')],
    ['a backup code', true, ({ person }) => rules.logIn(person.id, person.codes[0] ?? '', 'backup-code')],
    ['activating', false, (scene) => rules.activate(fresh(scene))],
  ];
  const events: [string, (scene: Scene) => Promise<unknown>][] = [
    ['switches off elsewhere', ({ change, other }) => change(other, rules.switchOff)],
    ['is reset by an administrator', ({ change, adminSession }) => change(adminSession, rules.reset)],
    [
      'sets up anew elsewhere',
      (scene) => scene.change(scene.other, () => ({ factor: fresh(scene), result: true })),
    ],
    ['logs out', ({ asking }) => store.endSession(asking)],
    [
      'changes the password elsewhere',
      async ({ id }) => {
        const session = await store.findSession(id);
        if (!session) throw new Error('The session is gone.');
        expect(await store.changePassword(session, await another)).toBe(true);
      },
    ],
  ];
  const cases = decisions.flatMap(([decision, twoFactor, decide]) =>
    events.map(([event, happens]) => ({ decision, twoFactor, decide, event, happens })),
  );

  test.each(cases.filter(({ twoFactor, event }) => twoFactor || !/off|reset/.test(event)))(
    '$decision: nothing comes of it where the owner $event',
    async ({ twoFactor, decide, happens }) => {
      const scene = await prepare(twoFactor);
      const made = decide(scene);
      let left: unknown;
      const result = await scene.change(scene.asking, async (current) => {
        const step = await made(current);
        if (left !== undefined) return step;
        expect(step?.result).toBeTruthy();
        await happens(scene);
        left = (await store.findUser(scene.person.id))?.factor;
        return step;
      });
      expect(result).toBeNull();
      expect((await store.findUser(scene.person.id))?.factor).toEqual(left);
    },
  );

  test('an administrator who logs out meanwhile resets nobody', async () => {
    const { person, change, adminSession } = await prepare(true);
    const result = await change(adminSession, async (current) => {
      const step = rules.reset(current);
      await store.endSession(adminSession);
      return step;
    });
    expect([result, (await store.findUser(person.id))?.factor !== null]).toEqual([null, true]);
  });

  test('a login that was under way when the password changed begins no session', async () => {
    const { id } = await prepare(true);
    const session = await store.findSession(id);
    if (!session) throw new Error('The session is gone.');
    expect(await store.changePassword(session, await another)).toBe(true);
    expect(await store.findSession(await store.beginSession(session.user, 0, 'passed'))).toBeNull();
    expect(await store.findSession(id)).toBeNull();
    // Nor does another request of it change the password again.
    expect(await store.changePassword(session, await another)).toBe(false);
  });

  test('the password is not changed by a session that has not passed the factor of by then', async () => {
    const scene = await prepare(false);
    const session = await store.findSession(scene.id);
    if (!session) throw new Error('The session is gone.');
    await scene.change(scene.asking, () => ({ factor: fresh(scene), result: true }));
    expect(await store.changePassword(session, await another)).toBe(false);
  });
});
