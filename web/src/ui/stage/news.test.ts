import { expect, test } from 'vitest';
import { aFloor, aSpeech, NINE } from '../../meeting/build';
import { floorNow } from '../../meeting/floor';
import { NO_FLOOR } from '../floor/view';
import { anApplicantView, aSeat, someFacts } from './build';
import { newsOf, QUIET_ABOVE } from './news';
import type { Seat, StageView } from './view';

const SEAT = aSeat('me', {
  point: 'Sở TNMT Lai Châu',
  person: 'Phó Giám đốc',
  order: 1,
  mayShare: true,
  you: true,
});
const APPLICANT = anApplicantView('a', { point: 'UBND huyện Tam Đường' });
const view = (you: Partial<Seat> = {}, more: Partial<StageView> = {}): StageView => ({
  meeting: someFacts(),
  seats: [{ ...SEAT, ...you }],
  stage: [],
  speakingSeat: null,
  applicants: [],
  floor: NO_FLOOR,
  line: { kind: 'up' },
  chat: { lines: [], closed: false, unit: '' },
  pending: new Set(),
  ...more,
});
const kinds = (before: StageView, after: StageView, ownMicOff = false) =>
  newsOf(before, after, { ownMicOff }).map(({ kind }) => kind);

test('being allowed to speak is told', () => {
  expect(kinds(view(), view({ maySpeak: true }))).toEqual(['allowed']);
});

test('a microphone closed by the chair is told, one closed by the own hand is not', () => {
  const open = view({ maySpeak: true, micOn: true });
  expect(kinds(open, view({ maySpeak: true }))).toEqual(['muted']);
  expect(kinds(open, view({ maySpeak: true }), true)).toEqual([]);
});

test('what the end of the meeting closes is no act of the chair', () => {
  const open = view({ maySpeak: true, micOn: true });
  expect(kinds(open, view({}, { meeting: someFacts({ closed: true }) }))).toEqual([]);
});

test('losing the right with a closed microphone is told as taking it back', () => {
  expect(kinds(view({ maySpeak: true }), view())).toEqual(['taken_back']);
});

test('the right that a turn brings and takes is told by the floor, and not twice', () => {
  const [turn = null] = floorNow(aFloor({ turns: [aSpeech('me')] }), NINE).turns;
  const speaking = view({ maySpeak: true, micOn: true, turn });
  expect(kinds(view(), speaking)).toEqual([]);
  expect(kinds(speaking, view())).toEqual([]);
});

test('only those who admit hear of the lobby', () => {
  const waiting = { applicants: [APPLICANT] };
  expect(kinds(view({ role: 'chair' }), view({ role: 'chair' }, waiting))).toEqual(['lobby']);
  expect(kinds(view(), view({}, waiting))).toEqual([]);
});

test('while the secretary has the lobby, the knock is for the secretary and not for the chair', () => {
  const facts = { meeting: someFacts({ lobbyKeeper: 'sec' }), applicants: [APPLICANT] };
  const empty = { ...facts, applicants: [] };
  const secretary = aSeat('sec', { role: 'secretary' });
  const chairs = (more: Partial<StageView>, connected = true) => {
    const drawn = view({ role: 'chair' }, more);
    return { ...drawn, seats: [...drawn.seats, { ...secretary, connected }] };
  };
  expect(kinds(chairs(empty), chairs(facts))).toEqual([]);
  expect(kinds(chairs(empty, false), chairs(facts, false)), 'their line is lost').toEqual(['lobby']);
  const theirs = (more: Partial<StageView>) => view({ id: 'sec', role: 'secretary' }, more);
  expect(kinds(theirs(empty), theirs(facts))).toEqual(['lobby']);
});

test('above twenty seats comings and goings are left unsaid', () => {
  const many = (count: number) =>
    view({}, { seats: Array.from({ length: count }, (_, place) => ({ ...SEAT, id: `s${place}`, you: place === 0 })) });
  expect(kinds(many(3), many(4))).toEqual(['came']);
  expect(kinds(many(QUIET_ABOVE), many(QUIET_ABOVE + 1))).toEqual([]);
});

test('losing and finding the line is told once each', () => {
  const lost = view({}, { line: { kind: 'lost', forMs: 2_000 } });
  expect(kinds(view(), lost)).toEqual(['line_lost']);
  expect(kinds(lost, view({}, { line: { kind: 'lost', forMs: 3_000 } }))).toEqual([]);
  expect(kinds(lost, view())).toEqual(['line_back']);
});

test('who is brought to the stage is told, and so is a layout of the chair', () => {
  expect(kinds(view(), view({}, { stage: ['me'] }))).toEqual(['staged']);
  expect(kinds(view({}, { stage: ['me'] }), view())).toEqual(['unstaged']);
  const bound = view();
  expect(kinds(view(), { ...bound, meeting: { ...bound.meeting, layout: 'conference' } })).toEqual(['layout']);
});

test('who set the layout is not told of it', () => {
  const bound = view({ role: 'chair' });
  expect(kinds(view({ role: 'chair' }), { ...bound, meeting: { ...bound.meeting, layout: 'grid' } })).toEqual([]);
});

test('what others wrote is told once, the own words and what stood there before are not', () => {
  const line = (number: number, own = false) => ({
    number,
    at: 0,
    writer: 'Lai Châu',
    point: 'Lai Châu',
    to: 'all' as const,
    text: 'x',
    own,
  });
  const chat = (...lines: ReturnType<typeof line>[]) => view({}, { chat: { lines, closed: false, unit: '' } });
  const before = chat(line(3));
  expect(kinds(before, chat(line(3), line(5), line(6, true)))).toEqual(['said']);
  expect(kinds(before, chat(line(5), line(6)))).toEqual(['said', 'said']);
  expect(kinds(before, before)).toEqual([]);
});
