import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from '@playwright/test';
import type { Entry, Guest } from './guest';

/** Milliseconds from the press of "join" to each step of coming in; the last is a picture of somebody else, drawn. */
export interface Join {
  readonly socket: number;
  readonly offer: number;
  readonly answered: number;
  readonly ice: number;
  readonly dtls: number;
  readonly decoded: number;
  readonly frame: number;
}

/** What the page does not mark itself. To be called before the page is opened. */
export async function markJoins(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const Real = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.addEventListener('iceconnectionstatechange', () => {
          if (/connected|completed/.test(this.iceConnectionState)) performance.mark('bench:ice');
        });
      }
    };
    // media events do not bubble, yet they are heard on the way down
    document.addEventListener(
      'loadeddata',
      ({ target }) => {
        if (!(target instanceof HTMLVideoElement)) return;
        const tile = target.closest<HTMLElement>('[data-testid=tile]');
        if (tile?.dataset.you === 'false') target.requestVideoFrameCallback(() => performance.mark('bench:frame'));
      },
      true,
    );
  });
}

/** Comes in by the form, with devices that are ready, and leaves again. */
export async function joinOnce(guest: Guest, slug: string, entry: Entry): Promise<Join> {
  const { page } = guest;
  await guest.open(slug);
  await guest.fill(entry);
  await page.waitForFunction(() => {
    const preview = document.querySelector<HTMLVideoElement>('[data-testid=join-preview]');
    return preview !== null && preview.readyState >= 2;
  });
  await guest.enter();
  await page.waitForFunction(() => performance.getEntriesByName('bench:frame').length > 0);
  const join = await read(page);
  await guest.at('leave').click();
  await guest.at('meeting-left').waitFor();
  return join;
}

function read(page: Page): Promise<Join> {
  return page.evaluate(() => {
    const at = (name: string) => performance.getEntriesByName(name, 'mark')[0]?.startTime ?? NaN;
    const since = (name: string) => Math.round((at(name) - at('hoptt:join')) * 10) / 10;
    return {
      socket: since('hoptt:socket'),
      offer: since('hoptt:offer'),
      answered: since('hoptt:answered'),
      ice: since('bench:ice'),
      dtls: since('hoptt:connected'),
      decoded: since('hoptt:first_frame'),
      frame: since('bench:frame'),
    };
  });
}

export interface Summary {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * The spans as they follow each other: each from the end of the one before.
 * @public read by benchmarks/join
 */
export function spansOf({ socket, offer, answered, ice, dtls, frame }: Join): Readonly<Record<string, number>> {
  const asked = Math.max(socket, offer);
  return { socket, offer, answer: answered - asked, ice: ice - answered, dtls: dtls - ice, key_frame: frame - dtls };
}

/** @public read by benchmarks/join */
export function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? NaN };
}

/**
 * Processor time of a process so far, in milliseconds.
 * @public read by benchmarks/join
 */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // after the name in brackets, which may hold anything: state is field 3, utime 14, stime 15, in ticks of 10 ms
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
