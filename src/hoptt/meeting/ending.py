"""Opening and ending a meeting (R6, R21)."""

from __future__ import annotations

from datetime import datetime

from hoptt.ids import ParticipantId
from hoptt.meeting.events import Event, MeetingClosed, MeetingOpened
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Cause


def open_meeting(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """The chair opens a scheduled meeting; the doors open with it."""
    return () if meeting.opened_at is not None else (MeetingOpened(now, by),)


def end(by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """The chair ends the meeting for all: every connection closes (R21)."""
    return (MeetingClosed(now, by, Cause.ENDED),)


def cancel(now: datetime) -> tuple[Event, ...]:
    """The meeting was taken off the calendar."""
    return (MeetingClosed(now, None, Cause.CANCELLED),)
