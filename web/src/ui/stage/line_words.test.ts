import { expect, test } from 'vitest';
import { aSeat } from './build';
import { pictureWords } from './line_words';

test.each([
  ['tile', /vừa với ô/],
  ['sender', /không gửi hình nét hơn/],
  ['line', /Hình giảm: đường xuống yếu/],
  ['paused', /Tạm dừng hình: đường xuống yếu/],
] as const)('a picture that is no better for its %s says so', (shownNoBetter, words) => {
  expect(pictureWords(aSeat('laocai', { shownNoBetter }))).toMatch(words);
});

test('where no picture is shown there is nothing to say of it', () => {
  expect(pictureWords(aSeat('laocai'))).toBeNull();
  expect(pictureWords(aSeat('laocai', { shownNoBetter: 'tile', cameraOn: false }))).toBeNull();
  expect(pictureWords(aSeat('laocai', { shownNoBetter: 'tile', connected: false }))).toBeNull();
});
