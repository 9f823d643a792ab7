"""The floor as it stands: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from hoptt.ids import ParticipantId
from hoptt.meeting.words import HeldBecause, Overrun, TurnState


@dataclass(frozen=True, slots=True)
class Request:
    """A place in the queue."""

    participant: ParticipantId
    since: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody has the floor, or has only to take it."""

    participant: ParticipantId
    state: TurnState
    by: ParticipantId | None
    """Who granted it."""
    granted_at: datetime
    invited: bool = False
    """They did not ask."""
    lapses_at: datetime | None = None
    """While granted: when it is taken back unless it is taken."""
    begun_at: datetime | None = None
    """When it was taken."""
    started_at: datetime | None = None
    """While speaking: begin of the present stretch."""
    ends_at: datetime | None = None
    """While speaking, of a turn with a limit."""
    left_ms: int | None = None
    """Of a turn with a limit while its clock stands: granted, or held. Below zero: the time had run over."""
    held_because: HeldBecause | None = None
    held_at: datetime | None = None
    """While the line is away: since when."""
    away_ms: int = 0
    """How long the clock has stood still for the line."""
    standing: bool = False
    """They may speak without the turn too: the end of it takes nothing."""
    asked_ms: int = 0
    """More time that the speaker asks for; 0: none."""
    spoken_ms: int = 0
    """Before the present stretch."""

    @property
    def begun(self) -> bool:
        return self.begun_at is not None

    def spoken_by(self, now: datetime) -> int:
        """Give how long the turn's speaker has had the floor, in milliseconds."""
        if self.started_at is None:
            return self.spoken_ms
        return self.spoken_ms + max(0, in_ms(now - self.started_at))


@dataclass(frozen=True, slots=True)
class Floor:
    """The queue, the turns, and how they are given."""

    queue: tuple[Request, ...] = ()
    turns: tuple[Turn, ...] = ()
    """In the order in which they were granted; at most one of a participant."""
    turn_s: int | None = None
    """Time of a new turn; None: without a limit."""
    at_once: int = 1
    overrun: Overrun = Overrun.CLOSE
    spoken: Mapping[ParticipantId, int] = field(default_factory=lambda: MappingProxyType({}))
    """Milliseconds of all turns that ended, by participant."""
    last: ParticipantId | None = None
    """Who had the floor last."""

    def turn_of(self, who: ParticipantId) -> Turn | None:
        return next((turn for turn in self.turns if turn.participant == who), None)

    def place_of(self, who: ParticipantId) -> int | None:
        """Give somebody's place in the queue, 0 for the next."""
        return next((place for place, request in enumerate(self.queue) if request.participant == who), None)

    @property
    def holder(self) -> ParticipantId | None:
        """Who is shown and heard first: the first of those whose turn has begun, between turns the last one."""
        return next((turn.participant for turn in self.turns if turn.begun), self.last)


def in_ms(span: timedelta) -> int:
    """Give a span of time in whole milliseconds."""
    return round(span.total_seconds() * 1000)
