import type { Handle } from '@sveltejs/kit/hooks';

/** Runs while the page is prerendered: names the two weights of the first screen for preloading, and no more. */
export const handle: Handle = ({ event, resolve }) =>
  resolve(event, {
    preload: ({ type, path }) => type === 'js' || type === 'css' || (type === 'font' && FIRST_WEIGHTS.test(path)),
  });

const FIRST_WEIGHTS = /be-vietnam-pro-(latin|vietnamese)-(400|600)-normal/;
