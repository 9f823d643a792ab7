import { expect } from '@playwright/test';
import { LIST, type Listed, type StateId } from './list';
import { cut, open, outOfReach, PHOTOGRAPHS } from './look';
import { test } from './windows';

/** A laptop's page at 200 % and at 400 % (WCAG 1.4.10): one column, nothing cut, and everything within reach. */
const ZOOMS = [
  ['200 %', 683, 384],
  ['400 %', 320, 256],
] as const;
const STATES = [
  'door-ready',
  'door-two-faults',
  'door-not-yet-open',
  'door-denied',
  'over-ended',
  'lobby-waiting',
  'lobby-correct-name',
  'lobby-no-chair',
  'stage-chair',
  'stage-chair-phone',
  'stage-participant',
  'stage-people-list',
  'stage-remove',
  'stage-chat',
  'stage-chat-closed',
  'stage-more',
  'stage-help',
  'stage-commands',
  'stage-alone',
  'stage-reconnecting',
  'stage-sound-blocked',
  'stage-long-names',
  'floor-chair-row',
  'floor-chair-rules',
  'floor-chair-points',
  'floor-participant-queued',
  'floor-granted',
  'floor-granted-asked-more',
  'floor-speaking',
  'floor-speaking-soon',
  'hand-board',
  'hand-board-group',
  'hand-card',
  'hand-role',
  'hand-rename',
  'hand-acts',
  'hand-companion-link',
  'hand-chair-offered',
  'hand-chair-away',
  'hand-lobby-give',
  'picture-grid-9',
  'stage-screen-share',
  'picture-conference-9',
  'picture-menu-participant',
] as const satisfies readonly StateId[];

for (const [turn, [zoom, width, height]] of ZOOMS.entries()) {
  for (const [place, id] of STATES.entries()) {
    // a run takes each state at one of the two, its neighbour at the other; `make gallery` takes both
    if (process.env.GALLERY === undefined && place % ZOOMS.length !== turn) continue;
    const listed: Listed = LIST[id];
    const shows = listed.shows ?? null;
    test(`${id} at ${zoom} has nothing cut, no scrolling sideways, and everything within reach`, async ({ shown }) => {
      const { page } = await shown({ width, height });
      for (const language of ['en', 'vi']) {
        await open(page, `?state=${id}&lang=${language}`, shows);
        if (language === 'vi') await page.screenshot({ path: `${PHOTOGRAPHS}/${id}-zoom-${width}.png` });
        expect.soft(await cut(page), `cut in ${language}`).toEqual([]);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect.soft(sideways, `wider than the page in ${language}`).toBeLessThanOrEqual(0);
        expect.soft(await outOfReach(page), `out of reach in ${language}`).toEqual([]);
      }
    });
  }
}
