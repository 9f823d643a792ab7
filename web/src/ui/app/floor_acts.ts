import type { Client } from '../../client';
import type { Outcome } from '../../meeting/state';
import type { FloorCommand } from '../../protocol/floor';
import type { ParticipantId } from '../../protocol/messages';
import type { FloorActs } from '../floor/view';

/** The buttons of the floor as commands (R17). */
export function floorActs(
  client: Pick<Client, 'takeFloor'>,
  act: (command: Exclude<FloorCommand, { readonly type: 'take_floor' }>) => void,
  show: (outcome: Outcome) => void,
): FloorActs {
  const id = (seat: string) => seat as ParticipantId;
  return {
    ask: () => act({ type: 'ask_floor' }),
    withdraw: () => act({ type: 'withdraw_floor' }),
    take: () => void client.takeFloor().then(show),
    decline: () => act({ type: 'decline_floor' }),
    endOwn: () => act({ type: 'end_turn', participant: null }),
    askMore: (seconds) => act({ type: 'ask_more_time', seconds }),
    grant: (seat, { instead }) => act({ type: 'grant_floor', participant: id(seat), instead }),
    end: (seat) => act({ type: 'end_turn', participant: id(seat) }),
    extend: (seat, seconds) => act({ type: 'extend_turn', participant: id(seat), seconds }),
    hold: (seat) => act({ type: 'hold_turn', participant: id(seat) }),
    resume: (seat) => act({ type: 'resume_turn', participant: id(seat) }),
    refuse: (seat, reason) => act({ type: 'refuse_request', participant: id(seat), reason }),
    skip: (seat) => act({ type: 'skip_request', participant: id(seat) }),
    move: (seat, place) => act({ type: 'move_request', participant: id(seat), place }),
    set: ({ turnS, atOnce, overrun }) => act({ type: 'set_floor', turn_s: turnS, at_once: atOnce, overrun }),
  };
}
