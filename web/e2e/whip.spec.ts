import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { BOTH } from './support/browsers';
import { camerasSent, seen, voicePackets, waysOfMedia } from './support/seen';
import { CHAIR, expect, test } from './support/story';
import { publish, restartIce, stop, view, withClients } from './support/whip';

const ENCODER = { role: 'attendee', name: 'May quay', bridgePoint: 'May quay' } as const;
const PLAYER = { role: 'observer', name: 'Man hinh', bridgePoint: 'Man hinh' } as const;
const NAMES = { chromium: 'Chromium', firefox: 'Firefox' };

for (const kind of BOTH)
  for (const transport of ['udp', 'tcp'] as const) {
    // UDP in one browser is enough for each run; the others are cells of docs/interop.md, and need minutes
    const long = kind === 'firefox' || transport === 'tcp' ? ' @long' : '';
    test(`a client of others sends and receives by WHIP and WHEP: ${kind} over ${transport}${long}`, async ({
      server,
      slug,
      someone,
      firewall,
    }) => {
      test.setTimeout(240_000);
      await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
      if (transport === 'tcp') await firewall.blockUdp();
      const chair = await someone();
      await chair.joinBy(slug, await server.token(slug, CHAIR));
      const token = await server.token(slug, ENCODER);

      const encoder = await someone(kind);
      await withClients(encoder.page, server.origin);
      await publish(encoder.page, slug, token, false);
      await chair.sees(ENCODER.bridgePoint);
      await chair.hearsSomebody();
      expect(await waysOfMedia(encoder.page)).toEqual([transport]);
      note(`${NAMES[kind]}-in-${transport}-gcm`);

      expect(await restartIce(encoder.page)).toBe(200);
      await encoder.page.waitForTimeout(2_000);
      await chair.sees(ENCODER.bridgePoint);
      await chair.hearsSomebody();

      const player = await someone(kind);
      await withClients(player.page, server.origin);
      await view(player.page, slug, await server.token(slug, PLAYER));
      await moves(player.page);
      await expect.poll(() => voicePackets(player.page), { message: 'sound', timeout: 20_000 }).toBeGreaterThan(20);
      expect(await waysOfMedia(player.page)).toEqual([transport]);
      await stop(player.page);
      await expect(chair.tile(PLAYER.bridgePoint)).toHaveCount(0);
      note(`${NAMES[kind]}-out-${transport}-gcm`);

      await stop(encoder.page);
      await expect(chair.tile(ENCODER.bridgePoint)).toHaveCount(0);

      await publish(encoder.page, slug, token, true);
      await chair.sees(ENCODER.bridgePoint);
      await expect
        .poll(async () => Object.values(await camerasSent(encoder.page)).filter((frames) => frames > 0).length, {
          message: 'several sizes at once',
          timeout: 40_000,
        })
        .toBeGreaterThan(1);
      await stop(encoder.page);
      note(`${NAMES[kind]}-in-${transport}-gcm-simulcast`);
    });
  }

/** The player's picture moves. */
async function moves(page: Page): Promise<void> {
  const video = page.locator('#player');
  const first = await seen(video);
  await expect
    .poll(async () => (await seen(video)).frames, { message: 'frames', timeout: 20_000 })
    .toBeGreaterThan(first.frames + 10);
  expect((await seen(video)).pixels).not.toBe(first.pixels);
}

/** Adds a green cell to what `make interop` collects. */
function note(cell: string): void {
  const file = process.env.HOPTT_INTEROP;
  if (file === undefined || file === '') return;
  const known = read(file);
  mkdirSync(new URL('.', `file://${file}`), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...known, [cell]: 'green' }, null, 2));
}

function read(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}
