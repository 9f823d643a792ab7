"""The lobby given to the secretary or to a co-chair, so that the chair has only the meeting to look at (R4, R18).

Whoever leads may admit as before: what is given is the care, and to a secretary the right with it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.events import Event, LobbyGiven
from hoptt.meeting.role_commands import GiveLobby
from hoptt.meeting.speaking import present
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Role

MAY_KEEP = frozenset({Role.SECRETARY, Role.CO_CHAIR})
"""To whom the lobby can be given."""


def give(meeting: Meeting, command: GiveLobby, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Give the lobby to somebody, or take it back. What is so already changes nothing."""
    if command.participant is not None:
        [seat] = present(meeting, [command.participant])
        if seat.role not in MAY_KEEP or seat.leads_branch is not None:
            raise HopttError(
                ErrorCode.NOT_POSSIBLE, "the lobby is given to the secretary, or to a co-chair for the whole meeting"
            )
    return () if meeting.lobby_keeper == command.participant else (LobbyGiven(now, command.participant, by),)


def lapsed(meeting: Meeting) -> Meeting:
    """Give the meeting without a keeper of the lobby who has left, or is neither secretary nor co-chair any more."""
    keeper = meeting.lobby_keeper
    if keeper is None:
        return meeting
    seat = meeting.participants.get(keeper)
    if seat is not None and seat.role in MAY_KEEP and seat.leads_branch is None:
        return meeting
    return replace(meeting, lobby_keeper=None)
