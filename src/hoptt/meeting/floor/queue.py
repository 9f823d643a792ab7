"""The queue of speaking requests (R17): in the order of asking, unless those who lead change it."""

from __future__ import annotations

from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.floor.commands import MoveRequest, RefuseRequest, SkipRequest
from hoptt.meeting.floor.events import FloorAsked, FloorEvent, FloorWithdrawn, RequestMoved
from hoptt.meeting.floor.numbers import MAX_QUEUE
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import RequestEnd


def ask(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[FloorEvent, ...]:
    """Stand at the end of the queue; who stands there already keeps the place."""
    floor = meeting.floor
    if floor.turn_of(by) is not None:
        raise HopttError(ErrorCode.FLOOR_ALREADY, "the floor is given to you already")
    if floor.place_of(by) is not None:
        return ()
    if len(floor.queue) >= MAX_QUEUE:
        raise HopttError(ErrorCode.FLOOR_FULL, f"{MAX_QUEUE} wait already", details={"limit": MAX_QUEUE})
    return (FloorAsked(now, by, len(floor.queue)),)


def withdraw(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[FloorEvent, ...]:
    """Give the own place up."""
    _place(meeting, by)
    return (FloorWithdrawn(now, by, RequestEnd.WITHDRAWN, by),)


def refuse(meeting: Meeting, command: RefuseRequest, by: ParticipantId, now: datetime) -> tuple[FloorEvent, ...]:
    """Take somebody out of the queue. They may ask again: it is this turn that they are not given."""
    _place(meeting, command.participant)
    return (FloorWithdrawn(now, command.participant, RequestEnd.REFUSED, by, command.reason),)


def skip(meeting: Meeting, command: SkipRequest, by: ParticipantId, now: datetime) -> tuple[FloorEvent, ...]:
    """Let all others go first."""
    return _moved(meeting, command.participant, len(meeting.floor.queue) - 1, by, now)


def move(meeting: Meeting, command: MoveRequest, by: ParticipantId, now: datetime) -> tuple[FloorEvent, ...]:
    """Put somebody at another place; beyond the end is the end."""
    return _moved(meeting, command.participant, command.place, by, now)


def _moved(
    meeting: Meeting, who: ParticipantId, place: int, by: ParticipantId, now: datetime
) -> tuple[FloorEvent, ...]:
    before = _place(meeting, who)
    place = min(max(0, place), len(meeting.floor.queue) - 1)
    return () if place == before else (RequestMoved(now, who, place, by),)


def _place(meeting: Meeting, who: ParticipantId) -> int:
    place = meeting.floor.place_of(who)
    if place is None:
        raise HopttError(ErrorCode.FLOOR_NOT_ASKED, "no speaking request stands in the queue")
    return place
