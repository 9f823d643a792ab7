"""A house with a real log in a temporary file, a fake engine, and a clock turned by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.clock import HandClock
from tests.support.fake_media import FakeMedia
from tests.support.meetings import OPEN_FLOOR, a_room
from tests.support.pages import FakeRooms

from hoptt.live.house import House
from hoptt.store.log import EventLog

KEY = b"k" * 32


@pytest.fixture
def media() -> FakeMedia:
    return FakeMedia()


@pytest.fixture
async def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def rooms() -> FakeRooms:
    return FakeRooms(a_room(OPEN_FLOOR))


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[EventLog]:
    async with EventLog(tmp_path / "log.db", KEY) as log:
        yield log


@pytest.fixture
async def house(media: FakeMedia, clock: HandClock, rooms: FakeRooms, log: EventLog) -> AsyncIterator[House]:
    async with House(rooms=rooms, media=media, log=log, clock=clock) as house:
        yield house
