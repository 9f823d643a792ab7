import { m } from '#lib/paraglide/messages.js';
import { announcer } from '../shell/announcer.svelte';
import { toasts } from '../shell/toasts.svelte';
import type { News } from './news';

/** Says the news: to the eye as a toast when it concerns the one who watches, to the ear in the right region. */
export function tell(news: News): void {
  switch (news.kind) {
    case 'came':
      return announcer.say(m.say_came({ name: news.name }), 'came', (count) => m.say_came_many({ count }));
    case 'left':
      return announcer.say(m.say_left({ name: news.name }), 'left', (count) => m.say_left_many({ count }));
    case 'lobby':
      return announcer.say(m.lobby_say({ count: news.count, name: news.name }), 'lobby');
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
    case 'line_lost':
      return announcer.alert(m.say_line_lost(), 'line');
    case 'line_back':
      return announcer.say(m.say_line_back(), 'line');
  }
}

function both(text: string): void {
  toasts.show(text, { tone: 'wait' });
  announcer.alert(text);
}
