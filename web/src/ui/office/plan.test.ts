import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { MeetingDetail, MeetingPlan, OfficeMeeting, OfficeView } from '../../protocol/office';
import { draftOf, emptyRow, newDraft, planOf, rowsOf, slugOf, sorted, stateOf } from './plan';

const AT = new Date('2026-12-01T08:00').getTime();

function meeting(changes: Partial<OfficeMeeting> = {}): OfficeMeeting {
  const times = { starts_at: AT, ends_at: null, opened_at: null, closed_at: null };
  return { id: 'm', room: 'duan', title: 'Giao ban', ...times, cause: null, fixed: false, ...changes };
}

describe('the form of a meeting', () => {
  test('begins tomorrow in the first room', () => {
    expect(newDraft('duan', AT)).toMatchObject({ room: 'duan', day: '2026-12-02', from: '08:00', to: '' });
  });

  test('asks for what was typed, without rows that are empty', () => {
    const draft = { ...newDraft('duan', AT), title: ' Giao ban ', to: '09:30' };
    draft.rows = [emptyRow(), { ...emptyRow(), point: 'UBND tỉnh' }, { ...emptyRow(), login: 'an.nv', role: 'chair' }];
    const plan = planOf(draft);
    expect(plan).toMatchObject({
      title: 'Giao ban',
      starts_at: AT + 86_400_000,
      ends_at: AT + 91_800_000,
      entry: null,
    });
    expect(plan?.invited.map(({ bridge_point, login, role }) => [bridge_point, login, role])).toEqual([
      ['UBND tỉnh', null, 'attendee'],
      ['', 'an.nv', 'chair'],
    ]);
  });

  test('asks for nothing while day or start are missing', () => {
    expect(planOf({ ...newDraft('duan', AT), day: '' })).toBeNull();
    expect(planOf({ ...newDraft('duan', AT), from: '' })).toBeNull();
  });

  test('that ends after midnight ends on the next day', () => {
    const plan = planOf({ ...newDraft('duan', AT), from: '22:00', to: '01:00' });
    expect((plan?.ends_at ?? 0) - (plan?.starts_at ?? 0)).toBe(3 * 3_600_000);
  });

  test('shows again what the server keeps', () => {
    const row = {
      bridge_point: 'Sở',
      name: 'An',
      unit: 'Sở',
      role: 'chair',
      kind: 'person',
      branch: 'Huyện Tam Đường',
      login: null,
    } as const;
    const detail = {
      meeting: meeting({ ends_at: AT + 3_600_000 }),
      entry: 'lobby',
      kind: 'conference',
      muted_until_allowed: true,
      turn_s: 300,
      at_once: 1,
      overrun: 'close',
      invited: [{ ...row, link: 'x' }],
    } as const;
    expect(planOf(draftOf(detail))).toEqual({
      room: 'duan',
      title: 'Giao ban',
      starts_at: AT,
      ends_at: AT + 3_600_000,
      entry: null,
      kind: null,
      muted_until_allowed: null,
      turn_s: null,
      at_once: null,
      overrun: null,
      invited: [row],
    });
  });
});

describe('the samples that the server writes', () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../../../protocol/samples/rest/${name}.json`, import.meta.url), 'utf8'));

  test('are shown, and asked for again as the server reads them', () => {
    const detail = read('meeting_detail') as MeetingDetail;
    const plan = planOf(draftOf(detail));
    expect(plan?.invited.map(({ login }) => login)).toEqual(['an.nv', null]);
    expect(Object.keys(plan ?? {})).toEqual(Object.keys(read('meeting_plan') as MeetingPlan));
    expect(Object.keys(plan?.invited[0] ?? {}).sort()).toEqual(
      Object.keys((read('meeting_plan') as MeetingPlan).invited[0] ?? {}).sort(),
    );
  });

  test('are sorted', () => {
    expect(sorted((read('office') as OfficeView).meetings).ahead).toHaveLength(1);
  });
});

describe('rows out of a spreadsheet', () => {
  test('have bridge point, name, position and unit', () => {
    expect(rowsOf('Sở TNMT\tLê Văn An\tGiám đốc\tSở TNMT Lai Châu\n\nUBND tỉnh\n')).toEqual([
      { ...emptyRow(), point: 'Sở TNMT', name: 'Lê Văn An, Giám đốc', unit: 'Sở TNMT Lai Châu' },
      { ...emptyRow(), point: 'UBND tỉnh' },
    ]);
  });

  test('may be parted by semicolons and have a heading', () => {
    expect(rowsOf('Điểm cầu;Họ và tên\r\nXã Ba;Trần Thị Bình').map(({ point, name }) => [point, name])).toEqual([
      ['Xã Ba', 'Trần Thị Bình'],
    ]);
  });
});

test.each([
  [meeting(), 'planned'],
  [meeting({ fixed: true }), 'now'],
  [meeting({ fixed: true, closed_at: AT, cause: 'ended' }), 'over'],
  [meeting({ fixed: true, closed_at: AT, cause: 'cancelled' }), 'cancelled'],
] as const)('a meeting is shown by how it stands', (one, state) => {
  expect(stateOf(one)).toBe(state);
});

test('the next meeting comes first, and of those past the last', () => {
  const ids = (list: OfficeMeeting[]) => list.map(({ id }) => id);
  const { ahead, past } = sorted([
    meeting({ id: 'later', starts_at: AT + 1 }),
    meeting({ id: 'next' }),
    meeting({ id: 'old', closed_at: AT - 2, starts_at: AT - 2 }),
    meeting({ id: 'last', closed_at: AT - 1, starts_at: AT - 1 }),
  ]);
  expect([ids(ahead), ids(past)]).toEqual([
    ['next', 'later'],
    ['last', 'old'],
  ]);
});

test.each([
  ['Giao ban Sở', 'giao-ban-so'],
  ['  Đề án 06/2026 ', 'de-an-06-2026'],
  ['★', ''],
])('the address of %j is %j', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});
