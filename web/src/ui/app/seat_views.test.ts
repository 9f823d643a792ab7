import { expect, test } from 'vitest';
import { aPicture, NINE, someone } from '../../meeting/build';
import { begin, type Change, reduce } from '../../meeting/reduce';
import { pictureKey } from '../../meeting/state';
import type { MeetingEvent, ParticipantId } from '../../protocol/messages';
import { CALM } from './build';
import { type Drawn, StageViews } from './stage_view';

const STEPS = 2_000;
const PEOPLE = Array.from({ length: 12 }, (_, place) => someone(`p${place}`, { order: place }));
const NOBODY: ReadonlySet<ParticipantId> = new Set();

test('view after view, every seat is as if it were drawn for the first time', () => {
  const any = drawnFrom(7);
  const views = new StageViews();
  let moment = { client: CALM, state: begin(aPicture(PEOPLE), NINE), speaking: NOBODY, nowMs: NINE };
  let same = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const before = views.at(moment.client, moment.state, moment.speaking, moment.nowMs).seats;
    moment = { ...moment, ...changed(moment, any) };
    const { seats } = views.at(moment.client, moment.state, moment.speaking, moment.nowMs);
    const anew = new StageViews().at(moment.client, moment.state, moment.speaking, moment.nowMs).seats;
    expect(seats, `step ${step}`).toEqual(anew);
    same += seats.filter((seat) => before.includes(seat)).length;
  }
  expect(same / STEPS, 'seats that a change leaves alone').toBeGreaterThan(5);
});

type Moment = Record<'client', Drawn> & {
  readonly state: ReturnType<typeof begin>;
  readonly speaking: ReadonlySet<ParticipantId>;
  readonly nowMs: number;
};
type Any = (below: number) => number;

/** What may be another in the next view: by the server, by the own page, or by the clock. */
function changed({ client, state, nowMs }: Moment, any: Any): Partial<Moment> {
  const who = `p${any(PEOPLE.length)}` as ParticipantId;
  const other = `p${any(PEOPLE.length)}` as ParticipantId;
  const on = any(2) === 0;
  const told = (change: Change) => ({ state: reduce(state, change) });
  const happens = (event: MeetingEvent) => told({ type: 'events', seq: state.seq + 1, events: [event] });
  const key = pictureKey(who, 'camera');
  const moves: (() => Partial<Moment>)[] = [
    () => told({ type: 'levels', levels: [{ participant: who, level: 90 }], dominant: on ? who : null }),
    () => ({ speaking: new Set(on ? [who, other] : []) }),
    () => told({ type: 'switches', switches: [{ participant: who, microphone: on, camera: !on, screen: false }] }),
    () => told({ type: 'lines', lines: [{ participant: who, sign: on ? 'bad' : 'good' }] }),
    () => happens({ type: 'participant_lost', at: nowMs, participant: who, until: nowMs + 60_000 }),
    () => happens({ type: 'participant_back', at: nowMs, participant: who }),
    () => happens({ type: 'participant_left', at: nowMs, participant: who, cause: 'left', by: null }),
    () => happens({ type: 'participant_joined', at: nowMs, participant: PEOPLE[any(PEOPLE.length)] ?? someone('p0') }),
    () => ({ client: { ...client, own: { ...client.own, microphone: on } } }),
    () => ({ client: { ...client, frozen: new Map(on ? [[key, nowMs]] : []) } }),
    () => ({ client: { ...client, limits: new Map(on ? [[key, 'bandwidth' as const]] : []) } }),
    () => ({ nowMs: nowMs + 1_000 }),
    () => ({}),
  ];
  return moves[any(moves.length)]?.() ?? {};
}

/** Numbers that look drawn at random, the same in every run. */
function drawnFrom(seed: number): Any {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
