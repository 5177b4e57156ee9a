//! otpure (MIT)
// scrypt (RFC 7914) for backup codes: its cost, and the queue that bounds how much of it runs and waits.
import * as crypto from 'node:crypto';
import { checkInteger, checkObject, invalidNumber } from './checks.js';
import { OtpError } from './errors.js';

/** Cost of scrypt (RFC 7914 §2). N·r·p is at most 2^21. */
export interface ScryptCost {
  /** CPU and memory cost: a power of 2, at least 2, below 2^(16·r). */
  N: number;
  /** Block size: 1 to 32. */
  r: number;
  /** Parallelisation: 1 to 32. */
  p: number;
}

/** The right to compute scrypt: to run now, or to wait in the queue. */
export interface ScryptPlace {
  /** Computes 32 bytes, once it is this place's turn. */
  derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array>;
  /** Gives the place up; further calls do nothing. A place that is kept counts as waiting for good. */
  leave(): void;
}

// N·r·p: 256 MiB, twice the most expensive setting that OWASP lists. A stored hash can't ask for more.
const MAX_COST = 2_097_152;
// Node's four threads serve files and name look-ups as well.
const MAX_RUNNING = 2;
const MAX_WAITING = { check: 200, set: 20 };

let running = 0;
/** Places taken whose scrypt is not running. Sets have their own, so that they can't keep a login out. */
const waiting = { check: 0, set: 0 };
/** What starts each scrypt whose turn has not come. */
const queue: Record<keyof typeof waiting, (() => void)[]> = { check: [], set: [] };

/** Takes a place for checking one code, or for hashing one set of codes. */
export function takePlace(kind: 'check' | 'set'): ScryptPlace {
  if (waiting[kind] >= MAX_WAITING[kind]) {
    throw new OtpError('BUSY', 'too many backup codes are being computed: try again in a few seconds');
  }
  waiting[kind]++;
  let hasLeft = false;
  return {
    async derive(password, salt, cost) {
      if (running < MAX_RUNNING) running++;
      else await new Promise<void>((start) => queue[kind].push(start));
      waiting[kind]--;
      try {
        return await scrypt(password, salt, cost);
      } finally {
        waiting[kind]++;
        // A finished job hands its slot to the next one, so `running` is always accurate. Checks run before sets: a
        // person who logs in waits for nobody's set-up.
        const next = queue.check.shift() ?? queue.set.shift();
        if (next) next();
        else running--;
      }
    },
    leave() {
      if (!hasLeft) waiting[kind]--;
      hasLeft = true;
    },
  };
}

/** Takes a place for as long as `work` runs. */
export async function withPlace<T>(
  kind: 'check' | 'set',
  work: (place: ScryptPlace) => Promise<T>,
): Promise<T> {
  const place = takePlace(kind);
  try {
    return await work(place);
  } finally {
    place.leave();
  }
}

async function scrypt(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
  // Imported as a namespace: a missing named import would fail the app at start, for all functions.
  if (crypto.scrypt === undefined) {
    throw new Error('otpure needs crypto.scrypt of node:crypto for backup codes');
  }
  // What it allocates: 128·r bytes for each of N rows, p blocks and some working space.
  const maxmem = 128 * cost.r * (cost.N + cost.p + 2);
  return new Promise((resolve, reject) => {
    crypto.scrypt(password, salt, 32, { ...cost, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Checks the cost of scrypt, whether an option or read from a stored hash. */
export function checkCost(cost: ScryptCost): ScryptCost {
  const { N, r, p } = checkObject('cost', cost);
  checkInteger('cost.r', r, 1, 32);
  checkInteger('cost.p', p, 1, 32);
  checkInteger('cost.N', N, 2, MAX_COST);
  if (!Number.isInteger(Math.log2(N)) || N >= 2 ** (16 * r)) {
    throw invalidNumber('cost.N', 'a power of 2, below 2^(16 * r)', N);
  }
  if (N * r * p > MAX_COST) throw invalidNumber('cost: N * r * p', 'at most 2^21', N * r * p);
  return { N, r, p };
}
