"""Many small meetings and a large one, all of them writing (L4): how late the loop is, and what a socket costs."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.docs.documents import ROOT
from tests.faults.conftest import LONG, Measured
from tests.faults.test_loads import resident_kib
from tests.support.gathering import a_gathering
from tests.support.server import Server

pytestmark = [pytest.mark.engine, pytest.mark.slow]

MEETINGS, AT_EACH, LINES_PER_S = (50, 20, 200) if LONG else (5, 20, 20)
IN_ONE, LINES_IN_ONE = (1_000, 10) if LONG else (100, 10)
SECONDS = 120 if LONG else 15
ON_TIME = 0.99 if LONG else 0.95
"""The share of looks that is not late: of the sixty looks of the short form, one or two may meet another's work."""
LATE_S, SOCKET_KIB = 0.050, 60
WARM = 20
"""Who came and stays before it is measured: tables and arenas have their first size."""


class Crowd:
    """The crowd's process, directed over its pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, **order: Any) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(order).encode() + b"\n")
        told = await stdout.readline()
        assert told, "the crowd's process failed: what it said is above"
        answer: dict[str, Any] = json.loads(told)
        return answer


@asynccontextmanager
async def a_crowd(server: Server) -> AsyncIterator[Crowd]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.crowd", server.settings["http"]["listen"].rpartition(":")[2]),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        yield Crowd(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def looks(server: Server) -> dict[float, int]:
    """Give how many looks at the loop were less late than each bound, since it was started."""
    _, text = server.get(server.watch("/metrics"))
    found = re.findall(r'^hoptt_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    return {float(bound): round(float(count)) for bound, count in found}


def not_later(before: dict[float, int], after: dict[float, int], share: float) -> float:
    """Give the least bound that so large a share of the looks in between kept."""
    all_looks = after[float("inf")] - before[float("inf")]
    return min(bound for bound in after if after[bound] - before[bound] >= share * all_looks)


async def a_room(server: Server, name: str) -> str:
    words = ("room", "create", name, "--entry", "open", "--capacity", "1000")
    await asyncio.to_thread(server.told, *words)
    return name


async def writes(server: Server, crowd: Crowd, lines_per_s: float) -> float:
    """Let the crowd write, and see that everybody reads everything; gives a bound for how late the loop was."""
    before = looks(server)
    told = await crowd.ask(do="talk", lines_per_s=lines_per_s, seconds=SECONDS)
    after = looks(server)
    assert told["unread"] == 0, told
    assert told["refused"] == {}
    assert told["written"] / told["seconds"] > 0.95 * lines_per_s, "the crowd itself was too slow to write so much"
    late = not_later(before, after, ON_TIME)
    assert late <= LATE_S, {bound: after[bound] - before[bound] for bound in after}
    return late


async def comes(server: Server, crowd: Crowd, rooms: list[str], at_each: int) -> float:
    """Bring the crowd in; gives how many KiB each of them costs the control plane."""
    await crowd.ask(do="come", room=await a_room(server, "truoc"), count=WARM)
    before = resident_kib(server.pid)
    for room in rooms:
        await crowd.ask(do="come", room=room, count=at_each)
    each = (resident_kib(server.pid) - before) / (len(rooms) * at_each)
    assert each <= SOCKET_KIB
    return each


async def test_L4_many_meetings_write_and_the_loop_is_on_time(tmp_path: Path, measured: Measured) -> None:
    async with a_gathering(tmp_path) as gathering, a_crowd(gathering.server) as crowd:
        server = gathering.server
        rooms = [await a_room(server, f"phong-{number}") for number in range(MEETINGS)]
        each = await comes(server, crowd, rooms, AT_EACH)
        measured("L4", "50 meetings of 20: KiB of each socket", each)
        late = await writes(server, crowd, LINES_PER_S)
        measured("L4", "50 meetings of 20: lag of the loop, p99 at most", late)


async def test_L4_a_large_meeting_writes_and_the_loop_is_on_time(tmp_path: Path, measured: Measured) -> None:
    async with a_gathering(tmp_path) as gathering, a_crowd(gathering.server) as crowd:
        server = gathering.server
        each = await comes(server, crowd, [await a_room(server, "lon")], IN_ONE)
        measured("L4", "one meeting of 1,000: KiB of each socket", each)
        late = await writes(server, crowd, LINES_IN_ONE)
        measured("L4", "one meeting of 1,000: lag of the loop, p99 at most", late)
