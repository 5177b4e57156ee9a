import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  mutate: ['src/**/*.ts'],
  ignorePatterns: [
    ...['/*', '!/src', '!/test', '!/package.json', '!/tsconfig.json'],
    ...['test/*/node_modules', 'test/app', 'test/package'],
  ],
  tempDirName: '.cache/stryker',
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: '.cache/mutation.json' },
  concurrency: availableParallelism(),
  disableTypeChecks: false,
  // Some mutants loop without end: they need no more than this to be caught.
  timeoutMS: 1000,
  timeoutFactor: 1.2,
};
