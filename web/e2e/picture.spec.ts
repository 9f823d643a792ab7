import type { Page } from '@playwright/test';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, SON_LA, test } from './support/story';
import type { Guest } from './support/guest';
import { peersMade } from './support/seen';

/** A press of OK so soon after another one is taken for the same (`ok.ts`). */
const SAME_PRESS_MS = 400;

/** Marks every video that is there, so that one made anew is known. */
async function markVideos(page: Page): Promise<number> {
  return page.evaluate(() => {
    const videos = [...document.querySelectorAll<HTMLVideoElement>('[data-testid="tile-video"]')];
    for (const video of videos) video.dataset.known = 'yes';
    return videos.length;
  });
}

async function strangers(page: Page): Promise<number> {
  return page.locator('[data-testid="tile-video"]:not([data-known])').count();
}

async function layoutIs(guests: readonly Guest[], layout: string): Promise<void> {
  for (const guest of guests) await expect(guest.at('stage')).toHaveAttribute('data-layout', layout);
}

test('R23: the chair sets Hội nghị with two clicks, every screen shows it, and frees it again', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: true });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  const other = await someone('firefox');
  await other.join(slug, LAO_CAI);
  const all = [chair, guest, other];
  await guest.sees(CHAIR.bridgePoint);
  await other.sees(LAI_CHAU.point);
  expect(await markVideos(guest.page)).toBe(3);

  await chair.at('layout-toggle').click();
  await expect(chair.at('layout-menu')).toBeVisible();
  await chair.at('layout-conference').hover();
  // tried on the own screen first; nobody else sees it
  await layoutIs([chair], 'conference');
  await layoutIs([guest, other], 'grid');
  await chair.at('layout-conference').click();
  await layoutIs(all, 'conference');
  expect(await strangers(guest.page), 'no video is made anew').toBe(0);
  await guest.sees(CHAIR.bridgePoint);
  await guest.isAccessible();

  // bound: the guest has no layout of the own, only a private pin that says so
  await guest.at('layout-toggle').click();
  await expect(guest.at('layout-bound')).toBeVisible();
  await expect(guest.at('layout-grid')).toHaveCount(0);
  await guest.page.keyboard.press('Escape');
  await guest.tile(LAO_CAI.point).getByRole('button').click();
  await guest.at('participant-pin').click();
  await layoutIs([guest], 'speaker');
  await expect(guest.at('pin-private')).toBeVisible();
  await layoutIs([chair, other], 'conference');
  await guest.at('pin-end').click();
  await layoutIs(all, 'conference');

  await chair.page.keyboard.press('l');
  await chair.page.keyboard.press('3');
  await layoutIs(all, 'two_columns');
  expect(await strangers(guest.page)).toBe(0);

  await chair.at('layout-toggle').click();
  await chair.at('layout-free').click();
  await layoutIs(all, 'grid');
  await other.at('layout-toggle').click();
  await other.at('layout-speaker').click();
  await layoutIs([other], 'speaker');
  await layoutIs([chair, guest], 'grid');
});

test(
  'R18: two clicks bring somebody to the stage of every screen, and two take them off',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: true });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const first = await someone();
    await first.join(slug, LAI_CHAU);
    const second = await someone('firefox');
    await second.join(slug, SON_LA);
    await chair.at('layout-toggle').click();
    await chair.at('layout-conference').click();
    const beside = async (guest: Guest) => {
      const boxes = await guest.page
        .locator('[data-testid=tile]')
        .evaluateAll((tiles) =>
          tiles.map((tile) => [tile.getAttribute('data-point'), tile.getBoundingClientRect().width]),
        );
      return boxes.sort((one, other) => Number(other[1]) - Number(one[1])).map(([point]) => point);
    };
    await layoutIs([chair, first, second], 'conference');

    await chair.tile(SON_LA.point).getByRole('button').click();
    await chair.at('participant-stage').click();
    await expect(second.at('toast')).toBeVisible(); // gone after six seconds: looked at first
    for (const guest of [chair, first, second])
      await expect.poll(async () => (await beside(guest)).slice(0, 2)).toEqual([CHAIR.bridgePoint, SON_LA.point]);

    await chair.tile(SON_LA.point).getByRole('button').click();
    await chair.at('participant-stage').click();
    for (const guest of [chair, first, second])
      await expect.poll(async () => (await beside(guest)).slice(0, 2)).toEqual([CHAIR.bridgePoint, LAI_CHAU.point]);
  },
);

test(
  'R24: sound only asks for no picture, and shows them again',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    await server.room(slug, { entry: 'open' });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const guest = await someone();
    await guest.join(slug, LAI_CHAU);
    await guest.sees(CHAIR.bridgePoint);
    await guest.at('layout-toggle').click();
    await guest.at('sound-only').click();
    await expect(guest.at('sound-only-sign')).toBeVisible();
    await expect
      .poll(() =>
        guest.page.evaluate(() => [...document.querySelectorAll('video')].filter((video) => video.srcObject).length),
      )
      .toBe(0);
    await guest.at('sound-only-end').click();
    await guest.sees(CHAIR.bridgePoint);
  },
);

test(
  'R23: a room display comes in, pages, opens its microphone and leaves by arrows and OK only',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: true });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const room = await someone();
    await room.page.setViewportSize({ width: 1920, height: 1080 });
    const { keyboard } = room.page;

    await room.open(`${slug}/room`);
    await expect(room.at('join-bridge-point')).toBeFocused();
    for (const text of [LAI_CHAU.point, LAI_CHAU.name, LAI_CHAU.unit]) {
      await keyboard.type(text);
      await keyboard.press('ArrowDown');
    }
    await expect(room.at('join-enter')).toBeFocused();
    await room.isAccessible();
    await keyboard.press('Enter');
    await expect(room.at('room-display')).toBeVisible();
    await room.sees(CHAIR.bridgePoint);
    await room.isAccessible();
    await expect(room.at('room-own')).toHaveAttribute('data-microphone', 'off');

    await chair.at('layout-toggle').click();
    await chair.at('layout-two_columns').click();
    await layoutIs([room], 'two_columns');

    // the chair gives the word; OK opens the microphone, and never anything else does
    await chair.allows(LAI_CHAU.point);
    await expect(room.at('room-asked')).toBeVisible();
    await expect(room.at('room-own')).toHaveAttribute('data-microphone', 'off');
    await keyboard.press('Enter');
    await expect(room.at('room-own')).toHaveAttribute('data-microphone', 'on');
    await chair.hearsSomebody();
    await room.page.waitForTimeout(SAME_PRESS_MS);
    await keyboard.press('Enter');
    await expect(room.at('room-own')).toHaveAttribute('data-microphone', 'off');

    // the menu: camera off by ▼ and OK
    await keyboard.press('ArrowDown');
    await expect(room.at('room-menu')).toBeVisible();
    await expect(room.at('room-microphone')).toBeFocused();
    await keyboard.press('ArrowDown');
    await expect(room.at('room-camera')).toBeFocused();
    await keyboard.press('Enter');
    await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-camera', 'off');
    await room.isAccessible();
    await keyboard.press('Escape');
    await expect(room.at('room-menu')).toHaveCount(0);

    // it leaves, and finds its name again: one press
    await keyboard.press('ArrowUp');
    await keyboard.press('ArrowUp');
    await expect(room.at('room-leave')).toBeFocused();
    await keyboard.press('Enter');
    await expect(room.at('meeting-left')).toBeVisible();
    await keyboard.press('Enter');
    await expect(room.at('join-enter')).toBeFocused();
    await keyboard.press('Enter');
    await expect(room.at('room-display')).toBeVisible();
  },
);

test(
  'R23: a page of twelve pictures comes on the connection that is there',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: true });
    const chair = await someone();
    await chair.page.setViewportSize({ width: 1366, height: 768 });
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const company = server.bots(slug, 11);
    try {
      // beside the panel nine are shown, without it twelve: two more slots than the page was made with
      await chair.at('people-toggle').click();
      const pictures = chair.page.locator('[data-testid=tile][data-you=false]').getByTestId('tile-video');
      await expect(pictures).toHaveCount(11, { timeout: 60_000 });
      await expect
        .poll(() => pictures.evaluateAll((all: HTMLVideoElement[]) => all.filter((one) => one.videoWidth > 0).length), {
          message: 'moving pictures of bots',
          timeout: 60_000,
        })
        .toBe(11);
      expect(await peersMade(chair.page), 'peer connections').toBe(1);
    } finally {
      await company.end();
    }
  },
);

test(
  'R17: a room display asks for the floor and takes it with OK',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', kind: 'conference', turnSeconds: 120 });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const room = await someone();
    await room.page.setViewportSize({ width: 1920, height: 1080 });
    const { keyboard } = room.page;
    await room.open(`${slug}/room`);
    await room.fill(LAI_CHAU);
    await room.enter();
    await expect(room.at('room-display')).toBeVisible();

    await keyboard.press('Enter');
    await expect(chair.at('floor-request')).toHaveCount(1);
    await chair.opensPanel();
    await chair.at('floor-next').click();
    await expect(room.at('room-asked')).toBeVisible();
    await expect(room.at('room-own')).toHaveAttribute('data-microphone', 'off');
    await keyboard.press('Enter');
    await expect(room.at('room-own')).toHaveAttribute('data-microphone', 'on');
    await chair.hearsSomebody();
    await expect(room.at('speaking-panel')).toContainText(/0[12]:\d\d/);
    await room.page.waitForTimeout(SAME_PRESS_MS);
    await keyboard.press('Enter');
    await expect(room.at('room-own')).toHaveAttribute('data-microphone', 'off');
  },
);
