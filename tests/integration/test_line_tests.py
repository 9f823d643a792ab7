"""Line tests with the real media engine: they answer, and lead nowhere (R7, S26)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.integration.conftest import MediaNode
from tests.support.pages import until
from tests.support.peers import Peer

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.probe.candidates import read_candidates
from hoptt.probe.checks import Credentials, Measured, measure
from hoptt.sfu.frames import Snapshot, TakeSnapshot, TransportChanged, TransportState
from hoptt.sfu.line_tests import AT_ONCE, MEETING, LineTest, LineTests

pytestmark = pytest.mark.engine


@pytest.fixture
async def tests(node: MediaNode) -> AsyncIterator[LineTests]:
    one = LineTests(node.engine)
    yield one
    await one.close()


async def tried(test: LineTest, *, password: str | None = None) -> list[Measured]:
    credentials = Credentials(test.ufrag, password or test.password, test.peer_ufrag)
    return [await measure(one, credentials, seconds=0.5) for one in read_candidates(test.candidates)]


async def snapshot(node: MediaNode) -> Snapshot:
    reply = await node.engine.ask(TakeSnapshot(id=0))
    assert isinstance(reply, Snapshot)
    return reply


async def test_R7_checks_of_a_line_test_are_answered(tests: LineTests) -> None:
    ways = await tried(await tests.open("here", at_once=2))
    assert ways
    assert [one.loss for one in ways] == [0.0] * len(ways)


async def test_S4_another_password_is_met_with_silence(tests: LineTests) -> None:
    ways = await tried(await tests.open("here", at_once=2), password="x" * 24)
    assert ways
    assert [one.candidate for one in ways if one.reached] == []


async def test_S26_a_line_test_has_no_keys_no_tracks_and_no_slots(node: MediaNode, tests: LineTests) -> None:
    await tried(await tests.open("here", at_once=2))
    seen = await snapshot(node)
    [transport] = [one for one in seen.transports if one.meeting == MEETING]
    assert transport.state is TransportState.CONNECTING
    assert (transport.wishes, transport.mapped) == ([], [])
    assert [one for one in seen.tracks if one.transport == transport.transport] == []


async def test_S26_nobody_comes_to_keys_by_a_line_test(
    node: MediaNode, tests: LineTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer whose checks pass, with a test's credentials, finds nobody to shake hands with."""
    test = await tests.open("here", at_once=2)
    meeting = await node.meeting()
    told: list[object] = []
    monkeypatch.setattr(node.media, "engine_said", told.append)
    before = node.counter("dropped.not_ready")
    async with Peer("", "") as peer:
        answer = await meeting.open(ParticipantId("p_1"), await peer.offer())
        ice = peer._slots[0].sender.transport.transport
        ice._connection._local_username = test.peer_ufrag
        lines = answer.sdp.replace("\r\n", "\n").split("\n")
        stolen = [
            f"a=ice-ufrag:{test.ufrag}"
            if line.startswith("a=ice-ufrag:")
            else f"a=ice-pwd:{test.password}"
            if line.startswith("a=ice-pwd:")
            else line
            for line in lines
        ]
        await peer.accept("\r\n".join(stolen))
        await until(lambda: ice.state in ("completed", "failed"), "the end of the checks")
        assert ice.state == "completed"
        await until(lambda: node.counter("dropped.not_ready") > before, "its hello to be dropped")
        assert not peer.connected
    assert [one for one in told if isinstance(one, TransportChanged) and one.state is TransportState.CONNECTED] == []


async def test_a_line_test_ends_by_itself(node: MediaNode) -> None:
    tests = LineTests(node.engine, seconds=0.3)
    test = await tests.open("here", at_once=1)
    await until(lambda: tests.open_now == 0, "the end of the test")
    await snapshot(node)  # answered when the engine has closed the transport
    assert [one.candidate for one in await tried(test) if one.reached] == []
    await tests.open("here", at_once=1)
    await tests.close()


async def test_only_so_many_are_under_way(tests: LineTests) -> None:
    for _ in range(2):
        await tests.open("here", at_once=2)
    with pytest.raises(HopttError) as refusal:
        await tests.open("here", at_once=2)
    assert refusal.value.code is ErrorCode.MESSAGE_RATE
    for number in range(AT_ONCE - 2):
        await tests.open(f"there {number}", at_once=1)
    with pytest.raises(HopttError):
        await tests.open("elsewhere", at_once=1)
    assert (tests.opened, tests.refused) == (AT_ONCE, 2)


async def test_the_next_control_plane_forgets_the_line_tests_of_the_last(node: MediaNode, tests: LineTests) -> None:
    await tests.open("here", at_once=2)
    await node.engine.leave()
    node.epoch = 2
    await node.start()
    assert list(await node.media.found()) == [MEETING]
    for meeting in await node.media.found():
        await node.media.forget(meeting)
    assert [one.meeting for one in (await snapshot(node)).transports] == []
