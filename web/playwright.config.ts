import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's browsers; Playwright's own downloads are not used. */
const CHROMIUM = process.env.HOPTT_CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig({
  outputDir: 'test-results',
  reporter: [['list']],
  forbidOnly: true,
  workers: 2,
  timeout: 90_000,
  projects: [
    {
      // stories open their own browsers, several at once: one story after the other
      name: 'stories',
      testDir: 'e2e',
      testMatch: '**/*.spec.ts',
      timeout: 90_000,
      expect: { timeout: 15_000 },
      workers: 1,
      // they time real browsers on a machine that others use too; what needed its second try is listed as flaky
      retries: process.env.CI ? 1 : 0,
    },
    {
      name: 'gallery',
      testDir: 'gallery',
      testMatch: '*.spec.ts',
      fullyParallel: true,
      use: {
        baseURL: 'http://127.0.0.1:4179',
        browserName: 'chromium',
        launchOptions: {
          ...(existsSync(CHROMIUM) ? { executablePath: CHROMIUM } : {}),
          args: ['--autoplay-policy=no-user-gesture-required', '--force-prefers-reduced-motion'],
        },
      },
    },
  ],
  // the stories alone need no gallery
  ...(process.argv.includes('--project=stories')
    ? {}
    : {
        webServer: {
          command: 'npm run --silent gallery:serve',
          url: 'http://127.0.0.1:4179/',
          stdout: 'ignore',
          timeout: 180_000, // two cores build the gallery beside whatever else runs
        },
      }),
});
