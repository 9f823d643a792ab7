import type { ParticipantId, ParticipantView } from '../protocol/messages';
import type { RoleEvent } from '../protocol/roles';
import type { MeetingState } from './state';
import { unreachable } from './unreachable';

/** Who is what (R13, R14, R18): roles, branches, names, and the chair. */
export function evolveRoles(meeting: MeetingState, event: RoleEvent): MeetingState {
  switch (event.type) {
    case 'role_changed':
      return lapsed(
        withSeat(meeting, event.participant, { role: event.role, leads_branch: event.branch }),
        event.participant,
      );
    case 'branch_set':
      return withSeat(meeting, event.participant, { branch: event.branch });
    case 'name_changed':
      return withSeat(meeting, event.participant, { name: event.name });
    case 'chair_offered':
      return withChair(meeting, {
        chair_offered_to: event.participant,
        chair_offered_by: event.participant === null ? null : event.by,
      });
    case 'chair_answered':
      return withChair(meeting, {
        chair_offered_to: null,
        chair_offered_by: null,
        // a chair that was accepted is handed over for good
        ...(event.accepted && { stands_in_for: null }),
        ...(event.accepted && meeting.meeting.deputy === event.participant && { deputy: null }),
      });
    case 'deputy_named':
      return withChair(meeting, { deputy: event.participant });
    case 'chair_stands_in':
      return withChair(meeting, { stands_in_for: event.for });
    case 'chair_restored':
      return withChair(meeting, { stands_in_for: null });
    case 'lobby_given':
      return withChair(meeting, { lobby_keeper: event.participant });
    default:
      return unreachable(event);
  }
}

/** What was open with somebody who left or has another role: an offer of the chair, and the care for the lobby. */
export function lapsed(meeting: MeetingState, who: ParticipantId): MeetingState {
  return withoutKeeper(withoutOffer(meeting, who));
}

function withoutKeeper(meeting: MeetingState): MeetingState {
  const keeper = meeting.participants.find(({ id }) => id === meeting.meeting.lobby_keeper);
  const may = keeper !== undefined && KEEPS_LOBBY.includes(keeper.role) && keeper.leads_branch === null;
  return may || meeting.meeting.lobby_keeper === null ? meeting : withChair(meeting, { lobby_keeper: null });
}

const KEEPS_LOBBY: readonly ParticipantView['role'][] = ['secretary', 'co_chair'];

function withoutOffer(meeting: MeetingState, who: ParticipantId): MeetingState {
  const { chair_offered_to: to, chair_offered_by: by } = meeting.meeting;
  if (who !== to && who !== by) return meeting;
  return withChair(meeting, { chair_offered_to: null, chair_offered_by: null });
}

function withChair(
  meeting: MeetingState,
  change: Partial<
    Pick<MeetingState['meeting'], 'deputy' | 'chair_offered_to' | 'chair_offered_by' | 'stands_in_for' | 'lobby_keeper'>
  >,
): MeetingState {
  return { ...meeting, meeting: { ...meeting.meeting, ...change } };
}

function withSeat(meeting: MeetingState, who: ParticipantId, change: Partial<ParticipantView>): MeetingState {
  return {
    ...meeting,
    participants: meeting.participants.map((each) => (each.id === who ? { ...each, ...change } : each)),
  };
}
