"""Two WebRTC peers through the real engine, steered as the running meetings steer it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.integration.conftest import MEETING, OPEN, MediaNode, connect, open_all, watch
from tests.support.pages import until
from tests.support.peers import Peer

from hoptt.ids import MeetingId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import EngineBack, GateState, Heard, MediaConnected, MediaGone, SlotShows
from hoptt.sfu.frames import Kind, Ping
from hoptt.sfu.process import EngineSettings

pytestmark = pytest.mark.engine


@pytest.fixture(params=[(1, 250), (2, 250), (2, 1)], ids=["one shard", "two shards", "over two shards"])
def engine_settings(engine_settings: EngineSettings, request: pytest.FixtureRequest) -> EngineSettings:
    shards, meeting_per_shard = request.param
    return replace(engine_settings, shards=shards, meeting_per_shard=meeting_per_shard)


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Peer, Peer]]:
    async with Peer("", "", number=1, hertz=440) as one, Peer("", "", number=2, hertz=700) as two:
        yield one, two


async def test_two_peers_see_and_hear_each_other(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    await open_all(meeting, first, second)
    await watch(meeting, first, second)
    await watch(meeting, second, first)
    await until(lambda: len(one.frames_of(2)) > 20 and len(two.frames_of(1)) > 20, "moving pictures", 10)
    await until(lambda: one.hears(700) and two.hears(440), "tones", 10)
    assert not one.hears(440), "nobody hears the own voice"
    connected = {event.participant for event in node.heard if isinstance(event, MediaConnected)}
    assert connected == {first, second}


async def test_S19_nothing_leaves_before_the_gate_opens(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    await watch(meeting, second, first)
    await until(lambda: one.connected and two.connected and one.camera.painted > 30, "both sending")
    assert two.packets == []
    await open_all(meeting, first)
    await until(lambda: two.hears(440) and len(two.frames_of(1)) > 5, "an open gate", 10)


async def test_S19_a_closed_gate_lets_not_one_packet_through(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    await open_all(meeting, first, second)
    await watch(meeting, second, first)
    await until(lambda: two.hears(440), "the tone", 10)
    muted = time.monotonic()
    await meeting.set_gates({(first, Source.MICROPHONE): GateState(allowed=False, on=True)})
    await asyncio.sleep(1.5)
    assert two.packets_since(muted + 0.2, "audio") == []
    assert two.packets_since(muted + 0.2, "video") != [], "the camera goes on"


async def test_a_slot_tells_whose_picture_it_carries_before_the_first_packet(
    node: MediaNode, pair: tuple[Peer, Peer]
) -> None:
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    await open_all(meeting, first)
    await watch(meeting, second, first)
    await until(lambda: two.packets_since(0, "video"), "pictures", 10)
    # told before the packet, but by another socket: what was told before the answer is read by then
    await node.engine.ask(Ping(id=0))
    shows = [event for event in node.heard if isinstance(event, SlotShows) and event.kind is Kind.VIDEO]
    assert [(s.viewer, s.slot, s.participant, s.source) for s in shows] == [(second, 0, first, Source.CAMERA)]
    assert shows[0].rtp_time is not None
    assert list(meeting.shows(second)).count(shows[0]) == 1


async def test_loudness_is_told_of_open_microphones_only(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    await meeting.set_gates({(first, Source.MICROPHONE): OPEN})
    await until(lambda: any(isinstance(e, Heard) and e.dominant == first for e in node.heard), "a dominant voice", 10)
    assert not any(isinstance(event, Heard) and second in event.levels for event in node.heard)


async def test_a_page_that_leaves_is_told(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting = await node.meeting()
    one, _ = pair
    first = await connect(meeting, one)
    await until(lambda: one.connected, "a connection")
    await one.hang_up()
    await until(lambda: any(isinstance(e, MediaGone) and e.participant == first for e in node.heard), "gone", 3)


async def test_R21_the_end_hangs_up_on_everybody(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting = await node.meeting()
    for peer in pair:
        await connect(meeting, peer)
    await until(lambda: all(peer.connected for peer in pair), "connections")
    await meeting.end()
    await until(lambda: not any(peer.connected for peer in pair), "hung up", 3)


async def test_F4_media_flows_on_while_the_control_plane_changes(node: MediaNode, pair: tuple[Peer, Peer]) -> None:
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    await open_all(meeting, first, second)
    await watch(meeting, second, first)
    await until(lambda: len(two.frames_of(1)) > 5, "pictures", 10)
    await node.engine.leave()
    cut = time.monotonic()
    await asyncio.sleep(1)
    successor = MediaNode(node.settings, epoch=2)
    await successor.start()
    found = (await successor.media.found())[MEETING]
    assert (set(found.connected), found.gates[first, Source.CAMERA]) == ({first, second}, OPEN)
    taken = await successor.meeting()
    await taken.set_gates({(first, Source.CAMERA): GateState(allowed=True, on=False)})
    await asyncio.sleep(0.5)
    await successor.engine.leave()
    times = [at for at, _ in two.frames_of(1) if cut < at < cut + 1]
    assert max(b - a for a, b in itertools.pairwise(times)) < 0.5


async def test_F1_after_an_engines_death_a_fresh_offer_meets_closed_gates(
    node: MediaNode, pair: tuple[Peer, Peer]
) -> None:
    meeting = await node.meeting()
    one, two = pair
    first, second = await connect(meeting, one), await connect(meeting, two)
    await open_all(meeting, first, second)
    old = node.engine.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    await until(lambda: EngineBack(fresh=True) in node.heard, "another engine", 10)
    assert node.engine.pid != old
    for peer in pair:
        peer.packets.clear()
        await connect(meeting, peer)
    await watch(meeting, second, first)
    await until(lambda: one.connected and two.connected and one.camera.painted > 20, "sending again", 10)
    assert two.packets == []
    await open_all(meeting, first, second)
    await until(lambda: two.hears(440) and len(two.frames_of(1)) > 5, "picture and sound again", 10)


async def test_two_meetings_on_two_shards_share_one_port_and_stay_apart(engine_settings: EngineSettings) -> None:
    node = MediaNode(replace(engine_settings, shards=2, meeting_per_shard=250))
    await node.start()
    async with contextlib.AsyncExitStack() as all_peers:
        peers = [await all_peers.enter_async_context(Peer("", "", number=n, hertz=300 + 150 * n)) for n in range(1, 7)]
        for meeting_number, members in enumerate((peers[:3], peers[3:])):
            meeting = await node.meeting(MeetingId(f"m_{meeting_number}"))
            who = [await connect(meeting, peer) for peer in members]
            await open_all(meeting, *who)
            await watch(meeting, who[0], *who[1:])
        await until(lambda: all(peer.connected for peer in peers), "six connections", 20)
        shown = [(peers[0], 2), (peers[0], 3), (peers[3], 5), (peers[3], 6)]
        await until(lambda: all(len(peer.frames_of(n)) > 5 for peer, n in shown), "pictures of the own meeting", 20)
        assert peers[0].frames_of(5) == peers[0].frames_of(6) == peers[3].frames_of(2) == []
        # The kernel spreads sources over the two sockets as it likes: others join until one has met the wrong shard.
        for number in range(7, 40):
            if node.counter("handed_over") > 0:
                break
            await connect(meeting, await all_peers.enter_async_context(Peer("", "", number=number, hertz=300)))
            with contextlib.suppress(AssertionError):
                await until(lambda: node.counter("handed_over") > 0, "datagrams that were handed over", 0.5)
        assert node.counter("handed_over") > 0
        assert node.counter("dropped.handed_lost") == node.counter("dropped.no_transport") == 0
    await node.engine.stop()
