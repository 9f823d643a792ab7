import type { ChatTo } from '../stage/view';
import { DraftRules } from './draft';

/** The draft as the composer draws it. */
export class Draft extends DraftRules {
  text = $state(this.recalled());
  to = $state<ChatTo>('all');
  sending = $state(false);
}
