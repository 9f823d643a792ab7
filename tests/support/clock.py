"""A clock turned by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

NINE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


class HandClock:
    """Stands still until somebody turns it; whoever waits for a time is woken when it has come."""

    def __init__(self, now: datetime = NINE) -> None:
        self._now = now
        self._turned = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def turn(self, **by: float) -> None:
        """Turn it forward, `turn(seconds=61)`."""
        self._now += timedelta(**by)
        self._turned.set()
        self._turned = asyncio.Event()

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        while not event.is_set() and (until is None or self._now < until):
            turned = asyncio.ensure_future(self._turned.wait())
            wanted = asyncio.ensure_future(event.wait())
            try:
                await asyncio.wait({turned, wanted}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                turned.cancel()
                wanted.cancel()
