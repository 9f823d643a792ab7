"""What an event makes of the floor. Refuses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from hoptt.ids import ParticipantId
from hoptt.meeting.floor.events import (
    FloorAsked,
    FloorEvent,
    FloorSet,
    FloorWithdrawn,
    RequestMoved,
    SpokenKept,
    TurnChanged,
    TurnEnded,
    TurnGranted,
    TurnStarted,
)
from hoptt.meeting.floor.numbers import MAX_SPOKEN
from hoptt.meeting.floor.state import Floor, Request, Turn
from hoptt.meeting.settings import Rules


def beginning(rules: Rules) -> Floor:
    """Give the floor as a meeting begins with it."""
    return Floor(turn_s=rules.turn_s, at_once=rules.at_once, overrun=rules.overrun)


def after(floor: Floor, event: FloorEvent) -> Floor:  # noqa: PLR0911 - one rule a case
    """Give the floor after the event."""
    match event:
        case FloorAsked():
            request = Request(event.participant, event.at)
            return replace(floor, queue=_placed(floor, request, event.place))
        case FloorWithdrawn():
            return replace(floor, queue=_without_request(floor, event.participant))
        case RequestMoved():
            return _moved(floor, event)
        case TurnGranted():
            queue = _without_request(floor, event.turn.participant)
            return replace(floor, queue=queue, turns=_with_turn(floor, event.turn))
        case TurnStarted():
            return replace(floor, turns=_with_turn(floor, event.turn), last=event.turn.participant)
        case TurnChanged():
            return replace(floor, turns=_with_turn(floor, event.turn))
        case TurnEnded():
            return _ended(floor, event)
        case FloorSet():
            return replace(floor, turn_s=event.turn_s, at_once=event.at_once, overrun=event.overrun)
        case SpokenKept():
            rest = {who: ms for who, ms in floor.spoken.items() if who != event.former}
            return replace(floor, spoken=_added(rest, event.participant, event.spoken_ms))
        case _:
            assert_never(event)


def over(floor: Floor, at: datetime) -> Floor:
    """Give the floor of a meeting that is over: nobody waits, and the time of who had it counts."""
    spoken = floor.spoken
    for turn in floor.turns:
        if turn.begun:
            spoken = _added(spoken, turn.participant, turn.spoken_by(at))
    return replace(floor, queue=(), turns=(), spoken=spoken)


def _ended(floor: Floor, event: TurnEnded) -> Floor:
    turns = tuple(turn for turn in floor.turns if turn.participant != event.participant)
    spoken = floor.spoken
    if event.spoken_ms > 0:
        spoken = _added(spoken, event.participant, event.spoken_ms)
    queue = floor.queue
    if event.back_in_queue:
        queue = _placed(floor, Request(event.participant, event.at), 0)
    return replace(floor, turns=turns, spoken=spoken, queue=queue)


def _moved(floor: Floor, event: RequestMoved) -> Floor:
    request = next((one for one in floor.queue if one.participant == event.participant), None)
    return floor if request is None else replace(floor, queue=_placed(floor, request, event.place))


def _placed(floor: Floor, request: Request, place: int) -> tuple[Request, ...]:
    others = _without_request(floor, request.participant)
    return (*others[:place], request, *others[place:])


def _without_request(floor: Floor, who: ParticipantId) -> tuple[Request, ...]:
    return tuple(request for request in floor.queue if request.participant != who)


def _with_turn(floor: Floor, turn: Turn) -> tuple[Turn, ...]:
    if floor.turn_of(turn.participant) is None:
        return (*floor.turns, turn)
    return tuple(turn if one.participant == turn.participant else one for one in floor.turns)


def _added(spoken: Mapping[ParticipantId, int], who: ParticipantId, ms: int) -> Mapping[ParticipantId, int]:
    """Add to somebody's time; beyond the limit the longest known are forgotten."""
    rest = {one: known for one, known in spoken.items() if one != who}
    for forgotten in list(rest)[: max(0, len(rest) + 1 - MAX_SPOKEN)]:
        del rest[forgotten]
    return MappingProxyType({**rest, who: spoken.get(who, 0) + ms})
