"""The floor as it stands on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from hoptt.meeting.floor import events as happened
from hoptt.meeting.floor.state import Floor, Turn
from hoptt.signaling.basic_views import ms
from hoptt.signaling.messages import floor as wire
from hoptt.signaling.messages.floor_view import FloorView, RequestView, SpokenView, TurnView


def floor(held: Floor) -> FloorView:
    """Give the whole floor."""
    return FloorView(
        queue=[RequestView(participant=request.participant, since=ms(request.since)) for request in held.queue],
        turns=[turn(one) for one in held.turns],
        turn_s=held.turn_s,
        at_once=held.at_once,
        overrun=held.overrun,
        spoken=[SpokenView(participant=who, spoken_ms=spoken) for who, spoken in held.spoken.items()],
        last=held.last,
    )


def turn(one: Turn) -> TurnView:
    return TurnView(
        participant=one.participant,
        state=one.state,
        by=one.by,
        invited=one.invited,
        granted_at=ms(one.granted_at),
        lapses_at=_ms(one.lapses_at),
        started_at=_ms(one.started_at),
        ends_at=_ms(one.ends_at),
        left_ms=one.left_ms,
        held_because=one.held_because,
        standing=one.standing,
        asked_ms=one.asked_ms,
        spoken_ms=one.spoken_ms,
    )


def event(one: happened.FloorEvent) -> wire.FloorEvent:  # noqa: PLR0911 - one line a case
    """Give an event as its readers get it."""
    at = ms(one.at)
    match one:
        case happened.FloorAsked():
            return wire.FloorAsked(at=at, participant=one.participant, place=one.place)
        case happened.FloorWithdrawn():
            return wire.FloorWithdrawn(
                at=at, participant=one.participant, cause=one.cause, by=one.by, reason=one.reason
            )
        case happened.RequestMoved():
            return wire.RequestMoved(at=at, participant=one.participant, place=one.place, by=one.by)
        case happened.TurnGranted():
            return wire.TurnGranted(at=at, turn=turn(one.turn))
        case happened.TurnStarted():
            return wire.TurnStarted(at=at, turn=turn(one.turn))
        case happened.TurnChanged():
            return wire.TurnChanged(at=at, turn=turn(one.turn), change=one.change, by=one.by)
        case happened.TurnEnded():
            return wire.TurnEnded(
                at=at,
                participant=one.participant,
                cause=one.cause,
                by=one.by,
                spoken_ms=one.spoken_ms,
                back_in_queue=one.back_in_queue,
            )
        case happened.FloorSet():
            return wire.FloorSet(at=at, turn_s=one.turn_s, at_once=one.at_once, overrun=one.overrun, by=one.by)
        case happened.SpokenKept():
            return wire.SpokenKept(at=at, participant=one.participant, former=one.former, spoken_ms=one.spoken_ms)
        case _:
            assert_never(one)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else ms(at)
