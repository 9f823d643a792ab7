/** What a room's remote control asks for (ui 6): arrows and OK are enough for everything. */
export type RemoteKey = 'left' | 'right' | 'up' | 'down' | 'ok' | 'back' | 'menu';

/** Remotes send these names; a keyboard's arrows and Enter are the same (UI Events key values, CEA-2014). */
const KEYS: Readonly<Record<string, RemoteKey>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  PageUp: 'left',
  PageDown: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Enter: 'ok',
  ' ': 'ok',
  Select: 'ok',
  Accept: 'ok',
  Escape: 'back',
  Backspace: 'back',
  GoBack: 'back',
  BrowserBack: 'back',
  Cancel: 'back',
  ContextMenu: 'menu',
  Props: 'menu',
  m: 'menu',
  M: 'menu',
};

export function remoteKey({
  key,
  repeat,
  isComposing,
}: Pick<KeyboardEvent, 'key' | 'repeat' | 'isComposing'>): RemoteKey | null {
  if (isComposing) return null;
  const found = KEYS[key] ?? null;
  // a held OK would ask and withdraw in turns
  return repeat && (found === 'ok' || found === 'menu' || found === 'back') ? null : found;
}

/** The place after one step up or down a list that goes round. */
export function stepped(from: number, step: 1 | -1, count: number): number {
  return count === 0 ? 0 : (from + step + count) % count;
}
