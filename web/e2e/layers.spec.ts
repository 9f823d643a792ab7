import type { Page } from '@playwright/test';
import { camerasSent } from './support/seen';
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
      .poll(() => shown.evaluate((video: HTMLVideoElement) => video.videoWidth), {
        message: 'its size',
        timeout: 20_000,
      })
      .toBeGreaterThan(600);

    // a window that has become small has small tiles
    await viewer.page.setViewportSize({ width: 360, height: 300 });
    await expect
      .poll(() => sending(sender.page), { message: 'the large one is sent no more', timeout: 40_000 })
      .not.toContain('f');
    await viewer.sees(LAO_CAI.point);
    await viewer.page.setViewportSize({ width: 1280, height: 800 });
    await expect
      .poll(() => sending(sender.page), { message: 'the large one comes back', timeout: 40_000 })
      .toContain('f');
    await viewer.sees(LAO_CAI.point);
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
