import type { Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where photographs lie. */
export const PHOTOGRAPHS = fileURLToPath(new URL('../test-results/gallery', import.meta.url));
mkdirSync(PHOTOGRAPHS, { recursive: true });

/** Opens a state, and waits until all of it is painted. */
export async function open(page: Page, address: string, shows: string | null): Promise<void> {
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
export async function cut(page: Page): Promise<string[]> {
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

/**
 * What can be pressed or written into, and is not to be reached: no scrolling brings it into view, or something lies
 * over it. Of what lies open, the topmost counts.
 */
export async function outOfReach(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const LAYERS = ['dialog[open]', '[popover]:popover-open', 'aside.sheet', '[data-testid=board]'];
    const layer = LAYERS.flatMap((each) => document.querySelector<HTMLElement>(each) ?? [])[0];
    const root = layer ?? document.body;
    const found: string[] = [];
    for (const control of root.querySelectorAll<HTMLElement>('button, a[href], input, textarea, select, summary')) {
      // the tiles lie under whatever waits for a press, and a page of them turns
      if (!control.checkVisibility({ visibilityProperty: true }) || control.closest('[data-testid="tile"]')) continue;
      control.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
      const { left, right, top, bottom } = control.getBoundingClientRect();
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      const hit = document.elementFromPoint(x, y);
      const inside = left >= -1 && right <= innerWidth + 1 && y >= 0 && y <= innerHeight;
      const own = hit !== null && (control.contains(hit) || hit === control.closest('label'));
      const name = control.dataset.testid ?? control.textContent;
      const over = hit?.closest<HTMLElement>('[data-testid]')?.dataset.testid ?? hit?.tagName ?? 'nothing';
      if (!inside) found.push(`${name} is out of view at ${Math.round(x)}, ${Math.round(y)}`);
      else if (!own) found.push(`${name} lies under ${over}`);
    }
    return found;
  });
}
