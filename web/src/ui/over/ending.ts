import { m } from '#lib/paraglide/messages.js';
import { refusalText } from '../door/refusal_texts';
import type { Refusal } from '../door/refusals';
import { timeOfDay } from '../shell/duration';

/** Why the visitor is no longer in: by the own hand, or by what the server said last. */
export type Ending = { readonly kind: 'left' } | { readonly kind: 'turned_away'; readonly refusal: Refusal };

export interface EndingView {
  readonly tone: 'neutral' | 'bad';
  readonly title: string;
  readonly lines: readonly string[];
  /** What the one button says; null when there is no way back. */
  readonly again: string | null;
  readonly testid: string;
}

/** The page after the meeting (R21): what happened, that camera and microphone are off, and the way back. */
export function endingView(ending: Ending, slug: string): EndingView {
  if (ending.kind === 'left')
    return page('neutral', m.over_left_title(), [m.over_left_text()], m.over_again(), 'meeting-left');
  const { refusal } = ending;
  const reason = refusal.details?.reason;
  const because = reason ? [m.over_reason({ reason: String(reason) })] : [];
  const text = refusalText(refusal, slug);
  switch (refusal.code) {
    case 'meeting.ended': {
      const at = refusal.details?.ended_at;
      const line = typeof at === 'number' ? m.over_ended_at({ time: timeOfDay(at) }) : m.over_ended_text();
      return page('neutral', m.over_ended_title(), [line], null, 'meeting-ended');
    }
    case 'removed':
      return page('bad', m.over_removed_title(), [m.over_removed_text(), ...because], m.over_ask_again(), 'removed');
    case 'banned':
      return page('bad', m.over_banned_title(), [m.over_removed_text(), ...because], null, 'banned');
    case 'lobby.refused':
      return page('bad', m.over_refused_title(), because, m.over_ask_again(), 'lobby-refused');
    case 'taken_over':
    case 'seat.taken':
      return page('neutral', m.over_taken_title(), [m.refusal_taken_over()], m.over_again(), 'taken-over');
    case 'seat.gone':
      return page('neutral', m.over_gone_title(), [text], m.over_again(), 'seat-gone');
    case 'signed_out':
      return page('neutral', m.over_signed_out_title(), [text], m.login_title(), 'signed-out');
    case 'link.unknown':
    case 'slug.invalid':
      return page('bad', m.over_unknown_title(), [text], m.over_home(), 'link-unknown');
    case 'meeting.moved':
      return page('neutral', m.over_moved_title(), [text], null, 'meeting-moved');
    case 'meeting.postponed':
      return page('neutral', m.over_postponed_title(), [text], null, 'meeting-postponed');
    case 'protocol.version':
      return page('neutral', m.over_trouble_title(), [text], m.over_reload(), 'reload');
    default:
      return page('bad', m.over_trouble_title(), [text], m.over_again(), 'turned-away');
  }
}

function page(
  tone: EndingView['tone'],
  title: string,
  lines: readonly string[],
  again: string | null,
  testid: string,
): EndingView {
  return { tone, title, lines, again, testid };
}
