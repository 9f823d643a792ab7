"""The control plane stands still or is restarted while media flows (F5, F6, P2)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from tests.faults.conftest import LONG, Measured
from tests.support.gathering import a_gathering, after, camera_of
from tests.support.pages import until
from tests.support.peers import Arrived, Peer, Turned

from hoptt.signaling.messages import Lock, Mute, Resumed

pytestmark = pytest.mark.engine

RUNS = 5 if LONG else 1
STANDS_STILL_S = 5.0
BACK_S = 5.0
"""P2: from when the server serves again."""


def missing(packets: list[Arrived], since: float) -> list[tuple[int, int]]:
    """Give the numbers that are not there between the first and the last packet of each stream (RFC 3550 §5.1)."""
    streams: dict[int, set[int]] = {}
    for packet in packets:
        if packet.at > since and packet.size > 0:
            streams.setdefault(packet.ssrc, set()).add(packet.number)
    gone = []
    for ssrc, seen in streams.items():
        wrapped = min(seen) + 0x8000 < max(seen)
        numbers = {n + 0x10000 if wrapped and n < 0x8000 else n for n in seen}
        gone += [(ssrc, n) for n in range(min(numbers), max(numbers)) if n not in numbers]
    return gone


def longest_gap(packets: list[Arrived], since: float, until_: float, kind: str) -> float:
    """Give the longest pause between packets of a kind, seconds."""
    times = [since, *(p.at for p in packets if p.kind == kind and since < p.at < until_), until_]
    return max(b - a for a, b in itertools.pairwise(times))


async def flowing(one: Peer, two: Peer) -> None:
    await one.show(camera_of(two))
    await two.show(camera_of(one))
    await until(lambda: one.hears(two.hertz) and two.hears(one.hertz), "sound both ways", 20)
    await until(lambda: one.frames_of(two.number) and two.frames_of(one.number), "pictures both ways", 20)


async def test_F5_a_control_plane_that_stands_still_loses_nobody_and_stops_no_picture(
    tmp_path: Path, measured: Measured
) -> None:
    async with a_gathering(tmp_path) as gathering:
        chair = await gathering.chair(microphone=True, camera=True)
        guest = await gathering.guest(microphone=True, camera=True)
        await flowing(chair, guest)
        engine = gathering.server.engine_pid
        stopped = time.monotonic()
        gathering.server.tell(signal.SIGSTOP)
        await asyncio.sleep(STANDS_STILL_S)
        gathering.server.tell(signal.SIGCONT)
        goes_on = time.monotonic()
        await chair.act(Mute(id=0, participants=[guest.you]))
        measured("F5", "first act answered", time.monotonic() - goes_on)
        await asyncio.sleep(3)  # whoever was taken for dead would be told now
        for one in (chair, guest):
            assert not one.visitor.closed.is_set()
            assert longest_gap(one.packets, stopped, goes_on, "video") < 0.5
            assert one.latest(Turned) is None
        assert gathering.server.engine_pid == engine, "the watchdog does not take its own sleep for the engine's"


async def test_F6_a_restart_that_leaves_the_engine_loses_no_frame_and_no_act(
    tmp_path: Path, measured: Measured
) -> None:
    async with a_gathering(tmp_path, None, "--leave-engine") as gathering:
        server = gathering.server
        chair = await gathering.chair(microphone=True, camera=True)
        guest = await gathering.guest(microphone=True, camera=True)
        await flowing(chair, guest)
        engine, answered = server.engine_pid, 0
        for run in range(RUNS):
            acts = [asyncio.ensure_future(chair.act(Lock(id=0, locked=n % 2 == 0))) for n in range(10)]
            await asyncio.wait(acts, return_when=asyncio.FIRST_COMPLETED)
            began = time.monotonic()
            server.tell(signal.SIGTERM)
            await until(lambda: all(one.visitor.closed.is_set() for one in (chair, guest)), "the last word", 2)
            measured("F6", "people are told", time.monotonic() - began)
            for one in (chair, guest):
                words = [word for word in one.heard if isinstance(word, Turned)]
                assert len(words) == run + 1
                assert (words[-1].code, words[-1].again_after_ms is None) == ("shutting_down", False)
            done = await asyncio.gather(*acts, return_exceptions=True)
            answered += sum(not isinstance(one, BaseException) for one in done)
            await asyncio.to_thread(server.stop)
            assert recorded(server.data / "log.db") >= answered, "what was answered is written"
            await asyncio.to_thread(server.start, "--leave-engine")
            serves = time.monotonic()
            for one in (chair, guest):
                back = await one.resume()
                assert isinstance(back, Resumed)
                assert back.media, "nothing is negotiated anew"
            measured("F6", "back on the seat, from when it serves again", time.monotonic() - serves)
            assert time.monotonic() - serves < BACK_S
            assert server.engine_pid == engine
            await asyncio.sleep(1)
            for one in (chair, guest):
                assert after(one.packets, serves, "video")
                assert after(one.packets, serves, "audio")
                assert missing(one.packets, began) == []


def recorded(path: Path) -> int:
    """Count the locks and unlocks in a log."""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as log:
        [count] = log.execute("SELECT count(*) FROM events WHERE type = 'room_locked'").fetchone()
    return int(count)
