"""Which rule answers a command about who is what, and what its events make of a meeting (R13, R14, R18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from hoptt.ids import ParticipantId
from hoptt.meeting import appointing, handover, lobby_care, renaming
from hoptt.meeting.events import (
    BranchSet,
    ChairAnswered,
    ChairOffered,
    ChairRestored,
    ChairStandsIn,
    DeputyNamed,
    Event,
    LobbyGiven,
    NameChanged,
    ParticipantLeft,
    RoleChanged,
    RoleEvent,
)
from hoptt.meeting.rights import person_key
from hoptt.meeting.role_commands import (
    AnswerChair,
    GiveLobby,
    NameDeputy,
    OfferChair,
    ReadActs,
    Rename,
    RoleCommand,
    SetBranch,
    SetRole,
    TakeChair,
    WithdrawChairOffer,
)
from hoptt.meeting.state import LEADS, ChairOffer, Given, Meeting, Participant, StandIn
from hoptt.meeting.words import Cause

MAX_GIVEN = 5_000
"""So many roles given are remembered for who comes in again; beyond that the oldest are forgotten."""


def decide(meeting: Meeting, command: RoleCommand, by: ParticipantId, now: datetime) -> tuple[Event, ...]:  # noqa: PLR0911 - one line a case
    """Give the events of a command."""
    match command:
        case SetRole():
            return appointing.set_role(meeting, command, by, now)
        case SetBranch():
            return appointing.set_branch(meeting, command, by, now)
        case Rename():
            return renaming.rename(meeting, command, by, now)
        case OfferChair():
            return handover.offer(meeting, command, by, now)
        case WithdrawChairOffer():
            return handover.withdraw(meeting, by, now)
        case AnswerChair():
            return handover.answer(meeting, command, by, now)
        case NameDeputy():
            return handover.name_deputy(meeting, command, by, now)
        case TakeChair():
            return handover.take(meeting, by, now)
        case GiveLobby():
            return lobby_care.give(meeting, command, by, now)
        case ReadActs():
            return ()
        case _:
            assert_never(command)


def evolve(meeting: Meeting, event: RoleEvent) -> Meeting:  # noqa: PLR0911 - one line or rule a case
    """Give the meeting after the event."""
    match event:
        case RoleChanged():
            return _role_changed(meeting, event)
        case NameChanged():
            return _with_seat(meeting, event.participant, lambda seat: replace(seat, name=event.name))
        case BranchSet():
            return _with_seat(meeting, event.participant, lambda seat: replace(seat, branch=event.branch))
        case ChairOffered():
            offered = None if event.participant is None or event.by is None else ChairOffer(event.by, event.participant)
            return replace(meeting, chair_offer=offered)
        case ChairAnswered():
            return _answered(meeting, event)
        case DeputyNamed():
            return replace(meeting, deputy=event.participant)
        case ChairStandsIn():
            return _stands_in(meeting, event)
        case ChairRestored():
            return replace(meeting, stand_in=None)
        case LobbyGiven():
            return replace(meeting, lobby_keeper=event.participant)
        case _:
            assert_never(event)


def left(meeting: Meeting, event: ParticipantLeft) -> Meeting:
    """Give the meeting without what was open with somebody who left: an offer to them or of theirs, and the lobby."""
    made = meeting.chair_offer
    if made is not None and event.participant in (made.by, made.to):
        meeting = replace(meeting, chair_offer=None)
    if event.cause in (Cause.REMOVED, Cause.BANNED):
        meeting = _leads_no_more(meeting, event.participant)
    return lobby_care.lapsed(meeting)


def _leads_no_more(meeting: Meeting, who: ParticipantId) -> Meeting:
    """A removal takes back a leading role that was given in the meeting; any other that was given stays."""
    former = meeting.former.get(who)
    key = None if former is None else person_key(former.identity)
    given = None if key is None else meeting.given.get(key)
    if given is None or given.role not in LEADS:
        return meeting
    return replace(meeting, given=MappingProxyType({one: role for one, role in meeting.given.items() if one != key}))


def _role_changed(meeting: Meeting, event: RoleChanged) -> Meeting:
    """Also of those who left: what they come back to is what they are now."""
    who = event.participant
    former = meeting.former.get(who)
    seat = meeting.participants.get(who) or (None if former is None else former.seat)
    if seat is None:
        return meeting
    changed = _with_seat(meeting, who, lambda seat: replace(seat, role=event.role, leads_branch=event.leads_branch))
    made = meeting.chair_offer
    lapsed = made is not None and who in (made.by, made.to)
    return lobby_care.lapsed(
        replace(
            changed,
            given=_given(meeting.given, person_key(seat.identity), Given(event.role, event.leads_branch)),
            chair_offer=None if lapsed else made,
        )
    )


def _answered(meeting: Meeting, event: ChairAnswered) -> Meeting:
    """A chair that was accepted is handed over for good: nobody stands in any more."""
    if not event.accepted:
        return replace(meeting, chair_offer=None)
    deputy = None if meeting.deputy == event.participant else meeting.deputy
    return replace(meeting, chair_offer=None, deputy=deputy, stand_in=None)


def _stands_in(meeting: Meeting, event: ChairStandsIn) -> Meeting:
    seat = meeting.participants.get(event.participant)
    if seat is None:
        return meeting
    turn = meeting.floor.turn_of(seat.id)
    rights = seat.rights
    if turn is not None and turn.begun:  # what a turn gives ends with it
        rights = replace(rights, may_speak=turn.standing)
    return replace(meeting, stand_in=StandIn(seat.id, event.chair, seat.role, seat.leads_branch, rights))


def _with_seat(meeting: Meeting, who: ParticipantId, change: Callable[[Participant], Participant]) -> Meeting:
    seat = meeting.participants.get(who)
    if seat is not None:
        return replace(meeting, participants=MappingProxyType({**meeting.participants, who: change(seat)}))
    former = meeting.former.get(who)
    if former is None or former.seat is None:
        return meeting
    return replace(meeting, former=MappingProxyType({**meeting.former, who: replace(former, seat=change(former.seat))}))


def _given(known: Mapping[str, Given], key: str | None, given: Given) -> Mapping[str, Given]:
    if key is None:
        return known
    rest = {one: role for one, role in known.items() if one != key}
    while len(rest) >= MAX_GIVEN:
        del rest[next(iter(rest))]
    return MappingProxyType({**rest, key: given})
