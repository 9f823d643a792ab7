"""Locking the room (R18): nobody new gets in, those with a seat come back."""

from __future__ import annotations

from datetime import datetime

from hoptt.ids import ParticipantId
from hoptt.meeting.commands import Lock
from hoptt.meeting.events import Event, RoomLocked
from hoptt.meeting.state import Meeting


def lock(meeting: Meeting, command: Lock, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Lock or unlock; asking for what is so already changes nothing."""
    return () if meeting.locked is command.locked else (RoomLocked(now, command.locked, by),)
