import { fileURLToPath } from 'node:url';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  mutate: ['src/**/*.ts'],
  ignorePatterns: [
    '/*',
    '!/src',
    '!/test',
    '!/package.json',
    '!/tsconfig.json',
    'test/*/node_modules',
    'test/app',
    'test/fuzz',
    'test/interop',
    'test/runtimes',
    'test/consumer',
    'test/database',
    'test/bundle',
  ],
  tempDirName: '.cache/stryker',
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: '.cache/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  concurrency: 2,
  disableTypeChecks: false,
  // A mutant that is caught by an endless loop is caught: give it no more than it needs.
  timeoutMS: 2000,
  thresholds: { break: 95 },
};
