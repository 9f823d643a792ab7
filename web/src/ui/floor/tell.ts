import { m } from '#lib/paraglide/messages.js';
import { announcer } from '../shell/announcer.svelte';
import { clock } from '../shell/duration';
import { sounds } from '../shell/sounds.svelte';
import { toasts, type Toast } from '../shell/toasts.svelte';
import type { Mark } from './countdown';
import type { FloorNews } from './news';
import { lengthOf } from './texts';

/** Says the news of the floor: the own turn at once (ui 7), others' to those who lead, merged. */
export function tellFloor(news: FloorNews, { onaskagain }: { readonly onaskagain: () => void }): void {
  switch (news.kind) {
    case 'queued':
      return announcer.say(m.floor_say_queued({ place: news.place }), 'floor_place');
    case 'moved':
      return both(m.floor_say_moved({ place: news.place }), 'neutral', { polite: true });
    case 'withdrawn':
      toasts.show(m.floor_say_withdrawn(), { action: { label: m.floor_ask_again(), run: onaskagain } });
      return announcer.say(m.floor_say_withdrawn(), 'floor_place');
    case 'refused':
      return both(news.reason ? m.floor_say_refused_reason({ reason: news.reason }) : m.floor_say_refused(), 'wait');
    case 'granted':
      sounds.notice('turn');
      return announcer.alert(m.floor_say_granted(), 'floor_turn');
    case 'started':
      return announcer.alert(
        news.turnMs === null
          ? m.floor_say_started()
          : m.floor_say_started_minutes({ minutes: lengthOf(Math.round(news.turnMs / 1000)) }),
        'floor_turn',
      );
    case 'held':
      return both(m.floor_say_held(), 'wait');
    case 'resumed':
      sounds.notice('turn');
      return announcer.alert(m.floor_say_resumed(), 'floor_turn');
    case 'extended':
      return both(m.floor_say_extended({ time: clock(news.leftMs) }), 'good');
    case 'over':
      return both(m.floor_say_over(), 'wait');
    case 'ended':
      return both(m.floor_say_ended(), 'wait');
    case 'unasked':
      return both(m.floor_say_unasked(), 'wait');
    case 'finished':
      return both(m.floor_say_finished(), 'neutral');
    case 'lapsed':
      return both(news.first ? m.floor_say_lapsed_first() : m.floor_say_lapsed(), 'wait');
    case 'somebody_asked':
      return announcer.say(m.floor_say_asked({ name: news.name, place: news.place }), 'floor_asked', (count) =>
        m.floor_say_asked_many({ count }),
      );
    case 'somebody_declined':
      return both(m.floor_say_declined({ name: news.name }), 'neutral', { polite: true });
    case 'somebody_lapsed':
      return both(m.floor_say_lapsed_named({ name: news.name }), 'neutral', { polite: true });
    case 'somebody_asks_more':
      return both(m.floor_say_more_asked({ name: news.name, minutes: news.minutes }), 'neutral', { polite: true });
  }
}

/** The countdown to the ear: the speaker at once, those who lead in their turn. The end itself is an event's to tell. */
export function tellMark(
  mark: Mark,
  { name, closes }: { readonly name: string | null; readonly closes: boolean },
): void {
  if (mark === 60 || mark === 10) sounds.notice('time');
  if (name === null) {
    if (mark > 0) announcer.alert(m.floor_say_left({ seconds: mark }), 'floor_left');
    else if (!closes) both(m.floor_say_overrun(), 'wait');
  } else if (mark === 60) announcer.say(m.floor_say_left_named({ name, seconds: mark }), 'floor_left');
  else if (mark === 0) announcer.say(m.floor_say_over_named({ name }), 'floor_left');
}

function both(text: string, tone: Toast['tone'], { polite = false }: { readonly polite?: boolean } = {}): void {
  toasts.show(text, { tone });
  if (polite) announcer.say(text);
  else announcer.alert(text, 'floor_turn');
}
