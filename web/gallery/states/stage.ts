import { key, onPhone, press, pressTile, type Step } from '../hands';
import { screen as sharedScreen } from '../scene';
import { camera, HALL, OFFICE, ROOM, type Scene } from '../scene';
import type { State, StatesOf } from '../state';
import { NO_FLOOR, requestOf, turnOf } from '../../src/ui/floor/view';
import StagePage from '../../src/ui/stage/StagePage.svelte';
import type { Applicant, ChatLine, ChatTo, MeetingFacts, Seat, StageActs, StageView } from '../../src/ui/stage/view';
import { NAME_FAULTS, SOME_ACTS } from './acts';
import { devices, EIGHT } from './door';

const nothing = () => undefined;
const done = () => Promise.resolve();
const A_COMPANION = {
  link: `https://hop.example.vn/giao-ban#token=${'eyJhbGciOiJIUzI1NiJ9.'.repeat(6)}`,
  until: EIGHT,
  picture: `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h3v3H1zM5 1h3v3H5zM1 5h3v3H1zM5 5h1v1H5zM7 7h1v1H7z"/></svg>')}`,
};
export const ACTS: StageActs = {
  switchMicrophone: done,
  switchCamera: done,
  switchScreen: done,
  admit: nothing,
  admitAllInvited: nothing,
  refuse: nothing,
  allow: nothing,
  takeBack: nothing,
  mute: nothing,
  muteAllBut: () => Promise.resolve(true),
  liftMute: nothing,
  stopSource: nothing,
  allowSource: nothing,
  remove: nothing,
  muteMany: nothing,
  muteAllButMany: nothing,
  setRole: nothing,
  setBranch: nothing,
  rename: () => Promise.resolve(NAME_FAULTS),
  offerChair: nothing,
  withdrawChairOffer: nothing,
  answerChair: nothing,
  nameDeputy: nothing,
  takeChair: nothing,
  giveLobby: nothing,
  readActs: () => Promise.resolve(SOME_ACTS),
  makeCompanion: () => Promise.resolve({ ok: true, value: A_COMPANION }),
  lock: nothing,
  setLayout: nothing,
  setStage: nothing,
  floor: {
    ask: nothing,
    withdraw: nothing,
    take: nothing,
    decline: nothing,
    endOwn: nothing,
    askMore: nothing,
    grant: nothing,
    end: nothing,
    extend: nothing,
    hold: nothing,
    resume: nothing,
    refuse: nothing,
    skip: nothing,
    move: nothing,
    set: nothing,
  },
  open: nothing,
  end: nothing,
  leave: nothing,
  say: () => Promise.resolve(true),
  closeChat: nothing,
};

const NAMES: readonly (readonly [string, string, Scene])[] = [
  ['Bộ TNMT', 'Thứ trưởng', HALL],
  ['Sở TNMT Lai Châu', 'Phó Giám đốc', ROOM],
  ['Văn phòng Bộ', 'Chánh Văn phòng', HALL],
  ['Cục CNTT và Dữ liệu TNMT', 'Cục trưởng', OFFICE],
  ['Vụ Tổ chức cán bộ', 'Vụ trưởng', OFFICE],
  ['Sở TNMT Hà Giang', 'Giám đốc', ROOM],
  ['Sở TNMT Điện Biên', 'Phó Giám đốc', HALL],
  ['Sở TNMT Cao Bằng', 'Trưởng phòng', OFFICE],
  ['Sở TNMT Sơn La', 'Giám đốc', ROOM],
  ['Vụ Kế hoạch, Tài chính', 'Vụ trưởng', ROOM],
  ['Vụ Pháp chế', 'Phó Vụ trưởng', OFFICE],
  ['Sở TNMT Thừa Thiên Huế', 'Giám đốc', ROOM],
  ['Sở TNMT Đắk Lắk', 'Phó Giám đốc', HALL],
  ['Sở TNMT Nghệ An', 'Giám đốc', ROOM],
];
const scenes = new Map(NAMES.map(([point, , scene]) => [point, scene]));

export function seats(count: number, changes: Readonly<Record<number, Partial<Seat>>> = {}, you = 0): Seat[] {
  return Array.from({ length: count }, (_, place) => {
    const [point, person] = NAMES[place % NAMES.length] ?? ['', ''];
    return {
      id: `p${place}`,
      point: place < NAMES.length ? point : `${point} ${Math.floor(place / NAMES.length) + 1}`,
      person,
      unit: 'Bộ Tài nguyên và Môi trường',
      kind: scenes.get(point) === OFFICE ? 'person' : 'room',
      role: place === 0 ? 'chair' : place === 2 ? 'secretary' : 'attendee',
      order: place,
      joinedAt: EIGHT - 360_000,
      connected: true,
      maySpeak: place === 0,
      mayShow: true,
      mayShare: place === 0,
      micOn: place === 0,
      cameraOn: true,
      screenOn: false,
      speaking: false,
      dominant: false,
      invited: true,
      branch: '',
      leadsBranch: null,
      line: null,
      limit: null,
      shownNoBetter: null,
      frozenMs: null,
      awayMs: null,
      turn: null,
      queued: null,
      you: place === you,
      ...changes[place],
    };
  });
}

export const SPEAKING: Partial<Seat> = { maySpeak: true, micOn: true, speaking: true, dominant: true };
export const EXAMPLE: Readonly<Record<number, Partial<Seat>>> = {
  1: SPEAKING,
  6: { line: 'bad' },
  8: { cameraOn: false },
};

export const MEETING: MeetingFacts = {
  slug: 'duan',
  title: 'Giao ban tiến độ các dự án quý IV',
  kind: 'conference',
  opened: true,
  closed: false,
  runningMs: 1_960_000,
  expected: 60,
  locked: false,
  mutedAll: false,
  mutedUntilAllowed: true,
  deputy: null,
  chairOfferedTo: null,
  chairOfferedBy: null,
  standsInFor: null,
  lobbyKeeper: null,
  chairAway: null,
  layout: null,
};

export const applicant = (
  id: string,
  point: string,
  person: string,
  invited: boolean,
  more: Partial<Applicant> = {},
) => ({
  id,
  point,
  person,
  unit: '',
  since: EIGHT,
  invited,
  withoutPassword: false,
  resembles: '',
  branch: '',
  account: invited,
  connected: true,
  ...more,
});
export const WAITING: readonly Applicant[] = [
  applicant('a', 'Sở TNMT Yên Bái', 'Phó Giám đốc', true),
  applicant('b', 'Sở TNMT Lào Cai', 'Giám đốc', true),
  applicant('c', 'UBND huyện Tam Đường', '', false, { resembles: 'UBND huyện Tam Dương' }),
];

export const LONG = 'Trung tâm Thông tin, Lưu trữ và Thư viện Tài nguyên Nước';
const said = (number: number, place: number, to: ChatTo, text: string, own = false): ChatLine => {
  const [point, person] = NAMES[place] ?? ['', ''];
  return { number, at: EIGHT + number * 40_000, writer: `${point} – ${person}`, point, to, text, own };
};
const CHAT = {
  lines: [
    said(1, 2, 'all', 'Các điểm cầu kiểm tra micro trước 08:00. Tài liệu: https://tailieu.example.vn/giao-ban/quy-4'),
    said(2, 1, 'all', 'Lai Châu đã nhận tài liệu.'),
    said(4, 6, 'leads', 'Điện Biên đang mất hình, đề nghị cho báo cáo sau mục 3.'),
    said(5, 5, 'unit', 'Anh Ẩn gửi giúp số liệu biểu 2:\n1. Diện tích\n2. Kinh phí', true),
    said(7, 11, 'all', 'Thừa Thiên Huế: đã cập nhật tiến độ dự án Ẳ Ẵ Ễ Ộ Ậ ỷ.'),
  ],
  closed: false,
  unit: 'Sở TNMT Hà Giang',
};

interface Asked {
  view?: Partial<StageView>;
  soundBlocked?: boolean;
}

export function stage(asked: () => Asked = () => ({}), ...after: readonly Step[]): State {
  return {
    component: StagePage,
    after,
    props: () => {
      const { view, ...rest } = asked();
      const all: StageView = {
        meeting: MEETING,
        seats: seats(9, EXAMPLE),
        stage: [],
        speakingSeat: null,
        applicants: [],
        floor: NO_FLOOR,
        line: { kind: 'up' },
        chat: { lines: [], closed: false, unit: '' },
        pending: new Set(),
        ...view,
      };
      const drawn = {
        ...all,
        seats: all.seats.map((seat) => ({
          ...seat,
          turn: turnOf(all.floor, seat.id),
          queued: requestOf(all.floor, seat.id)?.place ?? null,
        })),
      };
      return {
        view: drawn,
        acts: ACTS,
        devices: devices(),
        address: 'https://hoptructuyen.example.vn/duan',
        maxTiles: 25,
        canShare: true,
        soundBlocked: false,
        streamOf: (seat: string, source: string) => streamOf(all, seat, source),
        onview: nothing,
        onsound: nothing,
        ...rest,
      };
    },
  };
}

export function streamOf(view: StageView, id: string, source: string): MediaStream | null {
  const seat = view.seats.find((each) => each.id === id);
  if (source === 'screen') return sharedScreen();
  if (!seat?.cameraOn) return null;
  return camera(scenes.get(seat.point.replace(/ \d+$/, '')) ?? ROOM);
}

export const STAGE_STATES: StatesOf<'stage-'> = {
  'stage-chair': stage(() => ({ view: { seats: seats(58, EXAMPLE), applicants: WAITING } })),
  'stage-chair-empty-lobby': stage(() => ({
    view: { meeting: { ...MEETING, locked: true, opened: false, runningMs: null } },
  })),
  'stage-chair-phone': stage(() => ({ view: { applicants: WAITING } }), press('people-toggle')),
  'stage-participant': stage(() => ({ view: { seats: seats(14, EXAMPLE, 5) } })),
  'stage-people-list': stage(
    () => ({ view: { seats: seats(60, EXAMPLE), applicants: WAITING } }),
    onPhone(press('people-toggle')),
    press('tab-people'),
  ),
  'stage-person-card': stage(() => ({}), pressTile(3)),
  'stage-speaker': stage(() => ({ view: { seats: seats(8, EXAMPLE, 5) } }), key('l'), press('layout-speaker')),
  'stage-screen-share': stage(() => ({
    view: { seats: seats(8, { ...EXAMPLE, 2: { screenOn: true, mayShare: true } }, 5) },
  })),
  'stage-two': stage(() => ({ view: { seats: seats(2, { 1: SPEAKING }) } })),
  'stage-three': stage(() => ({ view: { seats: seats(3, { 1: SPEAKING }, 1) } })),
  'stage-alone': stage(() => ({ view: { seats: seats(1) } })),
  'stage-reconnecting': stage(() => ({
    view: { seats: seats(9, { ...EXAMPLE, 3: { connected: false } }, 5), line: { kind: 'lost', forMs: 6_000 } },
  })),
  'stage-small-signs': stage(() => ({
    view: {
      seats: seats(6, {
        1: { connected: false, awayMs: 36_000 },
        2: { line: 'bad' },
        3: { connected: false, cameraOn: true },
      }),
    },
    streamOf: (seat: string) => (seat === 'p3' ? null : camera(HALL, { still: true })),
  })),
  'stage-reconnecting-long': stage(() => ({ view: { line: { kind: 'lost', forMs: 42_000 } } })),
  'stage-media-reconnecting': stage(() => ({ view: { line: { kind: 'media' } } })),
  'stage-sound-blocked': stage(() => ({ soundBlocked: true, view: { seats: seats(4, {}, 3) } })),
  'stage-open-floor-muted-all': stage(() => ({
    view: { meeting: { ...MEETING, mutedUntilAllowed: false, mutedAll: true }, seats: seats(6, EXAMPLE) },
  })),
  'stage-long-names': stage(() => ({
    view: {
      seats: seats(9, {
        ...EXAMPLE,
        3: { point: LONG, person: 'Nguyễn Thị Hoàng Phương Thảo, Phó Trưởng phòng Kỹ thuật' },
      }),
      applicants: [applicant('x', LONG, 'Nguyễn Thị Hoàng Phương Thảo, Phó Trưởng phòng', true), ...WAITING],
    },
  })),
  // from the list: at 400 % a page of the stage has one tile, the chair's own
  'stage-remove': stage(
    () => ({}),
    onPhone(press('people-toggle')),
    press('tab-people'),
    press('participant-menu', 1),
    press('participant-remove'),
  ),
  'stage-end': stage(() => ({ view: { seats: seats(58, EXAMPLE) } }), press('meeting-end')),
  'stage-leave': stage(() => ({ view: { seats: seats(58, EXAMPLE) } }), onPhone(press('more')), press('leave')),
  'stage-leave-hand-over': stage(
    () => ({ view: { seats: seats(58, EXAMPLE) } }),
    onPhone(press('more')),
    press('leave'),
    press('leave-hand-over'),
  ),
  'stage-chat': stage(() => ({ view: { seats: seats(14, EXAMPLE, 5), chat: CHAT } }), press('chat-toggle')),
  'stage-chat-private': stage(
    () => ({ view: { seats: seats(14, EXAMPLE, 5), chat: CHAT } }),
    press('chat-toggle'),
    press('chat-to', 1),
  ),
  'stage-chat-closed': stage(
    () => ({ view: { seats: seats(14, EXAMPLE, 5), chat: { ...CHAT, closed: true } } }),
    press('chat-toggle'),
  ),
  'stage-chat-empty': stage(() => ({ view: { applicants: WAITING } }), press('chat-toggle')),
  'stage-chat-link': stage(
    () => ({ view: { seats: seats(14, EXAMPLE, 5), chat: CHAT } }),
    press('chat-toggle'),
    press('chat-link'),
  ),
  'stage-help': stage(() => ({}), key('?')),
  'stage-commands': stage(() => ({}), key('k', { ctrlKey: true })),
  'stage-devices': stage(() => ({ view: { seats: seats(9, {}, 3) } }), press('devices')),
  'stage-more': stage(() => ({ view: { seats: seats(4, {}, 3) } }), press('more')),
};
