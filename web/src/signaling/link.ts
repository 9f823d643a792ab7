import type { JoinToken } from '../protocol/messages';

/**
 * Takes the token of a personal link out of the address (S29): from the fragment, which no server sees, into this
 * tab, and away from the address bar. A reload at the door still knows it; `forget` ends that.
 */
export function takeToken(slug: string, place: Place, storage: Store | null): JoinToken | null {
  const fragment = new URLSearchParams(place.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return keptToken(slug, storage);
  fragment.delete('token');
  const rest = fragment.toString();
  place.replace(`${place.pathname}${place.search}${rest && `#${rest}`}`);
  try {
    storage?.setItem(keyOf(slug), token);
  } catch {
    // a closed storage: a reload at the door needs the link again
  }
  return token as JoinToken;
}

/** The token of the personal link by which this tab came, if it came by one. */
export function keptToken(slug: string, storage: Pick<Storage, 'getItem'> | null): JoinToken | null {
  try {
    return (storage?.getItem(keyOf(slug)) ?? null) as JoinToken | null;
  } catch {
    return null;
  }
}

export function forgetToken(slug: string, storage: Store | null): void {
  try {
    storage?.removeItem(keyOf(slug));
  } catch {
    // a closed storage keeps nothing
  }
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

interface Place {
  readonly hash: string;
  readonly pathname: string;
  readonly search: string;
  /** Changes the address without leaving an entry in the history. */
  replace(address: string): void;
}

function keyOf(slug: string): string {
  return `hoptt.link.${slug}`;
}
