import { ask, type Asked } from '../../office/ask';
import { keptToken } from '../../signaling/link';

/** A link for another device of the own seat (R12). */
export interface Companion {
  readonly link: string;
  /** When the link opens nothing any more, in milliseconds. */
  readonly until: number;
  /** A code that leads to the link, as the address of an image. */
  readonly picture: string;
}

/**
 * Asks for one, as the bearer of this tab's personal link or as who is signed in. `login.needed` for whoever came with
 * neither: a guest's seat has no further devices.
 */
export async function makeCompanion(
  slug: string,
  word: string,
  { storage = sessionStorage, load = (...request) => fetch(...request) }: Options = {},
): Promise<Asked<Companion>> {
  const token = keptToken(slug, storage);
  const path = `/api/rooms/${encodeURIComponent(slug)}/companions`;
  return ask<Companion>('POST', path, { word }, { token, load });
}

interface Options {
  readonly storage?: Pick<Storage, 'getItem'>;
  readonly load?: typeof fetch;
}
