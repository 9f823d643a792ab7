import { SCRIPTS } from './support/scripts_as_text';
import { CHAIR, expect, test } from './support/story';
import { entersOverTheLineAlone, nothingRan, watchForScripts } from './support/text';

/** A personal link's texts are whatever its maker wrote: three of them for each person. */
const PEOPLE = Array.from({ length: Math.ceil(SCRIPTS.length / 3) }, (_, at) => {
  const [name = 'x', bridgePoint = 'x', unit = 'x'] = SCRIPTS.slice(3 * at, 3 * at + 3);
  return { role: 'attendee', name, bridgePoint, unit } as const;
});

const HALF = Math.ceil(PEOPLE.length / 2);

for (const { where, entry, people, row, answer } of [
  { where: 'in the lobby', entry: 'lobby', people: PEOPLE.slice(0, HALF), row: 'lobby-row', answer: '"waiting"' },
  { where: 'in the meeting', entry: 'open', people: PEOPLE.slice(HALF), row: 'participant', answer: '"joined"' },
] as const) {
  test(`S41: scripts as names are shown as text ${where}`, async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { name: SCRIPTS[2] ?? '', entry });
    const chair = await someone();
    await watchForScripts(chair.page);
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    await chair.opensPanel();
    if (entry === 'lobby') {
      await chair.at('lock').click(); // else a personal link leads right in
      await expect(chair.at('locked-sign')).toBeVisible();
    }
    const lines: WebSocket[] = [];
    for (const token of await server.tokens(slug, people))
      lines.push(await entersOverTheLineAlone(server, slug, token, answer));
    if (entry === 'open' && (await chair.at('tab-people').isVisible())) await chair.at('tab-people').click();
    if (entry === 'lobby') await chair.at('lobby-all').click();
    await expect(chair.at(row)).toHaveCount(people.length + (entry === 'open' ? 1 : 0));
    for (const { name } of people.slice(-3)) await expect(chair.at(row).filter({ hasText: name })).toHaveCount(1);
    await chair.page.waitForTimeout(500);
    await nothingRan(chair);
    for (const line of lines) line.close();
  });
}
