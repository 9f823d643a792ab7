"""The floor as everybody in the meeting sees it (R17)."""

from __future__ import annotations

from hoptt.meeting.words import HeldBecause, Overrun, TurnState
from hoptt.signaling.messages.basics import Message


class RequestView(Message, frozen=True, kw_only=True):
    """A place in the queue."""

    participant: str
    since: int


class TurnView(Message, frozen=True, kw_only=True):
    """Somebody has the floor, or has only to take it."""

    participant: str
    state: TurnState
    by: str | None
    """Who granted it."""
    invited: bool
    """They did not ask."""
    granted_at: int
    lapses_at: int | None
    """While granted: when it is taken back unless it is taken."""
    started_at: int | None
    """While speaking: begin of the present stretch."""
    ends_at: int | None
    """While speaking, of a turn with a limit."""
    left_ms: int | None
    """Of a turn with a limit while its clock stands; below zero: the time had run over."""
    held_because: HeldBecause | None
    standing: bool
    """They may speak without the turn too."""
    asked_ms: int
    """More time that the speaker asks for; 0: none."""
    spoken_ms: int
    """Before the present stretch."""


class SpokenView(Message, frozen=True, kw_only=True):
    """How long somebody had the floor, in turns that ended."""

    participant: str
    spoken_ms: int


class FloorView(Message, frozen=True, kw_only=True):
    """The floor: who waits, who has it, how turns are given."""

    queue: list[RequestView]
    turns: list[TurnView]
    turn_s: int | None
    at_once: int
    overrun: Overrun
    spoken: list[SpokenView]
    last: str | None
    """Who had the floor last."""
