"""What happened on the floor (R17). Beside start and end of a turn stands what they do to the right to speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from hoptt.ids import ParticipantId
from hoptt.meeting.event import Recorded
from hoptt.meeting.floor.state import Turn
from hoptt.meeting.words import Overrun, RequestEnd, TurnChange, TurnEnd


@dataclass(frozen=True, slots=True)
class FloorAsked(Recorded):
    """Somebody asks to speak, and stands at this place in the queue (0: next)."""

    type: ClassVar[str] = "floor_asked"

    at: datetime
    participant: ParticipantId
    place: int


@dataclass(frozen=True, slots=True)
class FloorWithdrawn(Recorded):
    """A request ended without a turn."""

    type: ClassVar[str] = "floor_withdrawn"
    personal: ClassVar[Mapping[str, object]] = {"reason": ""}

    at: datetime
    participant: ParticipantId
    cause: RequestEnd
    by: ParticipantId | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RequestMoved(Recorded):
    """A request has another place in the queue."""

    type: ClassVar[str] = "request_moved"

    at: datetime
    participant: ParticipantId
    place: int
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class TurnGranted(Recorded):
    """Somebody has only to take the floor; their request leaves the queue."""

    type: ClassVar[str] = "turn_granted"

    at: datetime
    turn: Turn


@dataclass(frozen=True, slots=True)
class TurnStarted(Recorded):
    """It was taken: the time runs."""

    type: ClassVar[str] = "turn_started"

    at: datetime
    turn: Turn


@dataclass(frozen=True, slots=True)
class TurnChanged(Recorded):
    """A turn goes on otherwise; `turn` is what it is now."""

    type: ClassVar[str] = "turn_changed"

    at: datetime
    turn: Turn
    change: TurnChange
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class TurnEnded(Recorded):
    """A turn is over. `spoken_ms`: how long it was spoken in; `back_in_queue`: they are next in the queue again."""

    type: ClassVar[str] = "turn_ended"

    at: datetime
    participant: ParticipantId
    cause: TurnEnd
    by: ParticipantId | None
    spoken_ms: int
    back_in_queue: bool = False


@dataclass(frozen=True, slots=True)
class FloorSet(Recorded):
    """How turns are given from now on."""

    type: ClassVar[str] = "floor_set"

    at: datetime
    turn_s: int | None
    at_once: int
    overrun: Overrun
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class SpokenKept(Recorded):
    """Somebody came in anew under another id: the speaking time of the former one is theirs."""

    type: ClassVar[str] = "spoken_kept"

    at: datetime
    participant: ParticipantId
    former: ParticipantId
    spoken_ms: int


FloorEvent: TypeAlias = (
    FloorAsked
    | FloorWithdrawn
    | RequestMoved
    | TurnGranted
    | TurnStarted
    | TurnChanged
    | TurnEnded
    | FloorSet
    | SpokenKept
)
