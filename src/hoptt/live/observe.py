"""What the running meetings report to metrics and logs; `telemetry/` counts it, tests ignore it."""

from __future__ import annotations

from typing import Protocol

from hoptt.errors import ErrorCode
from hoptt.meeting.words import Cause, LobbyOutcome


class Observer(Protocol):
    """Hears of what happens in all meetings of this node. No names, no ids (S49)."""

    def entered(self, outcome: str) -> None:
        """Somebody passed the door: `joined`, `waiting`, `returned` or `taken_over`."""
        ...

    def refused(self, act: str, code: ErrorCode) -> None:
        """A command was refused; `act` is its class name in snake case, `enter` for the door."""
        ...

    def left(self, cause: Cause) -> None: ...

    def lobby_left(self, outcome: LobbyOutcome) -> None: ...

    def meetings(self, running: int, participants: int, waiting: int) -> None:
        """How many there are now, of all meetings together."""
        ...

    def not_stored(self) -> None:
        """A commit of the log failed."""
        ...

    def bug(self, error: BaseException) -> None:
        """A command met a fault of ours; the meeting goes on."""
        ...

    def dropped(self, queue: str) -> None:
        """Something bounded was full: `inbox`, `signals`."""
        ...


class Unobserved:
    """Nobody counts."""

    def entered(self, outcome: str) -> None: ...

    def refused(self, act: str, code: ErrorCode) -> None: ...

    def left(self, cause: Cause) -> None: ...

    def lobby_left(self, outcome: LobbyOutcome) -> None: ...

    def meetings(self, running: int, participants: int, waiting: int) -> None: ...

    def not_stored(self) -> None: ...

    def bug(self, error: BaseException) -> None: ...

    def dropped(self, queue: str) -> None: ...
