import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';
import type { Guest } from './support/guest';
import { voicePackets } from './support/seen';

/** No packet of sound reaches a page for a while. */
async function staysSilent(page: Guest['page']): Promise<void> {
  await expect
    .poll(
      async () => {
        const before = await voicePackets(page);
        await page.waitForTimeout(1_000);
        return (await voicePackets(page)) - before;
      },
      { message: 'packets of sound within a second' },
    )
    .toBe(0);
}

test('R17: asking, being given the floor, speaking, and silence when the time is over', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', kind: 'conference', turnSeconds: 12 });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  await chair.at('mic-toggle').click(); // the chair's own voice would be heard
  await expect(chair.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);

  await guest.at('mic-toggle').click();
  await expect(guest.at('toast').filter({ hasText: '(H)' })).toBeVisible();
  await guest.page.keyboard.press('h');
  await expect(guest.at('floor-ask')).toHaveAttribute('data-place', '1');
  await expect(guest.at('toast').filter({ hasText: '(H)' }), 'advice that was followed').toHaveCount(0, {
    timeout: 2_000,
  });
  await expect(chair.at('floor-request')).toHaveAttribute('data-point', LAI_CHAU.point);
  await chair.hearsNobody();

  await chair.at('floor-next').click();
  await expect(guest.at('floor-take')).toBeVisible();
  await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'granted');
  await chair.hearsNobody();

  await guest.at('floor-take').click();
  await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking');
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-turn', 'speaking');
  await chair.hearsSomebody();
  await expect(guest.at('floor-own')).toBeVisible();

  // nobody presses anything: the time ends the turn
  await expect(guest.at('floor-own')).toHaveCount(0, { timeout: 20_000 });
  await expect(guest.at('toast').filter({ hasText: 'Hết giờ. Micro đã tắt.' })).toBeVisible();
  await expect(chair.at('floor-holder')).toHaveCount(0);
  await staysSilent(chair.page);
});

test('R17: somebody who did not ask is invited; nothing opens before their own press, and they may pass', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', kind: 'conference' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone('firefox');
  await guest.join(slug, LAO_CAI);
  await expect(chair.tile(LAO_CAI.point)).toBeVisible();

  await chair.at('floor-next').click();
  await chair.page.locator(`[data-testid=floor-point][data-point="${LAO_CAI.point}"]`).getByRole('button').click();
  await expect(guest.at('floor-given')).toHaveAttribute('data-invited', 'true');
  await expect(guest.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');
  await chair.hearsNobody();
  await guest.at('floor-decline').click();
  await expect(guest.at('floor-given')).toHaveCount(0);
  await expect(chair.at('floor-holder')).toHaveCount(0);

  // and again, from the picture of the bridge point: two clicks
  await chair.tile(LAO_CAI.point).getByRole('button').click();
  await chair.at('participant-invite').click();
  await guest.at('floor-take').click();
  await chair.hearsSomebody();
  await guest.at('floor-end-own').click({ delay: 1_200 });
  await expect(chair.at('floor-holder')).toHaveCount(0);
  await chair.hearsNobody();
});

test(
  'R17: of two in the queue the next one follows, and the turn before ends',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', kind: 'conference' });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const first = await someone();
    await first.join(slug, LAI_CHAU);
    const second = await someone();
    await second.join(slug, LAO_CAI);
    await first.at('bar-ask').click();
    await expect(chair.at('floor-request')).toHaveCount(1);
    await second.at('bar-ask').click();
    await expect(chair.at('floor-request')).toHaveCount(2);
    await expect(second.at('floor-ask')).toHaveAttribute('data-place', '2');

    // the order is changed by its buttons, and everybody sees it
    const row = chair.page.locator(`[data-testid=floor-request][data-point="${LAO_CAI.point}"]`);
    await row.getByTestId('floor-row-more').click();
    await row.getByTestId('floor-up').click();
    await expect(row).toHaveAttribute('data-place', '1');
    await expect(first.at('floor-ask')).toHaveAttribute('data-place', '2');

    // the button names somebody else since a moment ago: a press right after it was meant for the one before
    await chair.page.waitForTimeout(800);
    await chair.at('floor-next').click();
    await second.at('floor-take').click();
    await expect(chair.at('floor-holder')).toHaveAttribute('data-point', LAO_CAI.point);
    await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking');
    await chair.at('floor-next').click();
    await expect(second.at('toast').filter({ hasText: 'Chủ trì đã kết thúc lượt' })).toBeVisible();
    await expect(chair.at('floor-holder')).toHaveAttribute('data-point', LAI_CHAU.point);
    await first.at('floor-take').click();
    await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking');
    await expect(second.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');
  },
);

test(
  'R17: the chair interrupts and lets go on; the microphone waits for the own press',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', kind: 'conference' });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const guest = await someone();
    await guest.join(slug, LAI_CHAU);
    await guest.page.keyboard.press('h');
    await chair.at('floor-grant').click();
    await guest.at('floor-take').click();
    await chair.hearsSomebody();

    await chair.at('floor-hold').click();
    await expect(guest.at('floor-own')).toHaveAttribute('data-state', 'held');
    await chair.hearsNobody();
    const stands = await guest.at('floor-own-clock').textContent();
    await chair.at('floor-resume').click();
    await expect(guest.at('floor-given')).toHaveAttribute('data-again', 'true');
    await chair.hearsNobody();
    await guest.at('floor-take').click();
    await chair.hearsSomebody();
    await expect(guest.at('floor-own')).toHaveAttribute('data-state', 'speaking');
    expect(stands).toMatch(/^0[45]:\d\d$/);
  },
);

test(
  'R17: a speaker whose line is lost comes back with the time that was left',
  { tag: '@long' },
  async ({ server, slug, someone, lines }) => {
    test.slow();
    await server.room(slug, { entry: 'open', kind: 'conference' });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const guest = await someone('chromium', lines);
    await guest.join(slug, LAI_CHAU);
    await guest.page.keyboard.press('h');
    await chair.at('floor-next').click();
    await guest.at('floor-take').click();
    await chair.hearsSomebody();

    const left = async () => {
      const [minutes = 0, seconds = 0] = ((await chair.at('floor-clock').textContent()) ?? '').split(':').map(Number);
      return minutes * 60 + seconds;
    };
    await lines.silence();
    await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'held', { timeout: 30_000 });
    const stood = await left();
    await chair.page.waitForTimeout(3_000);
    expect(await left()).toBe(stood);
    await lines.speak();
    await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking', { timeout: 30_000 });
    expect(await left()).toBeGreaterThan(stood - 3);
    await chair.hearsSomebody();
  },
);

test('R17: asking, giving, speaking and ending need no mouse', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open', kind: 'conference' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);

  await guest.page.keyboard.press('h');
  await expect(chair.at('floor-request')).toBeVisible();
  await expect(guest.at('floor-ask')).toHaveAttribute('data-place', '1'); // the key does what the guest's own page shows
  await guest.page.keyboard.press('h');
  await expect(chair.at('floor-request')).toHaveCount(0);
  await expect(guest.at('floor-ask')).toHaveAttribute('data-place', '0');
  await guest.page.keyboard.press('h');
  await expect(chair.at('floor-request')).toBeVisible();
  await chair.page.keyboard.press('n');
  await expect(guest.at('floor-given')).toBeVisible();
  await expect(guest.at('announce-alert')).toContainText('F6');
  await guest.page.keyboard.press('F6');
  await expect(guest.at('floor-take')).toBeFocused();
  await guest.isAccessible();
  await guest.page.keyboard.press('Enter');
  await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking');
  const limit = chair.at('floor-clock');
  await chair.page.keyboard.press('+');
  await expect(limit).toHaveText(/^05:/);
  await guest.page.keyboard.press('+');
  await expect(chair.at('floor-asks-more')).toBeVisible();
  await chair.page.keyboard.press('e');
  await expect(chair.at('floor-holder')).toHaveCount(0);
  await expect(guest.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');

  // a row of the queue: arrows lead to it, Enter invites
  await guest.page.keyboard.press('h');
  await chair.at('floor-grant').focus();
  await chair.page.keyboard.press('Enter');
  await expect(guest.at('floor-given')).toBeVisible();
  await guest.page.keyboard.press('m');
  await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking');
});
