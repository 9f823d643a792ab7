import { m } from '#lib/paraglide/messages.js';
import type { Client } from '../../client';
import type { Outcome } from '../../meeting/state';
import type { ParticipantId, SwitchedSource } from '../../protocol/messages';
import { refusalText } from '../door/refusal_texts';
import { announcer } from '../shell/announcer.svelte';
import { toasts } from '../shell/toasts.svelte';
import type { StageActs } from '../stage/view';
import { roleActs } from './role_acts';
import { floorActs } from './floor_acts';

/** The buttons of the stage as commands. A refusal says why; an act not yet stored says that too. */
export function stageActs(client: Client, slug: string): StageActs {
  const id = (seat: string) => seat as ParticipantId;
  const ids = (seats: readonly string[]) => seats as readonly ParticipantId[];
  const act = (...[command]: Parameters<Client['act']>) => void client.act(command).then(show);
  const own = (source: SwitchedSource, on: boolean) => client.switch(source, on).then(show);
  return {
    switchMicrophone: (on) => own('microphone', on),
    switchCamera: (on) => own('camera', on),
    switchScreen: (on) => own('screen', on),
    admit: (applicants) => act({ type: 'admit', applicants: ids(applicants) }),
    admitAllInvited: () => act({ type: 'admit', all_invited: true }),
    refuse: (applicant) => act({ type: 'refuse', applicant: id(applicant) }),
    allow: (seats) => act({ type: 'allow', participants: ids(seats) }),
    takeBack: (seats) => act({ type: 'take_back', participants: ids(seats) }),
    mute: (seat) => act({ type: 'mute', participants: [id(seat)] }),
    muteAllBut: async (seat) => {
      const outcome = await client.act({ type: 'mute', all_but: seat === null ? [] : [id(seat)] });
      show(outcome);
      return outcome.ok;
    },
    liftMute: () => act({ type: 'lift_mute' }),
    stopSource: (seat, source) => act({ type: 'stop_source', participant: id(seat), source }),
    allowSource: (seat, source) => act({ type: 'allow_source', participant: id(seat), source }),
    remove: (seat, { ban, reason }) => act({ type: 'remove', participant: id(seat), ban, reason }),
    setLayout: (layout) => act({ type: 'set_layout', layout: layout ?? 'free' }),
    setStage: (seats) => act({ type: 'set_stage', participants: ids(seats) }),
    lock: (locked) => act({ type: 'lock', locked }),
    // nobody named is everybody: a list that has become empty is not asked for
    muteMany: (seats) => seats.length > 0 && act({ type: 'mute', participants: ids(seats) }),
    muteAllButMany: (seats) => act({ type: 'mute', all_but: ids(seats) }),
    ...roleActs(client, act),
    floor: floorActs(client, act, show),
    makeCompanion: async (word) => (await import('../people/companion')).makeCompanion(slug, word),
    open: () => act({ type: 'open_meeting' }),
    say: async (to, text) => {
      const outcome = await client.act({ type: 'say', to, text });
      show(outcome);
      return outcome.ok;
    },
    closeChat: (closed) => act({ type: 'close_chat', closed }),
    end: () => act({ type: 'end_meeting' }),
    leave: () => void client.leave(),
  };
}

function show(outcome: Outcome): void {
  if (outcome.ok) {
    if (!outcome.recorded) toasts.show(m.not_recorded_yet(), { tone: 'wait' });
    return;
  }
  const first = outcome.faults[0];
  if (!first) return;
  const text = refusalText(first);
  toasts.show(text, { tone: 'bad' });
  announcer.say(text);
}
