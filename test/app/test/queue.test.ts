// The queue for slow hashes, with work that ends when the test says so.
import { expect, test } from 'vitest';
import { Busy, type Lane, slowly, slowlyFor } from '../src/queue.js';

/** Work that waits for its end. `started` tells in which order it was begun. */
function worker() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      started.push(name);
      ends.set(name, () => resolve(name));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, work, end };
}

/** Ends whatever is begun until nothing is left. */
async function drain({ started, end }: ReturnType<typeof worker>) {
  for (let i = 0; i < started.length; i++) await end(started[i] ?? '');
}

test('two run at once; second steps and known browsers go first, sign-ups last', async () => {
  const hall = worker();
  const all = ['login 1', 'login 2'].map((name) => slowly('login', hall.work(name)));
  const lanes: Lane[] = ['register', 'account', 'login', 'known'];
  for (const lane of lanes) all.push(slowly(lane, hall.work(lane)));
  expect(hall.started).toEqual(['login 1', 'login 2']);
  await drain(hall);
  expect(hall.started.slice(2).reverse()).toEqual(lanes);
  expect(await Promise.all(all)).toHaveLength(6);
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

test('one user has three places, whatever was asked for, and gets them back', async () => {
  const hall = worker();
  const requests = Array.from({ length: 210 }, (_, i) => slowlyFor('ann', hall.work(`ann ${i}`)));
  const answers = Promise.allSettled(requests);
  const login = slowly('login', hall.work('login'));
  const bob = slowlyFor('bob', hall.work('bob'));
  await drain(hall);
  expect(hall.started).toEqual(['ann 0', 'ann 1', 'login', 'bob', 'ann 2']);
  expect((await answers).filter(({ status }) => status === 'rejected')).toHaveLength(207);
  expect([await login, await bob]).toEqual(['login', 'bob']);
  const again = slowlyFor('ann', hall.work('again'));
  await hall.end('again');
  expect(await again).toBe('again');
});

test('work that fails gives its place back', async () => {
  const failures = Array.from({ length: 5 }, () => slowlyFor('ann', () => Promise.reject(new Error('no'))));
  for (const { status } of await Promise.allSettled(failures)) expect(status).toBe('rejected');
  expect(await slowlyFor('ann', async () => 'yes')).toBe('yes');
});
