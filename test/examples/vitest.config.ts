import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores: the apps beside the databases.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 600_000, // one of them compiles better-sqlite3
  },
});
