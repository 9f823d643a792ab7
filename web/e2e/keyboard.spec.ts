import { CHAIR, expect, LAI_CHAU, LAO_CAI, SON_LA, test } from './support/story';
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
  await expect(chair.at('toasts')).toContainText('Đã tắt mọi micro');
  await expect(chair.at('announce-status')).toHaveText('Đã tắt mọi micro');
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

  // a microphone that the end closes is no act of the chair
  await expect(chair.tile(CHAIR.bridgePoint)).toHaveAttribute('data-microphone', 'on');

  // by its name, without marks
  await keyboard.press('Control+k');
  await expect(chair.at('commands-search'), 'fetched when it is first asked for').toBeFocused();
  await keyboard.type('ket thuc hop');
  await keyboard.press('Enter');
  await expect(chair.at('meeting-end-cancel')).toBeFocused();
  await tabTo(chair, 'meeting-end-confirm');
  await keyboard.press('Enter');
  for (const each of [chair, guest]) {
    await expect(each.at('meeting-ended')).toBeVisible();
    await expect(each.at('announce-alert')).toHaveText(/^Cuộc họp đã kết thúc\..* Camera và micro đã tắt\.$/);
  }
});

test('whoever works by keys goes on where the work is when what was pressed goes away', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'lobby', kind: 'conference' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const { keyboard } = chair.page;
  const knocks = async (entry: typeof LAI_CHAU): Promise<Guest> => {
    const guest = await someone();
    await guest.open(slug);
    await guest.fill(entry);
    await guest.enter();
    await expect(chair.page.locator(`[data-testid=lobby-row][data-point="${entry.point}"]`)).toBeVisible();
    return guest;
  };
  const [lai, lao] = [await knocks(LAI_CHAU), await knocks(LAO_CAI)];
  await knocks(SON_LA);
  const inLobby = (point: string, testid: string) =>
    chair.page.locator(`[data-testid=lobby-row][data-point="${point}"]`).getByTestId(testid);

  await inLobby(LAI_CHAU.point, 'lobby-admit').focus();
  await keyboard.press('Enter');
  await expect(inLobby(LAO_CAI.point, 'lobby-admit'), 'the next of the lobby').toBeFocused();
  await keyboard.press('Delete');
  await expect(inLobby(LAO_CAI.point, 'lobby-undo'), 'what takes it back').toBeFocused();
  await keyboard.press('Enter');
  await expect(inLobby(LAO_CAI.point, 'lobby-admit'), 'the row as it was').toBeFocused();
  await keyboard.press('Enter');
  await expect(inLobby(SON_LA.point, 'lobby-admit')).toBeFocused();
  await keyboard.press('Enter');
  await expect(chair.page.locator('#lobby-head'), 'nobody waits any more').toBeFocused();

  await lai.isIn();
  await lai.page.keyboard.press('h');
  await expect(chair.at('floor-request')).toHaveCount(1);
  await lao.page.keyboard.press('h');
  await expect(chair.at('floor-request')).toHaveCount(2);
  const inQueue = (point: string) =>
    chair.page.locator(`[data-testid=floor-request][data-point="${point}"]`).getByTestId('floor-grant');
  await inQueue(LAI_CHAU.point).focus();
  await keyboard.press('Enter');
  await expect(inQueue(LAO_CAI.point), 'the next of the queue').toBeFocused();
  await lai.at('floor-decline').focus();
  await lai.page.keyboard.press('Enter');
  await expect(lai.at('bar-ask'), 'to ask again').toBeFocused();
  await keyboard.press('Enter');
  await expect(chair.at('floor-queue').getByRole('heading')).toBeFocused();
  await lao.at('floor-take').click();
  await chair.at('floor-hold').focus();
  await keyboard.press('Enter');
  await expect(chair.at('floor-resume')).toBeFocused();
  await keyboard.press('Enter');
  await expect(chair.at('floor-hold')).toBeFocused();
  await chair.at('floor-end').focus();
  await keyboard.press('Enter');
  await expect(chair.at('floor-holders').locator('[data-rest]'), 'nobody speaks').toBeFocused();

  await chair.at('tab-people').click();
  await chair.row(LAI_CHAU.point).getByTestId('participant-menu').focus();
  await keyboard.press('Enter');
  await chair.at('participant-remove').focus();
  await keyboard.press('Enter');
  await chair.at('remove-confirm').focus();
  await keyboard.press('Enter');
  await expect(chair.row(LAI_CHAU.point)).toHaveCount(0);
  await expect(chair.page.locator('[data-testid=participant-menu]:focus'), 'the next in the list').toHaveCount(1);

  await keyboard.press('t');
  await chair.at('chat-text-field').fill('Đã rõ');
  await chair.at('chat-send').click();
  await expect(chair.at('chat-lines')).toContainText('Đã rõ');
  await expect(chair.at('chat-text-field')).toBeFocused();
});
