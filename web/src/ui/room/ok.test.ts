import { expect, test } from 'vitest';
import { aFloor, aSpeech, aTurn, NINE } from '../../meeting/build';
import { floorNow } from '../../meeting/floor';
import type { ParticipantId } from '../../protocol/messages';
import { turnOf } from '../floor/view';
import { aSeat, someFacts } from '../stage/build';
import type { Seat, StageActs } from '../stage/view';
import { MEANT_AFTER_MS, type Ok, okOf, Presses, SAME_PRESS_MS } from './ok';

/** What pressing OK asks for. */
function pressed(floor: ReturnType<typeof aFloor>, changes: Partial<Seat> = {}): string | null {
  const asked: string[] = [];
  const note = (name: string) => () => asked.push(name);
  const acts = {
    switchMicrophone: (on: boolean) => asked.push(on ? 'open' : 'close'),
    floor: { take: note('take'), endOwn: note('end'), ask: note('ask'), withdraw: note('withdraw') },
  } as unknown as StageActs;
  const now = floorNow(floor, NINE);
  okOf(aSeat('you', { turn: turnOf(now, 'you'), ...changes }), { floor: now, meeting: someFacts() }, acts)?.press();
  return asked[0] ?? null;
}

test('OK asks for the floor, and takes the request back', () => {
  expect(pressed(aFloor())).toBe('ask');
  expect(pressed(aFloor({ queue: [{ participant: 'you' as ParticipantId, since: NINE }] }))).toBe('withdraw');
});

test('OK takes a turn that was given, and ends the own one', () => {
  expect(pressed(aFloor({ turns: [aTurn('you')] }))).toBe('take');
  expect(pressed(aFloor({ turns: [aSpeech('you')] }), { maySpeak: true, micOn: true })).toBe('end');
});

test('OK opens the microphone where the right is there without a turn', () => {
  expect(pressed(aFloor(), { maySpeak: true })).toBe('open');
});

test('OK does nothing for a screen without a microphone', () => {
  expect(pressed(aFloor(), { role: 'companion' })).toBeNull();
});

test('the screen asks for the press where the chair gave the word, and not where everybody has it', () => {
  const floor = floorNow(aFloor(), NINE);
  const seat = aSeat('you', { turn: null, maySpeak: true });
  const asked = (mutedUntilAllowed: boolean) =>
    okOf(seat, { floor, meeting: someFacts({ mutedUntilAllowed }) }, {} as StageActs)?.asked;
  expect([asked(true), asked(false)]).toEqual(['Chủ trì cho phép nói', null]);
});

test('who presses OK twice at once has asked once, and has not taken it back', () => {
  const presses = new Presses();
  const ok: Ok = { does: 'ask', words: 'Xin phát biểu', press: () => undefined, asked: null };
  expect([0, 200, SAME_PRESS_MS - 1, SAME_PRESS_MS].map((ms) => presses.counts(ok, ms))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test('a press that the screen asks for counts at once', () => {
  const presses = new Presses();
  const ok: Ok = { does: 'ask', words: 'Xin phát biểu', press: () => undefined, asked: null };
  expect(presses.counts(ok, 0)).toBe(true);
  expect(presses.counts({ ...ok, asked: 'Đến lượt đồng chí' }, 100)).toBe(true);
});

test('a slow double press takes the turn and does not end it', () => {
  const presses = new Presses();
  const take: Ok = { does: 'take', words: 'Bật micro và phát biểu', press: () => undefined, asked: 'Mời phát biểu' };
  const end: Ok = { does: 'end', words: 'Kết thúc phát biểu', press: () => undefined, asked: null };
  expect(presses.counts(take, 0)).toBe(true);
  presses.means(end, 350); // the server has answered
  expect([400, 2_000, 350 + MEANT_AFTER_MS].map((ms) => presses.counts(end, ms))).toEqual([false, false, true]);
});
