import { CHAIR, expect, LAI_CHAU, test } from './support/story';
import type { Guest } from './support/guest';

/** Presses Tab until the control has the focus, as somebody without a mouse does. */
async function tabTo(guest: Guest, testid: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await guest.page.keyboard.press('Tab');
    const focused = await guest.page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    if (focused === testid) return;
  }
  throw new Error(`Tab never reaches ${testid}`);
}

test('joining and admitting need no mouse', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'lobby' });
  const chair = await someone();
  await chair.open(slug, await server.token(slug, CHAIR));
  await expect(chair.at('join-identity')).toBeVisible();
  await tabTo(chair, 'join-enter');
  await chair.page.keyboard.press('Enter');
  await chair.isIn();

  const guest = await someone();
  await guest.open(slug);
  await expect(guest.at('join-enter')).toBeVisible();
  for (const [field, text] of [
    ['join-bridge-point', LAI_CHAU.point],
    ['join-name', LAI_CHAU.name],
    ['join-unit', LAI_CHAU.unit],
  ] as const) {
    await tabTo(guest, field);
    await guest.page.keyboard.type(text);
  }
  await guest.page.keyboard.press('Enter');
  await expect(guest.at('lobby-waiting')).toBeVisible();

  await expect(chair.at('lobby-row').or(chair.at('people-toggle')).first()).toBeVisible();
  if (!(await chair.at('lobby-row').isVisible())) {
    await tabTo(chair, 'people-toggle');
    await chair.page.keyboard.press('Enter');
  }
  await expect(chair.at('lobby-row')).toBeVisible();
  await tabTo(chair, 'lobby-admit');
  await chair.page.keyboard.press('Enter');
  await guest.isIn();
});

test('allowing, muting, locking and ending need no mouse', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: true });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  await expect(chair.tile(LAI_CHAU.point)).toBeVisible();
  const { keyboard } = chair.page;

  // the stage is one stop; arrows move between the tiles, Enter opens the menu of one
  await chair.tile(CHAIR.bridgePoint).getByRole('button').focus();
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowRight');
  await expect(chair.tile(LAI_CHAU.point).getByRole('button')).toBeFocused();
  await keyboard.press('Enter');
  await expect(chair.at('participant-card')).toBeVisible();
  await tabTo(chair, 'participant-allow');
  await keyboard.press('Enter');
  await expect(guest.at('speak-open')).toBeVisible();
  // held, Space opens the microphone for as long
  await guest.page.keyboard.down(' ');
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'on');
  await guest.page.keyboard.up(' ');
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'off');
  await guest.page.keyboard.press('m');
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'on');

  await keyboard.press('Escape');
  await keyboard.press('Shift+M');
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'off');
  await keyboard.press('k');
  await expect(guest.at('locked-sign')).toBeVisible();

  // a key leads to a field, each time
  await keyboard.press('/');
  await expect(chair.at('people-search')).toBeFocused();
  await chair.at('tab-people').focus();
  await keyboard.press('t');
  await expect(chair.at('chat-text-field'), 'fetched when it is first shown').toBeFocused();
  await chair.at('tab-chat').focus();
  await keyboard.press('/');
  await expect(chair.at('people-search'), 'asked for again').toBeFocused();
  await chair.at('tab-people').focus();

  // by its name, without marks
  await keyboard.press('Control+k');
  await expect(chair.at('commands-search'), 'fetched when it is first asked for').toBeFocused();
  await keyboard.type('ket thuc hop');
  await keyboard.press('Enter');
  await expect(chair.at('meeting-end-cancel')).toBeFocused();
  await tabTo(chair, 'meeting-end-confirm');
  await keyboard.press('Enter');
  await expect(guest.at('meeting-ended')).toBeVisible();
});
