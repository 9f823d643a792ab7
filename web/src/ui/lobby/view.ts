import type { NameParts } from '../door/view';

/** What somebody waiting sees: nothing of the meeting but its title (S26). */
export interface LobbyView {
  readonly title: string;
  readonly name: NameParts;
  readonly waitedMs: number;
  readonly chairPresent: boolean;
  readonly connected: boolean;
  /** The name was typed: that of an account or a link is not corrected here. */
  readonly typed: boolean;
}
