// The queue for slow hashes, with work that ends when the test says so.
import { expect, test, vi } from 'vitest';
import { Busy, type Lane, slowly } from '../src/queue.js';

/** Until what was let in has begun. */
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Work that waits for its end. `started` tells in which order it was begun. */
function worker() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      started.push(name);
      ends.set(name, () => resolve(name));
    });
  const finish = (name: string) => ends.get(name)?.();
  const end = async (name: string) => {
    await tick();
    finish(name);
    await tick();
  };
  return { started, work, finish, end };
}

/** Ends whatever is begun until nothing is left. */
async function drain({ started, end }: ReturnType<typeof worker>) {
  await tick();
  for (let i = 0; i < started.length; i++) await end(started[i] ?? '');
}

test('two run at once, and the kinds take turns, however many wait of one', async () => {
  const hall = worker();
  const lanes: Lane[] = ['known', 'login', 'account', 'register'];
  const all = lanes.flatMap((lane) => [1, 2, 3].map((i) => slowly(lane, hall.work(`${lane} ${i}`))));
  await drain(hall);
  expect(hall.started.slice(0, 2)).toEqual(['known 1', 'known 2']);
  const turns = hall.started.slice(2).map((name) => name.split(' ')[0]);
  for (const lane of lanes.slice(1)) expect(turns.slice(0, 4)).toContain(lane);
  expect(turns.slice(4, 7).sort()).toEqual(['account', 'login', 'register']);
  expect(await Promise.all(all)).toHaveLength(12);
});

test('nobody waits for more than ten seconds, and nothing is begun afterwards', async () => {
  vi.useFakeTimers();
  try {
    const hall = worker();
    const all = ['one', 'two', 'three'].map((name) => slowly('login', hall.work(name)));
    const answers = Promise.allSettled(all);
    await vi.advanceTimersByTimeAsync(10_000);
    for (const name of ['one', 'two']) hall.finish(name);
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(hall.started).toEqual(['one', 'two']);
    await expect(all[2]).rejects.toBeInstanceOf(Busy);
  } finally {
    vi.useRealTimers();
  }
});

test('of 1,500 logins the newest go first, and the oldest are refused without being begun', async () => {
  const hall = worker();
  const flood = Array.from({ length: 1500 }, (_, i) => slowly('login', hall.work(`flood ${i}`)));
  const answers = Promise.allSettled(flood);
  const owner = slowly('login', hall.work('owner'));
  await hall.end('flood 0');
  expect(hall.started).toEqual(['flood 0', 'flood 1', 'owner']);
  await drain(hall);
  expect(await owner).toBe('owner');
  const refused = (await answers).filter(({ status }) => status === 'rejected');
  expect(refused.length + hall.started.length).toBe(1501);
  expect(refused.length).toBeGreaterThan(1200);
  expect(refused.every((answer) => 'reason' in answer && answer.reason instanceof Busy)).toBe(true);
});

test('one user waits in three places, whatever was asked for, and gets them back', async () => {
  const hall = worker();
  const forUser = (user: string, name: string) => slowly('account', hall.work(name), user);
  const requests = Array.from({ length: 210 }, (_, i) => forUser('ann', `ann ${i}`));
  const answers = Promise.allSettled(requests);
  const login = slowly('login', hall.work('login'));
  const bob = forUser('bob', 'bob');
  await drain(hall);
  expect(hall.started).toEqual(['ann 0', 'ann 1', 'login', 'bob', 'ann 4', 'ann 3', 'ann 2']);
  const refused = (await answers).filter((answer) => answer.status === 'rejected');
  expect(refused).toHaveLength(205);
  expect(refused.every(({ reason }) => reason instanceof Busy)).toBe(true);
  expect([await login, await bob]).toEqual(['login', 'bob']);
  const again = forUser('ann', 'again');
  await hall.end('again');
  expect(await again).toBe('again');
});

test('whoever had no turn yet goes before those who ask again and again', async () => {
  const hall = worker();
  const ask = (user: string, name: string) => slowly('known', hall.work(name), user);
  const all = [ask('carl', 'carl 1'), ask('dora', 'dora 1')];
  await tick();
  all.push(ask('emma', 'emma 1'), ask('carl', 'carl 2'), ask('dora', 'dora 2'));
  await hall.end('carl 1');
  all.push(ask('emma', 'emma 2'), ask('fred', 'fred 1'));
  await drain(hall);
  expect(hall.started).toEqual([
    ...['carl 1', 'dora 1', 'emma 1', 'fred 1'],
    ...['carl 2', 'dora 2', 'emma 2'],
  ]);
  await Promise.all(all);
});

test('new backup codes, which take long, are never computed in both places', async () => {
  const hall = worker();
  const all = ['gina', 'hugo'].map((user) => slowly('codes', hall.work(user), user));
  const login = slowly('login', hall.work('login'));
  await hall.end('login');
  expect(hall.started).toEqual(['gina', 'login']);
  await drain(hall);
  expect(await Promise.all([...all, login])).toEqual(['gina', 'hugo', 'login']);
});

test('work that fails gives its place back, also where it throws at once', async () => {
  const no = new Error('no');
  const failing = [
    () => Promise.reject(no),
    (): Promise<never> => {
      throw no;
    },
  ];
  const failures = [...failing, ...failing, ...failing].map((work) => slowly('account', work));
  for (const answer of await Promise.allSettled(failures))
    expect(answer).toEqual({ status: 'rejected', reason: no });
  expect(await slowly('account', async () => 'yes')).toBe('yes');
});
