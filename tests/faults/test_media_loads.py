"""Loads of media by the load generator: forty bridge points (L1), three hundred listeners (L2), and thirty meetings of
which one is flooded (L3)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.faults.conftest import LONG, Measured
from tests.faults.test_surroundings import cpu_s
from tests.support.gathering import ROOM, Gathering, a_gathering
from tests.support.hostile import Wire, forged
from tests.support.load import load
from tests.support.server import Server

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(not LONG, reason="takes minutes: make loads"),
]

SECONDS = 60 * float(os.environ.get("HOPTT_LOAD_MINUTES", "30"))
"""L1 is to hold for half an hour; `make loads MINUTES=3` is its short form. L2 takes half of it."""
MEETINGS, PEOPLE = 30, 6

LATE_MS = 5.0
"""The generator doubts a run in which it was later than 1 ms (p99), as a comparison of servers has to. What is promised
under a load is much coarser: 10 ms, of which half may be the generator's."""


def doubts(found: Mapping[str, Any]) -> list[str]:
    """Give the reasons why what a load measured is not to be believed."""
    late = found["own"]["lateness"]["p99_ms"]
    return [one for one in found["invalid"] if not (one.startswith("the generator was late") and late <= LATE_MS)]


def latencies(server: Server) -> dict[float, float]:
    """Read the engine's histogram of forwarding: seconds, and how many packets took no longer."""
    text = server.get(server.watch("/metrics"))[1]
    rows = re.findall(r'^hoptt_engine_forward_latency_seconds_bucket\{le="(\S+)"\} (\S+)$', text, re.MULTILINE)
    return {float(bound): float(count) for bound, count in rows}


def p99(before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """Give the bound that 99 of 100 packets of the time in between kept."""
    counts = {bound: after[bound] - before.get(bound, 0.0) for bound in after}
    everything = max(counts.values())
    return min(bound for bound, count in counts.items() if count >= 0.99 * everything)


MEETING = ("--viewers", "0", "--meeting")


@dataclass(frozen=True, slots=True)
class Carried:
    """What a load showed: the generator's numbers, the slowest of 99 packets in the engine, and its cores."""

    found: dict[str, Any]
    slowest: float
    cores: float


async def carry(server: Server, room: str, folder: Path, *words: str, warmup: int, seconds: float) -> Carried:
    """Bring a load, and measure the engine in its midst. Skips when the machine was too busy to be believed."""
    times = ("--warmup", str(warmup), "--seconds", str(seconds))
    running = asyncio.ensure_future(load(server, room, folder / "result.json", *words, *times))
    await asyncio.sleep(warmup + 5)
    began, used, before = time.monotonic(), cpu_s(server.engine_pid), latencies(server)
    await asyncio.sleep(seconds - 10)
    cores = (cpu_s(server.engine_pid) - used) / (time.monotonic() - began)
    slowest = p99(before, latencies(server))
    found = await running
    assert (found["ended"], found["failures"], found["checked"]["unauthentic"]) == (0, [], 0)
    if doubts(found):
        pytest.skip(f"the machine was too busy to be believed: {doubts(found)}")
    return Carried(found, slowest, cores)


def keeps(carried: Carried, measured: Measured, load: str, who: str) -> None:
    """Hold what was carried against what is promised: loss, the time in the engine, and its cores."""
    lost = carried.found["loss_share"]
    measured(load, f"{who}: share of packets lost", lost)
    measured(load, f"{who}: forwarding p99, at most", carried.slowest)
    measured(load, f"{who}: cores of the engine", carried.cores)
    assert lost < 0.001
    assert carried.slowest <= 0.010
    assert carried.cores <= 1.0


async def test_L1_forty_bridge_points_each_see_one_large_and_eight_small(tmp_path: Path, measured: Measured) -> None:
    async with a_gathering(tmp_path) as gathering:
        words = ("--publishers", "40", *MEETING, "--simulcast", "--video-slots", "9", "--joins-per-second", "10")
        carried = await carry(gathering.server, ROOM, tmp_path, *words, warmup=20, seconds=SECONDS)
        found = carried.found
        assert found["connected"] == 40
        # 40 large pictures, 320 small ones, voices: less would be another load
        assert found["video"]["packets"] / found["seconds"] > 40 * 177 * 0.9 + 320 * 25
        keeps(carried, measured, "L1", "40")


async def test_L2_three_hundred_listen_to_one_speaker(tmp_path: Path, measured: Measured) -> None:
    async with a_gathering(tmp_path) as gathering:
        server = gathering.server
        large = ("room", "create", "lon", "--entry", "open", "--capacity", "400", "--open-floor")
        await asyncio.to_thread(server.told, *large)
        words = ("--publishers", "1", "--viewers", "300", "--simulcast", "--joins-per-second", "10")
        carried = await carry(server, "lon?tile=640x360", tmp_path, *words, warmup=45, seconds=SECONDS / 2)
        found, join = carried.found, carried.found["join"]
        assert found["connected"] == 301
        assert found["video"]["packets"] / found["seconds"] > 300 * 50  # 500 kbit/s each
        keeps(carried, measured, "L2", "300")
        # from the first word to the first packet; of all that came, not only of the last fifty
        slowest = (join["signalling"]["p99_ms"] + join["first_packet"]["p99_ms"]) / 1000
        measured("L2", "300: in, p99 at most", slowest)
        assert slowest < 3.0


async def test_L3_a_flooded_meeting_among_thirty_costs_the_others_nothing(tmp_path: Path, measured: Measured) -> None:
    async with a_gathering(tmp_path) as gathering:
        server = gathering.server
        rooms = [f"hop-{number}" for number in range(1, MEETINGS)]
        for room in rooms:
            await asyncio.to_thread(server.told, "room", "create", room, "--entry", "open", "--open-floor")
        words = ("--publishers", str(PEOPLE), *MEETING, "--send", "microphone", "--warmup", "20", "--seconds", "20")
        others = [asyncio.ensure_future(load(server, room, tmp_path / f"{room}.json", *words)) for room in rooms]
        await flood(gathering, others)
        found = await asyncio.gather(*others)
        busy = [reason for one in found for reason in doubts(one) if "generator" in reason]
        if busy:
            pytest.skip(f"the machine was too busy to be believed: {busy[0]}")
        worst = max(one["loss_share"] for one in found)
        measured("L3", "worst share lost in the other meetings", worst)
        assert [one["connected"] for one in found] == [PEOPLE] * len(rooms)
        assert worst < 0.005


async def flood(gathering: Gathering, until_done: list[asyncio.Task[Any]]) -> None:
    """Have one member send forged packets, thousands a second, until the others have measured."""
    member = await gathering.guest(microphone=True)
    await gathering.guest(microphone=True)
    wire = Wire(member)
    await asyncio.sleep(2)
    fakes = list(forged(wire.media[-50:], 2_000))
    while not all(one.done() for one in until_done):
        for start in range(0, len(fakes), 50):
            with contextlib.suppress(ConnectionError):  # the server, or this busy loop, may give the flooder up
                await wire.send(fakes[start : start + 50])
            await asyncio.sleep(0.01)
