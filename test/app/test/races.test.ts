// Something else happens while a change is stored: who was in by then is not in by what held before.
import { decodeBase32, generateSecret, generateTotp } from 'otpure';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { createStore, type Database, openDatabase, type Store, type User } from '../src/database.js';
import { hashSessionId } from '../src/keys.js';
import { hashPassword } from '../src/passwords.js';
import { createApp } from '../src/routes.js';
import { createRules } from '../src/second-factor.js';
import { addPerson } from './support/people.js';
import { appKey, keys, Site } from './support/site.js';

describe('while a change is stored', () => {
  const site = new Site();
  const another = hashPassword('another', { memoryCost: 8, timeCost: 1 });
  let database: Database;
  let store: Store;
  /** What happens before a change is stored. */
  let interrupt: () => Promise<unknown> = async () => {};
  beforeAll(async () => {
    database = await openDatabase(site.database);
    store = createStore(database, site.clock.now);
  });
  afterAll(async () => {
    await database.close();
    await site.stop();
  });

  const secondFactor: Store['secondFactor'] = (session) => {
    const real = store.secondFactor(session);
    const storeLater: typeof real.store = async (...row) => {
      await interrupt();
      return real.store(...row);
    };
    return { ...real, store: storeLater };
  };
  const config = readConfig({ APP_KEY: appKey.toString('base64') });
  const rules = createRules(config, keys.secrets, { secondFactor } as Store, site.clock.now);
  let people = 0;

  /** Somebody with two-factor login, in the session that asks and in one more, and an administrator. */
  async function prepare(twoFactor: boolean) {
    const person = await addPerson(store, `person${people++}@example.com`, { twoFactor });
    const admin = await addPerson(store, `admin${people}@example.com`, { twoFactor: false, admin: true });
    const session = async (id: string) => {
      const user = await store.findUser(id);
      if (!user) throw new Error('The user is gone.');
      return store.beginSession(user, 0, user.factor?.id ?? 'none');
    };
    const ids = [await session(person.id), await session(person.id), await session(admin.id)];
    const [asking, other, adminSession] = ids.map((id) => rules.twoFactorOf(hashSessionId(id)));
    if (!asking || !other || !adminSession) throw new Error();
    const code = person.key && generateTotp(decodeBase32(person.key), { timestamp: site.clock.now() });
    return { person, asking, other, adminSession, code, id: ids[0] ?? '', adminId: ids[2] ?? '' };
  }
  type Scene = Awaited<ReturnType<typeof prepare>>;

  // PostgreSQL looks again at the row that a change waited for, but not at the session.
  test('a new password raises the version, so that no change that waited for it is stored', async () => {
    const { person, id } = await prepare(false);
    const session = await store.findSession(id);
    if (!session) throw new Error('The session is gone.');
    expect(await store.changePassword(session, await another)).toBe(true);
    expect((await store.findUser(person.id))?.version).toBe(session.user.version + 1);
  });

  /** Which of the stores of a change is interrupted, and the change. */
  const changes: [string, boolean, number, (scene: Scene) => Promise<unknown>][] = [
    ['a code', true, 1, ({ asking, person, code }) => asking.verify(person.id, code)],
    ['a backup code', true, 1, ({ asking, person }) => asking.verify(person.id, person.codes[0])],
    [
      'a backup code that is counted',
      true,
      2,
      ({ asking, person }) => asking.verify(person.id, person.codes[0]),
    ],
    ['new backup codes', true, 1, ({ asking, person, code }) => asking.replaceBackupCodes(person.id, code)],
    ['switching off', true, 1, ({ asking, person, code }) => asking.disable(person.id, code)],
    ['activating', false, 1, ({ asking, person }) => asking.adopt(person.id, { secret: generateSecret() })],
    [
      'confirming',
      false,
      1,
      ({ asking, person }) => {
        const { setupKey, pendingSecret } = asking.setUp(person.id, person.email);
        const code = generateTotp(decodeBase32(setupKey), { timestamp: site.clock.now() });
        return asking.confirm(person.id, { pendingSecret, code });
      },
    ],
  ];
  const events: [string, (scene: Scene) => Promise<unknown>][] = [
    ['switches off elsewhere', ({ other, person }) => other.forceDisable(person.id)],
    ['is reset by an administrator', ({ adminSession, person }) => adminSession.forceDisable(person.id)],
    [
      'sets up anew elsewhere',
      async ({ other, person }) => {
        await other.forceDisable(person.id);
        const session = await store.beginSession((await store.findUser(person.id)) as User, 0, 'none');
        const fresh = rules.twoFactorOf(hashSessionId(session));
        expect(await fresh.adopt(person.id, { secret: generateSecret() })).toBeTruthy();
      },
    ],
    ['logs out', ({ id }) => store.endSession(hashSessionId(id))],
    [
      'changes the password elsewhere',
      async ({ id }) => {
        const session = await store.findSession(id);
        if (!session) throw new Error('The session is gone.');
        expect(await store.changePassword(session, await another)).toBe(true);
      },
    ],
  ];
  const cases = changes.flatMap(([change, twoFactor, round, make]) =>
    events.map(([event, happens]) => ({ change, twoFactor, round, make, event, happens })),
  );

  test.each(cases.filter(({ twoFactor, event }) => twoFactor || !/off|reset/.test(event)))(
    '$change: nothing comes of it if the owner $event',
    async ({ twoFactor, round, make, happens }) => {
      const scene = await prepare(twoFactor);
      let left: unknown;
      let stores = 0;
      interrupt = async () => {
        if (++stores !== round) return;
        interrupt = async () => {};
        await happens(scene);
        left = (await store.findUser(scene.person.id))?.factor;
      };
      expect(await make(scene)).toBeFalsy();
      expect(stores).toBeGreaterThanOrEqual(round);
      expect((await store.findUser(scene.person.id))?.factor).toEqual(left);
    },
  );

  test('a try whose count was read before it was cleared is not counted after it', async () => {
    const [before, after] = [9, 10].map((failures) => ({ failures, lastFailureAt: site.clock.now() }));
    await store.storeAttempts('key', null, before ?? null);
    await store.clearAttempts(['key']);
    expect(await store.storeAttempts('key', before ?? null, after ?? null)).toBe(false);
    expect((await store.readAttempts(['key'])).get('key')?.failures).toBe(0);
  });

  test('an administrator who logs out meanwhile resets nobody', async () => {
    const { person, adminSession, adminId } = await prepare(true);
    interrupt = () => store.endSession(hashSessionId(adminId));
    expect(await adminSession.forceDisable(person.id)).toBe(false);
    interrupt = async () => {};
    expect((await store.findUser(person.id))?.factor).not.toBeNull();
  });

  test('a login that was under way when the password changed begins no session', async () => {
    const { id } = await prepare(true);
    const session = await store.findSession(id);
    if (!session) throw new Error('The session is gone.');
    expect(await store.changePassword(session, await another)).toBe(true);
    expect(await store.findSession(await store.beginSession(session.user, 0, 'passed'))).toBeNull();
    expect(await store.findSession(id)).toBeNull();
    // Nor does another request of it end a session of the owner.
    const owner = await store.beginSession((await store.findUser(session.user.id)) as User, 0, 'none');
    await store.endOthers(session);
    expect(await store.findSession(owner)).not.toBeNull();
    // Nor does another request of it change the password again.
    expect(await store.changePassword(session, await another)).toBe(false);
  });

  test('a password that is another once it is checked is wrong, and clears no count', async () => {
    const { person, id } = await prepare(false);
    const late = async (...count: Parameters<Store['storeAttempts']>) => {
      const session = await store.findSession(id);
      if (session) expect(await store.changePassword(session, await another)).toBe(true);
      return store.storeAttempts(...count);
    };
    const app = createApp(config, { ...store, storeAttempts: late }, keys, site.clock.now);
    const answer = await app.request('/login', {
      method: 'POST',
      headers: { origin: config.origin.origin },
      body: new URLSearchParams({ email: person.email, password: person.password }),
    });
    expect([answer.status, answer.headers.get('set-cookie') ?? '']).toEqual([
      422,
      expect.not.stringContaining('session='),
    ]);
    const counts = await store.readAttempts([keys.sign('attempts', person.email)]);
    expect([...counts.values()].map(({ failures }) => failures)).toEqual([1]);
  });

  test('a log-in whose session ended meanwhile finishes none, neither of its own account nor of another', async () => {
    const [{ id }, { person }] = [await prepare(false), await prepare(true)];
    const app = createApp(config, { ...store, endSession: async () => false }, keys, site.clock.now);
    const answer = await app.request('/login', {
      method: 'POST',
      headers: { origin: config.origin.origin, cookie: `session=${id}` },
      body: new URLSearchParams({ email: person.email, password: person.password }),
    });
    const cookies = answer.headers.get('set-cookie') ?? '';
    expect([answer.headers.get('location'), cookies]).toEqual([
      '/login',
      expect.not.stringContaining('browser-'),
    ]);
    expect((await store.findUser(person.id))?.firstLogin).toBe(true);
  });

  test('the password is not changed by a session that has not passed the factor of by then', async () => {
    const { id, asking, person } = await prepare(false);
    const session = await store.findSession(id);
    if (!session) throw new Error('The session is gone.');
    expect(await asking.adopt(person.id, { secret: generateSecret() })).toBeTruthy();
    expect(await store.changePassword(session, await another)).toBe(false);
  });
});
