import { expect, type Page } from '@playwright/test';
import type { Guest } from './guest';
import type { Server } from './server';

/** Remembers what ran, and what the policy of the page had to stop. */
export async function watchForScripts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const stopped: string[] = [];
    Object.assign(globalThis, { stopped });
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, sample }) =>
      stopped.push(`${violatedDirective} ${sample}`),
    );
  });
}

export async function nothingRan(guest: Guest): Promise<void> {
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
export async function entersOverTheLineAlone(
  server: Server,
  slug: string,
  token: string,
  answer: string,
): Promise<WebSocket> {
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
