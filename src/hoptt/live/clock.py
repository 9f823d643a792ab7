"""The time that meetings go by."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says the time and wakes a sleeper; tests have one that is turned by hand."""

    def now(self) -> datetime:
        """Give the time, aware, in UTC; it never goes back."""
        ...

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        """Return when the event is set, or at `until` at the latest."""
        ...


class SteadyClock:
    """The wall clock as it was at the start, carried on by a clock that nobody sets.

    A stepped wall clock (F23) moves no deadline; time asleep counts (CLOCK_BOOTTIME).
    """

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._started = time.clock_gettime(time.CLOCK_BOOTTIME)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME) - self._started)

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        if until is None:
            await event.wait()
            return
        seconds = (until - self.now()).total_seconds()
        try:
            async with asyncio.timeout(max(0.0, min(seconds, MAX_SLEEP_S))):
                await event.wait()
        except TimeoutError:
            return


MAX_SLEEP_S = 3_600.0
"""Far deadlines are looked at again each hour: the loop's clock does not count time asleep."""
