import type { MeetingState } from '../../meeting/state';
import type { FloorEvent, TurnEnd } from '../../protocol/floor';
import type { MeetingEvent, ParticipantId } from '../../protocol/messages';
import { leads } from '../stage/roles';

/** What happened on the floor and is worth a word: to the one concerned, or to those who lead. */
export type FloorNews =
  | { readonly kind: 'queued' | 'moved'; readonly place: number }
  | { readonly kind: 'withdrawn' | 'granted' | 'held' | 'resumed' | 'unasked' | 'finished' | 'over' | 'ended' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'started'; readonly turnMs: number | null }
  | { readonly kind: 'extended'; readonly leftMs: number }
  | { readonly kind: 'lapsed'; readonly first: boolean }
  | { readonly kind: 'somebody_asked'; readonly name: string; readonly place: number }
  | { readonly kind: 'somebody_declined' | 'somebody_lapsed'; readonly name: string }
  | { readonly kind: 'somebody_asks_more'; readonly name: string; readonly minutes: number };

/** What a page missed while its line was gone is no news when it comes later than this. */
export const STALE_MS = 10_000;

/** `before` is the meeting as it was when the event came, `nowMs` the server's time. */
export function floorNews(event: MeetingEvent, meeting: MeetingState, nowMs: number): FloorNews | null {
  if (nowMs - event.at > STALE_MS) return null;
  const who = whoOf(event);
  if (who === null) return null;
  if (who === meeting.you) return own(event as FloorEvent, meeting.you);
  const you = meeting.participants.find(({ id }) => id === meeting.you);
  return you && leads(you.role) ? others(event as FloorEvent, nameOf(meeting, who)) : null;
}

function own(event: FloorEvent, you: ParticipantId): FloorNews | null {
  switch (event.type) {
    case 'floor_asked':
      return { kind: 'queued', place: event.place + 1 };
    case 'request_moved':
      return { kind: 'moved', place: event.place + 1 };
    case 'floor_withdrawn':
      if (event.cause === 'refused') return { kind: 'refused', reason: event.reason };
      return event.cause === 'withdrawn' ? { kind: 'withdrawn' } : null;
    case 'turn_granted':
      return { kind: 'granted' };
    case 'turn_started':
      return { kind: 'started', turnMs: event.turn.ends_at === null ? null : event.turn.ends_at - event.at };
    case 'turn_changed':
      if (event.change === 'held' && event.turn.held_because === 'chair') return { kind: 'held' };
      if (event.change === 'resumed') return event.by === null ? null : { kind: 'resumed' };
      if (event.change !== 'extended' || event.by === you) return null;
      return event.turn.ends_at === null ? null : { kind: 'extended', leftMs: event.turn.ends_at - event.at };
    case 'turn_ended':
      return ownEnd(event.cause, event.spoken_ms > 0, event.back_in_queue);
    case 'floor_set':
    case 'spoken_kept':
      return null;
  }
}

function ownEnd(cause: TurnEnd, spoke: boolean, first: boolean): FloorNews | null {
  switch (cause) {
    case 'over':
      return { kind: 'over' };
    case 'ended':
    case 'replaced':
      return { kind: spoke ? 'ended' : 'unasked' };
    case 'finished':
      return { kind: 'finished' };
    case 'lapsed':
      return { kind: 'lapsed', first };
    case 'declined':
    case 'left':
    case 'lost':
    case 'removed':
      return null;
  }
}

function others(event: FloorEvent, name: string): FloorNews | null {
  if (event.type === 'floor_asked') return { kind: 'somebody_asked', name, place: event.place + 1 };
  if (event.type === 'turn_ended' && event.cause === 'declined') return { kind: 'somebody_declined', name };
  if (event.type === 'turn_ended' && event.cause === 'lapsed') return { kind: 'somebody_lapsed', name };
  if (event.type === 'turn_changed' && event.change === 'more_time_asked')
    return { kind: 'somebody_asks_more', name, minutes: Math.ceil(event.turn.asked_ms / 60_000) };
  return null;
}

/** Whom an event of the floor is about; null for every other event. */
function whoOf(event: MeetingEvent): ParticipantId | null {
  if (!isOfFloor(event)) return null;
  return 'turn' in event ? event.turn.participant : 'participant' in event ? event.participant : null;
}

function isOfFloor(event: MeetingEvent): event is FloorEvent {
  return OF_FLOOR.has(event.type);
}

const OF_FLOOR: ReadonlySet<string> = new Set<FloorEvent['type']>([
  'floor_asked',
  'floor_withdrawn',
  'request_moved',
  'turn_granted',
  'turn_started',
  'turn_changed',
  'turn_ended',
]);

function nameOf({ participants }: MeetingState, who: ParticipantId): string {
  const name = participants.find(({ id }) => id === who)?.name;
  return name ? name.bridge_point || name.name : '';
}
