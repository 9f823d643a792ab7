import { m } from '#lib/paraglide/messages.js';
import type { Choice } from './view';

/** What the machine sounds on by itself, as Chromium lists it. */
const BY_MACHINE = 'default';

/** Speakers to choose from, and which of them sounds: nothing chosen, or what was chosen gone, is that of the machine. */
export function speakersOf(
  speakers: readonly Choice[],
  chosen: string,
): { readonly choices: readonly Choice[]; readonly chosen: string } {
  const listed = speakers.some(({ id }) => id === BY_MACHINE);
  const choices = listed ? speakers : [{ id: '', label: m.device_default() }, ...speakers];
  if (choices.some(({ id }) => id === chosen)) return { choices, chosen };
  return { choices, chosen: listed ? BY_MACHINE : '' };
}
