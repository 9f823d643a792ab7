"""How fast a page may speak (S36). Sans-I/O: `now` is an argument, in seconds of a steady clock."""

from __future__ import annotations

RATE, BURST = 50.0, 200.0
CHARACTERS = 4_096
"""A longer message counts as several: reading a long SDP offer keeps everybody's event loop as many short ones do."""
PATIENCE_S = 10.0
"""Who is slowed down for so long without a pause is cut off."""
CALM = 25.0
"""So much has to be saved up for the patience to begin anew: reading slowly makes everybody look calm."""


class Rate:
    """A bucket of one connection's messages."""

    def __init__(self, now: float) -> None:
        self._saved = BURST
        self._at = now
        self._slow_since: float | None = None

    def take(self, now: float, characters: int = 0) -> float:
        """Take a message in, of so many characters; gives how long to wait before the next is read."""
        self._saved = min(BURST, self._saved + (now - self._at) * RATE) - max(1.0, characters / CHARACTERS)
        self._at = now
        if self._saved >= CALM:
            self._slow_since = None
        if self._saved >= 0:
            return 0.0
        if self._slow_since is None:
            self._slow_since = now
        return -self._saved / RATE

    def exhausted(self, now: float) -> bool:
        """Tell whether too much came for too long: the connection is to close with 1008."""
        return self._slow_since is not None and now - self._slow_since >= PATIENCE_S
