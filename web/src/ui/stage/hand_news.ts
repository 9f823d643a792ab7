import type { Role } from './roles';
import { type Seat, type StageView, yourSeat } from './view';

/** What changed of who is what, and is worth a word. */
export type HandNews =
  /** The own role; `branch`: acts reach this branch only. */
  | { readonly kind: 'own_role'; readonly role: Role; readonly branch: string | null }
  | { readonly kind: 'renamed'; readonly name: string }
  /** The chair is offered to the one who watches. */
  | { readonly kind: 'chair_offered'; readonly name: string }
  /** Whom the own offer went to did not take it. */
  | { readonly kind: 'chair_not_taken'; readonly name: string }
  /** The lobby was given to the one who watches, or taken back. */
  | { readonly kind: 'lobby_given' | 'lobby_taken' }
  /** Somebody else is the chair now: handed over, standing in, or back. */
  | { readonly kind: 'chair_now' | 'chair_stands_in' | 'chair_back'; readonly name: string }
  /** Nobody is the chair any more. */
  | { readonly kind: 'chair_left'; readonly name: string };

export function handNews(before: StageView, after: StageView): HandNews[] {
  const was = yourSeat(before);
  const is = yourSeat(after);
  if (!was || was.id !== is?.id) return [];
  return [...own(was, is), ...offer(before, after, is), ...lobby(before, after, is), ...chair(before, after)];
}

function own(was: Seat, is: Seat): HandNews[] {
  const news: HandNews[] = [];
  if (was.role !== is.role || was.leadsBranch !== is.leadsBranch)
    news.push({ kind: 'own_role', role: is.role, branch: is.leadsBranch });
  if (was.point !== is.point || was.person !== is.person) news.push({ kind: 'renamed', name: is.point });
  return news;
}

function offer(before: StageView, after: StageView, you: Seat): HandNews[] {
  const { chairOfferedTo: had, chairOfferedBy: by } = before.meeting;
  const { chairOfferedTo: has, chairOfferedBy: from } = after.meeting;
  if (has === you.id && had !== has) return [{ kind: 'chair_offered', name: pointOf(after, from) }];
  if (by === you.id && had !== null && has === null && you.role === 'chair')
    return [{ kind: 'chair_not_taken', name: pointOf(after, had) || pointOf(before, had) }];
  return [];
}

function lobby(before: StageView, after: StageView, you: Seat): HandNews[] {
  const { lobbyKeeper: had } = before.meeting;
  const { lobbyKeeper: has } = after.meeting;
  if (has === you.id && had !== has) return [{ kind: 'lobby_given' }];
  return had === you.id && has !== had ? [{ kind: 'lobby_taken' }] : [];
}

function chair(before: StageView, after: StageView): HandNews[] {
  const had = chairOf(before);
  const has = chairOf(after);
  if (had && !has) return [{ kind: 'chair_left', name: had.point }];
  if (!has || has.you || has.id === had?.id) return [];
  if (after.meeting.standsInFor !== null && before.meeting.standsInFor === null)
    return [{ kind: 'chair_stands_in', name: has.point }];
  if (after.meeting.standsInFor === null && before.meeting.standsInFor !== null)
    return [{ kind: 'chair_back', name: has.point }];
  return had ? [{ kind: 'chair_now', name: has.point }] : [];
}

function chairOf({ seats }: StageView): Seat | null {
  return seats.find(({ role }) => role === 'chair') ?? null;
}

function pointOf({ seats }: StageView, who: string | null): string {
  return seats.find(({ id }) => id === who)?.point ?? '';
}
