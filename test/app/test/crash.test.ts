// The server is killed, without a chance to tidy up, while 1,000 codes and backup codes log people in.
import { decodeBase32, generateTotp } from 'otpure';
import { describe, expect, inject, test } from 'vitest';
import { addPerson, type Person } from './support/people.js';
import { databaseUrl } from './support/postgres.js';
import { Site } from './support/site.js';
import { Visitor } from './support/visitor.js';

const backupCodes = 3;

interface Errand {
  person: Person;
  path: '/login/code' | '/login/backup-code';
  code: string;
  /** How often it logged somebody in, as far as the client was told. */
  accepted: number;
}

describe.each([
  { name: 'PostgreSQL', users: 250, parallel: 12, skipped: !inject('tools').postgres },
  // One process does all the work here, so there is less of it.
  { name: 'PGlite', users: 40, parallel: 6, skipped: false },
])('SIGKILL in the middle of it, on $name', ({ name, users, parallel, skipped }) => {
  test.skipIf(skipped)(
    'uses nothing twice and locks nobody out',
    async () => {
      const site = name === 'PostgreSQL' ? new Site({ databaseUrl: await databaseUrl() }) : new Site();
      try {
        // The codes stay good however slow the machine is.
        site.clock.stop();
        const errands = await prepare(site, users);
        expect(errands).toHaveLength(users * (1 + backupCodes));

        await site.start();
        await work(site.url, errands, parallel, (done) => {
          if (done === errands.length / 2) void site.kill('SIGKILL');
        });
        const used = errands.filter((errand) => errand.accepted === 1);
        const unsure = errands.filter((errand) => errand.accepted === 0);
        // It was in the middle: half is done, and the rest was cut off.
        expect(used.length).toBeGreaterThan(errands.length / 2 - parallel);
        expect(unsure.length).toBeGreaterThan(parallel);

        await site.kill();
        await site.start();
        await work(site.url, unsure, parallel);
        // Used without anybody being let in: only what was under way at that moment.
        expect(unsure.filter((errand) => errand.accepted === 0).length).toBeLessThanOrEqual(parallel);

        // What was used before the end is used after it.
        await work(site.url, used, parallel);
        expect(errands.filter((errand) => errand.accepted > 1)).toEqual([]);

        // Nobody is locked out, nor has to wait: the next code logs everyone in.
        site.clock.advance(60);
        const later = errands.filter((errand) => errand.path === '/login/code');
        for (const errand of later) Object.assign(errand, { code: codeOf(errand.person, site), accepted: 0 });
        await work(site.url, later, parallel);
        expect(later.filter((errand) => errand.accepted !== 1)).toEqual([]);
      } finally {
        await site.stop();
      }
    },
    300_000,
  );
});

// That codes are right is tested elsewhere, with oathtool; here there are many.
const codeOf = (person: Person, site: Site) =>
  generateTotp(decodeBase32(person.key), { timestamp: site.clock.now() });

/** Each person's code and backup codes; those of one person well apart, so that few are handed in at once. */
async function prepare(site: Site, users: number): Promise<Errand[]> {
  const people = await site.withStore(async (store) => {
    const added: Person[] = [];
    for (let i = 0; i < users; i++) added.push(await addPerson(store, `p${i}@example.com`, { backupCodes }));
    return added;
  });
  const rounds = Array.from({ length: 1 + backupCodes }, (_, round) =>
    people.map((person, i): Errand => {
      const which = (round + i) % (1 + backupCodes);
      const code = which === 0 ? codeOf(person, site) : (person.codes[which - 1] ?? '');
      return { person, path: which === 0 ? '/login/code' : '/login/backup-code', code, accepted: 0 };
    }),
  );
  return rounds.flat();
}

/** Logs in with each, some at a time. A server that goes away ends it. */
async function work(url: string, errands: Errand[], parallel: number, after?: (done: number) => void) {
  const waiting = errands.values();
  let done = 0;
  const worker = async () => {
    for (const errand of waiting) {
      const someone = new Visitor(url);
      try {
        const { email, password } = errand.person;
        await insist(() => someone.post('/login', { email, password }));
        const { location } = await insist(() => someone.post(errand.path, { code: errand.code }));
        if (location === '/' || location?.startsWith('/security')) errand.accepted++;
      } catch {
        return;
      }
      after?.(++done);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

/** Again while the site says that it is busy: then it has counted nothing. */
async function insist(post: () => ReturnType<Visitor['post']>) {
  let answer = await post();
  while (answer.status === 503) answer = await post();
  return answer;
}
