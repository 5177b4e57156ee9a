// Parallel requests on one person's second factor, in every order of their reads and stores.
import * as crypto from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  checkAttempts,
  createSecondFactor,
  createTwoFactor,
  encryptSecret,
  hashBackupCodes,
  hasPassed,
  replaceBackupCodes,
  type SecondFactorUpdate,
  type StoredSecondFactor,
  type TwoFactor,
  takeAttempt,
  updateSecondFactor,
  verifyBackupCode,
  verifySecondFactor,
  verifyTotp,
} from '../src/index.js';
import { referenceHotp, referenceParseUri } from './reference/reference.mjs';
import { ascii, loadVectors } from './tools/vectors.js';

type Factor = StoredSecondFactor;
type Decision = SecondFactorUpdate<Factor | null, unknown> | null;
interface Request {
  name: string;
  /** The typed code of a login or of a set-up. */
  code?: string;
  isLogin?: boolean;
  decide?(factor: Factor | null): Promise<Decision> | Decision;
  /** A method of createTwoFactor in place of one decision. */
  call?(steps: Steps): Promise<unknown>;
  /** The process ends after the first store. */
  crashes?: boolean;
  /** What the request does after its decision is told. */
  after?: Request;
}
interface Row {
  factor: Factor | null;
  version: number;
}
type Store = (row: Row, factor: Factor | null, read: Row) => boolean;
interface Steps {
  read(): Promise<Row>;
  store(factor: Factor | null, current: Row): Promise<boolean>;
}

const secrets: Record<string, Uint8Array> = {
  old: ascii('12345678901234567890'),
  new: ascii('09876543210987654321'),
};
const codes = loadVectors<{ vectors: { code: string }[] }>('rfc4226.json').vectors.map(({ code }) => code);
const COST = { cost: { N: 2, r: 1, p: 1 } };
const POLICY = { freeFailures: 2 };
const KEYS = [new Uint8Array(32).fill(2), new Uint8Array(32).fill(1)];
const at = (step: number) => step * 30_000;

/** Nothing that was given or stored may be changed. */
function freeze<T>(value: T): T {
  for (const inner of Object.values(value ?? {})) if (typeof inner === 'object') freeze(inner);
  return Object.freeze(value);
}

const [backupA, backupB] = ['aaaa-aaaa-aaaa-aaaa', 'bbbb-bbbb-bbbb-bbbb'];
let start: Factor;
let sealed: Factor;
beforeAll(async () => {
  const backupHashes = await hashBackupCodes([backupA, backupB], COST);
  start = freeze({ id: 'first', lastUsedTimeStep: null, backupHashes, attempts: null, secret: 'old' });
  sealed = freeze({ ...start, secret: encryptSecret(secrets.old, KEYS[1], 'user 17') });
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

/** Whose turn it is: what is random depends on it alone, so that states can be compared. */
let turn = 0;
const onScrypt: ((password: unknown) => void)[] = [];

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
  /** What came to pass on the way. */
  faults: string[];
}

/** Every end that the requests can come to. Orders that meet in one state go on from there once. */
async function explore(
  requests: Request[],
  store = compareAndSet,
  from: Factor | null = start,
): Promise<End[]> {
  const decide = rememberDecisions();
  const ends: End[] = [];
  const seen = new Set<string>();
  const orders: number[][] = [[]];
  for (let order = orders.pop(); order; order = orders.pop()) {
    const { row, told, faults, step, look, abandon } = await begin(requests, decide, store, from);
    for (const i of order) await step(i);
    for (;;) {
      const { waiting, state } = look();
      if (seen.has(state)) break;
      seen.add(state);
      if (waiting.length === 0) {
        ends.push({ row, told, decide, faults: [...faults] });
        break;
      }
      // The first one goes on, and what else could come next is left for later.
      const [first, ...others] = waiting;
      for (const i of others) orders.push([...order, i]);
      order.push(first);
      await step(first);
    }
    // What still waits gives up, or its places in the queue of scrypt would stay taken.
    abandon();
  }
  return ends;
}

/** Requests of which one at a time takes a step: a read with its decision, or a store. */
async function begin(requests: Request[], decide: Decide, store: Store, from: Factor | null) {
  const row: Row = { factor: from, version: 0 };
  const told: Told[] = [];
  const faults = new Set<string>();
  let guesses = 0;
  const waiting: (object | null)[] = requests.map(() => null);
  const open: (() => void)[] = [];
  const rejects: (() => void)[] = [];
  const stopped: { resolve(): void; reject(error: unknown): void }[] = [];
  const pause = (i: number, gate: object) =>
    new Promise<void>((resolve, reject) => {
      waiting[i] = gate;
      open[i] = resolve;
      rejects.push(reject);
      stopped[i].resolve();
    });
  const end = (i: number) => {
    waiting[i] = null;
    stopped[i].resolve();
  };

  async function perform(request: Request, i: number): Promise<void> {
    let last: { decision: Decision; looked: boolean; stored: boolean } | undefined;
    /** What it stored before, which is all that a call of several rounds may know. */
    let counted: Factor | null = null;
    let isCounted = false;
    const steps: Steps = {
      read: async () => {
        if (request.crashes && counted) {
          end(i);
          await new Promise((_, reject) => rejects.push(() => reject()));
        }
        await pause(i, { request, counted });
        return { ...row };
      },
      store: async (factor, current) => {
        await pause(i, { request, counted, factor, current });
        const stored = store(row, freeze(factor), current);
        if (stored) {
          counted = factor;
          const failures = (of: Factor | null) => of?.attempts?.failures ?? 0;
          isCounted = failures(factor) > failures(current.factor);
          guesses = isCounted ? guesses + 1 : 0;
          if (guesses > POLICY.freeFailures) faults.add('more guesses than the limit');
        }
        if (last) last.stored = stored;
        return stored;
      },
    };
    onScrypt[i] = (password) => {
      if (request.call && password === request.code?.replaceAll('-', '') && !isCounted)
        faults.add('computed before it was counted');
    };
    const result = request.call
      ? await request.call(steps)
      : await updateSecondFactor<Factor, Row, unknown>({
          ...steps,
          decide: async (current) => {
            last = { ...(await decide(request, current.factor)), stored: false };
            return last.decision;
          },
        });
    told.push({ request, result, looked: last?.looked === true, stored: last?.stored === true });
    if (request.after) await perform(request.after, i);
    end(i);
  }

  const untilNextStop = (i: number, go: () => void) =>
    new Promise<void>((resolve, reject) => {
      stopped[i] = { resolve, reject };
      go();
    });
  for (const [i, request] of requests.entries()) {
    turn = i;
    await untilNextStop(i, () => perform(request, i).catch((error) => stopped[i].reject(error)));
  }
  const step = (i: number) => {
    turn = i;
    return untilNextStop(i, open[i]);
  };
  const look = () => {
    // Which of two alike requests has come how far makes no difference.
    const gates = waiting.map((gate) => JSON.stringify(gate)).sort();
    const state = JSON.stringify([row, told, [...faults], guesses, gates]);
    return { waiting: waiting.flatMap((gate, i) => (gate === null ? [] : [i])), state };
  };
  const abandon = () => {
    for (const give of rejects) give();
  };
  return { row, told, faults, step, look, abandon };
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
      const decision = freeze((await request.decide?.(factor)) ?? null);
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

/** For the name of a test. */
const titled = (names: string[]): [string, string[]] => [names.join(', '), names];
// On a machine that has much else to do.
const LONG = { timeout: 300_000 };

/** Every choice of `count` kinds, the same one any number of times. */
function choose(count: number, from: string[]): string[][] {
  if (count === 0) return [[]];
  return from.flatMap((kind, i) => choose(count - 1, from.slice(i)).map((others) => [kind, ...others]));
}

describe('no order of reads and stores makes a fault', () => {
  const kinds: Record<string, () => Request> = {
    'the right code': right,
    'a wrong code': wrong,
    'a backup code': () => login(backupA),
    'new backup codes': replace,
    off: switchOff,
    'set up': setUp,
  };

  // A test for each choice: all of them in one could reach any limit of time on a busy machine.
  const choices = [2, 3, 4].flatMap((count) => choose(count, Object.keys(kinds)));
  test.each(choices.map(titled))('%s', async (_, names) => {
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

/** What createTwoFactor does, by the names of its calls. */
const phone = createTwoFactor({
  issuer: 'Acme',
  key: KEYS,
  now: () => at(5),
  read: () => null,
  store: () => true,
}).setUp(17, 'ann');
const phoneCode = referenceHotp(referenceParseUri(phone.uri)?.secret ?? expect.fail(), 5);
const currentCode = codes[5];
const wrongBackup = 'cccc-cccc-cccc-cccc';
const METHODS: Record<
  string,
  [code: string | undefined, how: (twoFactor: TwoFactor<number>) => Promise<unknown>]
> = {
  'the right code': [codes[5], ({ verify }) => verify(17, codes[5])],
  'a wrong code': ['000000', ({ verify }) => verify(17, '000000')],
  'a backup code': [backupA, ({ verify }) => verify(17, backupA)],
  'a wrong backup code': [wrongBackup, ({ verify }) => verify(17, wrongBackup)],
  'a new phone': [codes[5], ({ confirm }) => confirm(17, { ...phone, code: phoneCode, currentCode })],
  'a new phone by a backup code': [
    backupB,
    ({ confirm }) => confirm(17, { ...phone, code: phoneCode, currentCode: backupB }),
  ],
  'new backup codes': [codes[4], ({ replaceBackupCodes }) => replaceBackupCodes(17, codes[4])],
  off: [backupB, ({ disable }) => disable(17, backupB)],
  'forced off': [undefined, ({ forceDisable }) => forceDisable(17, 'first')],
  'a trusted device': [codes[6], ({ verify }) => verify(17, codes[6], { trustDevice: true })],
  'forget devices': [undefined, ({ forgetDevices }) => forgetDevices(17)],
  reencrypt: [undefined, ({ reencrypt }) => reencrypt(17)],
  'a set-up': [phoneCode, ({ confirm }) => confirm(17, { ...phone, code: phoneCode })],
  adopt: [undefined, ({ adopt }) => adopt(17, { secret: secrets.old })],
};
function method(name: string, policy: object, more: Partial<Request> = {}): Request {
  const [code, how] = METHODS[name];
  let steps: Steps;
  const twoFactor = createTwoFactor<number, Row>({
    ...{ issuer: 'Acme', key: KEYS, ...COST, backupCodes: { count: 1 }, now: () => at(5), ...policy },
    ...{ read: () => steps.read(), store: (_, factor, row) => steps.store(factor, row) },
  });
  const call = (given: Steps) => {
    steps = given;
    return how(twoFactor);
  };
  return { name, call, ...(code !== undefined && { code }), ...more };
}

describe('createTwoFactor', () => {
  const scrypts = new Map<string, Buffer>();
  beforeEach(() => {
    vi.spyOn(crypto, 'randomFillSync').mockImplementation(((bytes: Uint8Array) =>
      bytes.fill(turn + 1)) as typeof crypto.randomFillSync);
    vi.spyOn(crypto, 'randomInt').mockImplementation((() => turn + 1) as unknown as typeof crypto.randomInt);
    vi.spyOn(crypto, 'scrypt').mockImplementation((password, salt, length, options, done) => {
      onScrypt[turn]?.(password);
      const name = `${password} ${Buffer.from(salt as Uint8Array).toString('hex')}`;
      const key = scrypts.get(name) ?? crypto.scryptSync(password, salt, length, options);
      scrypts.set(name, key);
      done(null, Buffer.from(key));
    });
  });

  /** Differences from the same calls one after the other, in the order in which they were told. */
  async function differences({ told, row }: End, requests: Request[]): Promise<unknown[]> {
    const last: Row = { factor: sealed, version: 0 };
    const found: unknown[] = [];
    for (const { request, result } of told) {
      // Who asked for a code of the factor that is gone is refused, even a set-up that would switch on again.
      if (result === null && last.factor === null) continue;
      turn = requests.indexOf(request);
      const read = async () => ({ ...last });
      const store = async (factor: Factor | null, current: Row) => compareAndSet(last, factor, current);
      const expected = await request.call?.({ read, store });
      if (comparable(result) !== comparable(expected)) found.push([request.name, result, expected]);
    }
    if (comparable(row.factor) !== comparable(last.factor)) found.push([row.factor, last.factor]);
    return found;
  }

  /** A backup code that is being computed counts as a failure until it turns out to be right. */
  const comparable = (value: unknown) =>
    JSON.stringify(value, (name, inner) => (name === 'failures' || name === 'attempts' ? undefined : inner));

  async function explorePatiently(requests: Request[], store = compareAndSet): Promise<unknown[]> {
    const found: unknown[] = [];
    const ends = await explore(requests, store, sealed);
    for (const end of ends) found.push(...(await differences(end, requests)));
    expect(ends.length).toBeGreaterThan(0);
    return found;
  }

  const several = [
    'the right code',
    'a backup code',
    'a wrong backup code',
    'a new phone by a backup code',
    'new backup codes',
    'off',
  ];
  const choices = [...choose(2, Object.keys(METHODS)), ...choose(3, several)];
  const four = [
    ['a backup code', 'a backup code', 'a backup code', 'a backup code'],
    ['a new phone', 'a new phone', 'the right code', 'the right code'],
    ['a backup code', 'a wrong backup code', 'off', 'new backup codes'],
    ['a new phone by a backup code', 'a trusted device', 'reencrypt', 'forced off'],
  ];
  test.each([...choices, ...four].map(titled))(
    'as if one came after the other: %s',
    LONG,
    async (_, names) => {
      const requests = names.map((name) => method(name, { freeFailures: 100 }));
      expect(await explorePatiently(requests)).toEqual([]);
    },
  );

  test.each(
    [
      ['a set-up', 'a set-up', 'a set-up', 'a set-up'],
      ['a set-up', 'adopt', 'a set-up', 'adopt'],
    ].map(titled),
  )('one of these switches on: %s', async (_, names) => {
    const ends = await explore(
      names.map((name) => method(name, POLICY)),
      compareAndSet,
      null,
    );
    expect(passed(ends)).toEqual([1]);
    for (const { row, told } of ends) {
      const confirmed = told.find(({ result }) => result !== null)?.result as { passedFactor: string };
      expect(row.factor?.id).toBe(confirmed.passedFactor);
    }
  });

  const guesses = ['the right code', 'a wrong code', 'a backup code', 'a wrong backup code'];
  test.each(
    [
      ...[2, 3].flatMap((count) => choose(count, guesses)),
      ['a wrong backup code', 'a wrong backup code', 'a backup code', 'a wrong code'],
      ['a wrong backup code', 'a wrong backup code', 'a wrong backup code', 'off'],
    ].map(titled),
  )('only as many are looked at as the limit allows: %s', LONG, async (_, names) => {
    for (const policy of [POLICY, { ...POLICY, maxFailures: 2 }]) {
      for (const { told, row, faults } of await explore(
        names.map((name) => method(name, policy)),
        compareAndSet,
        sealed,
      )) {
        expect(faults).toEqual([]);
        const passed = told.filter(({ result }) => result !== null).map(({ request }) => request.code);
        expect(new Set(passed).size).toBe(passed.length);
        expect(row.factor?.attempts?.failures ?? 0).toBeLessThanOrEqual(POLICY.freeFailures);
      }
    }
  });

  test.each([
    'the right code',
    'a backup code',
    'a wrong backup code',
    'off',
    'new backup codes',
    'a new phone',
  ])('a crash between the two stores of a backup code leaves it unused: %s', async (name) => {
    const crashing = method('a backup code', POLICY, { crashes: true });
    const ends = await explore([crashing, method(name, POLICY)], compareAndSet, sealed);
    for (const { told, row, faults } of ends) {
      expect(faults).toEqual([]);
      for (const { request, result } of told) if (request === crashing) expect(result).toBeNull();
      if (told.some(({ result }) => result !== null)) continue;
      expect(row.factor?.attempts?.failures).toBeGreaterThan(0);
      expect(row.factor?.backupHashes).toEqual(sealed.backupHashes);
    }
  });

  describe('finds the fault where', () => {
    test.each([
      ['the right code', 'the right code'],
      ['a backup code', 'a backup code'],
      ['off', 'a trusted device'],
      ['new backup codes', 'a backup code'],
    ])('store always says true: %s, %s', async (...names) => {
      const overwrite: Store = (row, factor) => {
        Object.assign(row, { factor, version: row.version + 1 });
        return true;
      };
      const requests = names.map((name) => method(name, { freeFailures: 100 }));
      expect(await explorePatiently(requests, overwrite)).not.toEqual([]);
    });

    test('a backup code is computed before it is counted', async () => {
      const options = { ...POLICY, timestamp: at(5) };
      const decide = (factor: Factor | null) =>
        factor && verifySecondFactor(secrets.old, factor, wrongBackup, options);
      const inOneStore = (): Request => ({
        ...method('a wrong backup code', POLICY),
        call: (steps) => updateSecondFactor({ ...steps, decide: ({ factor }) => decide(factor) }),
      });
      const [end] = await explore([inOneStore()], compareAndSet, sealed);
      expect(end.faults).toEqual(['computed before it was counted']);
    });

    test('the second store does not look at the id', async () => {
      // Support sets another factor up with the same backup codes, once the code is counted.
      const renewed: Request = {
        name: 'another factor',
        decide: (factor) => (factor?.attempts ? { factor: { ...factor, id: 'second' }, result: true } : null),
      };
      const count = (steps: Steps, state: Factor['attempts']) =>
        updateSecondFactor({
          ...steps,
          decide: ({ factor }) => factor && { factor: { ...factor, attempts: state }, result: factor },
        });
      const withoutId: Request = {
        ...method('a backup code', POLICY),
        call: async (steps) => {
          const first = await count(steps, { failures: 1, lastFailureAt: 0 });
          const match = await verifyBackupCode(backupA, first?.backupHashes ?? []);
          return updateSecondFactor({
            ...steps,
            decide: ({ factor }) =>
              factor &&
              match && {
                factor: { ...factor, backupHashes: match.remaining, attempts: null },
                result: {
                  passedFactor: first?.id,
                  kind: 'backup-code',
                  failures: 0,
                  drift: null,
                  backupCodesLeft: 1,
                  deviceToken: null,
                },
              },
          });
        },
      };
      expect(await revived([withoutId, renewed])).toBe(true);
      expect(await revived([method('a backup code', POLICY), renewed])).toBe(false);
    });

    /** Whether a code that was counted in one factor passed another one. */
    async function revived(requests: Request[]): Promise<boolean> {
      const ends = await explore(requests, compareAndSet, sealed);
      expect(ends.some(({ row }) => row.factor?.id === 'second')).toBe(true);
      return ends.some(
        ({ told }) => told[0].request === requests[1] && told.every(({ result }) => result !== null),
      );
    }
  });
});
