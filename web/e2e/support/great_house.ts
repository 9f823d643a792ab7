import type { Company } from './company';
import type { Guest } from './guest';
import type { Server } from './server';

/** Fifty-six simulated bridge points: these by their links, two who knock, and the disturber. */
export const BY_LINK = Number(process.env.HOPTT_POINTS ?? 53);
export const [FIRST_KNOCK, SECOND_KNOCK, STRANGER, DISTURBER] = [BY_LINK, BY_LINK + 1, BY_LINK + 2, BY_LINK + 3];
export const EVERYBODY = BY_LINK + 3 + 4;
/** The points that play a part: who leads a branch, who asks, who speaks too long, whose line breaks. */
export const [CO_CHAIR, ASK_AT_ONCE, TALKER, LOSER, IN_ORDER] = [0, [3, 4, 5], 6, 7, [8, 9, 10]] as const;
export const TURN_S = 30;
export const BRANCH = 'Huyện Tam Đường';
export const PASSWORD = 'mùa xuân 26';
export const SECRETARY = { point: 'Văn phòng Bộ', name: 'Đỗ Thị Hạnh, Thư ký' };

export interface House {
  readonly server: Server;
  readonly slug: string;
  readonly someone: (kind?: 'firefox') => Promise<Guest>;
  readonly links: { readonly chair: string; readonly secretary: string; readonly speaker: string };
  readonly company: Company;
  chair: Guest;
  readonly secretary: Guest;
  readonly speaker: Guest;
  readonly listener: Guest;
  /** When sound may reach a page besides: while the chair, who may always speak, has a microphone open. */
  readonly chairHeard: [number, number][];
}
