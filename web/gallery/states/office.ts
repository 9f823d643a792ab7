import type { Fault } from '../../src/protocol/messages';
import type { Me, OfficeMeeting, OfficeRoom, OfficeView } from '../../src/protocol/office';
import AccountPage from '../../src/ui/login/AccountPage.svelte';
import LoginPage from '../../src/ui/login/LoginPage.svelte';
import LinksDialog from '../../src/ui/office/LinksDialog.svelte';
import MeetingDialog from '../../src/ui/office/MeetingDialog.svelte';
import OfficePage from '../../src/ui/office/OfficePage.svelte';
import type { PlanDraft } from '../../src/ui/office/plan';
import RoomDialog from '../../src/ui/office/RoomDialog.svelte';
import type { State, StatesOf } from '../state';
import { EIGHT } from './door';

const nothing = () => undefined;
const DAY = 24 * 3_600_000;
const UNIT = 'Sở Tài nguyên và Môi trường tỉnh Lai Châu';
const ME: Me = {
  login: 'an.nv',
  name: { bridge_point: 'Sở TNMT Lai Châu', name: 'Nguyễn Văn An, Chánh Văn phòng', unit: UNIT },
  role: 'unit_admin',
  unit: UNIT,
  manages: true,
};

function fault(code: string, details: Fault['details'] = {}, message = ''): Fault {
  return { code, message, field: null, details };
}

function room(slug: string, name: string, changes: Partial<OfficeRoom> = {}): OfficeRoom {
  const floor = { kind: 'conference', muted_until_allowed: true, turn_s: 300, at_once: 1, overrun: 'close' } as const;
  const rules = { entry: 'lobby', password: false, second_seat: 'take_over', ...floor } as const;
  return { slug, name, unit: 'so', capacity: 200, ad_hoc: 'chair', busy: false, own: true, ...rules, ...changes };
}

function meeting(id: string, title: string, changes: Partial<OfficeMeeting> = {}): OfficeMeeting {
  const times = { starts_at: EIGHT + DAY, ends_at: EIGHT + DAY + 7_200_000, opened_at: null, closed_at: null };
  return { id, room: 'giao-ban', title, ...times, cause: null, fixed: false, ...changes };
}

const ROOMS = [
  room('giao-ban', 'Phòng họp giao ban', { busy: true }),
  room('tiep-cong-dan', 'Tiếp công dân định kỳ của Giám đốc Sở', { entry: 'password', password: true, unit: 'phong' }),
];
const MEETINGS = [
  meeting('m1', 'Giao ban tuần', { starts_at: EIGHT, ends_at: EIGHT + 5_400_000, opened_at: EIGHT, fixed: true }),
  meeting('m2', 'Hội nghị trực tuyến triển khai nhiệm vụ quản lý đất đai và đo đạc bản đồ năm 2027'),
  meeting('m3', 'Kiểm điểm cuối năm', { closed_at: EIGHT - DAY, cause: 'cancelled', fixed: true }),
];
const OFFICE: OfficeView = {
  now: EIGHT,
  units: [
    { slug: 'so', name: UNIT, depth: 0, closed: false },
    { slug: 'phong', name: 'Văn phòng Sở', depth: 1, closed: false },
  ],
  rooms: ROOMS,
  meetings: MEETINGS,
};

function office(changes: Record<string, unknown> = {}): State {
  const acts = { onroom: nothing, onmeeting: nothing, ondetails: nothing, oncancel: nothing, oncopy: nothing };
  return {
    component: OfficePage,
    props: () => ({
      me: ME,
      office: OFFICE,
      fault: null,
      said: null,
      origin: 'https://hop.laichau.gov.vn',
      ...acts,
      onretry: nothing,
      ...changes,
    }),
  };
}

function login(changes: Record<string, unknown> = {}): State {
  const props = { code: false, fault: null, busy: false, onsignin: nothing, onback: nothing };
  return { component: LoginPage, props: () => ({ ...props, ...changes }) };
}

function account(changes: Record<string, unknown> = {}): State {
  const acts = { ongo: nothing, onpassword: nothing, onsignout: nothing };
  return {
    component: AccountPage,
    props: () => ({ me: ME, fault: null, changed: false, busy: false, ...acts, ...changes }),
  };
}

function roomDialog(changes: Record<string, unknown> = {}): State {
  const props = { room: null, units: OFFICE.units, fault: null, busy: false, onsave: nothing, onclose: nothing };
  return { component: RoomDialog, props: () => ({ ...props, ...changes }) };
}

const DRAFT: PlanDraft = {
  room: 'giao-ban',
  title: 'Giao ban tuần',
  day: '2026-12-01',
  from: '08:00',
  to: '09:30',
  entry: '',
  kind: '',
  rows: [
    { point: '', name: '', unit: '', branch: '', login: 'an.nv', role: 'chair' },
    {
      point: 'UBND huyện Tam Đường',
      name: 'Lê Thị Bình, Phó Chủ tịch',
      unit: 'UBND huyện',
      branch: 'Huyện Tam Đường',
      login: '',
      role: 'attendee',
    },
  ],
};

function planDialog(changes: Record<string, unknown> = {}): State {
  const props = {
    draft: DRAFT,
    isNew: true,
    rooms: ROOMS,
    fault: null,
    now: () => EIGHT,
    busy: false,
    onsave: nothing,
    onclose: nothing,
  };
  return { component: MeetingDialog, props: () => ({ ...props, ...changes }) };
}

const PERSON = { kind: 'person', role: 'attendee', login: null } as const;
const LINKS = {
  meeting: MEETINGS[1],
  entry: 'lobby',
  invited: [
    {
      ...PERSON,
      bridge_point: 'Sở TNMT Lai Châu',
      name: ME.name.name,
      unit: UNIT,
      role: 'chair',
      login: 'an.nv',
      link: null,
    },
    {
      ...PERSON,
      bridge_point: 'UBND huyện Tam Đường',
      name: 'Lê Thị Bình, Phó Chủ tịch',
      unit: 'UBND huyện',
      link: 'eyJ0',
    },
  ],
};

export const OFFICE_STATES: StatesOf<'login-' | 'account-' | 'office-'> = {
  'login-password': login(),
  'login-wrong': login({ fault: fault('login.wrong') }),
  'login-wait': login({ fault: fault('login.wait', { wait_ms: 45_000 }) }),
  'login-code': login({ code: true, fault: fault('login.code_needed') }),
  'login-code-wrong': login({ code: true, fault: fault('login.code_wrong') }),
  'account-page': account(),
  'account-weak-password': account({ fault: fault('password.weak', { min_length: 12 }) }),
  'office-page': office(),
  'office-copied': office({ said: { kind: 'person', name: 'UBND huyện Tam Đường' } }),
  'office-empty': office({ office: { ...OFFICE, rooms: [], meetings: [] } }),
  'office-loading': office({ office: null }),
  'office-not-allowed': office({ office: null, fault: fault('not_allowed') }),
  'office-room-new': roomDialog(),
  'office-room-taken': roomDialog({ fault: fault('room.exists') }),
  'office-room-change': roomDialog({ room: ROOMS[1] }),
  'office-meeting-new': planDialog(),
  'office-meeting-past': planDialog({ fault: { ...fault('not_possible'), field: 'starts_at' } }),
  'office-meeting-refused': planDialog({
    fault: fault('invitation.invalid', { row: 2, part: 'bridge_point', cause: 'twice', other: 0 }),
  }),
  'office-links': {
    component: LinksDialog,
    props: () => ({
      detail: LINKS,
      origin: 'https://hop.laichau.gov.vn',
      oncopy: () => Promise.resolve(true),
      onclose: nothing,
    }),
  },
};
