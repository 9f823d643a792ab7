import { defineConfig } from '@playwright/test';

/** `make bench-join` and `make quality-real`: one browser after the other, nothing beside it. */
export default defineConfig({
  testDir: '../benchmarks',
  testMatch: '**/*.bench.ts',
  outputDir: 'test-results/bench',
  reporter: [['list']],
  forbidOnly: true,
  workers: 1,
});
