import { expect, test } from 'vitest';
import { endingView } from './ending';

const turned = (code: string, details = {}) =>
  endingView({ kind: 'turned_away', refusal: { code, message: '', details } }, 'dauan');

test('after the end there is no way back and both devices are said to be off', () => {
  const ended = turned('meeting.ended');
  expect(ended.again).toBeNull();
  expect(ended.lines.join(' ')).toContain('Camera và micro đã tắt');
  expect(ended.testid).toBe('meeting-ended');
});

test('somebody removed may ask to return, somebody banned may not', () => {
  expect(turned('removed').again).not.toBeNull();
  expect(turned('banned').again).toBeNull();
});

test('the reason the chair gave is read', () => {
  expect(turned('lobby.refused', { reason: 'Không thuộc thành phần' }).lines).toEqual([
    'Lý do: Không thuộc thành phần',
  ]);
});

test('an unknown link is shown as it was typed', () => {
  expect(turned('link.unknown').lines[0]).toContain('"/dauan"');
});
