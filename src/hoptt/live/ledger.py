"""What is recorded, what is decided but not recorded yet, and what is tried again.

Commands are decided one after another on a draft. A batch of them is committed at once; then the draft up to there
becomes the state. While a commit is under way the next batch is decided on top of it. When a commit fails, the drafts
are dropped; acts that take away are decided again at the head of the next batch, until they are recorded. Pure: no
loop, no clock, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from hoptt.ids import ParticipantId
from hoptt.meeting.chat_words import CloseChat
from hoptt.meeting.commands import (
    Cancel,
    Command,
    EndMeeting,
    Leave,
    Lock,
    Lose,
    Mute,
    Refuse,
    Remove,
    Restore,
    SignOut,
    StopSource,
    TakeBack,
)
from hoptt.meeting.decide import decide
from hoptt.meeting.events import Event, MeetingBegun
from hoptt.meeting.evolve import begun, evolve
from hoptt.meeting.floor.commands import EndTurn, HoldTurn
from hoptt.meeting.floor.events import TurnEnded
from hoptt.meeting.role_commands import SetRole
from hoptt.meeting.state import Meeting
from hoptt.meeting.timers import Times
from hoptt.meeting.words import Role

T = TypeVar("T")

MAX_UNRECORDED = 1_000
"""Acts waiting to be tried again; a disk that stays full for so many is a disk nobody looks after."""


@dataclass(slots=True, eq=False)
class Entry(Generic[T]):
    """A command on its way into the log. `slip` is whatever its owner needs to answer it."""

    command: Command
    by: ParticipantId | None
    slip: T
    events: tuple[Event, ...] = ()
    tries: int = 0

    @property
    def takes_away(self) -> bool:
        """Takes effect right after it was decided, without the disk: also a turn that is over by the clock."""
        return takes_away(self.command) or any(isinstance(event, TurnEnded) for event in self.events)

    @property
    def must_be_recorded(self) -> bool:
        """Is tried again when it could not be stored: it has happened, whether the log knows or not."""
        return self.takes_away or isinstance(self.command, (Leave, Lose, Restore))


def takes_away(command: Command) -> bool:
    """Tell whether a command closes something: then it does not wait for the disk (design: acts that take away)."""
    if isinstance(command, Lock):
        return command.locked
    if isinstance(command, SetRole):
        return command.role in (Role.ATTENDEE, Role.OBSERVER)  # nobody leads on because a disk is full
    if isinstance(command, CloseChat):
        return command.closed
    return isinstance(
        command, (Mute, TakeBack, Remove, Refuse, StopSource, EndMeeting, Cancel, SignOut, EndTurn, HoldTurn)
    )


@dataclass(slots=True)
class Batch(Generic[T]):
    """What one commit stores: `events` behind number `after`."""

    entries: list[Entry[T]]
    events: tuple[Event, ...]
    after: int
    result: Meeting


@dataclass(slots=True)
class Ledger(Generic[T]):
    """The books of one meeting."""

    state: Meeting
    """As recorded."""
    seq: int
    """Number of the last recorded event."""
    times: Times
    first: MeetingBegun | None = None
    """The beginning of a meeting that has no log yet."""
    draft: Meeting = field(init=False)
    """With everything that was decided."""
    flying: Batch[T] | None = field(default=None, init=False)
    waiting: list[Entry[T]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.draft = self.state

    @classmethod
    def beginning(cls, first: MeetingBegun, times: Times) -> Ledger[T]:
        """Open the books of a new meeting."""
        return cls(begun(first), 0, times, first)

    def decide(self, entry: Entry[T], now: datetime) -> None:
        """Decide a command on the draft and put it into the next batch.

        Raises HopttError when the rules refuse it; nothing has changed then. Any other exception is a bug, and
        nothing has changed either.
        """
        events = decide(self.draft, entry.command, now, self.times, by=entry.by)
        draft = self.draft
        for event in events:
            draft = evolve(draft, event)
        entry.events = events
        self.draft = draft
        self.waiting.append(entry)

    def take_batch(self) -> Batch[T] | None:
        """Give what is to be committed now; None when nothing waits or a commit is under way."""
        if self.flying is not None or not self.waiting:
            return None
        entries, self.waiting = self.waiting, []
        events = tuple(event for entry in entries for event in entry.events)
        if self.first is not None:
            events = (self.first, *events)
        self.flying = Batch(entries, events, self.seq, self.draft)
        return self.flying

    def recorded(self) -> Batch[T]:
        """The commit under way succeeded: the draft up to there is the state."""
        batch = self._landed()
        self.first = None
        self.state = batch.result
        self.seq += len(batch.events)
        return batch

    def failed(self) -> tuple[Sequence[Entry[T]], Sequence[Entry[T]]]:
        """The commit under way failed: go back to the state.

        Gives what is dropped, and what has to be decided again in this order.
        """
        batch = self._landed()
        again = [e for e in batch.entries if e.must_be_recorded and self.first is None]
        dropped = [e for e in batch.entries if e not in again]
        again += self.waiting
        for entry in again:
            entry.tries += 1
        self.waiting = []
        self.draft = self.state
        return dropped, again

    def _landed(self) -> Batch[T]:
        batch = self.flying
        assert batch is not None, "a commit was under way"
        self.flying = None
        return batch
