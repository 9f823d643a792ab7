import { m } from '#lib/paraglide/messages.js';
import { fold } from '../people/fold';
import { keyList } from '../shell/key_list';
import type { Shortcut } from '../shell/shortcuts';
import type { Dialog } from '../stage/opened.svelte';
import { admits, leads, readsActs, type Role } from '../stage/roles';

/** Something to do, found by its name. */
export interface Command {
  readonly name: string;
  readonly key: string | null;
  readonly run: () => void;
}

interface Can {
  readonly role: Role;
  readonly does: Readonly<Record<Shortcut, () => void>>;
  readonly open: (dialog: Dialog) => void;
  readonly openFloor: (dialog: 'rules' | 'points' | 'guide') => void;
  readonly leave: () => void;
}

/** Only the chair's own key locks. */
const CHAIR_ONLY: readonly Shortcut[] = ['lock'];

/** Every command of a role, those with a key first. */
export function commandsOf({ role, does, open, openFloor, leave }: Can): readonly Command[] {
  const { everyone, chair } = keyList();
  const keyed = [...everyone, ...(admits(role) ? chair : [])].flatMap((row): Command[] => {
    const { key, shortcut } = row;
    // the list of keys goes by its full name here
    if (shortcut === undefined || shortcut === 'help') return [];
    if (CHAIR_ONLY.includes(shortcut) && role !== 'chair') return [];
    return [{ name: row.does(), key, run: does[shortcut] }];
  });
  const plain = (name: string, run: () => void): Command => ({ name, key: null, run });
  const dialogs: readonly (readonly [boolean, Command])[] = [
    [leads(role), plain(m.floor_points(), () => openFloor('points'))],
    [leads(role), plain(m.floor_settings(), () => openFloor('rules'))],
    [readsActs(role), plain(m.acts_title(), () => open('acts'))],
    [leads(role), plain(m.guide_open(), () => openFloor('guide'))],
    [true, plain(m.devices(), () => open('devices'))],
    [true, plain(m.backdrop(), () => open('backdrop'))],
    [true, plain(m.keys_title(), does.help)],
    [true, plain(m.leave_confirm(), leave)],
    [role === 'chair', plain(m.end_meeting(), () => open('end'))],
  ];
  return [...keyed, ...dialogs.flatMap(([may, command]) => (may ? [command] : []))];
}

/** Those whose name holds what was typed; marks make no difference. */
export function found(commands: readonly Command[], typed: string): readonly Command[] {
  const words = fold(typed).split(/\s+/);
  return commands.filter(({ name }) => words.every((word) => fold(name).includes(word)));
}
