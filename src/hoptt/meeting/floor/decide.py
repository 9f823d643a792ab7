"""What a command about the floor makes happen; each rule has a file of its own beside this one."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from hoptt.ids import ParticipantId
from hoptt.meeting.events import Event
from hoptt.meeting.floor import granting, queue, turns
from hoptt.meeting.floor.commands import (
    AskFloor,
    AskMoreTime,
    DeclineFloor,
    EndTurn,
    ExtendTurn,
    FloorCommand,
    GrantFloor,
    HoldTurn,
    MoveRequest,
    RefuseRequest,
    ResumeTurn,
    SetFloor,
    SkipRequest,
    TakeFloor,
    WithdrawFloor,
)
from hoptt.meeting.state import Meeting
from hoptt.meeting.timers import Times


def decide(  # noqa: PLR0911, PLR0912 - the dispatcher: one line a case
    meeting: Meeting, command: FloorCommand, by: ParticipantId, now: datetime, times: Times
) -> tuple[Event, ...]:
    """Give the events of a command about the floor; raise HopttError when it is refused."""
    match command:
        case AskFloor():
            return queue.ask(meeting, by, now)
        case WithdrawFloor():
            return queue.withdraw(meeting, by, now)
        case RefuseRequest():
            return queue.refuse(meeting, command, by, now)
        case SkipRequest():
            return queue.skip(meeting, command, by, now)
        case MoveRequest():
            return queue.move(meeting, command, by, now)
        case GrantFloor():
            return granting.grant(meeting, command, by, now, times)
        case TakeFloor():
            return granting.take(meeting, by, now)
        case DeclineFloor():
            return granting.decline(meeting, by, now)
        case SetFloor():
            return granting.set_floor(meeting, command, by, now)
        case EndTurn():
            return turns.end(meeting, command, by, now)
        case HoldTurn():
            return turns.hold(meeting, command, by, now)
        case ResumeTurn():
            return turns.resume(meeting, command, by, now)
        case ExtendTurn():
            return turns.extend(meeting, command, by, now)
        case AskMoreTime():
            return turns.ask_more(meeting, command, by, now)
        case _:
            assert_never(command)
