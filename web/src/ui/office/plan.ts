import type { MeetingKind } from '../../protocol/floor';
import type { Role } from '../../protocol/messages';
import type { EntryRule, InvitedRow, MeetingDetail, MeetingPlan, OfficeMeeting } from '../../protocol/office';

/* What stands between the forms of the office and the wire. Pure: time is an argument. */

/** A row of an invitation list while it is typed. */
export interface RowDraft {
  point: string;
  name: string;
  unit: string;
  branch: string;
  login: string;
  role: Role;
}

/** A meeting while it is typed: day and times as the browser's own fields have them. */
export interface PlanDraft {
  room: string;
  title: string;
  day: string;
  from: string;
  to: string;
  entry: EntryRule | '';
  /** '': as the room, or as it was. */
  kind: MeetingKind | '';
  rows: RowDraft[];
}

export type MeetingState = 'planned' | 'now' | 'over' | 'cancelled';

export function emptyRow(): RowDraft {
  return { point: '', name: '', unit: '', branch: '', login: '', role: 'attendee' };
}

/** A new meeting: tomorrow morning, in the first room. */
export function newDraft(room: string, nowMs: number): PlanDraft {
  const day = localDay(nowMs + 24 * HOUR_MS);
  return { room, title: '', day, from: '08:00', to: '', entry: '', kind: '', rows: [emptyRow()] };
}

export function draftOf({ meeting, invited }: MeetingDetail): PlanDraft {
  return {
    room: meeting.room,
    title: meeting.title,
    day: meeting.starts_at === null ? '' : localDay(meeting.starts_at),
    from: meeting.starts_at === null ? '' : localTime(meeting.starts_at),
    to: meeting.ends_at === null ? '' : localTime(meeting.ends_at),
    entry: '',
    kind: '',
    rows: invited.map(({ bridge_point, name, unit, branch, login, role }) => ({
      point: bridge_point,
      name,
      unit,
      branch,
      login: login ?? '',
      role,
    })),
  };
}

/** When it begins and ends; null while day or start are missing. An end before the start is of the next day. */
export function moments({ day, from, to }: PlanDraft): { starts: number; ends: number | null } | null {
  const starts = moment(day, from);
  if (starts === null) return null;
  const ends = to === '' ? null : moment(day, to);
  return { starts, ends: ends !== null && ends < starts ? ends + 24 * HOUR_MS : ends };
}

/** What is asked of the server; null while day or start are missing. */
export function planOf(draft: PlanDraft): MeetingPlan | null {
  const times = moments(draft);
  if (times === null) return null;
  return {
    room: draft.room,
    title: draft.title.trim().normalize('NFC'),
    starts_at: times.starts,
    ends_at: times.ends,
    entry: draft.entry === '' ? null : draft.entry,
    kind: draft.kind === '' ? null : draft.kind,
    muted_until_allowed: null,
    turn_s: null,
    at_once: null,
    overrun: null,
    invited: written(draft.rows).map(wireRow),
  };
}

/** The rows that say something: what is sent. */
export function written(rows: readonly RowDraft[]): RowDraft[] {
  return rows.filter(({ point, name, unit, branch, login }) => `${point}${name}${unit}${branch}${login}`.trim() !== '');
}

/**
 * Rows out of a spreadsheet: columns bridge point, full name, position, unit, branch, parted by tabs (or semicolons). A first
 * line that is a heading is left out.
 */
export function rowsOf(text: string): RowDraft[] {
  const lines = text
    .normalize('NFC')
    .split(/\r?\n/)
    .map((line) => (line.includes('\t') ? line.split('\t') : line.split(';')).map((cell) => cell.trim()))
    .filter((cells) => cells.some((cell) => cell !== ''));
  const [first] = lines;
  if (first && HEADINGS.includes((first[0] ?? '').toLowerCase())) lines.shift();
  return lines.map(([point = '', name = '', position = '', unit = '', branch = '']) => ({
    ...emptyRow(),
    point,
    name: position && name ? `${name}, ${position}` : name,
    unit,
    branch,
  }));
}

export function stateOf(meeting: OfficeMeeting): MeetingState {
  if (meeting.cause === 'cancelled') return 'cancelled';
  if (meeting.closed_at !== null) return 'over';
  return meeting.fixed ? 'now' : 'planned';
}

/** What is ahead or goes on, the next first; what is past, the last first. */
export function sorted(meetings: readonly OfficeMeeting[]): { ahead: OfficeMeeting[]; past: OfficeMeeting[] } {
  const at = (meeting: OfficeMeeting) => meeting.starts_at ?? meeting.opened_at ?? meeting.closed_at ?? 0;
  const open = (meeting: OfficeMeeting) => ['planned', 'now'].includes(stateOf(meeting));
  return {
    ahead: meetings.filter(open).sort((a, b) => at(a) - at(b)),
    past: meetings.filter((meeting) => !open(meeting)).sort((a, b) => at(b) - at(a)),
  };
}

/** The address that a name suggests: without marks, in small letters. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('đ', 'd')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

const HOUR_MS = 3_600_000;
const HEADINGS = ['điểm cầu', 'diem cau', 'bridge point', 'bridge_point'];

function wireRow({ point, name, unit, branch, login, role }: RowDraft): InvitedRow {
  const clean = (text: string) => text.trim().normalize('NFC');
  return {
    bridge_point: clean(point),
    name: clean(name),
    unit: clean(unit),
    role,
    kind: 'person',
    branch: clean(branch),
    login: clean(login) || null,
  };
}

function moment(day: string, time: string): number | null {
  const at = new Date(`${day}T${time}`).getTime();
  return Number.isNaN(at) ? null : at;
}

function localDay(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function localTime(at: number): string {
  const date = new Date(at);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
