"""What may be asked of the floor (R17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hoptt.ids import ParticipantId
from hoptt.meeting.words import Overrun

# ---- whoever has a microphone ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskFloor:
    """Ask to speak: a place at the end of the queue."""


@dataclass(frozen=True, slots=True)
class WithdrawFloor:
    """Give the own place in the queue up."""


@dataclass(frozen=True, slots=True)
class TakeFloor:
    """Take a turn that was granted: the time starts, and the microphone opens by this press."""


@dataclass(frozen=True, slots=True)
class DeclineFloor:
    """Not take it."""


@dataclass(frozen=True, slots=True)
class EndTurn:
    """End the own turn (None), or, by those who lead, somebody's."""

    participant: ParticipantId | None = None


@dataclass(frozen=True, slots=True)
class AskMoreTime:
    """Ask for so much more time in the own turn."""

    seconds: int


# ---- those who lead --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GrantFloor:
    """Give the floor to somebody, whether they asked or not.

    `instead`: when no more may have it at once, end the turn that has lasted longest.
    """

    participant: ParticipantId
    instead: bool = False


@dataclass(frozen=True, slots=True)
class ExtendTurn:
    """Give a turn more time, or less."""

    participant: ParticipantId
    seconds: int


@dataclass(frozen=True, slots=True)
class HoldTurn:
    """Interrupt a turn: its clock stands still and the microphone closes."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class ResumeTurn:
    """Let an interrupted turn go on."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class RefuseRequest:
    """Take somebody out of the queue, with a reason that they read."""

    participant: ParticipantId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SkipRequest:
    """Put somebody at the end of the queue."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """Put somebody at this place in the queue, 0 for the next."""

    participant: ParticipantId
    place: int


@dataclass(frozen=True, slots=True)
class SetFloor:
    """Change how turns are given from now on; those that are given stay as they are."""

    turn_s: int | None
    at_once: int
    overrun: Overrun


ByTheSpeaker: TypeAlias = AskFloor | WithdrawFloor | TakeFloor | DeclineFloor | EndTurn | AskMoreTime
FloorByThoseWhoLead: TypeAlias = (
    GrantFloor | ExtendTurn | HoldTurn | ResumeTurn | RefuseRequest | SkipRequest | MoveRequest | SetFloor
)
FloorCommand: TypeAlias = ByTheSpeaker | FloorByThoseWhoLead
