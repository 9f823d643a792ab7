/** Every layout with few and with many (R23), the menu that chooses it, and a bridge point's large screen. */
import { key, press, type Step } from '../hands';
import { NO_FLOOR } from '../../src/ui/floor/view';
import '../../src/ui/room/room.css';
import type { State, StatesOf } from '../state';
import { NameDraft } from '../../src/ui/door/draft.svelte';
import { refusalText } from '../../src/ui/door/refusal_texts';
import type { Refusal } from '../../src/ui/door/refusals';
import RoomDoor from '../../src/ui/room/RoomDoor.svelte';
import RoomPage from '../../src/ui/room/RoomPage.svelte';
import type { LayoutName, Seat, StageView } from '../../src/ui/stage/view';
import { devices, DOOR, EIGHT } from './door';
import { floor, granted } from './floor';
import { ACTS, EXAMPLE, LONG, MEETING, seats, SPEAKING, stage, streamOf } from './stage';

const nothing = () => undefined;

/** As the chair has set it, with somebody who speaks. */
function laid(layout: LayoutName, people: Seat[], more: Partial<StageView> = {}): Partial<StageView> {
  const speakingSeat = people.length > 1 ? 'p1' : null;
  return { meeting: { ...MEETING, layout }, seats: people, speakingSeat, ...more };
}

/** Seen by a bridge point, as most see it. */
const picture = (layout: LayoutName, count: number): State =>
  stage(() => ({ view: laid(layout, seats(count, count > 1 ? EXAMPLE : {}, count > 1 ? Math.min(5, count - 1) : 0)) }));

export const PICTURE_STATES: StatesOf<'picture-'> = {
  'picture-grid-1': picture('grid', 1),
  'picture-grid-4': picture('grid', 4),
  'picture-grid-9': picture('grid', 9),
  'picture-grid-25': picture('grid', 25),
  'picture-grid-60': picture('grid', 60),
  'picture-speaker-1': picture('speaker', 1),
  'picture-speaker-4': picture('speaker', 4),
  'picture-speaker-9': picture('speaker', 9),
  'picture-speaker-25': picture('speaker', 25),
  'picture-speaker-60': picture('speaker', 60),
  'picture-two-columns-1': picture('two_columns', 1),
  'picture-two-columns-4': picture('two_columns', 4),
  'picture-two-columns-9': picture('two_columns', 9),
  'picture-two-columns-25': picture('two_columns', 25),
  'picture-two-columns-60': picture('two_columns', 60),
  'picture-presentation-1': picture('presentation', 1),
  'picture-presentation-4': picture('presentation', 4),
  'picture-presentation-9': picture('presentation', 9),
  'picture-presentation-25': picture('presentation', 25),
  'picture-presentation-60': stage(() => ({
    view: laid('presentation', seats(60, { ...EXAMPLE, 0: { screenOn: true } }, 5)),
  })),
  'picture-conference-1': picture('conference', 1),
  'picture-conference-4': picture('conference', 4),
  'picture-conference-9': picture('conference', 9),
  'picture-conference-25': picture('conference', 25),
  'picture-conference-60': picture('conference', 60),
  'picture-onstage': stage(() => ({ view: laid('grid', seats(60, EXAMPLE, 5), { stage: ['p9', 'p13'] }) })),
  'picture-menu': stage(() => ({ view: laid('conference', seats(60, EXAMPLE)) }), press('layout-toggle')),
  'picture-menu-participant': stage(() => ({ view: { seats: seats(14, EXAMPLE, 5) } }), key('l')),
  'picture-menu-bound': stage(() => ({ view: laid('conference', seats(14, EXAMPLE, 5)) }), press('layout-toggle')),
  'picture-backdrop': stage(() => ({ view: { seats: seats(9, EXAMPLE, 5) } }), key('l'), press('backdrop-open')),
  'picture-sound-only': stage(() => ({ view: { seats: seats(9, EXAMPLE, 5) } }), key('l'), press('sound-only')),
  'picture-signs': stage(() => ({
    view: {
      seats: seats(
        9,
        {
          ...EXAMPLE,
          3: { connected: false, awayMs: 14_000 },
          4: { frozenMs: 5_000 },
          5: { limit: 'uplink' },
        },
        5,
      ),
    },
  })),
};

/** Ten feet away, with arrow keys. */
const onRoomDisplay: Step = () => {
  document.documentElement.dataset.display = 'room';
  return true;
};

function room(view: Partial<StageView>, ...after: readonly Step[]): State {
  return {
    component: RoomPage,
    after: [onRoomDisplay, ...after],
    props: () => {
      const all: StageView = {
        meeting: { ...MEETING, layout: 'conference' },
        seats: seats(58, EXAMPLE, 13),
        stage: [],
        speakingSeat: 'p1',
        applicants: [],
        floor: NO_FLOOR,
        line: { kind: 'up' },
        chat: { lines: [], closed: false, unit: '' },
        pending: new Set(),
        ...view,
      };
      return {
        view: all,
        acts: ACTS,
        devices: devices(),
        nowMs: EIGHT + 1_920_000,
        soundBlocked: false,
        streamOf: (seat: string, source: string) => streamOf(all, seat, source),
        onview: nothing,
        onsound: nothing,
      };
    },
  };
}

function roomDoor(change: Partial<typeof DOOR>, name: string, refusals: readonly Refusal[] = []): State {
  return {
    component: RoomDoor,
    after: [onRoomDisplay],
    props: () => {
      const draft = new NameDraft();
      if (name) draft.take({ point: name, name: 'Nguyễn Văn An, Phó Giám đốc', unit: name });
      return {
        door: { ...DOOR, ...change },
        draft,
        refusals,
        say: (refusal: Refusal) => refusalText(refusal, 'duan'),
        busy: false,
        retryIn: null,
        onenter: nothing,
      };
    },
  };
}

export const ROOM_STATES: StatesOf<'room-'> = {
  'room-conference': room({}),
  'room-grid': room({ meeting: { ...MEETING, layout: 'grid' } }),
  'room-allowed': room({ seats: seats(58, { ...EXAMPLE, 13: { maySpeak: true } }, 13) }),
  'room-granted': room({
    seats: seats(58, { ...EXAMPLE, 13: { turn: granted('p13') } }, 13),
    floor: { ...NO_FLOOR, turns: [granted('p13')] },
  }),
  'room-speaks': room({ seats: seats(58, { ...EXAMPLE, 1: {}, 13: SPEAKING }, 13), speakingSeat: 'p13' }),
  'room-long-name': room({ seats: seats(58, { ...EXAMPLE, 13: { point: LONG } }, 13), floor: NO_FLOOR }),
  'room-queued': room({
    seats: seats(58, { ...EXAMPLE, 13: { point: LONG, queued: 4 } }, 13),
    floor: floor({ turns: [], holder: null }, ['p7', 'p8', 'p9', 'p13']),
  }),
  'room-menu': room(
    { meeting: MEETING, seats: seats(58, { ...EXAMPLE, 13: { maySpeak: true } }, 13) },
    key('ArrowDown'),
  ),
  'room-reconnecting': room({ line: { kind: 'lost', forMs: 6_000 } }),
  'room-door': roomDoor({ hasPassword: false, entry: 'open' }, 'Sở TNMT Nghệ An'),
  'room-door-first': roomDoor({}, ''),
  'room-door-refused': roomDoor({}, 'Sở TNMT Nghệ An', [{ code: 'password.wrong', message: '', field: 'password' }]),
};
