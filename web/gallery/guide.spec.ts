import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from '@playwright/test';

/** The pictures of the guides (`docs/guide/`): taken anew by `npm run guide:pictures` when the page looks otherwise. */
const FOLDER = fileURLToPath(new URL('../static/guide', import.meta.url));
const PICTURES = [
  { name: 'chair', state: 'floor-chair', width: 1366, height: 768, ready: 'floor-next' },
  { name: 'points', state: 'floor-chair-points', width: 1366, height: 768, ready: 'floor-points' },
  { name: 'granted', state: 'floor-granted', width: 390, height: 844, ready: 'floor-given' },
];

test.skip(process.env.GUIDE_PICTURES !== 'write', 'written on demand only');

for (const { name, state, width, height, ready } of PICTURES)
  for (const language of ['vi', 'en'])
    test(`the picture ${name} of the guide in ${language}`, async ({ browser }) => {
      mkdirSync(FOLDER, { recursive: true });
      const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:4179/?state=${state}&lang=${language}`);
      await page.getByTestId(ready).waitFor();
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(700); // cameras of the gallery have sent a frame
      await page.screenshot({ path: `${FOLDER}/${name}.${language}.jpg`, type: 'jpeg', quality: 82 });
      await context.close();
    });
