"""One picture in every room (R23): the layout of all pages, and who is brought to the stage of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.commands import PictureCommand, SetLayout, SetStage
from hoptt.meeting.events import Event, LayoutSet, PictureEvent, StageSet
from hoptt.meeting.speaking import present
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Role

MAX_STAGE = 5
"""More than these beside chair and speaker and the stage would be the list again."""


def decide(meeting: Meeting, command: PictureCommand, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Set what every page shows; asking for what is so already changes nothing."""
    match command:
        case SetLayout():
            return () if meeting.layout is command.layout else (LayoutSet(now, command.layout, by),)
        case SetStage():
            return _stage(meeting, command, by, now)
        case _:
            assert_never(command)


def evolve(meeting: Meeting, event: PictureEvent) -> Meeting:
    """Give the meeting with its new picture."""
    match event:
        case LayoutSet():
            return replace(meeting, layout=event.layout)
        case StageSet():
            return replace(meeting, stage=tuple(who for who in event.participants if who in meeting.participants))
        case _:
            assert_never(event)


def _stage(meeting: Meeting, command: SetStage, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """The whole stage at once, so that two who lead leave no mixture: the later word holds."""
    chosen = present(meeting, command.participants)
    if len(chosen) > MAX_STAGE:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"the stage holds {MAX_STAGE}: take somebody off first")
    if any(seat.role is Role.OBSERVER for seat in chosen):
        raise HopttError(ErrorCode.NOT_POSSIBLE, "an observer sends no picture")
    wanted = tuple(seat.id for seat in chosen)
    return () if wanted == meeting.stage else (StageSet(now, wanted, by),)
