import { openContext } from '../../web/e2e/support/browsers';
import { Guest } from '../../web/e2e/support/guest';
import { exposePeers } from '../../web/e2e/support/seen';
import { notePresses, noteSound } from './notes';
import type { Cast, Play } from './plays';

const SPEAKER = { role: 'attendee', name: 'Nguoi noi', bridgePoint: 'Diem cau' } as const;
const SILENT_AT_S = 15;
const GRANTED_AT_S = 40;
/** Between the chair's press and that by which the own microphone opens (R17). */
const TAKEN_AT_S = 42;

/** Half a minute without sound and pictures; then somebody is given the floor, and speaks. */
export async function floor({ server, slug, near, chair, viewer }: Cast): Promise<Play> {
  const context = await openContext(near, 'chromium');
  await exposePeers(context);
  const speaker = await Guest.arrive(context, server.origin);
  await speaker.joinBy(slug, await server.token(slug, SPEAKER));
  await speaker.at('camera-toggle').click();
  await speaker.at('bar-ask').click();
  const presses = await notePresses(speaker.page, 'floor-take');
  const heard = await noteSound(viewer.page);
  return {
    acts: [
      {
        at_s: SILENT_AT_S,
        run: async () => {
          await chair.at('mic-toggle').click();
          await chair.at('camera-toggle').click();
        },
      },
      { at_s: GRANTED_AT_S, run: () => chair.at('floor-next').click() },
      { at_s: TAKEN_AT_S, run: () => speaker.at('floor-take').click() },
    ],
    seen: async () => ({ taken_ms: await presses(), heard_ms: await heard() }),
  };
}
