"""A served web side with an open room, `duan`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.meetings import OPEN_FLOOR, a_room
from tests.support.pages import FakeRooms
from tests.support.people import fill
from tests.support.web_side import WebSide, serving


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[WebSide]:
    async with serving(tmp_path, FakeRooms(a_room(OPEN_FLOOR))) as side:
        yield side


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[WebSide]:
    """Serve rooms of the database, with units and accounts in it."""
    async with serving(tmp_path, None) as side:
        await fill(side.known.store, side.office.people)
        yield side
