"""Media over TCP with the real engine: where no UDP passes, from the start and in mid-call (F28); and strangers."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.conftest import MediaNode, open_all, watch
from tests.support.over_tcp import Way, a_way, framed, stranger
from tests.support.pages import until
from tests.support.peers import Peer

from hoptt.ids import MeetingId, ParticipantId
from hoptt.sfu.process import EngineSettings

pytestmark = pytest.mark.engine


@pytest.fixture
def engine_settings(engine_settings: EngineSettings, request: pytest.FixtureRequest) -> EngineSettings:
    return replace(engine_settings, shards=getattr(request, "param", 1))


SHARDS = pytest.mark.parametrize("engine_settings", [1, 2], ids=["one shard", "two shards"], indirect=True)
"""With two, connections arrive at the first and the meeting is on the second."""


@pytest.fixture
async def way(node: MediaNode) -> AsyncIterator[Way]:
    async with a_way(node.settings.port) as way:
        yield way


async def two_meet(node: MediaNode, one: Peer, two: Peer, way: Way) -> None:
    """The second comes by a way of its own; both see and hear each other."""
    for number in range(1, node.settings.shards):
        await node.meeting(MeetingId(f"m_{number}"))
    meeting = await node.meeting()
    who = [ParticipantId(f"p_{peer.number}") for peer in (one, two)]
    for each, peer in zip(who, (one, two), strict=True):
        answer = await meeting.open(each, await peer.offer())
        assert f"a=ice-ufrag:AA{'AB'[node.settings.shards - 1]}" in answer.sdp, "the shard that was meant"
        await peer.accept(way.of(answer.sdp) if peer is two else answer.sdp)
    await open_all(meeting, *who)
    await watch(meeting, who[0], who[1])
    await watch(meeting, who[1], who[0])
    await both_meet(one, two)


async def both_meet(one: Peer, two: Peer) -> None:
    await until(
        lambda: one.hears(700) and two.hears(440) and len(one.frames_of(2)) > 5 and len(two.frames_of(1)) > 5,
        "sound and picture both ways",
        10,
    )


async def both_go_on(one: Peer, two: Peer) -> None:
    """Packets are counted: after a gap of five seconds this peer's decoder does not ask for a picture to begin with."""
    before = len(one.packets), len(two.packets)
    await until(
        lambda: len(one.packets) > before[0] + 100 and len(two.packets) > before[1] + 100,
        "packets both ways",
        10,  # it checks every five seconds
    )


def protocols(node: MediaNode) -> list[str]:
    lines = node.stats[-1].lines if node.stats else []
    return sorted((str(line.protocol) for line in lines), reverse=True)


@SHARDS
async def test_F28_where_no_udp_passes_a_peer_meets_over_tcp(node: MediaNode, way: Way) -> None:
    await way.use_tcp()
    async with Peer("", "", number=1, hertz=440) as one, Peer("", "", number=2, hertz=700) as two:
        await two_meet(node, one, two, way)
        await until(lambda: protocols(node) == ["udp", "tcp"], "the statistics say how each is reached", 3)
        assert (node.counter("tcp_opened"), node.counter("tcp_closed")) == (1, 0)
        assert node.counter("dropped.tcp_queue_full") == 0


@SHARDS
async def test_F28_when_udp_is_blocked_in_mid_call_media_goes_on_over_tcp_and_back(node: MediaNode, way: Way) -> None:
    async with Peer("", "", number=1, hertz=440) as one, Peer("", "", number=2, hertz=700) as two:
        await two_meet(node, one, two, way)
        await way.use_tcp()
        await both_go_on(one, two)
        await until(lambda: protocols(node) == ["udp", "tcp"], "the statistics follow", 3)
        await way.use_udp()
        await both_go_on(one, two)
        await until(lambda: protocols(node) == ["udp", "udp"], "the statistics follow back", 3)
        assert node.counter("faults") == 0


HTTP = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HELLO = framed(bytes.fromhex("16fefd0000000000000000003001") + bytes(40))
CHECK = framed(
    bytes.fromhex("0001001c2112a442") + bytes(12) + b"\x00\x06\x00\x11AAAAAAAABBBB:peer" + bytes(3) + bytes(4)
)
TOO_LONG = b"\xff\xff" + bytes(3_000)


@pytest.mark.parametrize("said", [HTTP, HELLO, CHECK, TOO_LONG], ids=["http", "dtls", "check", "too long"])
async def test_S8_S10_a_strangers_connection_is_closed_without_one_byte(node: MediaNode, said: bytes) -> None:
    await node.meeting()
    assert await asyncio.to_thread(stranger, node.settings.port, said) == b""
    await until(lambda: node.counter("tcp_closed") == 1, "a closed connection that is counted", 3)


async def test_S3_S16_every_first_byte_on_a_connection_is_survived(node: MediaNode, way: Way) -> None:
    """One in a hundred of all first bytes and lengths, each as the first frame of a connection and within one."""
    await way.use_tcp()
    async with Peer("", "", number=1, hertz=440) as one, Peer("", "", number=2, hertz=700) as two:
        await two_meet(node, one, two, way)
        draw = random.Random(3)
        frames = [bytes([first]) + draw.randbytes(draw.randrange(64)) for first in range(256)]
        for frame in frames[:: 256 // 64]:
            assert await asyncio.to_thread(stranger, node.settings.port, framed(frame)) == b""
        for frame in frames:
            way.inject(frame)
        await both_go_on(one, two)
        assert node.counter("faults") == 0
        assert node.counter("tcp_opened") - node.counter("tcp_closed") == 1


async def test_S8_connections_that_say_nothing_keep_nobody_out(node: MediaNode, way: Way) -> None:
    """Six hundred silent ones: the oldest make room for who comes."""
    silent = [await asyncio.open_connection("127.0.0.1", node.settings.port) for _ in range(600)]
    await way.use_tcp()
    async with Peer("", "", number=1, hertz=440) as one, Peer("", "", number=2, hertz=700) as two:
        await two_meet(node, one, two, way)
        await until(lambda: node.counter("tcp_closed_no_room") >= 600 + 1 - 512, "room that was made", 3)
    for _, writer in silent:
        writer.close()
    assert len(os.listdir(f"/proc/{node.engine.pid}/fd")) < 700


async def test_F34_when_descriptors_run_out_media_goes_on_and_the_engine_does_not_spin(
    node: MediaNode, way: Way
) -> None:
    async with Peer("", "", number=1, hertz=440) as one, Peer("", "", number=2, hertz=700) as two:
        await two_meet(node, one, two, way)
        pid = node.engine.pid
        assert pid is not None
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")) + 10, before[1]))
        crowd = [await asyncio.open_connection("127.0.0.1", node.settings.port) for _ in range(40)]
        await until(lambda: node.counter("tcp_rests") > 0, "a rest that is counted", 5)
        used, began = cpu_s(pid), time.monotonic()
        await asyncio.sleep(2)
        assert (cpu_s(pid) - used) / (time.monotonic() - began) < 0.3
        await both_go_on(one, two)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for _, writer in crowd:
            writer.close()
        await way.use_tcp()
        await both_go_on(one, two)


def cpu_s(pid: int) -> float:
    """Give the processor time of a process so far, seconds (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
