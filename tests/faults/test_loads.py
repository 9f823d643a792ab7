"""Loads (L5, L6, L8): a full house, everybody back at once, coming and going."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from tests.faults.conftest import LONG, Measured
from tests.faults.test_control_plane import flowing, longest_gap
from tests.support.gathering import ROOM, Gathering, a_gathering
from tests.support.pages import until
from tests.support.peers import Peer
from tests.support.server import Server

from hoptt.bots.visitor import Visitor
from hoptt.errors import ErrorCode, HopttError
from hoptt.signaling.messages import PROTOCOL, EndMeeting, Join, Joined, Leave, Name, Nothing

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def a_name(number: int) -> Name:
    return Name(bridge_point=f"Điểm cầu {number}", name=f"Nguyễn Thử {number}, Đại biểu", unit=f"Đơn vị {number}")


async def come(server: Server, number: int, *, room: str = ROOM, offer: str | None = None) -> tuple[Visitor, Joined]:
    """Bring a guest in, on a WebSocket alone unless there is an offer."""
    visitor = await Visitor.connect(server.url, lambda _: None)
    try:
        join = Join(id=0, protocol=PROTOCOL, room=room, name=a_name(number), offer=offer)
        return visitor, await visitor.ask(join, Joined)
    except BaseException:
        await visitor.close()
        raise


async def test_L8_the_forty_first_of_forty_is_refused_with_the_reason_and_the_chair_is_not(
    tmp_path: Path, measured: Measured
) -> None:
    async with a_gathering(tmp_path) as gathering:
        server = gathering.server
        small = ("room", "create", "nho", "--entry", "open", "--capacity", "40")
        await asyncio.to_thread(server.told, *small)
        inside = [await come(server, number, room="nho") for number in range(1, 41)]
        with pytest.raises(HopttError) as refusal:
            await come(server, 41, room="nho")
        assert refusal.value.code is ErrorCode.ROOM_FULL
        assert refusal.value.details == {"capacity": 40}
        assert "40" in refusal.value.message
        measured("L8", "refused with the reason when 40 are in", 1)
        chair = await Gathering(server, gathering.peers, "nho").chair()
        assert chair.you, "a meeting its chair cannot reach is a meeting nobody can run"
        for (leaver, _), fits in zip(inside, (False, True), strict=False):
            await leaver.ask(Leave(id=0), Nothing)
            if not fits:  # the chair has taken that seat
                with pytest.raises(HopttError):
                    await come(server, 42, room="nho")
        inside.append(await come(server, 43, room="nho"))
        for visitor, _ in inside:
            await visitor.close()


# ---- everybody back at once ----------------------------------------------------------------------

CROWD = 500 if LONG else 60
WITHIN_S, BACK_S = 5.0, 30.0


@dataclass
class Returning:
    """A guest on a WebSocket, who comes back by the rules of the page: soon, later, and as it is told."""

    session: aiohttp.ClientSession
    url: str
    token: str
    refused: Counter[str]

    async def back(self, after_s: float) -> float:
        """Come back, trying until it is so; gives when."""
        await asyncio.sleep(after_s)
        pause = 0.25
        while True:
            try:
                await self._resume()
                return time.monotonic()
            except aiohttp.WSServerHandshakeError as no:
                self.refused["with" if "Retry-After" in (no.headers or {}) else "without"] += 1
            except (aiohttp.ClientError, OSError):
                pass  # nobody listens just now
            await asyncio.sleep(pause)
            pause = min(2 * pause, 3.0)

    async def _resume(self) -> None:
        socket = await self.session.ws_connect(self.url + "/ws", origin=self.url, max_msg_size=0)
        resume = {"type": "resume", "id": 1, "protocol": PROTOCOL, "token": self.token, "last_seq": 0}
        await socket.send_json(resume)
        async for message in socket:
            answer = json.loads(message.data)
            if answer.get("id") == 1:
                if answer["type"] != "ok":
                    raise aiohttp.ClientError(answer["code"])
                return
        raise aiohttp.ClientError("closed before the answer")


async def test_L5_all_who_come_back_at_once_are_back_within_half_a_minute(tmp_path: Path, measured: Measured) -> None:
    async with a_gathering(tmp_path) as gathering, AsyncExitStack() as stack:
        server, dice = gathering.server, random.Random(5)
        words = ("room", "create", "lon", "--entry", "open", "--capacity", "1000")
        await asyncio.to_thread(server.told, *words)
        chair = await gathering.chair(microphone=True, camera=True)
        guest = await gathering.guest(microphone=True, camera=True)
        await flowing(chair, guest)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=20))
        )
        crowd, refused = [], Counter[str]()
        for number in range(CROWD):
            visitor, joined = await come(server, number, room="lon")
            crowd.append(Returning(session, server.url, joined.resume, refused))
            await visitor.close()
        cut = time.monotonic()
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await asyncio.to_thread(server.start)
        serves = time.monotonic()
        for one in (chair, guest):
            assert await one.resume()
        back = await asyncio.gather(*(one.back(dice.uniform(0, WITHIN_S)) for one in crowd))
        measured("L5", f"{CROWD} back, from when it serves again", max(back) - serves)
        assert max(back) - serves < BACK_S
        assert refused["without"] == 0
        for one in (chair, guest):
            # the crowd lives in this very loop, which reads late what came in time
            assert longest_gap(one.packets, cut, time.monotonic(), "video") < 3.0, "media flows on all along"


# ---- coming and going ----------------------------------------------------------------------------

MINUTES = float(os.environ.get("HOPTT_LOAD_MINUTES", "30"))
PACE_S = 0.2
AT_ONE_MEETING = 180 if LONG else 20
WARM, COUNTED = (8, round(MINUTES * 60 / (AT_ONE_MEETING * PACE_S))) if LONG else (3, 3)
"""Meetings: tables and the allocator's arenas reach their size in the first ones."""
JOINS = COUNTED * AT_ONE_MEETING
GROWTH_KIB = max(3 * 1024, JOINS * 1024 // 1_000)
"""A MiB for each 1,000; of few joins the noise of an allocator is not told from growth below three."""
POOL = 4 * 2
"""Descriptors: the database of rooms opens its four connections as they are needed, each a file and its log."""


def resident_kib(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def test_L6_coming_and_going_leaves_nothing_behind(tmp_path: Path, measured: Measured) -> None:
    """Five come and go each second, each with an offer; when meetings are over, all is as large as before them.

    While it goes on a meeting knows those who left, 5,000 of them: they may come back.
    """
    async with a_gathering(tmp_path) as gathering, Peer("", "", number=9) as somebody:
        server, offer = gathering.server, await somebody.offer()
        both = {"control plane": server.pid, "engine": server.engine_pid}

        async def meetings(count: int, pace_s: float) -> dict[str, tuple[int, int]]:
            for _ in range(count):
                chair = await gathering.chair()
                for number in range(AT_ONE_MEETING):
                    began = time.monotonic()
                    visitor, joined = await come(server, number, offer=offer)
                    assert joined.answer is not None
                    await visitor.ask(Leave(id=0), Nothing)
                    await visitor.close()
                    await asyncio.sleep(max(0.0, pace_s - (time.monotonic() - began)))
                await chair.act(EndMeeting(id=0))
            await asyncio.sleep(2)
            return {name: (resident_kib(pid), descriptors(pid)) for name, pid in both.items()}

        before = await meetings(WARM, 0.0)
        after = await meetings(COUNTED, PACE_S if LONG else 0.0)
        for name, pid in both.items():
            grown = after[name][0] - before[name][0]
            measured("L6", f"KiB more in the {name} after each 1,000 joins", grown * 1_000 / JOINS)
            assert grown < GROWTH_KIB, name
            await given_back(pid, before[name][1] + POOL)


async def given_back(pid: int, most: int) -> None:
    """Wait until a process holds no more than so many descriptors."""
    await until(lambda: descriptors(pid) <= most, f"{descriptors(pid) - most} descriptors given back", 20)
