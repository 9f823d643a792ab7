import { expect, test } from 'vitest';
import { aPicture, NINE, someone } from './build';
import { idleSwitches, maySend } from './own';
import { begin } from './reduce';

test.each([
  [true, true, true, []],
  [true, false, false, []],
  [false, true, false, ['microphone']],
  [false, false, false, []],
])('R16: with the right %s and the switch %s, sending is %s', (may_speak, microphone, sends, idle) => {
  const you = someone('you', { may_speak });
  const switches = [{ participant: you.id, microphone, camera: false, screen: false }];
  const meeting = begin(aPicture([you], { switches }), NINE);
  expect([maySend(meeting).microphone, idleSwitches(meeting)]).toEqual([sends, idle]);
});

test('each source has its own right', () => {
  const you = someone('you', { may_show: false });
  const switches = [{ participant: you.id, microphone: true, camera: true, screen: true }];
  const meeting = begin(aPicture([you], { switches }), NINE);
  expect([maySend(meeting), idleSwitches(meeting)]).toEqual([
    { microphone: true, camera: false, screen: true },
    ['camera'],
  ]);
});

test('nobody who is not in the list may send', () => {
  const meeting = begin(aPicture([], { you: someone('gone').id }), NINE);
  expect(maySend(meeting)).toEqual({ microphone: false, camera: false, screen: false });
});
