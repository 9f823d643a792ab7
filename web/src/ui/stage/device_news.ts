import { m } from '#lib/paraglide/messages.js';
import type { Choice, DevicesView } from '../devices/view';

type Devices = Pick<
  DevicesView,
  'state' | 'hasMicrophone' | 'hasCamera' | 'cameraOn' | 'microphone' | 'camera' | 'microphones' | 'cameras'
>;

export interface DeviceNews {
  readonly text: string;
  /** Something is missing, and somebody has to do something. */
  readonly lost: boolean;
}

/** What changed with the own devices in the meeting, by no act of their owner, and what to do about it (R24). */
export function deviceNews(before: Devices, after: Devices): readonly DeviceNews[] {
  // opened and closed by the page itself: at the door, and at the end
  if (before.state !== 'ready') return [];
  return [
    ...changed(
      { had: before.hasMicrophone, has: after.hasMicrophone },
      gone(before.microphones, before.microphone, after.microphones),
      nameOf(after.microphones, after.microphone),
      { lost: m.device_lost_microphone, other: m.device_now_microphone },
    ),
    ...changed(
      { had: before.hasCamera, has: after.hasCamera },
      before.cameraOn && gone(before.cameras, before.camera, after.cameras),
      nameOf(after.cameras, after.camera),
      { lost: m.device_lost_camera, other: m.device_now_camera },
    ),
  ];
}

function changed(
  { had, has }: { readonly had: boolean; readonly has: boolean },
  unplugged: boolean,
  name: string,
  words: { readonly lost: () => string; readonly other: (inputs: { name: string }) => string },
): readonly DeviceNews[] {
  if (had && !has) return [{ text: words.lost(), lost: true }];
  return unplugged && has ? [{ text: words.other({ name }), lost: false }] : [];
}

function gone(before: readonly Choice[], chosen: string, after: readonly Choice[]): boolean {
  return before.some(({ id }) => id === chosen) && !after.some(({ id }) => id === chosen);
}

function nameOf(list: readonly Choice[], chosen: string): string {
  return list.find(({ id }) => id === chosen)?.label ?? '';
}
