import type { Fact, Facts } from './facts';
import {
  ASK_AT_ONCE,
  BRANCH,
  CO_CHAIR,
  DISTURBER,
  EVERYBODY,
  type House,
  IN_ORDER,
  LOSER,
  TALKER,
  TURN_S,
} from './great_house';
import { CHAIR, expect, LAI_CHAU, LAO_CAI } from './story';

/** What was done is read back, as far as it can be told from the log alone. */
export async function everythingIsRecorded({ server, company }: House, facts: Facts): Promise<void> {
  const [chair, speaker, listener] = [CHAIR.bridgePoint, LAI_CHAU.point, LAO_CAI.point].map((one) => facts.idOf(one));
  const disturber = await company.pointOf(DISTURBER);
  const disturbers = facts.came().filter(({ point }) => point === disturber);
  const part = (found: readonly Fact[], name: string) => found.map((fact) => fact[name]);
  const causes = (found: readonly Fact[]) => part(found, 'cause');

  expect(facts.most(), 'at the same time').toBe(EVERYBODY);
  const [doors] = facts.of('doors_opened');
  expect(facts.came().filter(({ at }) => between(at, doors?.at ?? '') > 0)).toMatchObject([{ id: chair }]);
  expect(part(facts.of('meeting_opened'), 'by')).toEqual([chair]);
  expect(facts.of('lobby_left', { outcome: 'admitted', by: chair })).toHaveLength(4);
  expect(facts.of('lobby_left', { outcome: 'refused', by: chair })).toHaveLength(2);
  expect(facts.of('lobby_left')).toHaveLength(6);

  const turns = facts.of('turn_started').map(({ turn }) => turn as Turn);
  expect(turns).toHaveLength(10);
  for (const { started_at, ends_at } of turns) expect(between(started_at, ends_at)).toBe(TURN_S * 1_000);
  const points = await Promise.all([...ASK_AT_ONCE, TALKER, LOSER, ...IN_ORDER].map((one) => company.pointOf(one)));
  const [first, second, third, talker, loser, fourth, fifth, sixth] = points.map((point) => facts.idOf(point));
  const order = turns.map(({ participant }) => participant);
  expect(order.slice(1, 4).sort(), 'who asked at once').toEqual([first, second, third].sort());
  expect([order[0], ...order.slice(4)], 'and the others in the order of the chair').toEqual([
    speaker,
    talker,
    loser,
    sixth,
    fourth,
    fifth,
    listener,
  ]);
  expect(facts.of('request_moved', { participant: sixth, by: chair })).toHaveLength(2);
  expect(causes(facts.of('turn_ended', { participant: talker }))).toEqual(['over']);
  expect(facts.of('turn_ended', { cause: 'finished' })).toHaveLength(9);
  const invited = facts.of('turn_granted').filter(({ turn }) => (turn as Turn).invited);
  expect(invited.map(({ turn }) => (turn as Turn).participant)).toEqual([listener]);

  const changes = facts.of('turn_changed').map((fact) => ({ at: fact.at, how: fact.change, turn: fact.turn as Turn }));
  expect(changes.map(({ how, turn }) => [how, turn.participant])).toEqual([
    ['held', loser],
    ['resumed', loser],
  ]);
  const [held, resumed] = changes;
  const left = held?.turn.left_ms ?? 0;
  expect(left).toBeGreaterThan(0);
  const after = between(resumed?.at ?? '', resumed?.turn.ends_at ?? '');
  expect(Math.abs(after - left), 'with the time that was left').toBeLessThan(5);
  expect(facts.of('participant_lost', { participant: loser })).toHaveLength(1);

  const coChair = facts.idOf(await company.pointOf(CO_CHAIR));
  expect(facts.of('role_changed')).toMatchObject([
    { participant: coChair, role: 'co_chair', leads_branch: BRANCH, by: chair },
  ]);
  const acts = (await server.acts(facts.meeting)).reverse();
  expect(acts.filter(({ actor }) => actor.id === coChair)).toMatchObject([
    { act: 'allowed', targets: [{ id: speaker }] },
    { act: 'taken_back', targets: [{ id: speaker }] },
  ]);

  expect(disturbers).toHaveLength(2);
  const [before, again] = disturbers.map(({ id }) => id);
  expect(causes(facts.of('participant_left', { participant: before, by: chair }))).toEqual(['removed']);
  const [banned, more] = facts.of('participant_left', { participant: again, by: chair });
  expect([banned?.cause, more]).toEqual(['banned', undefined]);
  expect(
    facts.came().filter(({ at }) => between(banned?.at ?? '', at) > 0),
    'nobody came after the ban',
  ).toEqual([]);
  expect(facts.of('muted', { by: chair }).map(({ participants }) => participants)).toEqual([[before]]);
  const allowed = facts
    .of('rights_changed', { may_speak: true })
    .flatMap(({ participants }) => participants as string[]);
  expect(
    allowed.filter((one) => one === before || one === again),
    'before it was muted, and never after',
  ).toEqual([before]);
  const hard = acts.filter(({ act }) => ['muted', 'removed', 'banned'].includes(act));
  expect(hard.map(({ act, actor, targets: [target] }) => [act, actor.id, target?.id])).toEqual([
    ['muted', chair, before],
    ['removed', chair, before],
    ['banned', chair, again],
  ]);

  expect(facts.of('participant_lost', { participant: chair })).toHaveLength(1);
  expect(
    facts.came().filter(({ id }) => id === chair),
    'the same seat',
  ).toHaveLength(1);
  expect(part(facts.of('layout_set', { by: chair }), 'layout')).toEqual([
    'conference',
    'two_columns',
    'speaker',
    'free',
  ]);
  expect(facts.all.at(-1)).toMatchObject({ type: 'meeting_closed', cause: 'ended', by: chair });
}

interface Turn {
  readonly participant: string;
  readonly invited: boolean;
  readonly started_at: string;
  readonly ends_at: string;
  readonly left_ms: number | null;
}

const between = (from: string, until: string) => Date.parse(until) - Date.parse(from);
