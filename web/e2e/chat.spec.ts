import { SCRIPTS } from './support/scripts_as_text';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';
import { entersOverTheLineAlone, nothingRan, watchForScripts } from './support/text';

const AN = {
  role: 'attendee',
  name: 'Nguyễn Văn An, Phó Giám đốc',
  bridgePoint: 'Sở TNMT Lai Châu',
  unit: 'Sở TNMT',
} as const;
const BINH = {
  role: 'attendee',
  name: 'Lê Thị Bình, Giám đốc',
  bridgePoint: 'Sở TNMT Lào Cai',
  unit: 'sở tnmt',
} as const;

test('R25: a line reaches those it is for, and the page says for whom it is', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const an = await someone();
  await an.joinBy(slug, await server.token(slug, AN));
  // over the line alone: a fourth browser with picture and sound is more than two cores carry
  const binh = await entersOverTheLineAlone(server, slug, await server.token(slug, BINH), '"joined"');
  const told: string[] = [];
  binh.addEventListener('message', ({ data }) => told.push(String(data)));
  const guest = await someone();
  await guest.join(slug, { point: 'UBND xã', name: 'Phạm Quang Minh, Chủ tịch', unit: 'Sở TNMT' });

  await an.page.keyboard.press('t');
  await expect(an.at('chat-text-field')).toBeFocused();
  await an.page.keyboard.type('Mọi người kiểm tra micro.');
  await an.page.keyboard.press('Enter');
  await expect(an.at('chat-text-field')).toHaveValue('');
  await an.at('chat-to').nth(1).check();
  await expect(an.at('chat-send')).toHaveText(/Gửi chủ trì, thư ký/);
  await an.at('chat-text-field').fill('Xin báo cáo sau mục 3.');
  await an.at('chat-send').click();
  await expect(chair.at('toast')).toContainText(AN.bridgePoint); // gone after six seconds: looked at first
  await an.at('chat-to').nth(2).check();
  await an.at('chat-text-field').fill('Số liệu ở https://tailieu.example.vn/bieu-2');
  await an.at('chat-send').click();
  await expect(an.at('chat-line')).toHaveCount(3);
  await an.isAccessible();

  // unread on the button, before anybody looks
  await expect(guest.at('chat-toggle')).toHaveAccessibleName(/1 dòng chưa đọc/);
  for (const [each, texts] of [
    [chair, ['Mọi người kiểm tra micro.', 'Xin báo cáo sau mục 3.']],
    [guest, ['Mọi người kiểm tra micro.']],
  ] as const) {
    await each.at('chat-toggle').click();
    await expect(each.at('chat-text')).toHaveText(texts);
    await expect(each.at('chat-toggle')).toHaveAccessibleName('Trao đổi');
  }
  await expect(guest.at('chat-to')).toHaveCount(2);
  await expect.poll(() => told.join('\n')).toContain('https://tailieu.example.vn/bieu-2');
  expect(told.join('\n')).not.toContain('Xin báo cáo sau mục 3.');

  // a link is text until it is pressed, and then says where it leads
  await expect(an.at('chat-lines').locator('a')).toHaveCount(0);
  await an.at('chat-link').click();
  await expect(an.at('chat-link-host')).toHaveText('tailieu.example.vn');
  await expect(an.at('chat-link-open')).toHaveAttribute('rel', 'noopener noreferrer');
  await an.isAccessible();
  await an.page.keyboard.press('Escape');
  binh.close();

  // who comes later, or again, has what was theirs
  await guest.page.reload();
  await guest.isIn();
  await guest.at('chat-toggle').click();
  await expect(guest.at('chat-text')).toHaveText(['Mọi người kiểm tra micro.']);

  await chair.at('chat-close').click();
  await expect(guest.at('chat-closed')).toBeVisible();
  await expect(guest.at('chat-text-field')).toHaveCount(0);
  await guest.isAccessible();
  await chair.at('chat-text-field').fill('Trao đổi đã đóng.');
  await chair.at('chat-send').click();
  await expect(guest.at('chat-text').last()).toHaveText('Trao đổi đã đóng.');
});

test('R25: lines of others move neither the focus nor the scroll, and a draft outlives a reload', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const reader = await someone();
  await reader.join(slug, LAI_CHAU);
  const writer = await entersOverTheLineAlone(server, slug, await server.token(slug, BINH), '"joined"');
  await reader.at('chat-toggle').click();
  await expect(reader.at('chat-text-field')).toBeVisible(); // what came before the list was there is not new in it
  for (let line = 0; line < 18; line += 1)
    writer.send(JSON.stringify({ type: 'say', id: 10 + line, to: 'all', text: `Dòng ${line}\n\n` + 'x '.repeat(60) }));
  await expect(reader.at('chat-line')).toHaveCount(18);
  await expect(reader.at('chat-new')).toBeVisible();
  await reader.at('chat-new').click();
  await expect(reader.at('chat-new')).toHaveCount(0);
  await reader.at('chat-text-field').fill('Đang viết');
  const lines = reader.page.getByRole('log');
  const before = await lines.evaluate((list) => list.scrollTop);
  writer.send(JSON.stringify({ type: 'say', id: 90, to: 'all', text: 'Dòng mới' }));
  await expect(reader.at('chat-new')).toContainText('1');
  expect(await lines.evaluate((list) => list.scrollTop)).toBe(before);
  await expect(reader.at('chat-text-field')).toBeFocused();
  await reader.page.reload();
  await reader.isIn();
  await reader.at('chat-toggle').click();
  await expect(reader.at('chat-text-field')).toHaveValue('Đang viết');
  await reader.at('chat-send').click();
  await expect(reader.at('chat-text').last()).toHaveText('Đang viết');
  writer.close();
});

test('S41: scripts as lines of the chat are shown as text', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await watchForScripts(chair.page);
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  await chair.at('chat-toggle').click();
  const each = 20; // what one may write at once (S36)
  const writers = await server.tokens(
    slug,
    Array.from({ length: Math.ceil(SCRIPTS.length / each) }, (_, at) => ({ ...BINH, bridgePoint: `Xã ${at}` })),
  );
  const lines: WebSocket[] = [];
  for (const [at, token] of writers.entries()) {
    const line = await entersOverTheLineAlone(server, slug, token, '"joined"');
    for (const [number, text] of SCRIPTS.slice(at * each, (at + 1) * each).entries())
      line.send(JSON.stringify({ type: 'say', id: 10 + number, to: 'all', text }));
    lines.push(line);
  }
  await expect(chair.at('chat-line')).toHaveCount(SCRIPTS.length);
  for (const text of SCRIPTS.slice(-3))
    await expect(chair.at('chat-text').filter({ hasText: text })).not.toHaveCount(0);
  await chair.page.waitForTimeout(500);
  await nothingRan(chair);
  for (const line of lines) line.close();
});

test('the knock is seen where the lobby is not in view, and takes no focus', async ({ server, slug, someone }) => {
  await server.room(slug, { entry: 'lobby' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  await chair.at('chat-toggle').click();
  await chair.at('chat-text-field').fill('Đang viết');
  const guest = await someone();
  await guest.open(slug);
  await guest.fill(LAO_CAI);
  await guest.enter();
  await expect(chair.at('toast')).toContainText(LAO_CAI.point);
  await expect(chair.at('announce-status')).toContainText(LAO_CAI.point);
  await expect(chair.at('chat-text-field')).toBeFocused();
  await chair.at('toast').getByRole('button').click();
  await expect(chair.at('lobby-row')).toBeVisible();
});
