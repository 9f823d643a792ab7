import { CHAIR, expect, LAI_CHAU, LAO_CAI, SON_LA, test } from './support/story';

const TAM_DUONG = 'Huyện Tam Đường';
const SIN_HO = 'Huyện Sìn Hồ';

test('R18: the chair is handed over in three presses, accepted, and handed back', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone('firefox');
  await guest.join(slug, LAI_CHAU);

  await chair.menuOf(LAI_CHAU.point);
  await chair.at('participant-role').click();
  await chair.isAccessible();
  await chair.at('hand-over').click();
  await expect(chair.at('chair-offer-waits')).toContainText(LAI_CHAU.point);
  await expect(guest.at('chair-offer')).toBeVisible();
  await guest.isAccessible();
  await expect(chair.at('meeting-end')).toBeVisible();
  await guest.at('chair-accept').click();

  await expect(guest.at('meeting-end')).toBeVisible();
  await expect(chair.row(LAI_CHAU.point), 'the chair may speak').toHaveAttribute('data-may-speak', 'true');
  await expect(chair.at('chair-offer-waits')).toHaveCount(0);
  await expect(chair.at('meeting-end'), 'a co-chair ends nothing').toHaveCount(0);

  await guest.menuOf(CHAIR.bridgePoint);
  await guest.at('participant-role').click();
  await guest.at('hand-over').click();
  await chair.at('chair-accept').click();
  await expect(chair.at('meeting-end')).toBeVisible();
  await expect(guest.at('meeting-end')).toHaveCount(0);
});

test(
  'R18: when the browser of the chair is gone the deputy stands in, and the chair who returns has the seat again',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open' });
    const token = await server.token(slug, CHAIR);
    const chair = await someone();
    await chair.joinBy(slug, token);
    const deputy = await someone();
    await deputy.join(slug, LAI_CHAU);
    const watcher = await someone();
    await watcher.join(slug, LAO_CAI);

    await chair.menuOf(LAI_CHAU.point);
    await chair.at('participant-role').click();
    await chair.at('deputy').click();
    await chair.page.close();

    await expect(deputy.at('chair-away')).toBeVisible();
    await deputy.isAccessible();
    await expect(watcher.at('chair-take')).toHaveCount(0);
    await deputy.at('chair-take').click();
    await expect(deputy.at('chair-stands-in')).toBeVisible();
    await expect(deputy.at('meeting-end')).toBeVisible();
    await expect(watcher.at('toasts')).toContainText(LAI_CHAU.point);

    const back = await someone();
    await back.joinBy(slug, token);
    await expect(back.at('meeting-end')).toBeVisible();
    await expect(deputy.at('chair-stands-in')).toHaveCount(0);
    await expect(deputy.at('meeting-end')).toHaveCount(0);
    await expect(watcher.at('toasts')).toContainText(CHAIR.bridgePoint);
  },
);

test(
  'R18: a co-chair of one branch acts on that branch alone, and reads why the rest is refused',
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'invited', mutedUntilAllowed: false });
    const [chairs, leads, ans, binhs] = await server.meeting(slug, [
      { point: CHAIR.bridgePoint, name: CHAIR.name, role: 'chair' },
      { point: LAI_CHAU.point, name: LAI_CHAU.name, role: 'co_chair', branch: TAM_DUONG },
      { point: LAO_CAI.point, name: LAO_CAI.name, branch: TAM_DUONG },
      { point: SON_LA.point, name: SON_LA.name, branch: SIN_HO },
    ]);
    const chair = await someone();
    await chair.joinBy(slug, chairs ?? '');
    const lead = await someone('firefox');
    await lead.joinBy(slug, leads ?? '');
    const an = await someone();
    await an.joinBy(slug, ans ?? '');
    const binh = await someone();
    await binh.joinBy(slug, binhs ?? '');

    await expect(lead.at('leads-branch')).toContainText(TAM_DUONG);
    await lead.at('tab-people').click();
    await lead.at('board-open').click();
    await expect(lead.at('board-cell'), 'of the own branch').toHaveCount(2);
    await lead.at('board-filter').first().focus();
    await lead.page.keyboard.press('/');
    await expect(lead.at('board-search')).toBeFocused();
    await lead.isAccessible();
    await lead.at('board-close').click();

    await lead.menuOf(SON_LA.point);
    await expect(lead.at('participant-mute'), 'not of the branch').toHaveCount(0);
    await lead.page.keyboard.press('Escape');

    await lead.at('tab-chair').click();
    for (const one of [an, binh]) await one.at('tab-people').click();
    await lead.at('mute-all').click();
    await expect(binh.row(LAO_CAI.point)).toHaveAttribute('data-may-speak', 'false');
    await expect(an.row(SON_LA.point)).toHaveAttribute('data-may-speak', 'true');

    // the branch changes while a form is open: the server decides, and says why
    await lead.menuOf(LAO_CAI.point);
    await lead.at('participant-rename').click();
    await lead.at('rename-name').fill('Lê Thị Bình, Phó Giám đốc');
    await chair.menuOf(LAI_CHAU.point);
    await chair.at('participant-role').click();
    await chair.page.locator(`[data-testid=role-choice][data-branch="${SIN_HO}"]`).click();
    await expect(lead.at('leads-branch')).toContainText(SIN_HO);
    await lead.at('rename-save').click();
    await expect(lead.at('rename-dialog').getByRole('alert')).toContainText(SIN_HO);
    await expect(chair.row(LAO_CAI.point)).toContainText(LAO_CAI.name);

    // and the chair reads who did what
    await chair.at('board-open').click();
    await chair.at('acts-open').click();
    await expect(chair.at('act-row').first()).toHaveAttribute('data-act', 'role_changed');
    await chair.at('acts-search').fill('lao cai');
    await expect(chair.page.locator('[data-testid=act-row][data-act=muted]')).toHaveCount(1);
    await expect(chair.page.locator('[data-testid=act-row][data-act=role_changed]')).toHaveCount(0);
    await chair.isAccessible();
  },
);
