"""Who is told what (S26): the lobby is for those who may admit there, a private line of the chat for those it is to.

The rest of the history is for everybody inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hoptt.ids import ParticipantId
from hoptt.meeting import chat
from hoptt.meeting.chat_words import ChatTo, Said
from hoptt.meeting.commands import Admit
from hoptt.meeting.events import (
    BanLifted,
    ControlRestored,
    DoorsOpened,
    Event,
    LobbyEntered,
    LobbyLeft,
    MeetingBegun,
    SeatsForgotten,
    SeatTakenOver,
)
from hoptt.meeting.roles import MAY, Standing
from hoptt.meeting.state import Applicant, Meeting, Participant
from hoptt.meeting.words import Role


class Audience(StrEnum):
    """Readers who see the same of all that is not private, so that a message is made once for all of them."""

    ADMITTING = "admitting"
    SEATED = "seated"


@dataclass(frozen=True, slots=True)
class Reader:
    """One participant as somebody who is told things."""

    id: ParticipantId
    audience: Audience
    at_the_desk: bool = False
    """Reads what is written to those who lead."""
    unit: str = ""
    """The proved unit, as it is compared; empty: none."""
    leads_branch: str | None = None
    """The only branch whose applicants are shown; None: all (R18)."""


def audience_of(role: Role) -> Audience:
    """Give the audience of a role in the meeting."""
    return Audience.ADMITTING if Standing(role.value) in MAY[Admit] else Audience.SEATED


def reader_of(seat: Participant, *, keeps_lobby: bool = False) -> Reader:
    """Give as whom a participant reads: to be asked anew when the role changed, or the lobby was given on."""
    unit = chat.unit_key(seat.identity) if chat.unit_of(seat) else ""
    at_the_desk = seat.role in chat.DESK
    audience = Audience.ADMITTING if keeps_lobby else audience_of(seat.role)
    return Reader(seat.id, audience, at_the_desk=at_the_desk, unit=unit, leads_branch=seat.leads_branch)


def reader_in(meeting: Meeting, seat: Participant) -> Reader:
    """Give as whom a participant reads a meeting as it stands."""
    return reader_of(seat, keeps_lobby=seat.id == meeting.lobby_keeper)


def sift(events: Iterable[Event], reader: Reader) -> tuple[Event, ...]:
    """Give those events that this reader is told. Some are for the log alone."""
    return tuple(e for e in events if may_see(e, reader.audience) and (not is_private(e) or may_read(e, reader)))


def may_see(event: Event, audience: Audience) -> bool:
    """Tell whether this audience is told of the event, when it is not private."""
    if isinstance(event, (MeetingBegun, DoorsOpened, SeatTakenOver, SeatsForgotten, BanLifted, ControlRestored)):
        return False
    if isinstance(event, (LobbyEntered, LobbyLeft)):
        return audience is Audience.ADMITTING
    return True


def is_private(event: Event) -> bool:
    """Tell whether who is told depends on more than the audience."""
    return isinstance(event, LobbyEntered) or (isinstance(event, Said) and event.to is not ChatTo.ALL)


def may_read(event: Event, reader: Reader) -> bool:
    """Tell whether a private event is for this reader."""
    if isinstance(event, LobbyEntered):
        return sees_waiting(event.applicant, reader)
    if not isinstance(event, Said):
        return True
    return chat.may_read(event, reader.id, at_the_desk=reader.at_the_desk, unit=reader.unit)


def sees_waiting(applicant: Applicant, reader: Reader) -> bool:
    """Tell whether this reader may admit the applicant: only then is the name for them."""
    return reader.audience is Audience.ADMITTING and reader.leads_branch in (None, applicant.branch)
