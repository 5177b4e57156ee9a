// The tests that a mutation can make fail: those that read the sources as text see the instrumented ones.
import { mergeConfig } from 'vitest/config';
import base from '../vitest.config.js';

export default mergeConfig(base, {
  test: {
    exclude: [
      'test/package.test.ts',
      'test/readme.test.ts',
      'test/doc-comments.test.ts',
      'test/types*.test.ts',
    ],
  },
});
