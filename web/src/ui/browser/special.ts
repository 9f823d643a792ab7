/** What is fetched for a browser of which there is something to say. */
export { browserOf } from './browser';
export { default as BrowserNote } from './BrowserNote.svelte';
export { default as BrowserPage } from './BrowserPage.svelte';
