// Many requests at one moment: to four server processes on one PostgreSQL, and to one on PGlite.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Store } from '../src/database.js';
import { addPerson, type Person } from './support/people.js';
import { phoneCode, wrongCode } from './support/phone.js';
import { databaseUrl } from './support/postgres.js';
import { Site } from './support/site.js';
import { Visitor } from './support/visitor.js';

const { postgres, oathtool } = inject('tools');
const requests = 200;

/** Somebody with the password done in 200 sessions. */
interface Guest extends Person {
  sessions: string[];
}

async function addGuest(store: Store, email: string): Promise<Guest> {
  const person = await addPerson(store, email);
  const user = await store.findUser(person.id);
  if (!user) throw new Error('The user was not made.');
  const sessions = [];
  for (let i = 0; i < requests; i++) sessions.push(await store.beginSession(user, 0, null));
  return { ...person, sessions };
}

describe.skipIf(!oathtool).each([
  { name: 'four servers on one PostgreSQL', servers: 4, skipped: !postgres },
  { name: 'one server on PGlite', servers: 1, skipped: false },
])('$name', ({ servers, skipped }) => {
  describe.skipIf(skipped)(`${requests} parallel requests`, () => {
    let site: Site;
    const people: Guest[] = [];
    const guessedAt: Guest[] = [];

    beforeAll(async () => {
      site = servers > 1 ? new Site({ databaseUrl: await databaseUrl() }) : new Site();
      await site.withStore(async (store) => {
        for (let i = 0; i < 6; i++) people.push(await addGuest(store, `guest${i}@example.com`));
      });
      for (let i = 0; i < servers; i++) await site.start();
      // The waits stay as long as they are, however slow the machine is.
      site.clock.stop();
    });
    afterAll(() => site.stop());

    const next = () => {
      const person = people.pop();
      if (!person) throw new Error('Nobody is left.');
      return person;
    };

    /** One visitor a session, spread over the servers. */
    const opened = ({ sessions }: Guest): Visitor[] =>
      sessions.map((session, i) => {
        const someone = new Visitor(site.urls[i % servers] ?? '');
        someone.cookies.set('session', session);
        return someone;
      });

    /** How many are logged in afterwards. Nobody's request failed; a slow machine may say that it is busy. */
    async function all(visitors: Visitor[], path: string, form: (i: number) => Record<string, string>) {
      const answers = await Promise.all(visitors.map((someone, i) => someone.post(path, form(i))));
      expect(answers.filter(({ status }) => ![303, 422, 429, 503].includes(status))).toEqual([]);
      const inside = await Promise.all(visitors.map((someone) => someone.get('/security')));
      return { answers, accepted: inside.filter((answer) => answer.status === 200).length };
    }

    test('with one code let exactly one in', async () => {
      const person = next();
      const visitors = opened(person);
      const code = await phoneCode(person.key, site.clock.now());
      expect((await all(visitors, '/login/code', () => ({ code }))).accepted).toBe(1);
    });

    test('with one code in one session let it in once, under one new id', async () => {
      const person = next();
      const [someone] = opened(person);
      if (!someone) throw new Error();
      const copies = Array.from({ length: requests }, (_, i) => someone.copy(site.urls[i % servers]));
      const code = await phoneCode(person.key, site.clock.now());
      await Promise.all(copies.map((copy) => copy.post('/login/code', { code })));
      const inside = await Promise.all(copies.map((copy) => copy.get('/security')));
      expect(inside.filter((answer) => answer.status === 200)).toHaveLength(1);
    });

    test('with one backup code let exactly one in', async () => {
      const person = next();
      const visitors = opened(person);
      const [code = ''] = person.codes;
      expect((await all(visitors, '/login/backup-code', () => ({ code }))).accepted).toBe(1);
    });

    test('with different wrong codes get five guesses', async () => {
      const person = next();
      const visitors = opened(person);
      const wrong = await wrongCode(person.key, site.clock.now());
      const result = await all(visitors, '/login/code', () => ({ code: wrong }));
      expect(result.accepted).toBe(0);
      guessedAt.push(person);
    });

    test('with wrong backup codes get five guesses', async () => {
      const person = next();
      const visitors = opened(person);
      const code = (i: number) => ({ code: String(i).padStart(16, '0') });
      expect((await all(visitors, '/login/backup-code', code)).accepted).toBe(0);
      guessedAt.push(person);
    });

    test('with guessed passwords get ten guesses', async () => {
      const { email } = next();
      const visitors = await Promise.all(
        Array.from({ length: requests }, async (_, i) => {
          const someone = new Visitor(site.urls[i % servers] ?? '');
          await someone.get('/login');
          return someone;
        }),
      );
      const { answers, accepted } = await all(visitors, '/login', (i) => ({ email, password: `guess ${i}` }));
      const wrong = answers.filter(({ status }) => status === 422).length;
      expect([accepted, wrong]).toEqual([0, 10]);
    });

    test('were counted before they were checked: five guesses each', async () => {
      // A PGlite folder belongs to one process at a time.
      await site.kill('SIGTERM');
      const states = await site.withStore((store) =>
        Promise.all(guessedAt.map(({ id }) => store.findUser(id))),
      );
      expect(states.map((user) => user?.factor?.attempts?.failures)).toEqual([5, 5]);
    });
  });
});
