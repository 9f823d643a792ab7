import { expect, test } from 'vitest';
import { aFloor, aPicture, aSpeech, NINE, someone } from '../../meeting/build';
import { begin, type Change, reduce } from '../../meeting/reduce';
import { type MeetingState, pictureKey } from '../../meeting/state';
import type { MeetingEvent, ParticipantId } from '../../protocol/messages';
import type { StageView } from '../stage/view';
import { CALM } from './build';
import { type Drawn, StageViews } from './stage_view';

const NOBODY: ReadonlySet<ParticipantId> = new Set();
const an = 'an' as ParticipantId;

/** The view before and after a change, and the later one a second on. */
function drawn(change: (seq: number) => Change, picture = ofThree()) {
  const views = new StageViews();
  const before = views.at(CALM, picture, NOBODY, NINE);
  const state = reduce(picture, change(picture.seq + 1));
  return {
    before,
    after: views.at(CALM, state, NOBODY, NINE),
    later: () => views.at(CALM, state, NOBODY, NINE + 1_000),
  };
}

function ofThree(): MeetingState {
  return begin(aPicture([someone('chair', { role: 'chair' }), someone('an'), someone('binh')]), NINE);
}

const happened =
  (...events: MeetingEvent[]) =>
  (seq: number): Change => ({ type: 'events', seq, events });

function changedSeats(before: StageView, after: StageView): string[] {
  return after.seats.filter((seat, at) => seat !== before.seats[at]).map(({ id }) => id);
}

test.each<[string, (seq: number) => Change]>([
  ['a voice', () => ({ type: 'levels', levels: [{ participant: an, level: 90 }], dominant: an })],
  [
    'a switch',
    () => ({ type: 'switches', switches: [{ participant: an, microphone: true, camera: true, screen: false }] }),
  ],
  ['a line', () => ({ type: 'lines', lines: [{ participant: an, sign: 'bad' }] })],
  ['a line that is lost', happened({ type: 'participant_lost', at: NINE, participant: an, until: NINE + 60_000 })],
])('%s changes the one seat and no other part of the view', (_, change) => {
  const { before, after } = drawn(change);
  expect(changedSeats(before, after)).toEqual(['an']);
  for (const part of ['meeting', 'stage', 'applicants', 'floor', 'line', 'chat', 'pending'] as const)
    expect(after[part], part).toBe(before[part]);
});

test('what concerns the meeting leaves every seat as it was', () => {
  const { before, after } = drawn(happened({ type: 'room_locked', at: NINE, locked: true, by: null }));
  expect(after.meeting.locked).toBe(true);
  expect(after.seats).toBe(before.seats);
});

test('a message that says what is known already changes nothing', () => {
  const { before, after } = drawn(() => ({ type: 'lines', lines: [] }));
  for (const part of Object.keys(after) as (keyof StageView)[]) expect(after[part], part).toBe(before[part]);
});

test('a second later only the clocks are others', () => {
  const { after, later } = drawn(() => ({ type: 'lines', lines: [] }));
  expect(later().meeting.runningMs).toBe(1_000);
  expect(later().seats).toBe(after.seats);
  expect(later().floor).toBe(after.floor);
});

test('a turn runs on with the clock, for whom it is', () => {
  const picture = begin(
    aPicture([someone('chair', { role: 'chair' }), someone('an'), someone('binh')], {
      floor: aFloor({ turns: [aSpeech('an')] }),
    }),
    NINE,
  );
  const { after, later } = drawn(() => ({ type: 'lines', lines: [] }), picture);
  expect(changedSeats(after, later())).toEqual(['an']);
});

test('why a picture is shown no better is drawn when it is told, though nothing else changed', () => {
  const views = new StageViews();
  const picture = ofThree();
  views.at(CALM, picture, NOBODY, NINE);
  const told: Drawn = { ...CALM, limits: new Map([[pictureKey(an, 'camera'), 'paused']]) };
  expect(views.at(told, picture, NOBODY, NINE).seats.find(({ id }) => id === 'an')?.shownNoBetter).toBe('paused');
});
