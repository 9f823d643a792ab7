import { expect, test } from 'vitest';
import { aFloor, aSpeech, aTurn, NINE } from '../../meeting/build';
import { floorNow } from '../../meeting/floor';
import { aSeat } from '../stage/build';
import { signOf } from './sign';

const [speaking = null] = floorNow(aFloor({ turns: [aSpeech('an')] }), NINE).turns;
const [granted = null] = floorNow(aFloor({ turns: [aTurn('an')] }), NINE).turns;

test.each([
  ['somebody without a line, whatever else', { connected: false, turn: speaking, queued: 1 }, 'Nối lại'],
  ['who has the floor', { turn: speaking, line: 'bad' as const }, 'Đang nói'],
  ['who has only to take it', { turn: granted }, 'Được mời'],
  ['a weak line before a wish', { line: 'bad' as const, queued: 2 }, 'Kém'],
  ['who asked, with the place', { queued: 2, role: 'secretary' as const }, 'Xin nói 2'],
  ['what somebody is, when nothing is to be done', { role: 'secretary' as const }, 'Thư ký'],
])('%s', (_, seat, text) => {
  expect(signOf(aSeat('an', seat), true)?.text).toBe(text);
});

test('nothing is said of somebody who only listens', () => {
  expect(signOf(aSeat('an'), true)).toBeNull();
});
