// Redis: one hash for each user, compared and written by one script. With `appendfsync always`, as Redis otherwise
// answers before it has written to the disk; after a failover to a replica, a code may be good once more.
//   HSET user:17 factor null version 0
import type { StoredSecondFactor } from 'otpure';
import { createClient } from 'redis';

export const redis = createClient({ url: process.env.REDIS_URL ?? '' });
await redis.connect();

const STORE = `
  if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'factor', ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  return 1`;

export async function read(id: number) {
  const { factor, version } = await redis.hGetAll(`user:${id}`);
  if (factor === undefined || version === undefined) return null;
  const parsed: StoredSecondFactor | null = JSON.parse(factor);
  return { factor: parsed, version };
}

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: { version: string },
): Promise<boolean> {
  const stored = await redis.eval(STORE, {
    keys: [`user:${id}`],
    arguments: [version, JSON.stringify(factor)],
  });
  return stored === 1;
}
