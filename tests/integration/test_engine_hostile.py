"""A peer that does what it likes, and strangers who send what they like, against the real engine."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.integration.conftest import OPEN, MediaNode, connect, open_all, watch
from tests.support.hostile import Wire, every_first_byte, forged, from_elsewhere
from tests.support.pages import until
from tests.support.peers import Peer

from hoptt.ids import ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import GateState
from hoptt.sfu.frames import Snapshot, TakeSnapshot
from hoptt.sfu.meeting_media import EngineMeetingMedia

pytestmark = pytest.mark.engine

MUTED = GateState(allowed=False, on=True)
AFTERWARDS = 0.2
"""The last packet of somebody who was muted comes at most this long after the act (S19)."""


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Peer, Peer]]:
    async with Peer("", "", number=1, hertz=440) as one, Peer("", "", number=2, hertz=700) as two:
        yield one, two


async def talking(
    node: MediaNode, pair: tuple[Peer, Peer]
) -> tuple[EngineMeetingMedia, ParticipantId, ParticipantId, Wire]:
    """Bring both in; the second sees and hears the first, whose wire is recorded."""
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    wire = Wire(one)
    await open_all(meeting, first, second)
    await watch(meeting, second, first)
    await until(lambda: two.hears(440) and len(two.frames_of(1)) > 5, "sound and picture", 15)
    return meeting, first, second, wire


async def silence(meeting: EngineMeetingMedia, who: ParticipantId) -> float:
    """Close both gates of somebody; give when the engine had answered."""
    await meeting.set_gates({(who, source): MUTED for source in (Source.MICROPHONE, Source.CAMERA)})
    return time.monotonic()


async def test_S19_who_goes_on_sending_after_being_muted_reaches_nobody(
    node: MediaNode, pair: tuple[Peer, Peer]
) -> None:
    meeting, first, _, wire = await talking(node, pair)
    muted = await silence(meeting, first)
    sent = len(wire.media)
    await asyncio.sleep(1.5)
    assert len(wire.media) > sent + 50, "it goes on sending"
    assert [packet for packet in pair[1].packets if packet.at > muted + AFTERWARDS] == []


async def test_S19_what_was_sent_before_the_mute_cannot_be_sent_again(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting, first, _, wire = await talking(node, pair)
    muted = await silence(meeting, first)
    await asyncio.sleep(AFTERWARDS)
    before = len(pair[1].packets)
    await wire.send(wire.media[:500])
    await from_elsewhere(node.settings.port, wire.media[:500])
    await until(lambda: node.counter("dropped.replayed") > 0, "replays that were counted", 5)
    assert pair[1].packets[before:] == []
    assert max(packet.at for packet in pair[1].packets) < muted + AFTERWARDS


async def test_S19_coming_in_anew_opens_no_gate(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting, first, _, _ = await talking(node, pair)
    await silence(meeting, first)
    await asyncio.sleep(AFTERWARDS)
    before = len(pair[1].packets)
    assert await connect(meeting, pair[0]) == first
    await until(lambda: pair[0].connected and pair[0].camera.painted > 20, "sending again", 10)
    assert pair[1].packets[before:] == []
    await meeting.set_gates({(first, Source.MICROPHONE): OPEN})
    await until(lambda: pair[1].hears(440), "an open gate", 10)


async def test_S14_replays_while_speaking_reach_nobody_twice(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    _, _, _, wire = await talking(node, pair)
    again = wire.media[-100:]
    await wire.send(again)
    await until(lambda: node.counter("dropped.replayed") >= len(again), "replays that were counted", 5)
    seen = [(packet.ssrc, packet.number) for packet in pair[1].packets]
    assert len(seen) == len(set(seen))


async def snapshot_of(node: MediaNode) -> Snapshot:
    answer = await node.engine.ask(TakeSnapshot(id=0))
    assert isinstance(answer, Snapshot)
    # why pictures are no better is told a moment after they are there, whoever else sends what
    transports = [msgspec.structs.replace(transport, limits=[]) for transport in answer.transports]
    return msgspec.structs.replace(answer, id=0, transports=transports)


KEPT_KIB = 3 * 1024
"""The engine's allocator takes memory in huge pages of 2 MiB: one more tells nothing of what is kept, two do."""


def anonymous_kib(pid: int | None) -> int:
    """Read what a process holds of its own, without what is mapped from files."""
    found = re.search(r"^RssAnon:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


async def test_S1_S2_forged_packets_of_a_speaker_change_nothing(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting, first, _, wire = await talking(node, pair)
    kept, size, shown = await snapshot_of(node), anonymous_kib(node.engine.pid), list(meeting.shows(first))
    fakes = list(forged(wire.media[-200:], 4000))
    await wire.send(fakes[:2000])
    await from_elsewhere(node.settings.port, fakes[2000:])
    await until(lambda: node.counter("dropped.unauthentic") >= 1900, "forgeries that were counted", 5)
    await until(lambda: node.counter("dropped.no_transport") >= 1900, "strangers that were counted", 5)
    assert await snapshot_of(node) == kept
    assert list(meeting.shows(first)) == shown
    assert anonymous_kib(node.engine.pid) < size + KEPT_KIB
    frames = len(pair[1].frames_of(1))
    await until(lambda: pair[1].hears(440) and len(pair[1].frames_of(1)) > frames + 10, "it goes on", 10)


async def test_S3_every_first_byte_at_every_length_is_survived(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    _, _, _, wire = await talking(node, pair)
    kept, size = await snapshot_of(node), anonymous_kib(node.engine.pid)
    await from_elsewhere(node.settings.port, every_first_byte())
    await wire.send(every_first_byte())
    frames = len(pair[1].frames_of(1))
    await until(lambda: pair[1].hears(440) and len(pair[1].frames_of(1)) > frames + 10, "it goes on", 15)
    assert await snapshot_of(node) == kept
    assert anonymous_kib(node.engine.pid) < size + KEPT_KIB
    assert node.counter("faults") == 0


async def test_S10_a_stranger_gets_no_answer(node: MediaNode) -> None:
    await node.meeting()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.setblocking(False)
        for datagram in every_first_byte():
            line.sendto(datagram, ("127.0.0.1", node.settings.port))
        check = bytes.fromhex("000100082112a442") + b"x" * 12 + bytes.fromhex("00060004") + b"a:bc"
        line.sendto(check, ("127.0.0.1", node.settings.port))
        await asyncio.sleep(1.2)
        with pytest.raises(BlockingIOError):
            line.recv(2048)
    assert node.counter("datagrams_in") > 0
    assert node.counter("datagrams_out") == 0
