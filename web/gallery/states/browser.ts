import type { Browser } from '../../src/ui/browser/browser';
import BrowserPage from '../../src/ui/browser/BrowserPage.svelte';
import Tested from '../../src/ui/browser/Tested.svelte';
import type { State, StatesOf } from '../state';

const nothing = () => undefined;
const ADDRESS = 'https://hoptructuyen.example.gov.vn/duan';

function page(browser: Exclude<Browser, { kind: 'untested' }>, address = ADDRESS): State {
  return { component: BrowserPage, props: () => ({ browser, address, oncontinue: nothing }) };
}

export const BROWSER_STATES: StatesOf<'browser-'> = {
  'browser-zalo-android': page({ kind: 'inside_app', app: 'Zalo', system: 'android' }, `${ADDRESS}#token=e30`),
  'browser-facebook-iphone': page({ kind: 'inside_app', app: 'Facebook', system: 'ios' }),
  'browser-unsupported': page({ kind: 'unsupported' }),
  'browser-tested': { component: Tested, props: () => ({ onclose: nothing }) },
};
