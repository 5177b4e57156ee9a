import { mergeConfig } from 'vitest/config';
import base from '../vitest.config.js';

export default mergeConfig(base, {
  test: {
    coverage: {
      enabled: true,
      include: ['src/**'],
      reporter: ['text'],
      reportsDirectory: '.cache/coverage',
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});
