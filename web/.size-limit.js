import { readdirSync, readFileSync } from 'node:fs';

/**
 * The weight of the page as it travels (brotli). The files are those that the built page
 * names, and what the stage loads after the door.
 */
const BUILD = 'build/';
const html = readFileSync(new URL('build/index.html', import.meta.url), 'utf8');
const named = (pattern) => [...new Set([...html.matchAll(pattern)].map(([path]) => BUILD + path))];
const scripts = named(/_app\/[^"]+\.js/g);
const styles = named(/_app\/[^"]+\.css/g);
const fonts = readdirSync(new URL('build/_app/immutable/assets', import.meta.url))
  .filter((file) => /-(400|600)-normal\..*woff2$|^digits-.*woff2$/.test(file))
  .map((file) => `${BUILD}_app/immutable/assets/${file}`);

const manifest = JSON.parse(
  readFileSync(new URL('.svelte-kit/output/client/.vite/manifest.json', import.meta.url), 'utf8'),
);
const stage = [...new Set(['src/ui/app/Meeting.svelte', 'src/inside.ts'].flatMap((key) => filesOf(key)))];

export default [
  { name: 'join page, JavaScript', path: scripts, limit: '60 kB' },
  {
    name: 'first visit, everything',
    path: [`${BUILD}index.html`, `${BUILD}mark.svg`, ...scripts, ...styles, ...fonts],
    limit: '190 kB',
  },
  { name: 'stage, JavaScript with that of the join page', path: [...new Set([...scripts, ...stage])], limit: '170 kB' },
];

/** A module of the manifest with everything it imports statically. */
function filesOf(key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const { file, imports = [] } = manifest[key];
  return [BUILD + file, ...imports.flatMap((each) => filesOf(each, seen))];
}
