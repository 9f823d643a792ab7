"""Removing somebody, with or without a ban (R18)."""

from __future__ import annotations

from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.appointing import spare_the_absent_chair
from hoptt.meeting.commands import LiftBan, Remove
from hoptt.meeting.events import BanLifted, Event, ParticipantLeft
from hoptt.meeting.speaking import present, spare_the_chair
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Cause, Role


def remove(meeting: Meeting, command: Remove, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Remove a participant. Their tokens are dead; without a ban they may ask again, and the chair is asked.

    A co-chair is removed by the chair only, and nobody removes oneself: that is leaving.
    """
    [seat] = spare_the_chair(present(meeting, [command.participant]))
    spare_the_absent_chair(meeting, seat.id)
    if seat.id == by:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "to go oneself is to leave")
    if seat.role is Role.CO_CHAIR and meeting.participants[by].role is not Role.CHAIR:
        raise HopttError(ErrorCode.NOT_ALLOWED, "only the chair removes a co-chair")
    cause = Cause.BANNED if command.ban else Cause.REMOVED
    return (ParticipantLeft(now, seat.id, cause, by, command.reason),)


def lift_ban(meeting: Meeting, command: LiftBan, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Let somebody who was banned knock again."""
    if command.participant not in meeting.bans:
        raise HopttError(ErrorCode.PARTICIPANT_UNKNOWN, "no ban stands against them")
    return (BanLifted(now, command.participant, by),)
