import { expect, test } from 'vitest';
import { addressOf, partsOf } from './links';

const links = (line: string) => partsOf(line).flatMap(({ kind, text }) => (kind === 'link' ? [text] : []));

test.each([
  ['Không có gì', []],
  ['Xem https://hop.example.vn/a?b=1#c.', ['https://hop.example.vn/a?b=1#c']],
  ['(http://a.vn), https://b.vn/…', ['http://a.vn', 'https://b.vn/']],
  ['javascript:alert(1) data:text/html,x vbscript:x file:///etc/passwd', []],
  ['https://', []],
  ['<a href="https://a.vn">x</a>', ['https://a.vn']],
  ['HTTPS://A.VN', ['HTTPS://A.VN']],
])('of %j the addresses are %j', (line, expected) => {
  expect(links(line)).toEqual(expected);
});

test.each(['', 'a', 'Xem https://a.vn và http://b.vn/ nhé', '\n\nhttps://a.vn\n', '<script>alert(1)</script>'])(
  'S41: no character of %j is lost or added',
  (line) => {
    expect(
      partsOf(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe(line);
  },
);

test('a link says where it leads, not what it looks like', () => {
  expect(addressOf('https://bộ.gov.vn@evil.example/')?.host).toBe('evil.example');
  expect(addressOf('https://аpple.com/')?.host).toBe('xn--pple-43d.com');
  expect(addressOf('javascript:alert(1)')).toBeNull();
});
