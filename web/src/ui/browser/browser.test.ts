import { expect, test } from 'vitest';
import { browserOf, intentOf } from './browser';
import { SPECIAL } from './mark';

const ANDROID = 'Mozilla/5.0 (Linux; Android 14; SM-A155F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`${ANDROID} Chrome/130.0 Mobile Safari/537.36 Zalo android/24101`, 'inside_app Zalo android'],
  [`${IPHONE} Mobile/15E148 Zalo iOS/24101`, 'inside_app Zalo ios'],
  [`${ANDROID} Chrome/130.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0;]`, 'inside_app Facebook android'],
  [`${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/480.0;FBDV/iPhone14,5]`, 'inside_app Facebook ios'],
  [`${ANDROID} Chrome/130.0 Mobile Safari/537.36 [FB_IAB/Orca-Android;FBAV/480.0;]`, 'inside_app Messenger android'],
  [`${IPHONE} Mobile/15E148 Instagram 350.0`, 'inside_app Instagram ios'],
  [`${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`, 'untested phone'],
  [`${IPHONE} CriOS/130.0 Mobile/15E148 Safari/604.1`, 'untested phone'],
  [`${MAC} Version/18.1 Safari/605.1.15`, 'untested computer'],
  [`${LINUX} Chrome/130.0 Safari/537.36`, 'nothing'],
  [`${LINUX} HeadlessChrome/130.0 Safari/537.36`, 'nothing'],
  [`${LINUX} Chrome/130.0 Safari/537.36 Edg/130.0`, 'nothing'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'nothing'],
])('%s is %s', (userAgent, expected) => {
  const browser = browserOf(userAgent, true);
  const shown =
    browser === null
      ? 'nothing'
      : browser.kind === 'inside_app'
        ? `inside_app ${browser.app} ${browser.system}`
        : `${browser.kind} ${browser.kind === 'untested' && browser.phone ? 'phone' : 'computer'}`;
  expect(shown).toBe(expected);
  expect(SPECIAL.test(userAgent)).toBe(browser !== null); // else the words for it would never be fetched
});

test('a browser without WebRTC cannot meet, unless it is a messenger that can be left', () => {
  expect(browserOf(`${LINUX} Chrome/60.0 Safari/537.36`, false)).toEqual({ kind: 'unsupported' });
  expect(browserOf(`${IPHONE} Zalo iOS/1`, false)?.kind).toBe('inside_app');
});

test('Android opens the same link with its token in a browser', () => {
  expect(intentOf('https://hop.example.gov.vn/duan#token=abc')).toBe(
    'intent://hop.example.gov.vn/duan#token=abc#Intent;scheme=https;action=android.intent.action.VIEW;' +
      'category=android.intent.category.BROWSABLE;end',
  );
});
