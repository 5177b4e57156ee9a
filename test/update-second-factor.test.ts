// The loop that reads, decides and stores.
import { describe, expect, test, vi } from 'vitest';
import { type SecondFactor, type SecondFactorUpdate, updateSecondFactor } from '../src/index.js';
import { expectRejection, untyped } from './tools/vectors.js';

const factor = (attempts = 0): SecondFactor => ({
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  lastUsedTimeStep: null,
  backupHashes: [],
  attempts: attempts ? { failures: attempts, lastFailureAt: 0 } : null,
});
type Row = { factor: SecondFactor | null; version: number };
type Decision = SecondFactorUpdate<SecondFactor | null, unknown> | null;

/** Reads `rows` in turn, the last one ever after; stores where `stores` says so, in turn. */
function watched(rows: Row[], decision: Decision, stores: boolean[] = [true]) {
  const calls: string[] = [];
  return {
    calls,
    read: vi.fn(() => {
      calls.push('read');
      return rows.length > 1 ? (rows.shift() as Row) : rows[0];
    }),
    decide: vi.fn((_: Row): Decision => {
      calls.push('decide');
      return decision;
    }),
    store: vi.fn((_next: SecondFactor | null, _current: Row) => {
      calls.push('store');
      return stores.length > 1 ? (stores.shift() as boolean) : stores[0];
    }),
  };
}

describe('updateSecondFactor', () => {
  test('reads, decides, stores, and then tells the result alone', async () => {
    const row = { factor: factor(), version: 3 };
    const next = factor(1);
    const result = { passedFactor: next.id };
    const steps = watched([row], { factor: next, result });
    expect(await updateSecondFactor(steps)).toBe(result);
    expect(steps.calls).toEqual(['read', 'decide', 'store']);
    expect(steps.decide.mock.calls).toEqual([[row]]);
    expect(steps.decide.mock.calls[0][0]).toBe(row);
    expect(steps.store.mock.calls[0]).toEqual([next, row]);
    expect(steps.store.mock.calls[0][0]).toBe(next);
    expect(steps.store.mock.calls[0][1]).toBe(row);
  });

  test('waits for each step', async () => {
    const calls: string[] = [];
    const later = async <T>(name: string, value: T) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      calls.push(name);
      return value;
    };
    const next = factor(1);
    const result = await updateSecondFactor({
      read: () => later('read', { factor: factor() }),
      decide: () => later('decide', { factor: next, result: 'told' }),
      store: () => later('store', true),
    });
    calls.push('told');
    expect(result).toBe('told');
    expect(calls).toEqual(['read', 'decide', 'store', 'told']);
  });

  test('begins again with what is stored now, where another request was faster', async () => {
    const rows = [1, 2, 3].map((version) => ({ factor: factor(version), version }));
    const next = factor(9);
    const steps = watched([...rows], { factor: next, result: 'told' }, [false, false, true]);
    expect(await updateSecondFactor(steps)).toBe('told');
    expect(steps.decide.mock.calls).toEqual(rows.map((row) => [row]));
    expect(steps.store.mock.calls).toEqual(rows.map((row) => [next, row]));
  });

  test('a decision that was not stored is not told', async () => {
    const results = ['lost', 'stored'];
    const result = await updateSecondFactor({
      read: () => ({ factor: factor() }),
      decide: () => ({ factor: factor(1), result: results.shift() }),
      store: () => results.length === 0,
    });
    expect(result).toBe('stored');
  });

  test('gives up after 20 rounds', async () => {
    const steps = watched([{ factor: factor(), version: 0 }], { factor: factor(1), result: 'told' }, [false]);
    await expectRejection(updateSecondFactor(steps), 'CONFLICT', /20/);
    expect(steps.calls).toEqual(Array(20).fill(['read', 'decide', 'store']).flat());
  });

  test('the twentieth round may still store', async () => {
    const stores = [...Array(19).fill(false), true];
    const steps = watched([{ factor: factor(), version: 0 }], { factor: factor(1), result: 'told' }, stores);
    expect(await updateSecondFactor(steps)).toBe('told');
  });

  test('where nothing is decided, nothing is stored', async () => {
    const steps = watched([{ factor: factor(), version: 0 }], null);
    expect(await updateSecondFactor(steps)).toBeNull();
    expect(steps.calls).toEqual(['read', 'decide']);
  });

  test.each(['told', null])(
    'the very factor that was read is not stored; the result %o is told',
    async (result) => {
      const row = { factor: factor(5), version: 0 };
      const steps = watched([row], { factor: row.factor, result });
      expect(await updateSecondFactor(steps)).toBe(result);
      expect(steps.calls).toEqual(['read', 'decide']);
    },
  );

  test.each<[string, (factor: SecondFactor & { label: string[] }) => void]>([
    ['a hash taken out', ({ backupHashes }) => backupHashes.pop()],
    ['failures forgotten', ({ attempts }) => Object.assign(attempts ?? {}, { failures: 0 })],
    ['a step noted', (factor) => Object.assign(factor, { lastUsedTimeStep: 7 })],
    ['a field of the app, deep inside', ({ label }) => label.push('x')],
    ['a field more', (factor) => Object.assign(factor, { more: 1 })],
    ['a field less', (factor) => Reflect.deleteProperty(factor, 'label')],
  ])('a factor that was changed in place is an error, and nothing is stored: %s', async (_, change) => {
    const read = { ...factor(5), backupHashes: ['hash'], label: ['phone'] };
    const steps = watched([{ factor: read, version: 0 }], null);
    const decide = () => {
      change(read);
      return { factor: read, result: 'told' };
    };
    await expectRejection(
      updateSecondFactor({ ...steps, decide }),
      'INVALID_ARGUMENT',
      'decide must return a new',
    );
    expect(steps.store).not.toHaveBeenCalled();
  });

  test('a factor that is only alike is stored', async () => {
    const steps = watched([{ factor: factor(5), version: 0 }], { factor: factor(5), result: null });
    expect(await updateSecondFactor(steps)).toBeNull();
    expect(steps.calls).toEqual(['read', 'decide', 'store']);
  });

  test('null switches off, and is set up from', async () => {
    const off = watched([{ factor: factor(), version: 0 }], { factor: null, result: true });
    expect(await updateSecondFactor(off)).toBe(true);
    expect(off.store.mock.calls[0][0]).toBeNull();
    const on = watched([{ factor: null, version: 0 }], { factor: factor(), result: 'on' });
    expect(await updateSecondFactor(on)).toBe('on');
    const still = watched([{ factor: null, version: 0 }], { factor: null, result: 'still off' });
    expect(await updateSecondFactor(still)).toBe('still off');
    expect(still.calls).toEqual(['read', 'decide']);
  });

  test.each(['read', 'decide', 'store'] as const)('an error of %s passes through as it is', async (name) => {
    const failure = new Error('the database is gone');
    const rejects = () => Promise.reject(failure);
    const throws = () => {
      throw failure;
    };
    for (const fail of [rejects, throws]) {
      const steps = watched([{ factor: factor(), version: 0 }], { factor: factor(1), result: 'told' });
      await expect(updateSecondFactor({ ...steps, [name]: fail })).rejects.toBe(failure);
      const all = ['read', 'decide', 'store'];
      expect(steps.calls).toEqual(all.slice(0, all.indexOf(name)));
    }
  });
});

describe('what a developer got wrong', () => {
  const good = () => watched([{ factor: factor(), version: 0 }], { factor: factor(1), result: 'told' });

  test.each([null, undefined, 5, () => 1, [() => 1]].map((steps) => [steps]))('steps: %o', async (steps) => {
    await expectRejection(updateSecondFactor(untyped(steps)), 'INVALID_ARGUMENT', 'steps');
  });

  test.each(['read', 'decide', 'store'])('%s is no function: nothing is called', async (name) => {
    for (const value of [undefined, null, 'SELECT', {}, Promise.resolve()]) {
      const steps = good();
      await expectRejection(
        updateSecondFactor(untyped({ ...steps, [name]: value })),
        'INVALID_ARGUMENT',
        name,
      );
      expect(steps.calls).toEqual([]);
    }
  });

  test.each([undefined, null, {}, { version: 1 }, { factor: undefined }, [], 5, 'row'].map((row) => [row]))(
    'read gives no factor: %o',
    async (row) => {
      const steps = watched(untyped([row]), { factor: factor(1), result: 'told' });
      await expectRejection(updateSecondFactor(steps), 'INVALID_ARGUMENT', /factor|read/);
      expect(steps.calls).toEqual(['read']);
    },
  );

  test.each(
    [undefined, true, false, 5, 'told', {}, { result: 'told' }, { factor: undefined, result: 'told' }].map(
      (step) => [step],
    ),
  )('decide gives no decision: %o', async (step) => {
    const steps = watched([{ factor: factor(), version: 0 }], untyped(step));
    await expectRejection(updateSecondFactor(steps), 'INVALID_ARGUMENT', /decide|factor/);
    expect(steps.calls).toEqual(['read', 'decide']);
  });

  // A forgotten `return` must not look like a faster request, nor the result of a query like a row that was changed.
  test.each([undefined, null, 1, 0, 'UPDATE 1', { rowCount: 0 }, []].map((stored) => [stored]))(
    'store does not say whether it stored: %o',
    async (stored) => {
      const steps = watched(
        [{ factor: factor(), version: 0 }],
        { factor: factor(1), result: 'told' },
        untyped([stored]),
      );
      await expectRejection(updateSecondFactor(steps), 'INVALID_ARGUMENT', 'store');
      expect(steps.calls).toEqual(['read', 'decide', 'store']);
    },
  );
});
