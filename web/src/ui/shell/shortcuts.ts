/** Keys of the stage. Single letters work outside text fields only, and never while composing (Unikey, Telex). */
export type Shortcut =
  | 'region_next'
  | 'region_previous'
  | 'page_next'
  | 'page_previous'
  | 'microphone'
  | 'camera'
  | 'share'
  | 'people'
  | 'board'
  | 'chat'
  | 'find'
  | 'layout'
  | 'admit'
  | 'admit_invited'
  | 'mute_all'
  | 'lock'
  | 'floor_ask'
  | 'floor_next'
  | 'floor_end'
  | 'floor_more'
  | 'help'
  | 'commands'
  | 'escape';

export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly isComposing: boolean;
  readonly repeat: boolean;
}

const ANYWHERE: Readonly<Record<string, Shortcut>> = { F6: 'region_next', 'Shift+F6': 'region_previous' };
const OUTSIDE_TEXT: Readonly<Record<string, Shortcut>> = {
  Escape: 'escape',
  PageDown: 'page_next',
  PageUp: 'page_previous',
};
const LETTERS: Readonly<Record<string, Shortcut>> = {
  m: 'microphone',
  c: 'camera',
  s: 'share',
  p: 'people',
  b: 'board',
  t: 'chat',
  l: 'layout',
  '/': 'find',
  a: 'admit',
  'Shift+a': 'admit_invited',
  'Shift+m': 'mute_all',
  k: 'lock',
  h: 'floor_ask',
  n: 'floor_next',
  e: 'floor_end',
  '+': 'floor_more',
  '?': 'help',
};

/** What a key press asks for; null when it belongs to a text field, an input method or the browser. */
export function shortcutOf(
  press: KeyPress,
  { inText, letters }: { readonly inText: boolean; readonly letters: boolean },
): Shortcut | null {
  if (isCommandKey(press)) return 'commands';
  if (press.isComposing || press.ctrlKey || press.altKey || press.metaKey || press.repeat) return null;
  const plain = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  // "?", "/" and "+" already stand for the shift they were typed with
  const name = press.shiftKey && !/^[?/+]$/.test(plain) ? `Shift+${plain}` : plain;
  const anywhere = ANYWHERE[name];
  if (anywhere || inText) return anywhere ?? null;
  return OUTSIDE_TEXT[name] ?? (letters ? (LETTERS[name] ?? null) : null);
}

/** Ctrl+K, on a Mac also Command+K: from anywhere, and no single letter that could be switched off. */
function isCommandKey({ key, shiftKey, ctrlKey, altKey, metaKey, isComposing, repeat }: KeyPress): boolean {
  return key.toLowerCase() === 'k' && ctrlKey !== metaKey && !shiftKey && !altKey && !isComposing && !repeat;
}

const TEXT_INPUTS = ['text', 'search', 'password', 'email', 'tel', 'url', 'number'];

/** Keys belong to the text that is being typed here. */
export function isText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && TEXT_INPUTS.includes(target.type);
}
