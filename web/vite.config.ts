import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { messages } from './messages.config.ts';

export default defineConfig({
  plugins: [
    paraglideVitePlugin(messages),
    sveltekit({
      version: { name: 'hoptt' },
      // one page is served at /SLUG and /SLUG/room: its files are found from everywhere
      paths: { relative: false },
      compilerOptions: { discloseVersion: false, runes: true },
      adapter: adapter({ pages: 'build', assets: 'build', precompress: true }),
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['self'],
          // the noise filter is WebAssembly of the own origin; no text is ever run as a program
          'script-src': ['self', 'wasm-unsafe-eval', ...hashesOfInlineScripts('src/app.html')],
          'style-src': ['self'],
          // the style attribute of SvelteKit's own route announcer
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:'],
          'media-src': ['self', 'blob:'],
          'connect-src': ['self'],
          'font-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
        },
      },
    }),
  ],
  // nothing inline: the policy allows fonts and pictures from the own origin only
  build: { target: 'es2022', assetsInlineLimit: 0 },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            // all that the join page needs in one file: twenty small ones compress 6 kB worse
            codeSplitting: { groups: [{ name: 'door', test: /src\/(ui\/app\/App\.svelte|client\.ts)$/ }] },
          },
        },
      },
    },
  },
});

/** SvelteKit names the scripts it writes itself in the policy; those of the page's frame are named here. */
function hashesOfInlineScripts(file: string): `sha256-${string}`[] {
  const html = readFileSync(new URL(file, import.meta.url), 'utf8');
  return [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, body = '']) => `sha256-${createHash('sha256').update(body).digest('base64')}` as const,
  );
}
