"""Load L4: what the signaling bears, without media: many meetings that write to each other, and one of a thousand."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.conftest import LONG, Measured
from tests.faults.test_loads import a_name, resident_kib
from tests.support.gathering import a_gathering
from tests.support.pages import until
from tests.support.server import Server

from hoptt.bots.visitor import Visitor
from hoptt.meeting.chat_words import ChatTo
from hoptt.signaling.messages import PROTOCOL, AskFloor, Events, Join, Joined, Nothing, Said, Say, ToPage, WithdrawFloor

pytestmark = [pytest.mark.engine, pytest.mark.slow]

LAG_S = 0.05
"""The event loop is less late than this for 99 of 100 looks."""
KIB_A_SOCKET = 60
SECONDS = 60.0 if LONG else 5.0
PONG = b"\x8a\x80\x00\x00\x00\x00"
"""An empty pong, masked by nothing (RFC 6455 §5.5.3)."""


@dataclass(frozen=True)
class Load:
    """So many meetings with so many people each, and so many lines a second in all of them."""

    meetings: int
    people: int
    lines_s: int


LOADS = [Load(50, 20, 200), Load(1, 1_000, 10)] if LONG else [Load(5, 20, 20), Load(1, 100, 10)]


class Drain(asyncio.Protocol):
    """A reader that reads all and looks at nothing: the machine has the server to run, not a thousand pages."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.took = 0
        self._pong()

    def data_received(self, data: bytes) -> None:
        self.took += len(data)

    def _pong(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(PONG)
            asyncio.get_running_loop().call_later(5, self._pong)


@dataclass
class House:
    """One meeting: who writes and looks at everything, and those who only read."""

    writer: Visitor
    heard: list[str]
    drains: list[Drain]


async def a_house(server: Server, room: str, people: int, closing: AsyncExitStack) -> House:
    """Open a room and bring people in."""
    heard: list[str] = []

    def hear(message: ToPage) -> None:
        if isinstance(message, Events):
            heard.extend(event.text for event in message.events if isinstance(event, Said))

    await asyncio.to_thread(server.told, "room", "create", room, "--entry", "open", "--capacity", "1000")
    join = Join(id=0, protocol=PROTOCOL, room=room)
    writer = await Visitor.connect(server.url, hear)
    closing.push_async_callback(writer.close)
    await writer.ask(_named(join, 0), Joined)
    drains = []
    for number in range(1, people):
        visitor = await Visitor.connect(server.url, lambda _: None)
        await visitor.ask(_named(join, number), Joined)
        connection = visitor._socket._response.connection
        assert connection is not None
        assert isinstance(connection.transport, asyncio.Transport)
        drain = Drain(connection.transport)
        connection.transport.set_protocol(drain)
        drains.append(drain)
        closing.push_async_callback(_hang_up, visitor, connection.transport)
    return House(writer, heard, drains)


async def _hang_up(visitor: Visitor, transport: asyncio.Transport) -> None:
    """End a line whose frames nobody read: there is nothing to be said on it any more."""
    transport.abort()
    visitor._task.cancel()
    await asyncio.gather(visitor._task, return_exceptions=True)
    await visitor._session.close()


def _named(join: Join, number: int) -> Join:
    return Join(id=0, protocol=join.protocol, room=join.room, name=a_name(number))


async def write(houses: Sequence[House], lines_s: int) -> int:
    """Write lines at an even pace, and use the floor once a second in each meeting; give how many lines."""
    began, number = time.monotonic(), 0
    turn = itertools.cycle(houses)
    floors = [asyncio.create_task(_ask_and_withdraw(house)) for house in houses]
    while time.monotonic() - began < SECONDS:
        await next(turn).writer.ask(Say(id=0, to=ChatTo.ALL, text=f"dòng {number}"), Nothing)
        number += 1
        await asyncio.sleep(max(0.0, began + number / lines_s - time.monotonic()))
    for floor in floors:
        floor.cancel()
    await asyncio.gather(*floors, return_exceptions=True)
    return number


async def _ask_and_withdraw(house: House) -> None:
    while True:
        await house.writer.ask(AskFloor(id=0), Nothing)
        await asyncio.sleep(0.5)
        await house.writer.ask(WithdrawFloor(id=0), Nothing)
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("load", LOADS, ids=lambda load: f"{load.meetings} x {load.people}")
async def test_L4_many_who_write_make_nothing_late(tmp_path: Path, measured: Measured, load: Load) -> None:
    async with a_gathering(tmp_path) as gathering, AsyncExitStack() as closing:
        server = gathering.server
        before = resident_kib(server.pid)
        houses = [await a_house(server, f"phong-{n}", load.people, closing) for n in range(load.meetings)]
        sockets = load.meetings * load.people
        kib = (resident_kib(server.pid) - before) / sockets
        lines = await write(houses, load.lines_s)
        await until(lambda: sum(len(house.heard) for house in houses) == lines, "every line at every writer", 10)
        assert lines > 0.8 * load.lines_s * SECONDS, "as many as were meant"
        assert all(drain.took > 0 for house in houses for drain in house.drains)
        lag = _lag(server)
        measured("L4", f"{load.meetings} × {load.people}: loop lag, 99 of 100", lag)
        measured("L4", f"{load.meetings} × {load.people}: KiB for each socket", kib)
        assert kib <= KIB_A_SOCKET
        assert lag < (LAG_S if LONG else 5 * LAG_S)  # the short form shares its cores with other tests


def _lag(server: Server) -> float:
    _, text = server.get(server.watch("/metrics"))
    found = re.search(r"^hoptt_event_loop_lag_p99_seconds (\S+)", text, re.MULTILINE)
    assert found is not None, "no metric of the loop's lag"
    return float(found[1])
