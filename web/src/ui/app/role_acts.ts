import type { Client } from '../../client';
import type { ParticipantId } from '../../protocol/messages';
import type { StageActs } from '../stage/view';
import { wireName } from './door_view';

type RoleActs = Pick<
  StageActs,
  | 'setRole'
  | 'setBranch'
  | 'rename'
  | 'offerChair'
  | 'withdrawChairOffer'
  | 'answerChair'
  | 'nameDeputy'
  | 'takeChair'
  | 'giveLobby'
  | 'readActs'
>;

/** The acts on who is what, and the list of who did what. `act` sends one and says why it is refused. */
export function roleActs(client: Client, act: (...[command]: Parameters<Client['act']>) => void): RoleActs {
  const id = (seat: string) => seat as ParticipantId;
  return {
    setRole: (seat, role, branch) => act({ type: 'set_role', participant: id(seat), role, branch }),
    setBranch: (seat, branch) => act({ type: 'set_branch', participant: id(seat), branch }),
    rename: async (seat, name) => {
      const outcome = await client.act({ type: 'rename', participant: id(seat), name: wireName(name) });
      return outcome.ok ? null : outcome.faults;
    },
    offerChair: (seat) => act({ type: 'offer_chair', participant: id(seat) }),
    withdrawChairOffer: () => act({ type: 'withdraw_chair_offer' }),
    answerChair: (accept) => act({ type: 'answer_chair', accept }),
    nameDeputy: (seat) => act({ type: 'name_deputy', participant: seat === null ? null : id(seat) }),
    takeChair: () => act({ type: 'take_chair' }),
    giveLobby: (seat) => act({ type: 'give_lobby', participant: seat === null ? null : id(seat) }),
    readActs: async (before, search) => {
      const outcome = await client.act({ type: 'read_acts', before, search });
      return outcome.ok && outcome.result.type === 'acts' ? outcome.result : null;
    },
  };
}
