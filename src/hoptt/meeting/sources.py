"""The right to a camera and to a screen share (R18): the same pair of right and own switch as a microphone has."""

from __future__ import annotations

from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.commands import AllowSource, StopSource
from hoptt.meeting.events import Event, RightsChanged
from hoptt.meeting.roles import RECEIVES_ONLY
from hoptt.meeting.speaking import present, spare_the_chair
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Source


def stop(meeting: Meeting, command: StopSource, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Stop a camera or a share, and take the right to it until it is given back."""
    [seat] = spare_the_chair(present(meeting, [command.participant]))
    return _change(meeting, seat.id, command.source, by, now, may=False)


def allow(meeting: Meeting, command: AllowSource, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Give the right to a camera or a share (back). It never starts one."""
    [seat] = present(meeting, [command.participant])
    if seat.role in RECEIVES_ONLY:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "an observer sends nothing")
    return _change(meeting, seat.id, command.source, by, now, may=True)


def _change(
    meeting: Meeting, who: ParticipantId, source: Source, by: ParticipantId, now: datetime, *, may: bool
) -> tuple[Event, ...]:
    rights = meeting.participants[who].rights
    match source:
        case Source.MICROPHONE:
            raise HopttError(ErrorCode.NOT_POSSIBLE, "the right to speak has commands of its own")
        case Source.CAMERA:
            return () if rights.may_show is may else (RightsChanged(now, (who,), by, may_show=may),)
        case Source.SCREEN | Source.SCREEN_AUDIO:
            return () if rights.may_share is may else (RightsChanged(now, (who,), by, may_share=may),)
