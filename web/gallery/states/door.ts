import { createRawSnippet, mount, type Snippet, unmount } from 'svelte';
import type { Browser } from '../../src/ui/browser/browser';
import BrowserNote from '../../src/ui/browser/BrowserNote.svelte';
import type { DevicesView, DeviceState } from '../../src/ui/devices/view';
import DoorPage from '../../src/ui/door/DoorPage.svelte';
import { NameDraft } from '../../src/ui/door/draft.svelte';
import { refusalText } from '../../src/ui/door/refusal_texts';
import type { Refusal } from '../../src/ui/door/refusals';
import type { DoorView } from '../../src/ui/door/view';
import { camera, ROOM } from '../scene';
import type { State, StatesOf } from '../state';

/** What stands on the door about the visitor's browser. */
function note(browser: Browser): Snippet {
  return createRawSnippet(() => ({
    render: () => '<div></div>',
    setup: (place) => {
      const made = mount(BrowserNote, { target: place, props: { browser } });
      return () => void unmount(made);
    },
  }));
}

export const EIGHT = Date.parse('2026-11-26T08:00:00+07:00');

export const DOOR: DoorView = {
  slug: 'duan',
  roomName: 'Dự án',
  title: 'Giao ban tiến độ các dự án quý IV',
  state: 'doors_open',
  entry: 'lobby',
  hasPassword: true,
  mutedUntilAllowed: true,
  require: ['bridge_point', 'name', 'unit'],
  maxLength: 80,
  skewMs: 0,
  startsAt: EIGHT,
  endsAt: EIGHT + 3.5 * 3_600_000,
  doorsAt: EIGHT - 600_000,
  endedAt: null,
  chair: 'Thứ trưởng',
  identity: null,
};

const nothing = () => Promise.resolve();

export function devices(state: DeviceState = 'ready', changes: Partial<DevicesView> = {}): DevicesView {
  return {
    state,
    preview: state === 'ready' ? camera(ROOM) : null,
    cameraOn: true,
    hasCamera: state === 'ready',
    hasMicrophone: state === 'ready',
    level: state === 'ready' ? 0.6 : 0,
    heard: state === 'ready',
    cameras: [
      { id: 'room', label: 'Camera phòng họp' },
      { id: 'laptop', label: 'Camera máy tính' },
    ],
    microphones: [
      { id: 'room', label: 'Micro hội nghị' },
      { id: 'laptop', label: 'Micro máy tính' },
    ],
    speakers: [{ id: 'room', label: 'Loa phòng họp' }],
    camera: 'room',
    microphone: 'room',
    speaker: 'room',
    start: nothing,
    switchCamera: nothing,
    chooseCamera: nothing,
    chooseMicrophone: nothing,
    chooseSpeaker: nothing,
    playSound: nothing,
    ...changes,
  };
}

function draft(name = 'Nguyễn Văn A, Phó Giám đốc'): NameDraft {
  const typed = new NameDraft();
  typed.take({ point: 'Sở TNMT Lai Châu', name, unit: 'Sở Tài nguyên và Môi trường Lai Châu' });
  typed.password = 'khongphai';
  return typed;
}

interface Asked {
  door?: Partial<DoorView> | null;
  devices?: DevicesView;
  refusals?: readonly Refusal[];
  draft?: NameDraft;
  nowMs?: number;
  [more: string]: unknown;
}

function door(asked: () => Asked = () => ({})): State {
  return {
    component: DoorPage,
    props: () => {
      const { door: changes = {}, ...rest } = asked();
      return {
        door: changes === null ? null : { ...DOOR, ...changes },
        host: 'hoptructuyen.example.vn',
        devices: devices(),
        draft: draft(),
        refusals: [],
        say: refusalText,
        busy: false,
        retryIn: null,
        nowMs: EIGHT - 480_000,
        onenter: () => undefined,
        ondevices: () => undefined,
        ...rest,
      };
    },
  };
}

const refused = (code: string, field: string | null = null, details: Refusal['details'] = {}): Refusal => ({
  code,
  message: '',
  field,
  details,
});

export const DOOR_STATES: StatesOf<'door-'> = {
  'door-ready': door(),
  'door-before-permission': door(() => ({ devices: devices('idle') })),
  'door-name-refused': door(() => ({
    draft: draft('Nguyễn Văn А'),
    refusals: [refused('name.lookalike', 'name', { characters: 'А' })],
  })),
  'door-several-at-one': door(() => ({
    draft: draft('★А PGĐ'),
    refusals: [
      refused('name.lookalike', 'name', { characters: 'А' }),
      refused('name.script', 'name', { characters: '★' }),
    ],
  })),
  'door-two-faults': door(() => ({
    draft: draft('PGĐ'),
    refusals: [
      refused('name.too_short', 'name', { min_words: 2 }),
      refused('password.wrong', 'password', { attempts_left: 3 }),
    ],
  })),
  'door-no-attempt-left': door(() => ({
    refusals: [refused('password.wrong', 'password', { attempts_left: 0, wait_ms: 57_000 })],
  })),
  'door-seat-taken': door(() => ({ refusals: [refused('seat.taken', null, { since: EIGHT - 360_000 })] })),
  'door-point-unknown': door(() => ({
    refusals: [refused('name.point_unknown', null, { given: 'Sở TNMT Lai Chau', suggestion: 'Sở TNMT Lai Châu' })],
  })),
  'door-room-locked': door(() => ({ refusals: [refused('room.locked')] })),
  'door-room-full': door(() => ({ refusals: [refused('room.full', null, { capacity: 200 })], retryIn: 12 })),
  'door-offline': door(() => ({ refusals: [refused('offline')], retryIn: 4 })),
  'door-denied': door(() => ({ devices: devices('denied') })),
  'door-no-microphone': door(() => ({ devices: devices('ready', { hasMicrophone: false, heard: false, level: 0 }) })),
  'door-busy-devices': door(() => ({ devices: devices('busy') })),
  'door-camera-off': door(() => ({ devices: devices('ready', { cameraOn: false, heard: false, level: 0 }) })),
  'door-not-yet-open': door(() => ({
    door: { state: 'scheduled', doorsAt: EIGHT - 600_000 },
    nowMs: EIGHT - 600_000 - 725_000,
  })),
  'door-invited': door(() => ({
    door: {
      identity: {
        role: 'attendee',
        invited: true,
        name: { point: 'Sở TNMT Lai Châu', name: 'Nguyễn Văn A, Phó Giám đốc', unit: 'Sở TNMT tỉnh Lai Châu' },
      },
    },
  })),
  'door-chair': door(() => ({
    door: {
      identity: { role: 'chair', invited: true, name: { point: 'Bộ TNMT', name: 'Thứ trưởng', unit: 'Bộ TNMT' } },
    },
  })),
  'door-technician': door(() => ({
    door: {
      identity: {
        role: 'technician',
        invited: true,
        name: { point: 'VNPT Lai Châu', name: 'Lò Văn Tú', unit: 'VNPT' },
      },
    },
  })),
  'door-demo': door(() => ({
    door: {
      title: 'Phòng họp thử',
      state: null,
      entry: 'open',
      hasPassword: false,
      mutedUntilAllowed: false,
      startsAt: null,
      endsAt: null,
      doorsAt: null,
      chair: null,
    },
    draft: new NameDraft(),
  })),
  'door-password-entry': door(() => ({ door: { entry: 'password' } })),
  'door-inside-app': door(() => ({
    devices: devices('insecure'),
    note: note({ kind: 'inside_app', app: 'Zalo', system: 'android' }),
  })),
  'door-untested': door(() => ({ note: note({ kind: 'untested', phone: true }) })),
  'door-entering': door(() => ({ busy: true })),
  'door-loading': door(() => ({ door: null, devices: devices('idle') })),
};
