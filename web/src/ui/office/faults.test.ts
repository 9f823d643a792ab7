import { describe, expect, test } from 'vitest';
import { faultText } from '../login/fault_texts';
import { planFault, planFaults, type RoomDraft, roomFault, roomFaults } from './faults';
import { newDraft, type PlanDraft } from './plan';

const AT = new Date('2026-12-01T08:00').getTime();
const PLAN: PlanDraft = { ...newDraft('duan', AT), title: 'Giao ban' };
const ROOM: RoomDraft = { name: 'Giao ban', slug: 'giao-ban', asksPassword: false, hasPassword: false };
const refused = (code: string, field: string | null = null, details = {}) => ({ code, message: '', field, details });

describe('what is missing from a meeting is told at once', () => {
  test.each<[Partial<PlanDraft>, (string | null)[]]>([
    [{}, []],
    [{ title: '  ' }, ['title']],
    [{ title: '', day: '' }, ['title', 'day']],
    [{ title: '', from: '' }, ['title', 'from']],
    [{ to: '08:00' }, ['to']],
    [{ to: '07:00' }, []],
    [{ day: '2026-11-30', to: '09:00' }, ['from']],
    [{ title: '', day: '2026-11-30', to: '09:00' }, ['title', 'from']],
    // without an end the server knows until when it may be held
    [{ day: '2026-12-01', from: '07:00' }, []],
  ])('%o: %o', (changes, places) => {
    expect(planFaults({ ...PLAN, ...changes }, AT).map(({ at }) => at)).toEqual(places);
  });
});

describe('what is wrong with a room is told at once', () => {
  test.each<[Partial<RoomDraft>, (string | null)[]]>([
    [{}, []],
    [{ name: '', slug: '' }, ['name', 'slug']],
    [{ name: ' ', slug: 'Giao ban', asksPassword: true }, ['name', 'slug', 'password']],
    [{ asksPassword: true, hasPassword: true }, []],
    [{ slug: 'a' }, ['slug']],
    [{ slug: '-giao-ban' }, ['slug']],
    [{ slug: 'a'.repeat(65) }, ['slug']],
  ])('%o: %o', (changes, places) => {
    expect(roomFaults({ ...ROOM, ...changes }).map(({ at }) => at)).toEqual(places);
  });
});

test.each([
  ['not_possible', 'starts_at', 'from', 'Giờ họp đã qua. Chọn ngày, giờ muộn hơn.'],
  ['not_possible', 'ends_at', 'to', 'Giờ kết thúc phải sau giờ bắt đầu.'],
  ['meeting.unknown', null, null, 'Không có cuộc họp này trong đơn vị. Tải lại trang.'],
])('a meeting refused with %s of %s is told at %s', (code, field, at, text) => {
  const told = planFault(refused(code, field));
  expect([told.at, faultText(told.fault)]).toEqual([at, text]);
});

test('a name with characters that nobody sees says so at its field', () => {
  const told = planFault(refused('not_possible', 'title', { cause: 'characters' }));
  expect([told.at, faultText(told.fault)]).toEqual(['title', 'Có ký tự không hiện được. Xóa và gõ lại.']);
});

test.each([
  ['room.exists', null, 'slug'],
  ['slug.reserved', null, 'slug'],
  ['password.missing', null, 'password'],
  ['not_possible', 'name', 'name'],
  ['unit.unknown', 'unit', null],
])('a room refused with %s of %s is told at %s', (code, field, at) => {
  expect(roomFault(refused(code, field)).at).toBe(at);
});
