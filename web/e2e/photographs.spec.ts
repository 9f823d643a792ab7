import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CHAIR, expect, test } from './support/story';

const PHOTOGRAPHS = fileURLToPath(new URL('../test-results/product', import.meta.url));

test('six synthetic participants fill the stage; it is photographed on a laptop and on a phone', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  mkdirSync(PHOTOGRAPHS, { recursive: true });
  await server.room(slug, { name: 'Giao ban tiến độ các dự án quý IV', entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const company = server.bots(slug, 6);
  try {
    const pictures = chair.page.locator('[data-testid=tile][data-you=false]').getByTestId('tile-video');
    await expect(pictures).toHaveCount(6, { timeout: 60_000 });
    await expect
      .poll(() => pictures.evaluateAll((all: HTMLVideoElement[]) => all.filter((one) => one.videoWidth > 0).length), {
        message: 'moving pictures of bots',
        timeout: 60_000,
      })
      .toBe(6);
    await chair.hearsSomebody();
    await expect(chair.page.locator('[data-testid=tile][data-speaking=true]').first()).toBeVisible();
    await chair.page.screenshot({ path: `${PHOTOGRAPHS}/stage-chair.png` });
    await chair.isAccessible();
    await chair.page.setViewportSize({ width: 390, height: 844 });
    await expect(chair.at('more')).toBeVisible();
    await chair.at('panel-close').click();
    await expect
      .poll(() => pictures.evaluateAll((all: HTMLVideoElement[]) => all.filter((one) => one.videoWidth > 0).length))
      .toBeGreaterThanOrEqual(5);
    await chair.page.screenshot({ path: `${PHOTOGRAPHS}/stage-phone.png` });
    await chair.isAccessible();
  } finally {
    await company.end();
  }
});
