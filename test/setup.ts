import * as fc from 'fast-check';
import { vi } from 'vitest';

// A copy of the module, whose functions tests can replace and watch; those of the module itself are fixed.
vi.mock('node:crypto', async (original) => ({ ...(await original<object>()) }));

// A fixed seed: a run does not depend on luck. Another one: FAST_CHECK_SEED=7 FAST_CHECK_RUNS=10000 npm test
fc.configureGlobal({
  seed: Number(process.env.FAST_CHECK_SEED ?? 4226),
  numRuns: Number(process.env.FAST_CHECK_RUNS ?? 200),
});
