import { expect, type Page, test } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { violations } from '../e2e/support/axe';
import { LIST, type Listed, type Size } from './list';

/**
 * Every state of every page: photographed at the sizes of a laptop, a phone and a desk,
 * judged by axe-core, and searched for anything that is cut. Each run takes a state at one
 * of its sizes, the neighbours in the list at the others (`GALLERY=sizes`: all of them), and
 * in one of the six pairs of theme and language; some states, which together show every
 * component, are seen in all six. `GALLERY=full` sees all in all. The photographs lie in
 * test-results/gallery/.
 */
const PHOTOGRAPHS = fileURLToPath(new URL('../test-results/gallery', import.meta.url));
const SIZES: Readonly<Record<Size, { width: number; height: number; ratio: number }>> = {
  laptop: { width: 1366, height: 768, ratio: 1.5 },
  phone: { width: 390, height: 844, ratio: 2 },
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
const IN_EVERY_LOOK = [
  'door-two-faults',
  'stage-chair',
  'floor-chair',
  'floor-granted',
  'floor-speaking',
  'lobby-waiting',
];

mkdirSync(PHOTOGRAPHS, { recursive: true });

const { GALLERY } = process.env;

for (const [place, [id, { sizes, shows = null }]] of Object.entries<Listed>(LIST).entries()) {
  for (const [turn, size] of sizes.entries()) {
    if (GALLERY === undefined && turn !== place % sizes.length) continue;
    const { width, height, ratio } = SIZES[size];
    test.describe(`${id} on a ${size}`, () => {
      test.use({
        viewport: { width, height },
        deviceScaleFactor: ratio,
        hasTouch: size === 'phone',
        timezoneId: 'Asia/Ho_Chi_Minh',
        contextOptions: { reducedMotion: 'reduce' },
      });
      const every = GALLERY === 'full' || IN_EVERY_LOOK.includes(id);
      const looks = LOOKS.filter((_, look) => every || look === (place + 2 * turn) % LOOKS.length);
      test('is complete, legible and accessible', async ({ page }) => {
        const problems = watch(page);
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

test.describe('the join page, enlarged', () => {
  for (const [zoom, width, height] of [
    ['200 %', 683, 384],
    ['400 %', 320, 256],
  ] as const) {
    for (const id of [
      'door-ready',
      'door-two-faults',
      'door-not-yet-open',
      'door-denied',
      'over-ended',
      'lobby-waiting',
    ]) {
      test(`${id} at ${zoom} has one column, nothing cut and no scrolling sideways`, async ({ page }) => {
        await page.setViewportSize({ width, height });
        for (const language of ['vi', 'en']) {
          await open(page, `?state=${id}&lang=${language}`, null);
          expect(await cut(page)).toEqual([]);
          const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(sideways).toBeLessThanOrEqual(0);
        }
        await page.screenshot({ path: `${PHOTOGRAPHS}/${id}-zoom-${width}.png`, fullPage: true });
      });
    }
  }
});

test('a countdown keeps its width from second to second', async ({ page }) => {
  await open(page, '?state=door-not-yet-open', null);
  const widths = await page.getByTestId('not-open-left').evaluate((element) =>
    ['00:00', '11:11', '14:47', '58:58'].map((time) => {
      element.textContent = time;
      return element.getBoundingClientRect().width;
    }),
  );
  expect(new Set(widths).size).toBe(1);
});

async function open(page: Page, address: string, shows: string | null): Promise<void> {
  await page.goto(`/${address}`);
  await page.locator('html[data-drawn]').waitFor({ state: 'attached' });
  if (shows) await page.getByTestId(shows).first().waitFor();
  // the pictures of the made-up cameras
  await page.waitForFunction(() =>
    [...document.querySelectorAll('video')].every(
      (video) => video.srcObject === null || video.readyState >= 2 || !video.checkVisibility(),
    ),
  );
  // a frame that is there is not yet a frame that is painted
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
}

/** Whatever is wider or higher than the box that shows it: text that somebody cannot read. */
async function cut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      if (element.closest('.hidden-words, svg, option') || !element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      if (style.clipPath !== 'none') continue; // words for screen readers only
      if (style.textOverflow === 'ellipsis') found.push(`${describe(element)} has an ellipsis`);
      // a field scrolls its own text; a list that scrolls says so
      const scrolls = /(auto|scroll)/.test(style.overflowY) || element.matches('input, select, textarea');
      const tooWide = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
      const tooHigh = element.scrollHeight > element.clientHeight + 1 && element.clientHeight > 0;
      const clips = /(hidden|clip)/.test(style.overflowX + style.overflowY);
      const holdsText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
      if (!scrolls && tooWide && style.display !== 'inline' && (holdsText || clips))
        found.push(`${describe(element)} is ${element.scrollWidth} wide in ${element.clientWidth}`);
      if (!scrolls && tooHigh && clips)
        found.push(`${describe(element)} is ${element.scrollHeight} high in ${element.clientHeight}`);
    }
    return found;

    function describe(element: HTMLElement): string {
      const name = element.dataset.testid ?? element.className;
      return `${element.tagName.toLowerCase()}.${name} "${(element.textContent || '').trim().slice(0, 40)}"`;
    }
  });
}

/** Errors and warnings of the page's console. */
function watch(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  return problems;
}
