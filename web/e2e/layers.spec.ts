import type { Page } from '@playwright/test';
import { camerasSent, LARGE, pictureWidth, SMALLER } from './support/seen';
import { CHAIR, expect, LAO_CAI, test } from './support/story';

for (const kind of ['chromium', 'firefox'] as const)
  test(`${kind}: a camera comes in three sizes, and what nobody looks at is not sent`, async ({
    server,
    slug,
    someone,
  }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
    const viewer = await someone();
    await viewer.page.setViewportSize(LARGE);
    await viewer.joinBy(slug, await server.token(slug, CHAIR));
    const sender = await someone(kind);
    await sender.join(slug, LAO_CAI);
    await viewer.sees(LAO_CAI.point);
    await expect
      .poll(() => sending(sender.page), {
        message: 'the largest for the stage, the smallest in any case',
        timeout: 40_000,
      })
      .toEqual(['f', 'q']);
    const shown = viewer.tile(LAO_CAI.point).getByTestId('tile-video');
    await expect
      .poll(() => pictureWidth(shown), {
        message: 'its size',
        timeout: 20_000,
      })
      .toBeGreaterThan(600);

    await expect
      .poll(() => whyNoBetter(viewer.page, LAO_CAI.point), { message: 'it is all that is sent', timeout: 20_000 })
      .toBe('sender');

    // in a smaller window the middle size fills the tile
    await viewer.page.setViewportSize(SMALLER);
    await expect
      .poll(() => sending(sender.page), { message: 'the large one is sent no more', timeout: 40_000 })
      .not.toContain('f');
    await viewer.sees(LAO_CAI.point);
    await expect
      .poll(() => whyNoBetter(viewer.page, LAO_CAI.point), { message: 'the tile has enough', timeout: 20_000 })
      .toBe('tile');
    await viewer.page.setViewportSize(LARGE);
    await expect
      .poll(() => sending(sender.page), { message: 'the large one comes back', timeout: 40_000 })
      .toContain('f');
    await viewer.sees(LAO_CAI.point);
  });

for (const kind of ['chromium', 'firefox'] as const)
  test(`${kind}: an old camera of 640 × 480 is seen in the whole of it`, async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
    const viewer = await someone();
    await viewer.page.setViewportSize(LARGE);
    await viewer.joinBy(slug, await server.token(slug, CHAIR));
    const sender = await someone(kind);
    await sender.page.addInitScript(() => {
      if (!('mediaDevices' in navigator)) return; // a blank page has none
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const size = { width: { exact: 640 }, height: { exact: 480 } };
      navigator.mediaDevices.getUserMedia = ({ audio, video } = {}) =>
        real({ ...(audio && { audio }), ...(video && { video: size }) });
    });
    await sender.join(slug, LAO_CAI);
    await viewer.sees(LAO_CAI.point);
    const shown = viewer.tile(LAO_CAI.point).getByTestId('tile-video');
    await expect
      .poll(() => pictureWidth(shown), {
        message: 'its size',
        timeout: 30_000,
      })
      .toBe(640);
  });

/** The encodings of which frames have left within half a second, by rid. */
async function sending(page: Page): Promise<string[]> {
  const before = await camerasSent(page);
  await page.waitForTimeout(500);
  const after = await camerasSent(page);
  return Object.keys(after)
    .filter((rid) => (after[rid] ?? 0) > (before[rid] ?? 0))
    .sort();
}

/** The reason that the card of a tile gives for its picture being no sharper (R24). */
async function whyNoBetter(page: Page, point: string): Promise<string | null> {
  await page.locator(`[data-testid="tile"][data-point="${point}"] > button`).click();
  const words = page.getByTestId('participant-picture');
  await expect(words, 'it says why').toBeVisible({ timeout: 15_000 });
  await expect(words).toHaveText(/\S/);
  const why = await words.getAttribute('data-why');
  await page.keyboard.press('Escape');
  return why;
}
