import { expect, test } from 'vitest';
import { insideApp } from './inside_app';

test.each([
  ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36 Zalo android/2410', 'Zalo'],
  ['Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/480.0]', 'Facebook'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36', null],
])('%s is %s', (userAgent, app) => {
  expect(insideApp(userAgent)).toBe(app);
});
