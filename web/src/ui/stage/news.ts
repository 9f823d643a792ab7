import { handNews, type HandNews } from './hand_news';
import { keeperFor, mayAdmit } from '../people/reach';
import { leads } from './roles';
import { type ChatLine, caption, type LayoutName, type StageView, yourSeat } from './view';

/** What changed between two pictures of the meeting and is worth a word to the one who watches. */
export type News =
  | { readonly kind: 'came' | 'left'; readonly name: string }
  | { readonly kind: 'lobby'; readonly name: string; readonly count: number }
  | { readonly kind: 'allowed' | 'taken_back' | 'muted' | 'camera_stopped' | 'share_stopped' }
  | { readonly kind: 'staged' | 'unstaged' }
  | { readonly kind: 'layout'; readonly layout: LayoutName | null }
  | { readonly kind: 'line_lost' | 'line_back' }
  | HandNews
  | { readonly kind: 'said'; readonly line: ChatLine };

/** Above this number comings and goings are left unsaid: a screen reader could say nothing else. */
export const QUIET_ABOVE = 20;

export function newsOf(
  before: StageView,
  after: StageView,
  /** Whether the own microphone was turned off by the own hand. */
  { ownMicOff }: { readonly ownMicOff: boolean },
): News[] {
  // that microphones and seats go with it is told by the page after it
  if (after.meeting.closed) return [];
  return [
    ...presence(before, after),
    ...lobby(before, after),
    ...own(before, after, ownMicOff),
    ...picture(before, after),
    ...line(before, after),
    ...handNews(before, after),
    ...said(before, after),
  ];
}

function presence(before: StageView, after: StageView): News[] {
  if (after.seats.length > QUIET_ABOVE) return [];
  const had = new Set(before.seats.map(({ id }) => id));
  const has = new Set(after.seats.map(({ id }) => id));
  const came = after.seats.filter(({ id, you }) => !had.has(id) && !you);
  const left = before.seats.filter(({ id, you }) => !has.has(id) && !you);
  return [
    ...came.map((seat): News => ({ kind: 'came', name: seat.point })),
    ...left.map((seat): News => ({ kind: 'left', name: seat.point })),
  ];
}

function lobby(before: StageView, after: StageView): News[] {
  const had = new Set(before.applicants.map(({ id }) => id));
  const newest = after.applicants.filter(({ id }) => !had.has(id)).at(-1);
  const you = yourSeat(after);
  if (!newest || !you || !mayAdmit(you, after) || keeperFor(you, after) !== null) return [];
  return [{ kind: 'lobby', name: caption(newest), count: after.applicants.length }];
}

function own(before: StageView, after: StageView, ownMicOff: boolean): News[] {
  const was = yourSeat(before);
  const is = yourSeat(after);
  if (!was || !is) return [];
  const news: News[] = [];
  // what a turn gives and takes is news of the floor
  const byTurn = was.turn !== null || is.turn !== null;
  if (!was.maySpeak && is.maySpeak && !byTurn) news.push({ kind: 'allowed' });
  if (was.maySpeak && !is.maySpeak) {
    if (!byTurn) news.push({ kind: was.micOn ? 'muted' : 'taken_back' });
  } else if (was.micOn && !is.micOn && !ownMicOff && !byTurn) news.push({ kind: 'muted' });
  if (was.mayShow && !is.mayShow) news.push({ kind: 'camera_stopped' });
  if (was.screenOn && was.mayShare && !is.mayShare) news.push({ kind: 'share_stopped' });
  return news;
}

/** What the chair changed of everybody's picture; who leads has pressed it, or sees it anyway. */
function picture(before: StageView, after: StageView): News[] {
  const you = yourSeat(after);
  if (!you || leads(you.role)) return [];
  const news: News[] = [];
  const [was, is] = [before.stage.includes(you.id), after.stage.includes(you.id)];
  if (was !== is) news.push({ kind: is ? 'staged' : 'unstaged' });
  if (before.meeting.layout !== after.meeting.layout) news.push({ kind: 'layout', layout: after.meeting.layout });
  return news;
}

function line(before: StageView, after: StageView): News[] {
  if (before.line.kind === 'up' && after.line.kind === 'lost') return [{ kind: 'line_lost' }];
  if (before.line.kind === 'lost' && after.line.kind !== 'lost') return [{ kind: 'line_back' }];
  return [];
}

/** What others wrote since. What stands in the first picture was there before. */
function said(before: StageView, after: StageView): News[] {
  const { lines } = after.chat;
  if (lines === before.chat.lines) return [];
  const had = before.chat.lines.at(-1)?.number ?? 0;
  return lines.filter(({ number, own }) => number > had && !own).map((line): News => ({ kind: 'said', line }));
}
