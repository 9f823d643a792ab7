import { type Browser, openContext } from '../../web/e2e/support/browsers';
import { Guest } from '../../web/e2e/support/guest';
import { exposePeers } from '../../web/e2e/support/seen';
import { CHAIR } from '../../web/e2e/support/story';
import { until } from './clock';
import { notePresses, noteSizes } from './notes';
import type { Act, Cast, Play } from './plays';
import { sent, watchSending } from './publishing';

const OTHER = { role: 'attendee', name: 'Nguoi noi', bridgePoint: 'Diem cau' } as const;
const FROM_S = 8;
/** Longer than an encoding is kept that nobody looks at: each begins anew. */
const EVERY_S = 4.5;
const TURNS = 20;

/** Two are seen, and the viewer has one after the other shown large: each time a larger encoding has to begin. */
export async function pins(cast: Cast): Promise<Play> {
  const other = await second(cast);
  const presses = await notePresses(cast.viewer.page, 'participant-pin');
  const sizes = await noteSizes(cast.viewer.page);
  const points = [OTHER.bridgePoint, CHAIR.bridgePoint];
  let next = 0;
  const acts = Array.from({ length: TURNS }, (_, turn): Act => {
    const point = points[turn % points.length] ?? '';
    const run = async () => {
      await until(next); // a turn that came late shortens none
      await pin(cast.viewer, point);
      next = Date.now() + EVERY_S * 1_000;
    };
    return { at_s: FROM_S + turn * EVERY_S, run };
  });
  const seen = async () => ({
    pinned: (await presses()).map((at_ms, turn) => ({ at_ms, point: points[turn % points.length] ?? '' })),
    shown: await sizes(),
    sent: [await sent(cast.chair.page), await sent(other.page)],
  });
  return { acts, seen };
}

async function second({ server, slug, near }: { server: Cast['server']; slug: string; near: Browser }): Promise<Guest> {
  const context = await openContext(near, 'chromium');
  await exposePeers(context);
  await watchSending(context);
  const guest = await Guest.arrive(context, server.origin);
  await guest.joinBy(slug, await server.token(slug, OTHER));
  return guest;
}

async function pin(viewer: Guest, point: string): Promise<void> {
  await viewer.tile(point).getByRole('button').first().click();
  await viewer.at('participant-pin').click();
}
