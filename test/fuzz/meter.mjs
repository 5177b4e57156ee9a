// Counts what the library asks of node:crypto. Import this before the library.
import { createRequire, syncBuiltinESMExports } from 'node:module';

const crypto = createRequire(import.meta.url)('node:crypto');
const original = { ...crypto };

// A stored hash may ask for 2^21, which takes seconds and 256 MiB. Above this, the work is counted and not done.
const MOST_SCRYPT_WORK_DONE = 2 ** 8;

let spent;
reset();

function reset() {
  spent = { hashes: 0, hmacs: 0, scrypts: 0, mostScryptWork: 0, randomCalls: 0, randomBytes: 0 };
}

crypto.hash = (...args) => {
  spent.hashes++;
  return original.hash(...args);
};
crypto.createHmac = (...args) => {
  spent.hmacs++;
  return original.createHmac(...args);
};
crypto.randomFillSync = (target, ...rest) => {
  spent.randomCalls++;
  spent.randomBytes += target.byteLength;
  return original.randomFillSync(target, ...rest);
};
crypto.scrypt = (password, salt, length, options, callback) => {
  const work = options.N * options.r * options.p;
  spent.scrypts++;
  spent.mostScryptWork = Math.max(spent.mostScryptWork, work);
  if (work <= MOST_SCRYPT_WORK_DONE) original.scrypt(password, salt, length, options, callback);
  else setImmediate(callback, null, original.randomBytes(length));
};
syncBuiltinESMExports();

export const { scryptSync, createHmac } = original;

/** What a call returned or threw, and what it cost. Awaits a promise. */
export function run(call) {
  reset();
  let value;
  try {
    value = call();
  } catch (error) {
    return { error, spent };
  }
  if (!(value instanceof Promise)) return { value, spent };
  return value.then(
    (value) => ({ value, spent }),
    (error) => ({ error, spent }),
  );
}
