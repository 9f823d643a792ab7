import { m } from '#lib/paraglide/messages.js';
import type { Shortcut } from './shortcuts';

/** A key as it stands on the keyboard, what it does, and what it asks for where that is one thing. */
export interface KeyRow {
  readonly key: string;
  readonly does: () => string;
  readonly shortcut?: Shortcut;
}

/** Every key of the stage, as the help lists them. */
export function keyList(): { readonly everyone: readonly KeyRow[]; readonly chair: readonly KeyRow[] } {
  return {
    everyone: [
      { key: 'M', does: m.keys_mic, shortcut: 'microphone' },
      { key: m.keys_space(), does: m.keys_talk },
      { key: 'H', does: m.floor_keys_ask, shortcut: 'floor_ask' },
      { key: 'C', does: m.keys_camera, shortcut: 'camera' },
      { key: 'S', does: m.keys_share, shortcut: 'share' },
      { key: 'P', does: m.keys_people, shortcut: 'people' },
      { key: 'B', does: m.keys_board, shortcut: 'board' },
      { key: 'T', does: m.keys_chat, shortcut: 'chat' },
      { key: '/', does: m.keys_find, shortcut: 'find' },
      { key: 'L', does: m.keys_layout, shortcut: 'layout' },
      { key: '← ↑ → ↓', does: m.keys_arrows },
      { key: 'PgUp PgDn', does: m.keys_pages },
      { key: 'F6', does: m.keys_regions },
      { key: 'Ctrl+K', does: m.commands_title },
      { key: 'Esc', does: m.keys_escape },
      { key: '?', does: m.keys_help, shortcut: 'help' },
    ],
    chair: [
      { key: 'N', does: m.floor_keys_next, shortcut: 'floor_next' },
      { key: 'E', does: m.floor_keys_end, shortcut: 'floor_end' },
      { key: '+', does: m.floor_keys_more, shortcut: 'floor_more' },
      { key: 'Enter', does: m.floor_keys_grant },
      { key: 'Alt+↑ ↓', does: m.floor_keys_move },
      { key: 'A', does: m.keys_admit, shortcut: 'admit' },
      { key: 'Shift+A', does: m.keys_admit_all, shortcut: 'admit_invited' },
      { key: 'Delete', does: m.keys_refuse },
      { key: 'Shift+M', does: m.keys_mute_all, shortcut: 'mute_all' },
      { key: 'K', does: m.keys_lock, shortcut: 'lock' },
    ],
  };
}
