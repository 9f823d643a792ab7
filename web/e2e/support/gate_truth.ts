import type { Page } from '@playwright/test';
import type { Server } from './server';

/** Packets of sound that had reached a page: looked at between two moments. */
interface Look {
  readonly from: number;
  readonly until: number;
  readonly packets: number;
}

declare const peers: RTCPeerConnection[];

/** Counts from now on, four times a second, the packets of sound that reach a page. */
export async function keepVoices(page: Page): Promise<void> {
  await page.evaluate(() => {
    const looks: Look[] = [];
    Object.assign(globalThis, { looks });
    const look = async () => {
      const from = Date.now();
      let packets = 0;
      for (const peer of peers) {
        if (peer.connectionState === 'closed') continue;
        for (const report of (await peer.getStats()).values() as Iterable<Record<string, number | string>>)
          if (report.type === 'inbound-rtp' && report.kind === 'audio') packets += Number(report.packetsReceived ?? 0);
      }
      looks.push({ from, until: Date.now(), packets });
      setTimeout(() => void look(), 250);
    };
    void look();
  });
}

export function keptVoices(page: Page): Promise<Look[]> {
  return page.evaluate(() => (globalThis as unknown as { looks: Look[] }).looks);
}

/** A packet is counted in a page this long after it was forwarded, at most, on two cores that sixty share. */
const COUNTED_MS = 1_000;

/** The packets that reached a page while nobody might speak: how many between which moments. */
export function heardUnasked(
  looks: readonly Look[],
  allowed: readonly (readonly [number, number])[],
): { readonly from: string; readonly until: string; readonly packets: number }[] {
  const found = [];
  for (const [at, look] of looks.entries()) {
    const before = looks[at - 1];
    if (before === undefined || look.packets <= before.packets) continue;
    const when = [before.from, look.until] as const;
    if (allowed.some(([since, to]) => since <= when[1] && when[0] <= to + COUNTED_MS)) continue;
    const [from, until] = when.map((each) => new Date(each).toISOString());
    found.push({ from: from ?? '', until: until ?? '', packets: look.packets - before.packets });
  }
  return found;
}

/** How many packets a second the engine drops at closed gates, by its own counter, which is told once a second. */
export async function gateRate(server: Server, seconds = 5): Promise<number> {
  const before = await droppedAtGates(server);
  await new Promise((settle) => setTimeout(settle, seconds * 1_000));
  return ((await droppedAtGates(server)) - before) / seconds;
}

async function droppedAtGates(server: Server): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.metrics}/metrics`)).text();
  const [, dropped] = /^hoptt_engine_dropped_total\{reason="gate"\} (\S+)$/m.exec(text) ?? [];
  if (dropped === undefined) throw new Error('the engine tells no dropped packets');
  return Number(dropped);
}
