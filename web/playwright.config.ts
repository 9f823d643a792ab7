import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's browsers; Playwright's own downloads are not used. */
const CHROMIUM = process.env.HOPTT_CHROMIUM ?? '/usr/bin/chromium';

const TIMED = /(?:breaks|blocked_udp|other_way|relay|bad_line|fault|coming_back|join_time|loopback)\.spec\.ts$/;

/**
 * The stories of `make test`: people meet, are let in, speak in turn, are muted, and come back; nothing leaves the house.
 * Besides these files, what bears `@main` elsewhere.
 */
const MAIN = /(?:two_meet|door|lobby|speaking|floor|chair|picture|text|outside|coming_back)\.spec\.ts |@main/;
/** Up to five browsers, or minutes of two cores: `make stories` alone has time for them. */
const LONG = /@long/;
/** `main`: the stories of `make test`; `rest`: what `make test-rest` adds; `every`: the long ones too; otherwise those of every day. */
const CHOSEN = {
  main: { grep: MAIN, grepInvert: LONG },
  rest: { grepInvert: [MAIN, LONG] },
  every: {},
}[process.env.HOPTT_STORIES ?? ''] ?? { grepInvert: LONG };

const STORIES = {
  testDir: 'e2e',
  timeout: 90_000,
  ...CHOSEN,
  expect: { timeout: 15_000 },
  // they run real browsers on a machine that others use too; what needed another try is listed as flaky
  retries: process.env.CI ? 2 : 0,
};

export default defineConfig({
  outputDir: 'test-results',
  reporter: [['list']],
  forbidOnly: true,
  workers: 2,
  timeout: 90_000,
  projects: [
    // stories open their own browsers, several at once; what they wait for has time enough for two beside each other
    { ...STORIES, name: 'stories', testIgnore: TIMED, workers: 2 },
    // those that promise a time or change the firewall that all share, one after the other
    { ...STORIES, name: 'timed', testMatch: TIMED, workers: 1 },
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
          args: ['--disable-gpu', '--autoplay-policy=no-user-gesture-required', '--force-prefers-reduced-motion'],
        },
      },
    },
  ],
  // the stories alone need no gallery
  ...(process.argv.some((word) => /^--project=(?:stories|timed)$/.test(word))
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
