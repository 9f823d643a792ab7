import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
/** What runs have seen, for `python -m benchmarks.quality publish`. */
export const SEEN = fileURLToPath(new URL('../../.stamps/quality-real', import.meta.url));
