import { expect, test } from 'vitest';
import { knows, refusalText } from './refusal_texts';
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

test('a refusal the page does not know still says what to do', () => {
  expect(knows('sdp.invalid')).toBe(false);
  expect(refusalText(refusal('sdp.invalid'))).toContain('Thử lại');
});
