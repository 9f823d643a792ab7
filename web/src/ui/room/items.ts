import { m } from '#lib/paraglide/messages.js';
import type { Choice, DevicesView } from '../devices/view';
import { LAYOUT_WORDS } from '../stage/layout_words';
import { type LayoutName, LAYOUTS, type Seat, type StageActs } from '../stage/view';

/** One line of the room's menu; `now` is what stands, and OK takes the next. */
export interface RoomItem {
  readonly id: 'microphone' | 'camera' | 'layout' | 'choose-microphone' | 'choose-camera' | 'choose-speaker' | 'leave';
  readonly label: string;
  readonly now: string | null;
  readonly press: () => void;
}

export interface RoomMenuView {
  readonly you: Seat;
  readonly acts: Pick<StageActs, 'switchMicrophone' | 'switchCamera' | 'leave'>;
  readonly devices: DevicesView;
  /** The chair's for all, or null: then this screen chooses. */
  readonly bound: LayoutName | null;
  readonly layout: LayoutName;
  readonly onlayout: (layout: LayoutName) => void;
}

/** Seven at most (ui 6): what cannot be done from here is not in the list. */
export function itemsOf({ you, acts, devices, bound, layout, onlayout }: RoomMenuView): readonly RoomItem[] {
  const items: RoomItem[] = [];
  if (you.micOn || you.maySpeak)
    items.push({
      id: 'microphone',
      label: you.micOn ? m.room_ok_close() : m.room_ok_open(),
      now: null,
      press: () => void acts.switchMicrophone(!you.micOn),
    });
  if (you.mayShow)
    items.push({
      id: 'camera',
      label: you.cameraOn ? m.room_camera_off() : m.room_camera_on(),
      now: null,
      press: () => void acts.switchCamera(!you.cameraOn),
    });
  if (bound === null)
    items.push({
      id: 'layout',
      label: m.layout(),
      now: LAYOUT_WORDS[layout](),
      press: () => onlayout(LAYOUTS[(LAYOUTS.indexOf(layout) + 1) % LAYOUTS.length] ?? 'grid'),
    });
  const choose = (
    id: RoomItem['id'],
    label: string,
    list: readonly Choice[],
    chosen: string,
    take: (id: string) => Promise<void>,
  ) => {
    const next = after(list, chosen);
    if (next) items.push({ id, label, now: nameOf(list, chosen), press: () => void take(next.id) });
  };
  const { microphones, microphone, cameras, camera, speakers, speaker } = devices;
  choose('choose-microphone', m.device_microphone(), microphones, microphone, (id) => devices.chooseMicrophone(id));
  choose('choose-camera', m.device_camera(), cameras, camera, (id) => devices.chooseCamera(id));
  choose('choose-speaker', m.device_speaker(), speakers, speaker, (id) => devices.chooseSpeaker(id));
  items.push({ id: 'leave', label: m.leave_confirm(), now: null, press: () => acts.leave() });
  return items;
}

/** The one after the chosen one; null where there is nothing to choose. */
function after(list: readonly Choice[], chosen: string): Choice | null {
  if (list.length < 2) return null;
  const at = list.findIndex(({ id }) => id === chosen);
  return list[(at + 1) % list.length] ?? null;
}

function nameOf(list: readonly Choice[], chosen: string): string {
  return (list.find(({ id }) => id === chosen) ?? list[0])?.label ?? '';
}
