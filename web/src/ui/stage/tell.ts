import { m } from '#lib/paraglide/messages.js';
import { announcer } from '../shell/announcer.svelte';
import { sounds } from '../shell/sounds.svelte';
import { toasts } from '../shell/toasts.svelte';
import { LAYOUT_WORDS } from './layout_words';
import type { News } from './news';
import { roleName } from './roles';
import type { ChatLine } from './view';

/** What is in view already needs no toast; otherwise the toast leads there. */
export interface InView {
  readonly lobby: boolean;
  readonly chat: boolean;
  /** Reads what is written to those who lead. */
  readonly desk: boolean;
  readonly openLobby: () => void;
  readonly openChat: () => void;
}

/** For a screen without panel: nothing is to be opened, and no lines are read. */
export const NOTHING_TO_OPEN: InView = {
  lobby: true,
  chat: false,
  desk: false,
  openLobby: () => undefined,
  openChat: () => undefined,
};

/** Says the news: to the eye as a toast when it concerns the one who watches, to the ear in the right region. */
export function tell(news: News, inView: InView): void {
  switch (news.kind) {
    case 'came':
      return announcer.say(m.say_came({ name: news.name }), 'came', (count) => m.say_came_many({ count }));
    case 'left':
      return announcer.say(m.say_left({ name: news.name }), 'left', (count) => m.say_left_many({ count }));
    case 'lobby':
      return knock(news, inView);
    case 'allowed':
      return announcer.alert(m.say_allowed());
    case 'muted':
      return both(m.muted_by_chair());
    case 'taken_back':
      return both(m.taken_back());
    case 'camera_stopped':
      return both(m.camera_stopped_by_chair());
    case 'share_stopped':
      return both(m.share_stopped_by_chair());
    case 'own_role':
      return both(
        news.branch === null ? m.say_own_role({ role: roleName(news.role) }) : m.leads_branch({ branch: news.branch }),
      );
    case 'renamed':
      return both(m.say_renamed({ name: news.name }));
    case 'chair_offered':
      return announcer.alert(m.chair_offered_text({ name: news.name }));
    case 'chair_not_taken':
      return both(m.say_chair_not_taken({ name: news.name }));
    case 'chair_now':
      return both(m.say_chair_now({ name: news.name }));
    case 'chair_stands_in':
      return both(m.chair_stands_in({ name: news.name }));
    case 'chair_left':
      return both(m.say_chair_left({ name: news.name }));
    case 'chair_back':
      return both(m.say_chair_back({ name: news.name }));
    case 'lobby_given':
      return both(m.say_lobby_given());
    case 'lobby_taken':
      return both(m.say_lobby_taken());
    case 'staged':
      return both(m.say_staged());
    case 'unstaged':
      return announcer.say(m.say_unstaged());
    case 'layout':
      return announcer.say(
        news.layout === null ? m.layout_is_free() : m.layout_bound({ layout: LAYOUT_WORDS[news.layout]() }),
        'layout',
      );
    case 'line_lost':
      return announcer.alert(m.say_line_lost(), 'line');
    case 'line_back':
      return announcer.say(m.say_line_back(), 'line');
    case 'said':
      return written(news.line, inView);
  }
}

/** The knock: to the ear, to the screen reader, and where the lobby is not in view as a toast that leads there. */
function knock({ name, count }: { readonly name: string; readonly count: number }, inView: InView): void {
  announcer.say(m.lobby_say({ count, name }), 'lobby');
  sounds.notice('knock');
  if (inView.lobby) return;
  toasts.show(count === 1 ? m.lobby_toast({ name }) : m.lobby_toast_many({ count, name }), {
    tone: 'wait',
    kind: 'lobby',
    action: { label: m.lobby_open(), run: inView.openLobby },
  });
}

/** A line of the chat is said, in words when the chat is in view; what is for those who lead is a toast besides. */
function written({ point, text, to }: ChatLine, inView: InView): void {
  const merged = (count: number) => m.chat_say_many({ count });
  announcer.say(
    inView.chat ? m.chat_say({ name: point, text: text.slice(0, SAID) }) : m.chat_say_elsewhere({ name: point }),
    'chat',
    merged,
  );
  if (to !== 'leads' || !inView.desk || inView.chat) return;
  toasts.show(m.chat_toast_leads({ name: point }), {
    tone: 'wait',
    kind: 'chat',
    action: { label: m.chat_read(), run: inView.openChat },
  });
}

/** Somebody still waits: said again, calmly. */
export function remindOfLobby(count: number): void {
  announcer.say(m.lobby_waiting({ count }), 'lobby');
  sounds.notice('knock');
}

/** So much of a line is read out; the whole of it stands in the list. */
const SAID = 200;

function both(text: string): void {
  toasts.show(text, { tone: 'wait' });
  announcer.alert(text);
}
