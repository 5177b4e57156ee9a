// The queue of scrypt: how much runs and waits, in which order, and what is left of it where something fails.
import * as crypto from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { hashBackupCodes, verifyBackupCode, verifySecondFactor } from '../src/index.js';
import { takePlace, withPlace } from '../src/scrypt.js';
import { backupCodes, CHEAP, secret } from './tools/second-factor.js';
import { expectRejection } from './tools/vectors.js';

const RUNNING = 2;
const MOST = { check: 200, set: 20 };
const PEPPER = new Uint8Array(16).fill(7);

/** Runs of scrypt that end when they are told to, in the order in which they began. */
function holdScrypt() {
  const runs: { name: string; end(failure?: Error): void }[] = [];
  vi.spyOn(crypto, 'scrypt').mockImplementation((name, _salt, _length, _cost, done) => {
    const end = (failure: Error | null = null) => done(failure, Buffer.alloc(32, 5));
    runs.push({ name: String(name), end });
  });
  return runs;
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Ends one run after the other until none is left, and gives their names. */
async function endAll(runs: ReturnType<typeof holdScrypt>): Promise<string[]> {
  const names: string[] = [];
  for (await settle(); runs.length > 0; await settle()) {
    const run = runs.shift();
    run?.end();
    names.push(run?.name ?? '');
  }
  return names;
}

const salt = new Uint8Array(16);
const derive = (kind: 'check' | 'set', ...names: string[]) =>
  withPlace(kind, async (place) => {
    for (const name of names) await place.derive(name, salt, CHEAP.cost);
    return names[0];
  });

describe('how many', () => {
  test.each(['check', 'set'] as const)(
    'as many of a %s wait as there are places; one more is BUSY at once',
    async (kind) => {
      // Twice: nothing is left over from the first time.
      for (let round = 0; round < 2; round++) {
        const runs = holdScrypt();
        const all = Array.from({ length: RUNNING + MOST[kind] }, (_, i) => derive(kind, `${i}`));
        await expectRejection(derive(kind, 'more'), 'BUSY', 'try again');
        await settle();
        expect(runs).toHaveLength(RUNNING);
        expect(await endAll(runs)).toHaveLength(all.length);
        expect(await Promise.all(all)).toHaveLength(all.length);
      }
    },
  );

  test('neither kind takes a place of the other', async () => {
    const runs = holdScrypt();
    const sets = Array.from({ length: RUNNING + MOST.set }, () => derive('set', 'set', 'set'));
    const checks = Array.from({ length: MOST.check }, () => derive('check', 'check'));
    await expectRejection(derive('set', 'more'), 'BUSY', 'try again');
    await expectRejection(derive('check', 'more'), 'BUSY', 'try again');
    expect(await endAll(runs)).toHaveLength(2 * sets.length + checks.length);
    await Promise.all([...sets, ...checks]);
  });

  test('a set keeps its place from code to code', async () => {
    const runs = holdScrypt();
    const sets = Array.from({ length: RUNNING + MOST.set }, () => derive('set', 'a', 'b', 'c'));
    for (let i = 0; i < sets.length; i++) {
      await settle();
      runs.shift()?.end();
      await settle();
      await expectRejection(derive('set', 'more'), 'BUSY', 'try again');
      expect(runs).toHaveLength(RUNNING);
    }
    await endAll(runs);
    expect(await Promise.all(sets)).toHaveLength(sets.length);
  });

  test('a place that is taken and not used yet counts, until it is given up', async () => {
    const places = Array.from({ length: MOST.check }, () => takePlace('check'));
    await expectRejection(derive('check', 'more'), 'BUSY', 'try again');
    places[7].leave();
    const runs = holdScrypt();
    const last = derive('check', 'last');
    expect(await endAll(runs)).toEqual(['last']);
    await last;
    for (const [i, place] of places.entries()) if (i !== 7) place.leave();
    expect(() => takePlace('check').leave()).not.toThrow();
  });

  test('what verifies and what hashes says BUSY, before any work', async () => {
    const hashes = await hashBackupCodes(backupCodes, CHEAP);
    const factor = { id: 'q83vEjRWeJASNFZ4', lastUsedTimeStep: null, backupHashes: hashes, attempts: null };
    const scrypt = vi.spyOn(crypto, 'scrypt');
    const places = (['check', 'set'] as const).flatMap((kind) =>
      Array.from({ length: MOST[kind] }, () => takePlace(kind)),
    );
    await expectRejection(verifyBackupCode(backupCodes[0], hashes), 'BUSY', 'try again');
    await expectRejection(verifySecondFactor(secret, factor, backupCodes[0]), 'BUSY', 'try again');
    await expectRejection(hashBackupCodes(backupCodes, CHEAP), 'BUSY', 'try again');
    expect(await verifyBackupCode('no code', hashes)).toBeNull();
    expect(scrypt).not.toHaveBeenCalled();
    for (const place of places) place.leave();
    expect(await verifyBackupCode(backupCodes[0], hashes)).not.toBeNull();
  });
});

describe('in which order', () => {
  test('checks before sets, each in the order in which they came', async () => {
    const runs = holdScrypt();
    const all = [
      derive('set', 'A1', 'A2'),
      derive('set', 'B1'),
      derive('set', 'C1', 'C2'),
      derive('check', '1'),
    ];
    all.push(derive('check', '2'), derive('set', 'D1'), derive('check', '3'));
    // A and B run. When A's first code is done, its second waits behind those that came before.
    expect((await endAll(runs)).join()).toBe('A1,B1,1,2,3,C1,D1,A2,C2');
    await Promise.all(all);
  });

  test('a check waits for no more than the codes that run', async () => {
    const runs = holdScrypt();
    const sets = Array.from({ length: 10 }, () => derive('set', ...Array(10).fill('set')));
    await settle();
    runs.shift()?.end();
    const check = derive('check', 'check');
    await settle();
    runs.shift()?.end();
    await settle();
    expect(runs.map(({ name }) => name)).toContain('check');
    await endAll(runs);
    await Promise.all([...sets, check]);
  });
});

describe('what fails', () => {
  test.each(['check', 'set'] as const)(
    'at run time hands its slot on, and gives its place up: %s',
    async (kind) => {
      const failure = new Error('no memory');
      const runs = holdScrypt();
      const all = Array.from({ length: RUNNING + MOST[kind] }, (_, i) => derive(kind, `${i}`, 'second'));
      const ends = Promise.allSettled(all);
      for (let i = 0; i < all.length; i++) {
        await settle();
        runs.shift()?.end(failure);
      }
      for (const end of await ends) expect(end).toEqual({ status: 'rejected', reason: failure });
      expect(runs).toEqual([]);
      const next = Array.from({ length: RUNNING + MOST[kind] }, () => derive(kind, 'next'));
      expect(await endAll(runs)).toHaveLength(next.length);
      await Promise.all(next);
    },
  );

  test('by throwing, or for want of scrypt, leaves nothing behind', async () => {
    const scrypt = vi.spyOn(crypto, 'scrypt').mockImplementation(() => {
      throw new RangeError('cost');
    });
    await Promise.all([1, 2, 3].map(() => expect(derive('check', 'x')).rejects.toThrow('cost')));
    scrypt.mockRestore();
    vi.spyOn(crypto as { scrypt: unknown }, 'scrypt', 'get').mockReturnValue(undefined);
    await Promise.all(
      [1, 2, 3].map(() => expect(derive('set', 'x')).rejects.toThrow('otpure needs crypto.scrypt')),
    );
    vi.restoreAllMocks();
    const runs = holdScrypt();
    const all = [1, 2, 3].map((i) => derive('check', `${i}`));
    await settle();
    expect(runs).toHaveLength(RUNNING);
    await endAll(runs);
    await Promise.all(all);
  });

  test('before anything is computed gives its place up too', async () => {
    const failure = new Error('the app');
    for (let i = 0; i < 2 * MOST.set; i++) {
      await expect(withPlace('set', () => Promise.reject(failure))).rejects.toBe(failure);
    }
  });
});

describe('no bytes of a key are left', () => {
  /** Gives scrypt's result, and the key of the HMAC, to look at afterwards. */
  function watchKeys() {
    const bytes: Uint8Array[] = [];
    const { scrypt, createHmac } = crypto;
    vi.spyOn(crypto, 'scrypt').mockImplementation((password, salt, length, cost, done) =>
      scrypt(password, salt, length, cost, (error, key) => {
        bytes.push(key);
        done(error, key);
      }),
    );
    vi.spyOn(crypto, 'createHmac').mockImplementation(((name: string, key: Uint8Array) => {
      bytes.push(key);
      return createHmac(name, key);
    }) as typeof createHmac);
    return bytes;
  }
  const isEmpty = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
  const fails = () => {
    throw new Error('no HMAC');
  };

  test.each<[string, (hashes: string[]) => Promise<unknown>]>([
    ['hashed', () => hashBackupCodes(backupCodes, { ...CHEAP, pepper: PEPPER })],
    ['found', (hashes) => verifyBackupCode(backupCodes[1], hashes, { pepper: PEPPER })],
    ['not found', (hashes) => verifyBackupCode('cccc-cccc-cccc-cccc', hashes, { pepper: PEPPER })],
  ])('where a code is %s, and where HMAC or scrypt fails', async (_, call) => {
    const hashes = await hashBackupCodes(backupCodes, { ...CHEAP, pepper: PEPPER });
    const bytes = watchKeys();
    await call(hashes);
    expect(bytes.length).toBeGreaterThan(1);
    expect(bytes.every(isEmpty)).toBe(true);

    const hmac = vi.mocked(crypto.createHmac).mockClear().mockImplementation(fails);
    bytes.length = 0;
    await expect(call(hashes)).rejects.toThrow('no HMAC');
    expect([...bytes, hmac.mock.calls[0][1] as Uint8Array].every(isEmpty)).toBe(true);
    expect(bytes).toHaveLength(1);

    const copies = vi.spyOn(Uint8Array.prototype, 'fill');
    vi.mocked(crypto.scrypt).mockImplementation(fails);
    await expect(call(hashes)).rejects.toThrow('no HMAC');
    expect(copies.mock.contexts.filter((one) => (one as Uint8Array).length === PEPPER.length)).toHaveLength(
      1,
    );
    expect(PEPPER).toEqual(new Uint8Array(16).fill(7));
  });
});
