import { defineConfig } from 'vitest/config'

/** Tests on real servers: one file at a time, since each server wants the whole machine. */
export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    // The longest suites run with `npm run test:full` only.
    exclude: process.env['TWINLENS_FULL_TESTS'] === '1' ? [] : ['test/servers/**/*.full.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
})
