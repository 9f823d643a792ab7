import { expect } from '@playwright/test';
import { open } from './look';
import { test } from './windows';

/** What a press does on the page of a meeting, where no server is needed to see it. */
const LAPTOP = { width: 1366, height: 768 };

test("the bar's button shows the chair's acts while the chat is open, and only then closes the panel", async ({
  shown,
}) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=stage-chair', null);
  await page.getByTestId('chat-toggle').click();
  await expect(page.getByTestId('chat-toggle')).toHaveAttribute('aria-expanded', 'true');
  await expect(page.getByTestId('people-toggle'), 'another tab is shown').toHaveAttribute('aria-expanded', 'false');
  await expect(page.getByTestId('chat-text-field')).toBeFocused();
  await page.getByTestId('chat-toggle').focus();
  await page.keyboard.press('p');
  await expect(page.getByTestId('tab-chair')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('p');
  await expect(page.getByTestId('people')).toHaveCount(0);
  await page.keyboard.press('p');
  await expect(page.getByTestId('tab-chair')).toHaveAttribute('aria-selected', 'true');
});

test("a participant's button leads to the people", async ({ shown }) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=floor-participant', 'floor-ask');
  await page.getByTestId('people-toggle').click();
  await expect(page.getByTestId('people-list')).toBeVisible();
});

test('muting all is answered where nobody has an open microphone, too', async ({ shown }) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=stage-chair', null);
  await page.getByTestId('mute-all').click();
  await expect(page.getByTestId('toast')).toHaveText('Đã tắt mọi micro');
});

test('a chair who leaves is asked, and the first focus is on going back', async ({ shown }) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=stage-chair', null);
  await page.getByTestId('leave').click();
  await expect(page.getByTestId('leave-cancel')).toBeFocused();
  await page.getByTestId('leave-hand-over').click();
  await page.getByTestId('leave-search').fill('lai chau');
  await page.getByTestId('leave-hand-over-to').first().click();
  await expect(page.getByTestId('leave-dialog')).toHaveCount(0);
  await page.getByTestId('leave').click();
  await page.getByTestId('leave-end').click();
  await expect(page.getByTestId('meeting-end-cancel')).toBeFocused();
});

test('Esc takes back what was looked for on the board first, and then gives the focus to what had it', async ({
  shown,
}) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=stage-chair', null);
  await page.getByTestId('tab-chair').focus();
  await page.keyboard.press('b');
  const search = page.getByTestId('board-search');
  await expect(search).toBeFocused();
  await page.keyboard.type('lai');
  await page.keyboard.press('Escape');
  await expect(search).toHaveValue('');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('board')).toHaveCount(0);
  await expect(page.getByTestId('tab-chair')).toBeFocused();
});

test('Esc shuts the opened row of the queue before the panel', async ({ shown }) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=floor-chair-row', 'floor-up');
  await page.getByTestId('floor-down').focus();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('floor-down')).toHaveCount(0);
  await expect(page.locator('[data-testid=floor-row-more]:focus')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('people')).toHaveCount(0);
});

test('Esc shuts to whom the lobby may be given before the panel', async ({ shown }) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=hand-lobby-give', 'lobby-give-to');
  await page.getByTestId('lobby-give-to').first().focus();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('lobby-give-to').first()).toBeHidden();
  await expect(page.getByTestId('lobby-give')).toBeFocused();
});

test('in forced colours the chosen tab and what is on in the bar are told from the others', async ({ shown }) => {
  const { page } = await shown(LAPTOP);
  await page.emulateMedia({ forcedColors: 'active' });
  await open(page, '?state=stage-chair', null);
  const look = (testid: string, property: 'borderBottomColor' | 'backgroundColor') =>
    page.getByTestId(testid).evaluate((each, wanted) => getComputedStyle(each)[wanted], property);
  expect(await look('tab-chair', 'borderBottomColor')).not.toBe(await look('tab-people', 'borderBottomColor'));
  expect(await look('tab-chat', 'borderBottomColor'), 'not seen').toBe(await look('people', 'backgroundColor'));
  const rest = await look('camera-toggle', 'backgroundColor');
  expect(await look('people-toggle', 'backgroundColor'), 'the panel is open').not.toBe(rest);
  expect(await look('mic-toggle', 'backgroundColor'), 'the microphone is on').not.toBe(rest);
  await page.emulateMedia({ forcedColors: 'none' });
});

test("no word of the hint bar changes the size of the pictures on a room's screen", async ({ shown }) => {
  const { page } = await shown({ width: 1920, height: 1080 });
  const tv = { width: 1920, height: 1080 };
  const heights: number[][] = [];
  for (const state of ['room-long-name', 'room-queued']) {
    await open(page, `?state=${state}`, null);
    const bar = page.getByTestId('room-hints');
    const ofState: number[] = [];
    // as on screens on which the own name leaves a little more room or less
    for (let width = 1_400; width <= 2_200; width += 40) {
      await page.setViewportSize({ ...tv, width });
      ofState.push(await bar.evaluate((each) => each.getBoundingClientRect().height));
    }
    heights.push(ofState);
  }
  await page.setViewportSize(tv);
  expect(heights[1]).toEqual(heights[0]);
});

test('a sign on a small picture stays in one line, and beside it nothing else says the same', async ({ shown }) => {
  const { page } = await shown({ width: 390, height: 844 });
  await open(page, '?state=stage-small-signs', null);
  const away = page.getByTestId('tile-reconnecting').first();
  await expect(away).toHaveText('Nối lại00:36');
  expect((await away.boundingBox())?.height).toBeLessThan(30);
  await expect(page.getByText('Đang nối…')).toHaveCount(0);
});

test('with seven in the lobby and four in the queue next, queue, lobby and whole room are seen without scrolling', async ({
  shown,
}) => {
  const { page } = await shown(LAPTOP);
  await open(page, '?state=floor-chair-full', null);
  await expect(page.getByTestId('lobby-row')).toHaveCount(2);
  await expect(page.getByTestId('lobby-row').last()).toContainText('Phó Chủ tịch · Ngoài danh sách');
  const places = ['floor-next', 'floor-queue', 'lobby', 'whole-room'];
  for (const place of places) await expect(page.getByTestId(place), place).toBeInViewport({ ratio: 1 });
  const [panel, lobby] = [page.locator('#panel-chair'), page.getByTestId('lobby')];
  const end = async (of: typeof lobby) => of.evaluate((each) => each.getBoundingClientRect().bottom);
  expect(await end(lobby), 'nothing of the lobby is below the fold').toBeLessThanOrEqual(await end(panel));
  await page.getByTestId('lobby-all').click();
  await expect(page.getByTestId('lobby-row')).toHaveCount(7);
});

test('what floats over the stage leaves the caption under it to be read', async ({ shown }) => {
  const { page } = await shown(LAPTOP);
  const edge = async (of: string, side: 'top' | 'bottom') =>
    page.locator(of).evaluate((each, wanted) => each.getBoundingClientRect()[wanted], side);
  await open(page, '?state=stage-alone', null);
  expect(await edge('[data-testid=alone]', 'bottom')).toBeLessThanOrEqual(
    await edge('[data-testid=tile] figcaption', 'top'),
  );
  await open(page, '?state=stage-chair', null);
  await page.getByTestId('mute-all').click();
  expect(await edge('[data-testid=toast]', 'bottom')).toBeLessThanOrEqual(
    await edge('.place:last-child figcaption', 'top'),
  );
});

test('at 200 % the tabs of the panel stand in one row', async ({ shown }) => {
  const { page } = await shown({ width: 683, height: 384 });
  await open(page, '?state=stage-people-list', null);
  const top = async (tab: string) => (await page.getByTestId(tab).boundingBox())?.y;
  expect(await top('tab-chat')).toBe(await top('tab-chair'));
});
