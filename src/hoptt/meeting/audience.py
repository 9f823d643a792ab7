"""Who is told what (S26): the lobby is for those who may admit, the rest of the history for everybody inside."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from hoptt.meeting.commands import Admit
from hoptt.meeting.events import (
    BanLifted,
    ControlRestored,
    DoorsOpened,
    Event,
    LobbyEntered,
    LobbyLeft,
    MeetingBegun,
    SeatTakenOver,
)
from hoptt.meeting.roles import MAY, Standing
from hoptt.meeting.words import Role


class Audience(StrEnum):
    """Readers who see the same, so that a message is made once for all of them."""

    ADMITTING = "admitting"
    SEATED = "seated"


def audience_of(role: Role) -> Audience:
    """Give the audience of a role in the meeting."""
    return Audience.ADMITTING if Standing(role.value) in MAY[Admit] else Audience.SEATED


def sift(events: Iterable[Event], audience: Audience) -> tuple[Event, ...]:
    """Give those events that this audience is told. Some are for the log alone."""
    return tuple(e for e in events if may_see(e, audience))


def may_see(event: Event, audience: Audience) -> bool:
    """Tell whether this audience is told of the event."""
    if isinstance(event, (MeetingBegun, DoorsOpened, SeatTakenOver, BanLifted, ControlRestored)):
        return False
    if isinstance(event, (LobbyEntered, LobbyLeft)):
        return audience is Audience.ADMITTING
    return True
