import { expect, test } from 'vitest';
import { knows, refusalText } from './refusal_texts';
import { waitMs, withWaitLeft } from './password_wait';
import { fieldOf } from './refusals';

const refusal = (code: string, field: string | null = null, details = {}) => ({ code, message: '', field, details });

test.each([
  ['name.part_missing', 'position', 'name'],
  ['name.part_missing', 'bridge_point', 'bridge_point'],
  ['name.lookalike', null, 'name'],
  ['name.point_unknown', null, 'bridge_point'],
  ['password.wrong', null, 'password'],
  ['room.locked', null, null],
])('%s told of %s is shown at %s', (code, field, shownAt) => {
  expect(fieldOf(refusal(code, field))).toBe(shownAt);
});

test('a look-alike letter is named with its correction', () => {
  expect(refusalText(refusal('name.lookalike', 'name', { characters: 'А' }))).toBe(
    'Chữ "А" trong tên không phải chữ tiếng Việt. Xóa và gõ lại bằng bàn phím tiếng Việt.',
  );
});

test('the attempts left are told when the server tells them', () => {
  expect(refusalText(refusal('password.wrong', null, { attempts_left: 3 }))).toContain('Còn 3 lần thử');
  expect(refusalText(refusal('password.wrong'))).not.toContain('Còn');
});

test('with no attempt left the wait is told instead of a nought, and counts down', () => {
  const last = refusal('password.wrong', 'password', { attempts_left: 0, wait_ms: 59_000 });
  expect(refusalText(last)).toBe('Mật khẩu hoặc tên không đúng. Thử lại sau 00:59, hoặc gọi đơn vị vận hành.');
  expect(refusalText(withWaitLeft(last, 12_000))).toContain('00:12');
  expect(refusalText(refusal('password.wrong', null, { attempts_left: 0 }))).toContain('01:00');
});

test.each([
  [refusal('password.wait', null, { wait_ms: 50_000 }), 50_000],
  [refusal('password.wrong', null, { attempts_left: 0, wait_ms: 59_000 }), 59_000],
  [refusal('password.wrong', null, { attempts_left: 2 }), null],
  [refusal('message.rate', null, { wait_ms: 2_000 }), null],
])('%o asks to wait %s ms for the next password', (told, ms) => {
  expect(waitMs(told)).toBe(ms);
});

test('a refusal the page does not know still says what to do', () => {
  expect(knows('sdp.invalid')).toBe(false);
  expect(refusalText(refusal('sdp.invalid'))).toContain('Thử lại');
});
