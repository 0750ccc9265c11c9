import { defineConfig } from 'vitest/config';

/** Minutes of things going wrong, with real processes over a real PostgreSQL: `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.faults.ts'],
    pool: 'forks',
    // One after another: each measures how soon things recover.
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    env: { TEST_DATABASE: 'postgres' },
    globalSetup: ['test/support/databases/start-postgres-for-run.ts'],
  },
});
