// Parallel requests on one person's second factor, in every order of their reads and stores.
import * as crypto from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  checkAttempts,
  createSecondFactor,
  hashBackupCodes,
  hasPassed,
  replaceBackupCodes,
  type SecondFactor,
  type SecondFactorUpdate,
  takeAttempt,
  updateSecondFactor,
  verifySecondFactor,
  verifyTotp,
} from '../src/index.js';
import { ascii, loadVectors } from './tools/vectors.js';

type Factor = SecondFactor & { secret: keyof typeof secrets };
type Decision = SecondFactorUpdate<Factor | null, unknown> | null;
interface Request {
  name: string;
  /** The typed code of a login or of a set-up. */
  code?: string;
  isLogin?: boolean;
  decide(factor: Factor | null): Promise<Decision> | Decision;
  /** What the request does after its decision is told. */
  after?: Request;
}
interface Row {
  factor: Factor | null;
  version: number;
}
type Store = (row: Row, factor: Factor | null, read: Row) => boolean;

const secrets = { old: ascii('12345678901234567890'), new: ascii('09876543210987654321') };
const codes = loadVectors<{ vectors: { code: string }[] }>('rfc4226.json').vectors.map(({ code }) => code);
const COST = { cost: { N: 2, r: 1, p: 1 } };
const POLICY = { freeFailures: 2 };
const at = (step: number) => step * 30_000;

/** Nothing that was given or stored may be changed. */
function freeze<T>(value: T): T {
  for (const inner of Object.values(value ?? {})) if (typeof inner === 'object') freeze(inner);
  return Object.freeze(value);
}

const [backupA, backupB] = ['aaaa-aaaa-aaaa-aaaa', 'bbbb-bbbb-bbbb-bbbb'];
let start: Factor;
beforeAll(async () => {
  const backupHashes = await hashBackupCodes([backupA, backupB], COST);
  start = freeze({ id: 'first', lastUsedTimeStep: null, backupHashes, attempts: null, secret: 'old' });
});

function login(code: string, step = 5): Request {
  const options = { ...POLICY, timestamp: at(step) };
  return {
    name: `login ${code} at ${step}`,
    code,
    isLogin: true,
    decide: (factor) => factor && verifySecondFactor(secrets[factor.secret], factor, code, options),
  };
}
const right = () => login(codes[5]);
const wrong = () => login('000000');
// Computed by oathtool: oathtool --totp -b -N @150 GA4TQNZWGU2DGMRRGA4TQNZWGU2DGMRR
const newCode = '939106';
const setUp = (): Request => {
  const fields = { secret: 'new' as const };
  const options = { ...COST, timestamp: at(5), backupCodes: { count: 1 }, fields };
  return {
    name: 'set up',
    code: newCode,
    decide: (factor) => (factor ? null : createSecondFactor(secrets.new, newCode, options)),
  };
};
const replace = (): Request => ({
  name: 'replace backup codes',
  decide: (factor) =>
    factor && hasPassed(factor, 'first')
      ? replaceBackupCodes(factor, { ...COST, backupCodes: { count: 1 } })
      : null,
});
const switchOff = (): Request => ({
  name: 'switch off',
  decide: (factor) => (factor && hasPassed(factor, 'first') ? { factor: null, result: true } : null),
});

/** Compare-and-set on the version. */
const compareAndSet: Store = (row, factor, read) => {
  if (row.version !== read.version) return false;
  Object.assign(row, { factor, version: row.version + 1 });
  return true;
};

/** What one request was told, and whether its code was looked at for it. */
interface Told {
  request: Request;
  result: unknown;
  looked: boolean;
  stored: boolean;
}
interface End {
  row: Row;
  told: Told[];
  decide: Decide;
}

/** Every end that the requests can come to. Orders that meet in one state go on from there once. */
async function explore(requests: Request[], store = compareAndSet): Promise<End[]> {
  const decide = rememberDecisions();
  const ends: End[] = [];
  const seen = new Set<string>();
  const orders: number[][] = [[]];
  for (let order = orders.pop(); order; order = orders.pop()) {
    const { row, told, waiting } = await run(requests, order, decide, store);
    // Which of two alike requests has come how far makes no difference.
    const state = JSON.stringify([row, told, waiting.map((gate) => JSON.stringify(gate)).sort()]);
    if (seen.has(state)) continue;
    seen.add(state);
    const next = waiting.flatMap((gate, i) => (gate === null ? [] : [i]));
    if (next.length === 0) ends.push({ row, told, decide });
    for (const i of next) orders.push([...order, i]);
  }
  return ends;
}

/** Lets one request after the other take one step: a read with its decision, or a store. */
async function run(requests: Request[], order: number[], decide: Decide, store: Store) {
  const row: Row = { factor: start, version: 0 };
  const told: Told[] = [];
  const waiting: (object | null)[] = requests.map(() => null);
  const open: (() => void)[] = [];
  const stopped: { resolve(): void; reject(error: unknown): void }[] = [];
  const pause = (i: number, gate: object) =>
    new Promise<void>((resolve) => {
      waiting[i] = gate;
      open[i] = resolve;
      stopped[i].resolve();
    });

  async function perform(request: Request, i: number): Promise<void> {
    let last: { decision: Decision; looked: boolean; stored: boolean } | undefined;
    const result = await updateSecondFactor<Factor, Row, unknown>({
      read: async () => {
        await pause(i, { request });
        return { ...row };
      },
      decide: async (current) => {
        last = { ...(await decide(request, current.factor)), stored: false };
        return last.decision;
      },
      store: async (factor, current) => {
        await pause(i, { request, factor, current });
        const stored = store(row, factor, current);
        if (last) last.stored = stored;
        return stored;
      },
    });
    told.push({ request, result, looked: last?.looked === true, stored: last?.stored === true });
    if (request.after) await perform(request.after, i);
    waiting[i] = null;
    stopped[i].resolve();
  }

  const untilNextStop = (i: number, go: () => void) =>
    new Promise<void>((resolve, reject) => {
      stopped[i] = { resolve, reject };
      go();
    });
  for (const [i, request] of requests.entries()) {
    await untilNextStop(i, () => perform(request, i).catch((error) => stopped[i].reject(error)));
  }
  for (const i of order) await untilNextStop(i, open[i]);
  return { row, told, waiting };
}

type Decide = (request: Request, factor: Factor | null) => Promise<{ decision: Decision; looked: boolean }>;

/** Decisions are pure, so each is made once; the code was looked at where something was computed. */
function rememberDecisions(): Decide {
  const computed = [vi.spyOn(crypto, 'hash'), vi.spyOn(crypto, 'scrypt')];
  const memory = new Map<Request, Map<string, { decision: Decision; looked: boolean }>>();
  return async (request, factor) => {
    const known = memory.get(request) ?? new Map();
    memory.set(request, known);
    const key = JSON.stringify(factor);
    if (!known.has(key)) {
      for (const spy of computed) spy.mockClear();
      const decision = freeze(await request.decide(factor));
      const looked = request.isLogin === true && computed.some((spy) => spy.mock.calls.length > 0);
      known.set(key, { decision, looked, same: decision?.factor === factor });
    }
    const { decision, looked, same } = known.get(key);
    return { decision: same ? { ...decision, factor } : decision, looked };
  };
}

/** What must never come to pass, in one end. */
function faultsOf({ row, told }: End): string[] {
  const faults = new Set<string>();
  const accepted = new Set<string>();
  let refusals = 0;
  for (const { request, result, looked, stored } of told) {
    if ((result !== null || looked) && !stored) faults.add('told before it was stored');
    if (result !== null && request.code !== undefined) {
      if (accepted.has(request.code)) faults.add('a code was accepted twice');
      accepted.add(request.code);
    }
    if (looked) refusals = result === null ? refusals + 1 : 0;
    if (refusals > POLICY.freeFailures) faults.add('more guesses than the limit');
    if (request.name === 'switch off' && result !== null) refusals = 0;
  }
  const counted = row.factor?.attempts?.failures ?? 0;
  if (row.factor && counted < refusals) faults.add('a failure was not counted');
  if (counted > refusals) faults.add('a failure was counted that nobody made');
  return [...faults];
}

const faultsOfAll = (ends: End[]) => [...new Set(ends.flatMap(faultsOf))];

/** How many requests passed: each number that some end has. */
const passed = (ends: End[]) => [
  ...new Set(ends.map(({ told }) => told.filter(({ result }) => result !== null).length)),
];

describe('no order of reads and stores makes a fault', () => {
  const kinds: Record<string, () => Request> = {
    'the right code': right,
    'a wrong code': wrong,
    'a backup code': () => login(backupA),
    'new backup codes': replace,
    off: switchOff,
    'set up': setUp,
  };

  /** Every choice of `count` kinds, the same one any number of times. */
  function choose(count: number, from = Object.keys(kinds)): string[][] {
    if (count === 0) return [[]];
    return from.flatMap((kind, i) => choose(count - 1, from.slice(i)).map((others) => [kind, ...others]));
  }

  // A test for each choice: all of them in one could reach any limit of time on a busy machine.
  const choices = [2, 3, 4].flatMap((count) => choose(count));
  test.each(choices.map((names) => ({ names })))('$names', async ({ names }) => {
    const ends = await explore(names.map((name) => kinds[name]()));
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends) {
      expect(faultsOf(end)).toEqual([]);
      expect(end.told.map(({ result }) => result)).toEqual(await serialResults(end));
    }
  });

  /** What each is told where they come one after the other, in the order in which they were told. */
  async function serialResults({ told, decide }: End): Promise<unknown[]> {
    let factor: Factor | null = start;
    const results: unknown[] = [];
    for (const { request } of told) {
      const { decision } = await decide(request, factor);
      if (decision) factor = decision.factor;
      results.push(decision ? decision.result : null);
    }
    return results;
  }

  test('one right code, sent four times, passes once', async () => {
    expect(passed(await explore([right(), right(), right(), right()]))).toEqual([1]);
  });

  test('one backup code, sent four times, passes once, and only it is gone', async () => {
    const ends = await explore([1, 2, 3, 4].map(() => login(backupA)));
    expect(passed(ends)).toEqual([1]);
    for (const { row } of ends) expect(row.factor?.backupHashes).toEqual([start.backupHashes[1]]);
  });

  test('of four wrong codes as many are looked at as the limit allows', async () => {
    for (const { told, row } of await explore([wrong(), wrong(), wrong(), wrong()])) {
      expect(told.filter(({ looked }) => looked)).toHaveLength(POLICY.freeFailures);
      expect(row.factor?.attempts).toEqual({ failures: POLICY.freeFailures, lastFailureAt: at(5) });
    }
  });

  test('those who make no failure all pass, and none is counted', async () => {
    const ends = await explore([right(), login(backupA), login(backupB)]);
    expect(passed(ends)).toEqual([3]);
    for (const { row } of ends) expect(row.factor?.attempts).toBeNull();
  });

  test('the code of a set-up does not log in as well', async () => {
    expect(faultsOfAll(await explore([switchOff(), setUp(), login(newCode), login(newCode)]))).toEqual([]);
  });

  test('a code that two close time steps share passes once', async () => {
    expect(faultsOfAll(await explore(sharedCode()))).toEqual([]);
  });
});

/** Steps 1096428 and 1096430 have one code (test/vectors/collisions.json). */
const sharedCode = (make: (code: string, step: number) => Request = login) =>
  [1096428, 1096429, 1096430].map((step) => make('437991', step));

describe('finds the fault where', () => {
  test('store always says true', async () => {
    const overwrite: Store = (row, factor) => {
      Object.assign(row, { factor, version: row.version + 1 });
      return true;
    };
    expect(faultsOfAll(await explore([right(), right()], overwrite))).toContain('a code was accepted twice');
    const backup = await explore([login(backupA), login(backupA)], overwrite);
    expect(faultsOfAll(backup)).toContain('a code was accepted twice');
    const guesses = await explore([wrong(), wrong(), wrong()], overwrite);
    expect(faultsOfAll(guesses)).toContain('more guesses than the limit');
  });

  test('store says true, and stores nothing', async () => {
    expect(faultsOfAll(await explore([right(), right()], () => true))).toContain('a code was accepted twice');
  });

  test('failures are counted after the check', async () => {
    const options = { ...POLICY, timestamp: at(5) };
    const count: Request = {
      name: 'count',
      decide: (factor) => {
        const { state } = takeAttempt(factor?.attempts ?? null, options);
        return factor && { factor: { ...factor, attempts: state }, result: null };
      },
    };
    const checkThenCount: Request = {
      ...wrong(),
      decide: (factor) => {
        if (factor && checkAttempts(factor.attempts, options).allowed) {
          expect(verifyTotp(secrets.old, '000000', factor.lastUsedTimeStep, options)).toBeNull();
        }
        return null;
      },
      after: count,
    };
    const ends = await explore([1, 2, 3].map(() => ({ ...checkThenCount })));
    expect(faultsOfAll(ends)).toContain('more guesses than the limit');
  });

  test('lastUsedTimeStep is compared, and not its code', async () => {
    const comparesStepsOnly = (code: string, step: number): Request => ({
      ...login(code, step),
      decide: (factor) => {
        const used = factor?.lastUsedTimeStep ?? -1;
        const hasCode = (timeStep: number) =>
          verifyTotp(secrets.old, code, null, { timestamp: at(timeStep), window: 0 }) !== null;
        const timeStep = [step + 1, step, step - 1].find((other) => other > used && hasCode(other));
        if (factor === null || timeStep === undefined) return null;
        return { factor: { ...factor, lastUsedTimeStep: timeStep }, result: timeStep };
      },
    });
    const ends = await explore(sharedCode(comparesStepsOnly));
    expect(faultsOfAll(ends)).toContain('a code was accepted twice');
  });
});
