"""What an event makes of a meeting. Refuses nothing, so that any log can be replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar, assert_never

from hoptt.errors import ErrorCode
from hoptt.ids import ParticipantId
from hoptt.meeting import hand, picture
from hoptt.meeting.chat import evolve_chat
from hoptt.meeting.chat_words import ChatClosed, Said
from hoptt.meeting.events import (
    AllMuted,
    BanLifted,
    BranchSet,
    ChairAnswered,
    ChairOffered,
    ChairRestored,
    ChairStandsIn,
    ControlRestored,
    DeputyNamed,
    DoorsOpened,
    Event,
    LayoutSet,
    LobbyEntered,
    LobbyGiven,
    LobbyLeft,
    MeetingBegun,
    MeetingClosed,
    MeetingOpened,
    Muted,
    NameChanged,
    ParticipantBack,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantLost,
    RightsChanged,
    RoleChanged,
    RoomLocked,
    SeatsForgotten,
    SeatTakenOver,
    StageSet,
)
from hoptt.meeting.floor import evolve as floor
from hoptt.meeting.floor.events import FloorEvent
from hoptt.meeting.state import Ban, Former, Meeting, Participant, Rights
from hoptt.meeting.words import Cause, LobbyOutcome, MeetingState

MAX_FORMER = 5_000
"""So many who left are remembered; beyond that the longest gone have to come in by the door again."""

_DEAD = {
    Cause.REMOVED: ErrorCode.REMOVED,
    Cause.BANNED: ErrorCode.BANNED,
    Cause.SIGNED_OUT: ErrorCode.SIGNED_OUT,
}
"""Ways of leaving after which a resume token opens nothing, and what it is answered."""
_V = TypeVar("_V")


def begun(event: MeetingBegun) -> Meeting:
    """Give the meeting as its first event makes it."""
    return Meeting(
        id=event.meeting,
        room=event.room,
        room_name=event.room_name,
        title=event.title,
        rules=event.rules,
        ad_hoc=event.ad_hoc,
        invitations=event.invitations,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        state=event.state,
        begun_at=event.at,
        bans=MappingProxyType(dict(event.bans)),
        floor=floor.beginning(event.rules),
        empty_since=event.at,
    )


def replay(events: Iterable[Event]) -> Meeting | None:
    """Give the meeting that a log makes; None for an empty log, or one that does not start with a beginning."""
    meeting: Meeting | None = None
    for event in events:
        if isinstance(event, MeetingBegun):
            meeting = begun(event)
        elif meeting is not None:
            meeting = evolve(meeting, event)
    return meeting


def evolve(meeting: Meeting, event: Event) -> Meeting:  # noqa: PLR0911, PLR0912 - the dispatcher: one line or rule a case
    """Give the meeting after the event. What concerns nobody who is there changes nothing."""
    if isinstance(event, FloorEvent):
        return replace(meeting, floor=floor.after(meeting.floor, event))
    match event:
        case MeetingBegun():
            return begun(event)
        case DoorsOpened():
            return replace(meeting, state=MeetingState.DOORS_OPEN)
        case MeetingOpened():
            return replace(meeting, state=MeetingState.OPENED, opened_at=event.at)
        case MeetingClosed():
            return _closed(meeting, event)
        case ParticipantJoined():
            return _joined(meeting, event)
        case ParticipantLeft():
            return hand.left(_left(meeting, event), event)
        case ParticipantLost():
            return _with_seat(meeting, event.participant, lost_until=event.until)
        case ParticipantBack():
            return _with_seat(meeting, event.participant, lost_until=None)
        case SeatTakenOver():
            return _taken_over(meeting, event)
        case SeatsForgotten():
            return _forgotten(meeting, event)
        case RightsChanged():
            return _rights_changed(meeting, event)
        case Muted():
            return meeting  # the switch is the participant's own: a signal, not history
        case AllMuted():
            return replace(meeting, muted_all=event.on)
        case RoomLocked():
            return replace(meeting, locked=event.locked)
        case LobbyEntered():
            return replace(meeting, lobby=_with(meeting.lobby, event.applicant.id, event.applicant))
        case LobbyLeft():
            return _lobby_left(meeting, event)
        case BanLifted():
            return _ban_lifted(meeting, event)
        case ControlRestored():
            return replace(meeting, empty_since=event.at if meeting.empty_since is not None else None)
        case (
            RoleChanged()
            | BranchSet()
            | NameChanged()
            | ChairOffered()
            | ChairAnswered()
            | DeputyNamed()
            | ChairStandsIn()
            | ChairRestored()
            | LobbyGiven()
        ):
            return hand.evolve(meeting, event)
        case LayoutSet() | StageSet():
            return picture.evolve(meeting, event)
        case Said() | ChatClosed():
            return evolve_chat(meeting, event)
        case _:
            assert_never(event)


def _with(mapping: Mapping[ParticipantId, _V], key: ParticipantId, value: _V) -> Mapping[ParticipantId, _V]:
    return MappingProxyType({**mapping, key: value})


def _without(mapping: Mapping[ParticipantId, _V], key: ParticipantId) -> Mapping[ParticipantId, _V]:
    return MappingProxyType({k: v for k, v in mapping.items() if k != key})


def _remembered(meeting: Meeting, who: ParticipantId, former: Former) -> Mapping[ParticipantId, Former]:
    """Add one who left, forgetting the longest gone beyond the limit. Only the newest word on somebody counts."""
    rest = _without(meeting.former, who)
    overflow = len(rest) + 1 - MAX_FORMER
    if overflow > 0:
        rest = dict(list(rest.items())[overflow:])
    return _with(rest, who, former)


def _closed(meeting: Meeting, event: MeetingClosed) -> Meeting:
    return replace(
        meeting,
        state=MeetingState.CANCELLED if event.cause is Cause.CANCELLED else MeetingState.CLOSED,
        closed_at=event.at,
        closed_by_chair=event.cause is Cause.ENDED,
        cause=event.cause,
        participants=MappingProxyType({}),
        lobby=MappingProxyType({}),
        floor=floor.over(meeting.floor, event.at),
        chair_offer=None,
        empty_since=None,
    )


def _joined(meeting: Meeting, event: ParticipantJoined) -> Meeting:
    seat = event.participant
    return replace(
        meeting,
        participants=_with(meeting.participants, seat.id, seat),
        lobby=_without(meeting.lobby, seat.id),
        former=_without(meeting.former, seat.id),
        seats_given=meeting.seats_given + 1,
        empty_since=None,
    )


def _left(meeting: Meeting, event: ParticipantLeft) -> Meeting:
    seat = meeting.participants.get(event.participant)
    if seat is None:
        return meeting
    dead = _DEAD.get(event.cause)
    bans = meeting.bans
    if event.cause is Cause.BANNED:
        bans = _with(bans, seat.id, Ban(seat.identity.person, seat.identity.ban_key, event.at))
    rest = _without(meeting.participants, seat.id)
    former = Former(seat.identity, replace(seat, lost_until=None), dead, event.reason)
    return replace(
        meeting,
        participants=rest,
        former=_remembered(meeting, seat.id, former),
        bans=bans,
        stage=tuple(who for who in meeting.stage if who != seat.id),
        empty_since=None if rest else event.at,
    )


def _taken_over(meeting: Meeting, event: SeatTakenOver) -> Meeting:
    seat = meeting.participants.get(event.participant)
    return meeting if seat is None else _with_seat(meeting, seat.id, takeovers=seat.takeovers + 1, lost_until=None)


def _forgotten(meeting: Meeting, event: SeatsForgotten) -> Meeting:
    known = {who: meeting.former[who] for who in event.participants if who in meeting.former}
    dead = {who: replace(former, dead=ErrorCode.SIGNED_OUT) for who, former in known.items()}
    return replace(meeting, former=MappingProxyType({**meeting.former, **dead}))


def _with_seat(meeting: Meeting, who: ParticipantId, **changes: object) -> Meeting:
    seat = meeting.participants.get(who)
    if seat is None:
        return meeting
    return replace(meeting, participants=_with(meeting.participants, who, replace(seat, **changes)))  # type: ignore[arg-type]  # field names are checked by tests


def _rights_changed(meeting: Meeting, event: RightsChanged) -> Meeting:
    """Also of those who left: a right taken from everybody stays taken when they come back."""
    concerned = set(event.participants)

    def seat_with(seat: Participant) -> Participant:
        old = seat.rights
        return replace(
            seat,
            rights=Rights(
                may_speak=old.may_speak if event.may_speak is None else event.may_speak,
                may_show=old.may_show if event.may_show is None else event.may_show,
                may_share=old.may_share if event.may_share is None else event.may_share,
            ),
        )

    participants = {who: seat_with(s) if who in concerned else s for who, s in meeting.participants.items()}
    former = {
        who: replace(f, seat=seat_with(f.seat)) if who in concerned and f.seat is not None else f
        for who, f in meeting.former.items()
    }
    return replace(meeting, participants=MappingProxyType(participants), former=MappingProxyType(former))


def _lobby_left(meeting: Meeting, event: LobbyLeft) -> Meeting:
    applicant = meeting.lobby.get(event.applicant)
    if applicant is None:
        return meeting
    former = meeting.former
    dead = {LobbyOutcome.REFUSED: ErrorCode.LOBBY_REFUSED, LobbyOutcome.SIGNED_OUT: ErrorCode.SIGNED_OUT}
    if event.outcome in dead:
        refused = Former(applicant.identity, None, dead[event.outcome], event.reason)
        former = _remembered(meeting, applicant.id, refused)
    return replace(meeting, lobby=_without(meeting.lobby, applicant.id), former=former)


def _ban_lifted(meeting: Meeting, event: BanLifted) -> Meeting:
    """They may knock again; the old token stays dead."""
    who = meeting.former.get(event.participant)
    former = meeting.former
    if who is not None:
        former = _with(former, event.participant, replace(who, dead=ErrorCode.REMOVED))
    return replace(meeting, bans=_without(meeting.bans, event.participant), former=former)
