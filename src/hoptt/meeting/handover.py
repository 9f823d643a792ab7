"""The chair handed over, and somebody standing in while its line is lost (R18).

An offer changes nothing until it is accepted; each step is one batch of events, so that no half state is ever recorded.
No act here makes a second chair or loses the one there is.
"""

from __future__ import annotations

from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.events import (
    ChairAnswered,
    ChairOffered,
    ChairRestored,
    ChairStandsIn,
    DeputyNamed,
    Event,
    ParticipantBack,
    ParticipantJoined,
    RoleChanged,
    SeatTakenOver,
)
from hoptt.meeting.floor import turns
from hoptt.meeting.rights import FULL, changed, same_person
from hoptt.meeting.role_commands import AnswerChair, NameDeputy, OfferChair
from hoptt.meeting.speaking import present
from hoptt.meeting.state import Meeting, Participant, StandIn
from hoptt.meeting.words import Role

NEVER_CHAIR = frozenset({Role.OBSERVER, Role.OPERATOR, Role.COMPANION})
"""Who has no microphone here, and staff who only help (R13)."""


def offer(meeting: Meeting, command: OfferChair, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Offer the chair; the other side accepts or declines. Somebody who stands in passes it on only for good."""
    [seat] = present(meeting, [command.participant])
    stand_in = meeting.stand_in
    if stand_in is not None and stand_in.participant == by and stand_in.chair in meeting.participants:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "the chair's seat is still kept: who stands in cannot hand it over")
    _check_able(seat, by)
    if not seat.connected:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "their line is lost: they cannot answer now")
    made = meeting.chair_offer
    if made is not None and (made.by, made.to) == (by, seat.id):
        return ()
    return (ChairOffered(now, seat.id, by),)


def withdraw(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Take the own offer back."""
    made = meeting.chair_offer
    return () if made is None or made.by != by else (ChairOffered(now, None, by),)


def answer(meeting: Meeting, command: AnswerChair, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Accept or decline. Accepted, both change places in one step: the former chair is co-chair for the whole."""
    made = meeting.chair_offer
    if made is None or made.to != by:
        raise HopttError(ErrorCode.CHAIR_NOT_OFFERED, "the chair is not offered, or not any more")
    answered = ChairAnswered(now, by, command.accept)
    if not command.accept:
        return (answered,)
    return (
        answered,
        RoleChanged(now, by, Role.CHAIR, None, None),
        RoleChanged(now, made.by, Role.CO_CHAIR, None, None),
        *changed(meeting.participants[by], FULL, now),
        *turns.outlasting(meeting, (by,), by, now),
    )


def name_deputy(meeting: Meeting, command: NameDeputy, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Name who stands in while the chair's line is lost, or nobody in particular."""
    if command.participant is not None:
        [seat] = present(meeting, [command.participant])
        _check_able(seat, by)
    return () if meeting.deputy == command.participant else (DeputyNamed(now, command.participant, by),)


def take(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Stand in: the deputy, or any co-chair for the whole when no deputy is there, while no chair is.

    Whoever stood in before and is away as well is again what they were.
    """
    seat = meeting.participants[by]
    away = _absent_chair(meeting)
    deputy = None if meeting.deputy is None else meeting.participants.get(meeting.deputy)
    if deputy is not None and deputy.connected and deputy.id != by:
        raise HopttError(ErrorCode.NOT_ALLOWED, "the chair named a deputy, who is here")
    if meeting.deputy != by and (seat.role is not Role.CO_CHAIR or seat.leads_branch is not None):
        raise HopttError(ErrorCode.NOT_ALLOWED, "only the deputy or a co-chair for the whole stands in")
    before = meeting.stand_in
    events: list[Event] = []
    if before is not None:
        events += _give_back(meeting, before, now)
    events += [ChairStandsIn(now, by, away), RoleChanged(now, by, Role.CHAIR, None, None)]
    if before is None:
        events.append(RoleChanged(now, away, Role.CO_CHAIR, None, None))
    return (*events, *changed(seat, FULL, now), *turns.outlasting(meeting, (by,), by, now))


def follow(meeting: Meeting, events: tuple[Event, ...], now: datetime) -> tuple[Event, ...]:
    """Give the seat of the chair back to whom it belongs when they are back, whichever way they come."""
    stand_in = meeting.stand_in
    if stand_in is None:
        return events
    back = next((seat for event in events if (seat := _came_back(meeting, stand_in, event)) is not None), None)
    if back is None:
        return events
    return (
        *events,
        ChairRestored(now, back.id),
        *_give_back(meeting, stand_in, now),
        RoleChanged(now, back.id, Role.CHAIR, None, None),
        *changed(back, FULL, now),
    )


def kept_as(meeting: Meeting, seat: Participant) -> Role:
    """Give the role by which a lost seat is kept: a chair for whom somebody stands in keeps the chair's time."""
    away = meeting.stand_in is not None and meeting.stand_in.chair == seat.id
    return Role.CHAIR if away else seat.role


def _came_back(meeting: Meeting, stand_in: StandIn, event: Event) -> Participant | None:
    """Give the seat of the chair if this event brings it back: on the same seat, or anew by door or token."""
    match event:
        case ParticipantBack(participant=who) | SeatTakenOver(participant=who):
            return meeting.participants[who] if who == stand_in.chair else None
        case ParticipantJoined(participant=seat):
            former = meeting.former.get(stand_in.chair)
            known = former is not None and same_person(former.identity, seat.identity)
            return seat if seat.id == stand_in.chair or known else None
        case _:
            return None


def _give_back(meeting: Meeting, stand_in: StandIn, now: datetime) -> tuple[Event, ...]:
    """Make who stood in what they were, as far as they are still here or may come back."""
    who = stand_in.participant
    seat = meeting.participants.get(who)
    if seat is None and who not in meeting.former:
        return ()
    again = RoleChanged(now, who, stand_in.role, stand_in.leads_branch, None)
    return (again,) if seat is None else (again, *changed(seat, stand_in.rights, now))


def _absent_chair(meeting: Meeting) -> ParticipantId:
    """Give the chair who is away. Raises HopttError: CHAIR_PRESENT; NOT_POSSIBLE when there has been none."""
    chairs = [p for p in meeting.participants.values() if p.role is Role.CHAIR]
    if any(p.connected for p in chairs):
        raise HopttError(ErrorCode.CHAIR_PRESENT, "the chair is here")
    if meeting.stand_in is not None:
        return meeting.stand_in.chair
    if chairs:
        return chairs[0].id
    left = [w for w, f in meeting.former.items() if f.seat is not None and f.seat.role is Role.CHAIR and f.dead is None]
    if not left:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "this meeting has had no chair yet")
    return left[-1]


def _check_able(seat: Participant, by: ParticipantId) -> None:
    if seat.id == by or seat.role is Role.CHAIR:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "that is the chair already")
    if seat.role in NEVER_CHAIR:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"the role {seat.role} cannot take the chair")
