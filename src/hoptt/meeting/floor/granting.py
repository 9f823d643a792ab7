"""Giving the floor and taking it (R17): those who lead give the turn, the participant's own press begins it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.branches import led_by, reaches
from hoptt.meeting.events import Event
from hoptt.meeting.floor import turns
from hoptt.meeting.floor.commands import GrantFloor, SetFloor
from hoptt.meeting.floor.events import FloorSet, TurnGranted, TurnStarted
from hoptt.meeting.floor.numbers import MAX_AT_ONCE, MAX_TURN_S, MIN_TURN_S, within
from hoptt.meeting.floor.state import Turn
from hoptt.meeting.roles import SILENT
from hoptt.meeting.speaking import present
from hoptt.meeting.state import Meeting
from hoptt.meeting.timers import Times
from hoptt.meeting.words import TurnEnd, TurnState


def grant(meeting: Meeting, command: GrantFloor, by: ParticipantId, now: datetime, times: Times) -> tuple[Event, ...]:
    """Give the floor to one of the queue, or invite somebody who did not ask.

    Two who lead and press at once leave one turn: granting who has one already changes nothing.
    """
    floor = meeting.floor
    [seat] = present(meeting, [command.participant])
    if seat.role in SILENT:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "observers and companions have no microphone here")
    if floor.turn_of(seat.id) is not None:
        return ()
    if not seat.connected:
        raise HopttError(ErrorCode.FLOOR_AWAY, "their line is lost; they keep their place in the queue")
    ended: list[Event] = []
    if len(floor.turns) >= floor.at_once:
        if not command.instead:
            raise HopttError(
                ErrorCode.FLOOR_TAKEN,
                f"{len(floor.turns)} have the floor, and no more than {floor.at_once} may have it at once",
                details={"at_once": floor.at_once},
            )
        longest = _longest(floor.turns)
        _check_reach(meeting, longest.participant, by)
        ended += turns.ended(meeting, longest, TurnEnd.REPLACED, by, now)
    turn = Turn(
        seat.id,
        TurnState.GRANTED,
        by,
        now,
        invited=floor.place_of(seat.id) is None,
        lapses_at=now + times.turn_taken,
        left_ms=None if floor.turn_s is None else floor.turn_s * 1000,
        standing=seat.rights.may_speak,
    )
    return (*ended, TurnGranted(now, turn))


def take(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Begin a turn that was granted. In one that runs there is nothing left to begin."""
    turn = turns.of(meeting, by)
    if turn.state is TurnState.SPEAKING:
        return ()
    if turn.state is TurnState.HELD:
        raise HopttError(ErrorCode.FLOOR_HELD, "the chair has interrupted this turn")
    seat = meeting.participants[by]
    if not seat.connected:
        raise HopttError(ErrorCode.FLOOR_AWAY, "a turn begins when the line is back")
    begun = replace(turns.running(turn, now), begun_at=now, lapses_at=None, standing=seat.rights.may_speak)
    return (TurnStarted(now, begun), *turns.right(meeting, by, None, now, may=True))


def decline(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Not take a turn that was granted."""
    turn = turns.of(meeting, by)
    if turn.begun:
        raise HopttError(ErrorCode.FLOOR_ALREADY, "this turn has begun: it is ended, not declined")
    return turns.ended(meeting, turn, TurnEnd.DECLINED, by, now)


def set_floor(meeting: Meeting, command: SetFloor, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Change how turns are given from now on. Whoever has the floor keeps the time that was given."""
    if command.turn_s is not None:
        within("turn_s", command.turn_s, MIN_TURN_S, MAX_TURN_S)
    within("at_once", command.at_once, 1, MAX_AT_ONCE)
    floor = meeting.floor
    if (floor.turn_s, floor.at_once, floor.overrun) == (command.turn_s, command.at_once, command.overrun):
        return ()
    return (FloorSet(now, command.turn_s, command.at_once, command.overrun, by),)


def _check_reach(meeting: Meeting, who: ParticipantId, by: ParticipantId) -> None:
    """Refuse a co-chair of one branch who would end the turn of somebody outside it (R18)."""
    if not reaches(meeting, by, meeting.participants[who].branch):
        raise HopttError(
            ErrorCode.BRANCH_OUTSIDE,
            "the turn that would end is of somebody outside the branch",
            details={"branch": led_by(meeting, by) or ""},
        )


def _longest(given: tuple[Turn, ...]) -> Turn:
    """Give the turn that has lasted longest: of those begun, else of those given."""
    return min(given, key=lambda turn: (turn.begun_at is None, turn.begun_at or turn.granted_at))
