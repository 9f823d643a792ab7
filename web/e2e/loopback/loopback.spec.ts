import { expect, type Page, test } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { BOTH, launch, openContext, Watch } from '../support/browsers';
import { exposePeers, loudness, seen } from '../support/seen';
import type {} from './page';

/** The address is answered by the test itself: nothing listens there. */
const ORIGIN = 'http://localhost:4181';
/** What the bundler made of the page's script, by file name: parts that load on demand are files of their own. */
let scripts = new Map<string, string>();

test.beforeAll(async () => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: fileURLToPath(new URL('page.ts', import.meta.url)), formats: ['es'], fileName: 'page' },
    },
  });
  const output = [built].flat().find((each) => 'output' in each);
  scripts = new Map(
    output?.output.flatMap((each): [string, string][] => (each.type === 'chunk' ? [[each.fileName, each.code]] : [])),
  );
});

for (const kind of BOTH) {
  test.describe(`the page's media in ${kind}`, () => {
    let page: Page;
    let watch: Watch;

    test.beforeEach(async () => {
      const browser = await launch(kind);
      const context = await openContext(browser, kind);
      await exposePeers(context);
      page = await context.newPage();
      watch = new Watch(page, ORIGIN);
      await page.route(`${ORIGIN}/**`, (route) => {
        const script = scripts.get(new URL(route.request().url()).pathname.slice(1));
        return route.fulfill(
          script === undefined
            ? {
                contentType: 'text/html',
                body: '<!doctype html><title>loopback</title><script type="module" src="/page.js"></script>',
              }
            : { contentType: 'text/javascript', body: script },
        );
      });
      await page.goto(ORIGIN);
      await page.waitForFunction(() => 'makeCall' in window);
      await page.evaluate(async () => {
        window.call = await window.makeCall();
        await window.call.connect();
      });
    });
    test.afterEach(async () => {
      await page.context().browser()?.close();
    });

    const arrived = () => page.evaluate(() => window.call.arrived());
    const settled = (ms: number) => page.waitForTimeout(ms);

    test('shows a picture that moves, and plays the voices', async () => {
      await page.evaluate(() => window.call.show());
      await expect.poll(() => page.evaluate(() => window.call.pictures())).toEqual(['a camera']);
      await page.evaluate(() => window.call.attach());
      const video = page.locator('video');
      await expect.poll(async () => (await seen(video)).frames).toBeGreaterThan(5);
      const first = await seen(video);
      await expect.poll(async () => (await seen(video)).pixels).not.toBe(first.pixels);
      await expect.poll(() => loudness(page)).toBeGreaterThan(0.05);
      expect(watch.problems).toEqual([]);
    });

    test('sends nothing that is switched off', async () => {
      await page.evaluate(() => window.call.allow(false, false));
      await settled(1_500);
      const { frames, energy } = await arrived();
      expect([frames <= 5, energy]).toEqual([true, 0]);
      await page.evaluate(() => window.call.allow(true, true));
      await expect.poll(async () => (await arrived()).frames).toBeGreaterThan(10);
      await expect.poll(async () => (await arrived()).energy).toBeGreaterThan(0);
      await page.evaluate(() => window.call.allow(false, false));
      // what was on its way arrives; then nothing more
      await expect
        .poll(async () => {
          const before = await arrived();
          await settled(1_500);
          const after = await arrived();
          // Firefox sends a black frame now and then where there is no track
          return { moves: after.frames - before.frames > 5, loud: after.energy - before.energy > 1e-6 };
        })
        .toEqual({ moves: false, loud: false });
    });

    test('F1: a lost connection is replaced by itself, and what was sent is sent on', async () => {
      await page.evaluate(() => window.call.allow(true, true));
      await expect.poll(async () => (await arrived()).frames).toBeGreaterThan(5);
      await page.evaluate(() => window.call.break());
      await expect.poll(() => page.evaluate(() => window.call.log), { timeout: 20_000 }).toContain('negotiate');
      await expect.poll(async () => (await arrived()).frames, { timeout: 15_000 }).toBeGreaterThan(5);
    });
  });
}
