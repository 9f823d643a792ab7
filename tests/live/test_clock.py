"""The clock of the meetings (F23)."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from hoptt.live.clock import SteadyClock


async def test_F23_a_stepped_wall_clock_moves_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SteadyClock()
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert timedelta(0) <= clock.now() - before < timedelta(seconds=1)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_it_wakes_at_the_time_or_when_called() -> None:
    clock, event = SteadyClock(), asyncio.Event()
    started = time.monotonic()
    await clock.wait(event, clock.now() + timedelta(milliseconds=30))
    assert 0.02 < time.monotonic() - started < 1
    event.set()
    await clock.wait(event, None)
    await clock.wait(event, clock.now() + timedelta(hours=5))
    await clock.wait(asyncio.Event(), clock.now() - timedelta(hours=5))
