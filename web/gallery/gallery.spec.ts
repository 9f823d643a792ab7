import { expect } from '@playwright/test';
import { violations } from '../e2e/support/axe';
import { LIST, type Listed, type Size } from './list';
import { cut, open, PHOTOGRAPHS } from './look';
import { type Frame, test } from './windows';

/**
 * Every state of every page: photographed at the sizes of a laptop, a phone and a desk,
 * judged by axe-core, and searched for anything that is cut. Each run takes a state at one
 * of its sizes, the neighbours in the list at the others (`GALLERY=sizes`: all of them), and
 * in one of the six pairs of theme and language (`GALLERY=looks`: in all of them); some states, which
 * together show every component, are seen in all six. `GALLERY=full` sees all in all. The photographs lie in
 * test-results/gallery/.
 */
const SIZES: Readonly<Record<Size, Frame>> = {
  laptop: { width: 1366, height: 768, ratio: 1.5 },
  phone: { width: 390, height: 844, ratio: 2, touch: true },
  tv: { width: 1920, height: 1080, ratio: 1 },
  uhd: { width: 3840, height: 2160, ratio: 1 },
};
const LOOKS = [
  ['light', 'vi'],
  ['dark', 'en'],
  ['contrast', 'vi'],
  ['light', 'en'],
  ['dark', 'vi'],
  ['contrast', 'en'],
] as const;
const IN_EVERY_LOOK = ['stage-chair', 'lobby-waiting'];

const { GALLERY } = process.env;

for (const [place, [id, { sizes, shows = null }]] of Object.entries<Listed>(LIST).entries()) {
  for (const [turn, size] of sizes.entries()) {
    if (GALLERY !== 'sizes' && GALLERY !== 'full' && turn !== place % sizes.length) continue;
    test.describe(`${id} on a ${size}`, () => {
      const every = GALLERY === 'looks' || GALLERY === 'full' || IN_EVERY_LOOK.includes(id);
      const looks = LOOKS.filter((_, look) => every || look === (place + 2 * turn) % LOOKS.length);
      test('is complete, legible and accessible', async ({ shown }) => {
        const { page, problems } = await shown(SIZES[size]);
        for (const [theme, language] of looks) {
          await open(page, `?state=${id}&theme=${theme}&lang=${language}`, shows);
          await page.screenshot({ path: `${PHOTOGRAPHS}/${id}-${size}-${theme}-${language}.png` });
          expect.soft(await cut(page), `cut in ${theme} ${language}`).toEqual([]);
          expect.soft(await violations(page), `axe in ${theme} ${language}`).toEqual([]);
        }
        expect(problems).toEqual([]);
      });
    });
  }
}

test('a countdown keeps its width from second to second', async ({ shown }) => {
  const { page } = await shown(SIZES.laptop);
  await open(page, '?state=door-not-yet-open', null);
  const widths = await page.getByTestId('not-open-left').evaluate((element) =>
    ['00:00', '11:11', '14:47', '58:58'].map((time) => {
      element.textContent = time;
      return element.getBoundingClientRect().width;
    }),
  );
  expect(new Set(widths).size).toBe(1);
});
