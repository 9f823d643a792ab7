import type { ClientState } from '../../client';
import { type FloorNow, floorNow } from '../../meeting/floor';
import type { MeetingState } from '../../meeting/state';
import type { FloorView } from '../../protocol/floor';
import type { ApplicantView, ParticipantId } from '../../protocol/messages';
import { kept } from '../shell/kept';
import {
  caption,
  type Applicant,
  type ChairAway,
  type Chat,
  type LineState,
  type MeetingFacts,
  type StageView,
} from '../stage/view';
import { SeatViews } from './seat_views';

/** What of the client is drawn. */
export type Drawn = Pick<ClientState, 'line' | 'media' | 'own' | 'pending' | 'frozen' | 'limit' | 'limits'>;

/**
 * The state of the client as the stage draws it, view after view of one visit: the hour and who has a ring are
 * arguments. Every part that is as it was stays the same value, so that sixty rows and tiles are not drawn anew for
 * one of them.
 */
export class StageViews {
  #last: StageView | null = null;
  #floor: { readonly of: FloorView; readonly nowMs: number; readonly now: FloorNow } | null = null;
  #pending: { readonly of: Drawn['pending']; readonly ids: ReadonlySet<string> } | null = null;
  #applicants: { readonly of: MeetingState['lobby']; readonly drawn: readonly Applicant[] } | null = null;
  readonly #seats = new SeatViews();
  readonly #lines = new WeakMap<MeetingState['chat'], Chat['lines']>();

  at(client: Drawn, state: MeetingState, speaking: ReadonlySet<ParticipantId>, nowMs: number): StageView {
    const last = this.#last;
    const floor = this.#floorAt(state.floor, nowMs + state.skewMs);
    const seats = this.#seats.at({ client, state, speaking, floor, nowMs });
    this.#last = {
      meeting: kept(last?.meeting, meetingFacts(state, last?.meeting, nowMs)),
      seats: kept(last?.seats, seats),
      stage: state.meeting.stage,
      speakingSeat: floor.holder ?? floor.queue[0]?.participant ?? null,
      applicants: this.#waiting(state.lobby),
      floor,
      line: kept(last?.line, line(client, nowMs)),
      chat: kept(last?.chat, this.#chat(state)),
      pending: this.#pendingOf(client.pending),
    };
    return this.#last;
  }

  /** Clocks run only while somebody has a turn or waits for one. */
  #floorAt(floor: FloorView, nowMs: number): FloorNow {
    const runs = floor.turns.length + floor.queue.length > 0;
    if (this.#floor?.of !== floor || (runs && this.#floor.nowMs !== nowMs))
      this.#floor = { of: floor, nowMs, now: floorNow(floor, nowMs) };
    return this.#floor.now;
  }

  #pendingOf(pending: Drawn['pending']): ReadonlySet<string> {
    if (this.#pending?.of !== pending)
      this.#pending = { of: pending, ids: new Set(pending.map(({ type, about }) => about ?? type)) };
    return this.#pending.ids;
  }

  #waiting(lobby: MeetingState['lobby']): readonly Applicant[] {
    if (this.#applicants?.of !== lobby) this.#applicants = { of: lobby, drawn: lobby.map(applicant) };
    return this.#applicants.drawn;
  }

  #chat({ chat: lines, meeting, unit, you }: MeetingState): Chat {
    let drawn = this.#lines.get(lines);
    if (drawn === undefined) {
      drawn = lines.map(({ number, at, participant, to, text, name }) => {
        const point = name.bridge_point || name.name;
        const person = name.bridge_point ? name.name : '';
        return { number, at, writer: caption({ point, person }), point, to, text, own: participant === you };
      });
      this.#lines.set(lines, drawn);
    }
    return { lines: drawn, closed: meeting.chat_closed, unit };
  }
}

function meetingFacts(state: MeetingState, last: MeetingFacts | undefined, nowMs: number): MeetingFacts {
  const { meeting } = state;
  const away = chairAway(state, nowMs);
  return {
    slug: state.room.slug,
    title: meeting.title || state.room.name,
    kind: meeting.kind,
    opened: meeting.state === 'opened',
    closed: meeting.state === 'closed',
    runningMs: meeting.opened_at === null ? null : Math.max(0, nowMs + state.skewMs - meeting.opened_at),
    expected: meeting.expected,
    locked: meeting.locked,
    mutedAll: meeting.muted_all,
    mutedUntilAllowed: meeting.muted_until_allowed,
    deputy: meeting.deputy,
    chairOfferedTo: meeting.chair_offered_to,
    chairOfferedBy: meeting.chair_offered_by,
    standsInFor: meeting.stands_in_for,
    chairAway: away && kept(last?.chairAway ?? undefined, away),
    lobbyKeeper: meeting.lobby_keeper,
    layout: meeting.layout === 'free' ? null : meeting.layout,
  };
}

function applicant({
  id,
  name,
  since,
  invited,
  without_password,
  account,
  connected,
  resembles,
  branch,
}: ApplicantView): Applicant {
  return {
    id,
    point: name.bridge_point || name.name,
    person: name.bridge_point ? name.name : '',
    unit: name.unit,
    since,
    invited,
    withoutPassword: without_password,
    account,
    connected,
    resembles,
    branch,
  };
}

/** The chair whose line is lost, or none at all in a meeting that is open; null while a chair is here. */
function chairAway(state: MeetingState, nowMs: number): ChairAway | null {
  const chairs = state.participants.filter(({ role }) => role === 'chair');
  if (chairs.some(({ connected }) => connected)) return null;
  const lost = chairs[0];
  if (!lost) return state.meeting.state === 'opened' ? { point: '', forMs: null } : null;
  const since = state.lostSince.get(lost.id);
  return {
    point: lost.name.bridge_point || lost.name.name,
    forMs: since === undefined ? null : Math.max(0, nowMs + state.skewMs - since),
  };
}

function line({ line: control, media }: Pick<ClientState, 'line' | 'media'>, nowMs: number): LineState {
  if (control.kind === 'lost') return { kind: 'lost', forMs: Math.max(0, nowMs - control.since) };
  return media === 'lost' ? { kind: 'media' } : { kind: 'up' };
}
