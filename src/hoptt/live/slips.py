"""What a command carries with it through the inbox, and the answer it gets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hoptt.errors import HopttError
from hoptt.ids import ParticipantId
from hoptt.live.deliveries import Picture, Switches
from hoptt.live.ledger import Entry
from hoptt.live.listener import Listener
from hoptt.meeting.commands import Command, Enter, Return, ToldAtOnce
from hoptt.meeting.events import Event, LobbyEntered, ParticipantJoined, SeatTakenOver
from hoptt.meeting.floor.events import TurnChanged, TurnEnded, TurnGranted, TurnStarted


@dataclass(frozen=True, slots=True)
class Sat:
    """The answer to a command. For those who came in it holds what they see: deliveries go on from there."""

    who: ParticipantId
    recorded: bool
    seq: int = 0
    picture: Picture | None = None
    missed: tuple[Event, ...] | None = None


@dataclass(slots=True, eq=False)
class Slip:
    """What is needed to answer a command: the one who waits, and for newcomers where to send deliveries."""

    answer: asyncio.Future[Sat] | None
    listener: Listener | None = None
    switches: Switches = field(default_factory=Switches)
    last_seq: int = 0
    """The last event that somebody who comes back has seen."""


def sits_as(entry: Entry[Slip]) -> ParticipantId | None:
    """Give the id under which somebody came in: an earlier one when they took their own seat over."""
    for event in entry.events:
        match event:
            case ParticipantJoined() if isinstance(entry.command, (Enter, Return)):
                return event.participant.id
            case LobbyEntered() if isinstance(entry.command, (Enter, Return)):
                return event.applicant.id
            case SeatTakenOver():
                return event.participant
            case _:
                pass
    return entry.by


def refuse(entry: Entry[Slip], refusal: HopttError) -> None:
    """Answer a command that nobody has answered yet with a refusal."""
    answer = entry.slip.answer
    if answer is not None and not answer.done():
        answer.set_exception(refusal)


def act_name(command: Command) -> str:
    """Give the name of a command as metrics know it, `end_meeting`."""
    name = type(command).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def is_urgent(entry: Entry[Slip]) -> bool:
    """Tell whether what a command made happen is told at once: acts of those who lead, and every change of a turn."""
    return isinstance(entry.command, ToldAtOnce) or any(isinstance(event, ABOUT_TURNS) for event in entry.events)


ABOUT_TURNS = (TurnGranted, TurnStarted, TurnChanged, TurnEnded)
