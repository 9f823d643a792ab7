"""When something that is gathered goes out: the first at once, what follows when a gap is over."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable


class Beat:
    """Calls something so seldom that a gap lies between two calls, unless it is asked for now."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._timer: asyncio.TimerHandle | None = None
        self._last = -math.inf
        self._stopped = False

    def soon(self, gap_s: float) -> None:
        """Act once `gap_s` seconds have gone by since the last time: at once, when they have."""
        if self._stopped:
            return
        loop = asyncio.get_running_loop()
        due = self._last + gap_s
        if due <= loop.time():
            self.now()
        elif self._timer is None or due < self._timer.when():
            self._drop_timer()
            self._timer = loop.call_at(due, self.now)

    def now(self) -> None:
        """Act."""
        if self._stopped:
            return
        self._drop_timer()
        self._last = asyncio.get_running_loop().time()
        self._act()

    def stop(self) -> None:
        """Act no more."""
        self._stopped = True
        self._act = _nothing  # it belongs to whoever holds this beat: neither would ever be let go of
        self._drop_timer()

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _nothing() -> None:
    """Stand where something was to be done."""
