import { fileURLToPath } from 'node:url';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { messages } from './messages.config.ts';

/** The gallery: real components with made-up states, for photographs. No part of the page that is served. */
export default defineConfig({
  root: fileURLToPath(new URL('gallery', import.meta.url)),
  cacheDir: fileURLToPath(new URL('node_modules/.vite-gallery', import.meta.url)),
  plugins: [paraglideVitePlugin(messages), svelte({ configFile: false })],
  build: { outDir: '../.gallery', emptyOutDir: true, target: 'es2022', minify: false },
});
