import { m } from '#lib/paraglide/messages.js';
import { leads, roleSign } from '../stage/roles';
import type { Seat } from '../stage/view';

export interface Sign {
  readonly tone: 'wait' | 'primary' | 'floor';
  readonly text: string;
}

/** At most one sign beside a name: what needs somebody comes first, then what they are. */
export function signOf(seat: Seat, mutedUntilAllowed: boolean): Sign | null {
  if (!seat.connected) return { tone: 'wait', text: m.sign_reconnecting() };
  if (seat.turn) return { tone: 'floor', text: seat.turn.state === 'granted' ? m.sign_invited() : m.sign_floor() };
  if (seat.line === 'bad') return { tone: 'wait', text: m.sign_weak() };
  if (seat.queued !== null) return { tone: 'primary', text: m.sign_queued({ place: seat.queued }) };
  if (seat.screenOn) return { tone: 'primary', text: m.sign_sharing() };
  const role = roleSign(seat.role);
  if (role) return { tone: 'primary', text: role };
  if (mutedUntilAllowed && seat.maySpeak && !leads(seat.role)) return { tone: 'floor', text: m.sign_allowed() };
  return null;
}
