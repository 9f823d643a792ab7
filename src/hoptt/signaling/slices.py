"""When the writers of lines have their turn: some of them at a time, those of one meeting after those of another (L4).

A line of the chat in a meeting of 1,000 gives 1,000 writers something to do. All at once they keep the loop for tens of
milliseconds, and every act of every meeting waits for them. In slices whatever else is ready is served in between. What
a page reads, and in which order, is decided by its outbox; here only the moment is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from typing import Protocol

AT_ONCE = 32
"""Writers in a slice: 1 to 2 ms of the loop."""


class Writer(Protocol):
    """Somebody who writes when told to."""

    def write_on(self) -> None:
        """Write what there is, soon."""


class Slices:
    """The writers of a node that have something to write."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[Writer]] = {}

    def put(self, writer: Writer, among: Hashable) -> None:
        """Let this one write behind those of its own group that wait; another group's do not wait for all of them."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
        self._waiting.setdefault(among, deque()).append(writer)

    def _next(self) -> None:
        among = next(iter(self._waiting))
        writers = self._waiting.pop(among)
        for _ in range(min(AT_ONCE, len(writers))):
            writers.popleft().write_on()
        if writers:
            self._waiting[among] = writers  # behind the others
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
