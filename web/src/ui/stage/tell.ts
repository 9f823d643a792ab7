import { m } from '#lib/paraglide/messages.js';
import { announcer } from '../shell/announcer.svelte';
import { toasts } from '../shell/toasts.svelte';
import { LAYOUT_WORDS } from './layout_words';
import type { News } from './news';
import { roleName } from './roles';

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
    case 'chair_back':
      return both(m.say_chair_back({ name: news.name }));
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
  }
}

function both(text: string): void {
  toasts.show(text, { tone: 'wait' });
  announcer.alert(text);
}
