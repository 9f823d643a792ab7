import type { Page } from '@playwright/test';
import type { Guest } from './support/guest';
import { SCRIPTS } from './support/scripts_as_text';
import type { Server } from './support/server';
import { CHAIR, expect, test } from './support/story';

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
    for (const token of await server.tokens(slug, people)) lines.push(await enter(server, slug, token, answer));
    if (entry === 'open' && (await chair.at('tab-people').isVisible())) await chair.at('tab-people').click();
    await expect(chair.at(row)).toHaveCount(people.length + (entry === 'open' ? 1 : 0));
    for (const { name } of people.slice(-3)) await expect(chair.at(row).filter({ hasText: name })).toHaveCount(1);
    await chair.page.waitForTimeout(500);
    await nothingRan(chair);
    for (const line of lines) line.close();
  });
}

/** Remembers what ran, and what the policy of the page had to stop. */
async function watchForScripts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const stopped: string[] = [];
    Object.assign(globalThis, { stopped });
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, sample }) =>
      stopped.push(`${violatedDirective} ${sample}`),
    );
  });
}

async function nothingRan(guest: Guest): Promise<void> {
  const told = await guest.page.evaluate(() => {
    const { ran, stopped } = globalThis as { ran?: unknown; stopped?: string[] };
    return {
      ran: ran ?? null,
      stopped,
      markup: document.querySelectorAll('img[src=x], marquee, embed, object').length,
    };
  });
  expect(told).toEqual({ ran: null, stopped: [], markup: 0 });
}

/** Comes in as a page does that has no camera: over the line alone. */
async function enter(server: Server, slug: string, token: string, answer: string): Promise<WebSocket> {
  const line = new WebSocket(`${server.origin.replace('http', 'ws')}/ws`, {
    headers: { origin: server.origin },
  } as unknown as string[]);
  await new Promise((settle, reject) => {
    line.addEventListener('open', settle);
    line.addEventListener('error', () => reject(new Error('no line')));
  });
  const told = new Promise<string>((settle) => line.addEventListener('message', ({ data }) => settle(String(data))));
  line.send(JSON.stringify({ type: 'join', id: 1, protocol: 1, room: slug, token, knock: true }));
  expect(await told).toContain(answer);
  return line;
}
