"""What the floor makes of all else that happens: lines lost and back, seats given up, time that is over (R17)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from hoptt.ids import ParticipantId
from hoptt.meeting.commands import Command, Restore
from hoptt.meeting.events import (
    Event,
    MeetingClosed,
    ParticipantBack,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantLost,
    RightsChanged,
)
from hoptt.meeting.floor import turns
from hoptt.meeting.floor.events import FloorEvent, FloorWithdrawn, SpokenKept, TurnChanged, TurnEnded
from hoptt.meeting.floor.evolve import after
from hoptt.meeting.floor.numbers import MOST_AWAY, SHORTEST_LEFT
from hoptt.meeting.floor.state import Floor, in_ms
from hoptt.meeting.rights import same_person
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Cause, HeldBecause, Overrun, RequestEnd, TurnChange, TurnEnd, TurnState

_TURN_ENDS = {Cause.LOST: TurnEnd.LOST, Cause.REMOVED: TurnEnd.REMOVED, Cause.BANNED: TurnEnd.REMOVED}
_REQUEST_ENDS = {Cause.LOST: RequestEnd.LOST, Cause.REMOVED: RequestEnd.REMOVED, Cause.BANNED: RequestEnd.REMOVED}


def deadlines(floor: Floor) -> Iterator[datetime]:
    """Give when a turn lapses or is over."""
    for turn in floor.turns:
        if turn.lapses_at is not None:
            yield turn.lapses_at
        if turn.ends_at is not None and floor.overrun is Overrun.CLOSE:
            yield turn.ends_at


def due(meeting: Meeting, now: datetime) -> tuple[Event, ...]:
    """Give the turns that lapsed or are over by now. The gate closes without waiting for any page."""
    floor, events = meeting.floor, list[Event]()
    for turn in reversed(floor.turns):  # who was given the floor first is to be first in the queue again
        if turn.lapses_at is not None and turn.lapses_at <= now:
            events += turns.ended(meeting, turn, TurnEnd.LAPSED, None, now)
        if turn.ends_at is not None and floor.overrun is Overrun.CLOSE and turn.ends_at <= now:
            events += turns.ended(meeting, turn, TurnEnd.OVER, None, now)
    return tuple(events)


def follow(meeting: Meeting, command: Command, events: tuple[Event, ...], now: datetime) -> tuple[Event, ...]:
    """Add what a command that is not about the floor does to it."""
    floor = meeting.floor
    idle = not (floor.turns or floor.queue or floor.spoken)
    if idle or not events or any(isinstance(event, MeetingClosed) for event in events):
        return events
    all_of_them: list[Event] = []
    for event in events:
        consequences = _of(replace(meeting, floor=floor), command, event, now)
        if isinstance(event, ParticipantLeft):
            step: Sequence[Event] = [*consequences, event]
        else:
            step = [event, *consequences]
        for each in step:
            if isinstance(each, FloorEvent):
                floor = after(floor, each)
        all_of_them += step
    return tuple(all_of_them)


def _of(meeting: Meeting, command: Command, event: Event, now: datetime) -> tuple[Event, ...]:
    match event:
        case ParticipantLeft():
            return _left(meeting, event, now)
        case ParticipantLost():
            return _lost(meeting, event.participant, now, restart=isinstance(command, Restore))
        case ParticipantBack():
            return _back(meeting, event.participant, now)
        case ParticipantJoined():
            return _anew(meeting, event, now)
        case RightsChanged() if event.may_speak is False:
            return _silenced(meeting, event, now)
        case _:
            return ()


def _left(meeting: Meeting, event: ParticipantLeft, now: datetime) -> tuple[Event, ...]:
    """Who gives the seat up gives up turn and place: what the turn gave does not come back with the seat."""
    gone: list[Event] = []
    turn = meeting.floor.turn_of(event.participant)
    if turn is not None:
        gone += turns.ended(meeting, turn, _TURN_ENDS.get(event.cause, TurnEnd.LEFT), event.by, now)
    if meeting.floor.place_of(event.participant) is not None:
        cause = _REQUEST_ENDS.get(event.cause, RequestEnd.LEFT)
        gone.append(FloorWithdrawn(now, event.participant, cause, event.by))
    return tuple(gone)


def _lost(meeting: Meeting, who: ParticipantId, now: datetime, *, restart: bool) -> tuple[Event, ...]:
    """The clock stands still; right and gate are untouched, so that a line that is soon back is noticed by nobody.

    After a restart of the control plane a turn has at least the time to finish a sentence: clocks stood still.
    """
    turn = meeting.floor.turn_of(who)
    if turn is None or turn.state is not TurnState.SPEAKING:
        return ()
    stopped = turns.standing_still(meeting, turn, HeldBecause.LINE, now)
    if restart and stopped.left_ms is not None and meeting.floor.overrun is Overrun.CLOSE:
        stopped = replace(stopped, left_ms=max(stopped.left_ms, in_ms(SHORTEST_LEFT)))
    return (TurnChanged(now, stopped, TurnChange.HELD, None),)


def _back(meeting: Meeting, who: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Go on with the time that was left. Longer than `MOST_AWAY` in all the clock does not stand still for a line.

    Otherwise somebody whose media goes on could speak for ever by leaving and coming back.
    """
    turn = meeting.floor.turn_of(who)
    if turn is None or turn.held_because is not HeldBecause.LINE:
        return ()
    away_ms = turn.away_ms + (0 if turn.held_at is None else max(0, in_ms(now - turn.held_at)))
    beyond_ms = max(0, away_ms - in_ms(MOST_AWAY))
    left_ms = None if turn.left_ms is None else turn.left_ms - beyond_ms
    if left_ms is not None and meeting.floor.overrun is Overrun.CLOSE:
        left_ms = max(0, left_ms)
    on = replace(turn, left_ms=left_ms, away_ms=away_ms - beyond_ms)
    return (TurnChanged(now, turns.running(on, now), TurnChange.RESUMED, None),)


def _silenced(meeting: Meeting, event: RightsChanged, now: datetime) -> tuple[Event, ...]:
    """Whoever's right was taken by something else has no turn any more."""
    held = (meeting.floor.turn_of(who) for who in event.participants)
    return tuple(
        TurnEnded(now, turn.participant, TurnEnd.ENDED, event.by, turn.spoken_by(now))
        for turn in held
        if turn is not None and turn.begun
    )


def _anew(meeting: Meeting, event: ParticipantJoined, now: datetime) -> tuple[Event, ...]:
    """Who comes in anew keeps the speaking time of the seat they gave up."""
    own = event.participant
    for who, spoken_ms in meeting.floor.spoken.items():
        former = meeting.former.get(who)
        if who != own.id and former is not None and same_person(former.identity, own.identity):
            return (SpokenKept(now, own.id, who, spoken_ms),)
    return ()
