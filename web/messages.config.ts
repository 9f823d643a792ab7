import type { CompilerOptions } from '@inlang/paraglide-js';

/** How the message catalogue is compiled: by vite, by the gallery, and by `npm run sync` before checks and tests. */
export const messages: CompilerOptions = {
  project: './project.inlang',
  outdir: './src/lib/paraglide',
  outputStructure: 'message-modules',
  strategy: ['baseLocale'],
  emitReadme: false,
  emitGitIgnore: false,
  emitPrettierIgnore: false,
  emitTsDeclarations: true,
};
