import { type Browser, type Page, test as base } from '@playwright/test';
import { type Kind, launch, openContext } from './browsers';
import { Firewall } from './firewall';
import { Guest } from './guest';
import { Lines } from './lines';
import { exposePeers } from './seen';
import { Server } from './server';

interface Story {
  /** A room's address that no other story uses. */
  readonly slug: string;
  /** Somebody new, in a window of their own; over lines that fail as they are told, or in a browser alone, where given. */
  readonly someone: (kind?: Kind, lines?: Lines, own?: Browser) => Promise<Guest>;
  /** Lines to the server, for signalling and for media, that fail as they are told. */
  readonly lines: Lines;
  /** The lines of this story: closed after the pages over them, which would tell of it. */
  readonly opened: Lines[];
  /** What stands before the server's media port; everything passes until it is told otherwise. */
  readonly firewall: Firewall;
  /** What consoles may say in this story: a killed server cannot be silent. */
  readonly allow: (problem: RegExp) => void;
}

interface House {
  /** The engine's program; empty for the installed one. */
  readonly engine: string;
  /** What the server knows of relays, as `rtc.turn`; empty for none. */
  readonly relays: string;
  /** Participants of a meeting on each of two threads of the engine; 0: there is one thread. */
  readonly perShard: number;
  readonly server: Server;
  readonly browsers: (kind: Kind) => Promise<Browser>;
}

let stories = 0;

/** A story: a real server, real browsers, and consoles that stay silent. */
export const test = base.extend<Story, House>({
  engine: ['', { scope: 'worker', option: true }],
  relays: ['', { scope: 'worker', option: true }],
  perShard: [0, { scope: 'worker', option: true }],
  server: [
    async ({ engine, relays, perShard }, use) => {
      const server = await Server.start(engine, relays, perShard);
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  browsers: [
    async ({}, use) => {
      const open = new Map<Kind, Promise<Browser>>();
      await use((kind) => {
        const browser = open.get(kind) ?? launch(kind);
        open.set(kind, browser);
        return browser;
      });
      for (const browser of open.values()) await (await browser).close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  slug: async ({}, use) => {
    stories += 1;
    await use(`story-${process.pid}-${stories}`);
  },
  allow: async ({}, use, info) => {
    const allowed: RegExp[] = [];
    await use((problem) => allowed.push(problem));
    info.annotations.push(...allowed.map(({ source }) => ({ type: 'allowed', description: source })));
  },
  opened: async ({}, use) => {
    const opened: Lines[] = [];
    await use(opened);
  },
  lines: async ({ server, opened }, use) => {
    const lines = await Lines.to(server);
    opened.push(lines);
    await use(lines);
  },
  firewall: async ({ server }, use) => {
    const firewall = new Firewall(server.rtc);
    await use(firewall);
    await firewall.open();
  },
  someone: async ({ server, browsers, opened }, use, info) => {
    const guests: Guest[] = [];
    await use(async (kind = 'chromium', lines, own) => {
      const context = await openContext(own ?? (await browsers(kind)), kind);
      await exposePeers(context, lines === undefined ? null : { engine: lines.engine, relay: lines.udp });
      const guest = await Guest.arrive(context, lines?.origin ?? server.origin);
      guests.push(guest);
      return guest;
    });
    // before the photographs, for which a style is put into the page
    const problems = guests.flatMap(({ watch }) => watch.problems);
    if (info.status !== info.expectedStatus) {
      await info.attach('server', { body: server.log().slice(-20_000), contentType: 'text/plain' });
      for (const [at, { page, watch }] of guests.entries()) {
        await info.attach(`guest ${at}`, { body: await page.screenshot(), contentType: 'image/png' });
        // read where only the output is kept
        console.log(`guest ${at}: ${watch.problems.join(', ')}\n${await said(page)}`);
      }
    }
    for (const { page } of guests) await page.context().close();
    for (const lines of opened) await lines.close();
    base.expect(personal(server.log()), 'what is personal in the log (S49)').toEqual([]);
    const allowed = info.annotations
      .filter(({ type }) => type === 'allowed')
      .map(({ description = '' }) => new RegExp(description));
    base.expect(problems.filter((problem) => !allowed.some((each) => each.test(problem)))).toEqual([]);
  },
});

/** What a page says, short enough for a log; of one that does not answer, that. */
async function said(page: Page): Promise<string> {
  const text = page.locator('body').innerText({ timeout: 2_000 });
  return (await text.catch(String)).replaceAll(/\s*\n\s*/g, ' | ').slice(0, 1_500);
}

/** What no log may hold (S49): names that stories use, tokens, passwords, addresses, descriptions of sessions. */
const PERSONAL =
  /mùa (?:thu|xuân)|Nguyễn|Lê Thị|Trần Văn|Phạm Quang|TNMT|Thứ trưởng|eyJ[\w-]{8}|a=(?:ice|fingerprint|candidate)|10\.99\.0\.\d/;

function personal(log: string): string[] {
  return log.split('\n').filter((line) => !line.startsWith('bots: ') && PERSONAL.test(line));
}

export { expect } from '@playwright/test';

export const LAI_CHAU = { point: 'Sở TNMT Lai Châu', name: 'Nguyễn Văn An, Phó Giám đốc', unit: 'Sở TNMT Lai Châu' };
export const LAO_CAI = { point: 'Sở TNMT Lào Cai', name: 'Lê Thị Bình, Giám đốc', unit: 'Sở TNMT Lào Cai' };
export const SON_LA = { point: 'Sở TNMT Sơn La', name: 'Trần Văn Cường, Chánh Văn phòng', unit: 'Sở TNMT Sơn La' };
export const CHAIR = {
  role: 'chair',
  name: 'Phạm Quang Dũng, Thứ trưởng',
  bridgePoint: 'Bộ TNMT',
  unit: 'Bộ Tài nguyên và Môi trường',
} as const;
