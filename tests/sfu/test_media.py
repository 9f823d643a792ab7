"""What the running meetings ask of media (meeting_media.py, media.py), against an engine without media."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.sfu.sdp.offers import CORPUS, SMALL, with_line
from tests.support.fake_engine import CANDIDATE, FINGERPRINT, FakeEngine
from tests.support.pages import until

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId, ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import (
    EngineAway,
    EngineBack,
    GateState,
    Heard,
    IceCredentials,
    LayersTold,
    LimitsTold,
    LineSeen,
    MediaConnected,
    MediaEvent,
    MediaGone,
    SlotShows,
    SourceDown,
    SourceUp,
    Tile,
)
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import (
    ApplySession,
    CloseMeeting,
    CloseReason,
    CloseTransport,
    CreateTransport,
    Kind,
    LayersWanted,
    Level,
    Levels,
    LimitReason,
    Limits,
    LineStats,
    RestartIce,
    SetVideo,
    SlotLimit,
    SlotMapped,
    Stats,
    TrackDown,
    TrackUp,
    TransportChanged,
    TransportState,
    Wish,
)
from hoptt.sfu.media import EngineMedia
from hoptt.sfu.meeting_media import EngineMeetingMedia
from hoptt.sfu.process import EngineSettings

LAN, MINH, HOA = (ParticipantId(f"p_{name}") for name in ("lan", "minh", "hoa"))
MEETING = MeetingId("m_giao_ban")
PAGE = CORPUS["chromium_page"]
OPEN = GateState(allowed=True, on=True)


@dataclass
class Node:
    """A control plane's media: made again, it is another control plane at the same engine."""

    path: Path
    epoch: int = 1
    heard: list[MediaEvent] = field(default_factory=list)

    async def start(self) -> None:
        self.engine = Engine(EngineSettings(self.path, port=0), epoch=self.epoch)
        self.media = EngineMedia(self.engine)
        await self.engine.start()

    async def open(self, meeting: MeetingId = MEETING) -> EngineMeetingMedia:
        return await self.media.open_meeting(meeting, self.heard.append)


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeEngine]:
    async with FakeEngine(tmp_path / "engine.sock") as engine:
        yield engine


@pytest.fixture
async def node(fake: FakeEngine) -> AsyncIterator[Node]:
    one = Node(fake.path.parent)
    await one.start()
    yield one
    await one.engine.leave()


# ---- opening -------------------------------------------------------------------------------------


async def test_the_answer_has_the_engines_address_and_keys(node: Node) -> None:
    answer = await (await node.open()).open(LAN, PAGE)
    assert f"a=candidate:{CANDIDATE}" in answer.sdp
    assert f"a=fingerprint:sha-256 {FINGERPRINT}" in answer.sdp
    assert "a=ice-ufrag:fake0001" in answer.sdp
    assert [(line.kind, line.slot, line.mid) for line in answer.slots][:5] == [
        (Kind.AUDIO, 0, "4"),
        (Kind.AUDIO, 1, "5"),
        (Kind.AUDIO, 2, "6"),
        (Kind.AUDIO, 3, "7"),
        (Kind.VIDEO, 0, "8"),
    ]


async def test_S19_a_fresh_transport_has_every_gate_closed(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.set_gates({(LAN, Source.MICROPHONE): OPEN})
    await meeting.open(LAN, PAGE)
    assert {(gate.allowed, gate.on) for gate in fake.gates.values()} == {(False, False)}


async def test_a_fresh_offer_replaces_the_old_transport(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.open(LAN, PAGE)
    assert list(fake.transports) == ["p_lan/2"]


async def test_a_wrong_offer_leaves_the_old_transport_alone(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    with pytest.raises(HopttError) as refused:
        await meeting.open(LAN, with_line("a=rtcp-mux", ""))
    assert refused.value.code is ErrorCode.SDP_INVALID
    assert list(fake.transports) == ["p_lan/1"]


async def test_what_the_engine_finds_wrong_in_a_session_is_a_wrong_offer(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    fake.refuse[ApplySession] = "invalid"
    with pytest.raises(HopttError) as refused:
        await meeting.open(LAN, PAGE)
    assert refused.value.code is ErrorCode.SDP_INVALID
    await until(lambda: not fake.transports, "the transport is closed again")


async def test_S26_somebody_removed_while_the_engine_works_gets_no_transport(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    opening = asyncio.create_task(meeting.open(LAN, PAGE))
    await asyncio.sleep(0)
    await meeting.close(LAN)
    with pytest.raises(HopttError) as refused:
        await opening
    assert refused.value.code is ErrorCode.NOT_POSSIBLE
    await until(lambda: fake.asked(CloseTransport) and not fake.transports, "the transport is closed")


async def test_two_fresh_offers_at_once_leave_one_transport(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    results = await asyncio.gather(meeting.open(LAN, PAGE), meeting.open(LAN, PAGE), return_exceptions=True)
    assert isinstance(results[0], HopttError)
    assert not isinstance(results[1], BaseException)
    await until(lambda: list(fake.transports) == ["p_lan/2"], "one transport")


# ---- negotiating again ---------------------------------------------------------------------------


async def test_a_re_offer_keeps_the_transport_and_its_credentials(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    answer = await meeting.renegotiate(LAN, CORPUS["chromium_page_grown"])
    assert "a=ice-ufrag:fake0001" in answer.sdp
    assert len([line for line in answer.slots if line.kind is Kind.VIDEO]) == 25
    assert len(fake.asked(CreateTransport)) == 1


def with_ice(ufrag: str, pwd: str) -> str:
    """Give the small offer in another ICE session."""
    return SMALL.replace("a=ice-ufrag:abcd", f"a=ice-ufrag:{ufrag}").replace("0123456789abcdef012345", pwd)


ANEW = with_ice("efgh", "another-password-of-24-ch")


async def test_an_ice_restart_gets_new_credentials(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, SMALL)
    answer = await meeting.renegotiate(LAN, ANEW)
    assert len(fake.asked(RestartIce)) == 1
    assert "a=ice-ufrag:fake0002" in answer.sdp
    assert (list(fake.transports), node.engine.counts.ice.begun) == (["p_lan/1"], 1)


async def test_S8_ice_begins_anew_once_a_second_at_most_and_what_is_refused_is_counted(
    node: Node, fake: FakeEngine
) -> None:
    meeting = await node.open()
    await meeting.open(LAN, SMALL)
    await meeting.renegotiate(LAN, ANEW)
    for turn in range(20):
        with pytest.raises(HopttError) as refused:
            await meeting.renegotiate(LAN, with_ice(f"uf{turn:02}", f"password-number-{turn:02}-of-24"))
        assert refused.value.code is ErrorCode.MESSAGE_RATE
    with pytest.raises(HopttError):
        await meeting.restart_ice(LAN, IceCredentials("ijkl", "yet-another-password-24ch"))
    assert len(fake.asked(RestartIce)) == 1
    assert (node.engine.counts.ice.begun, node.engine.counts.ice.refused) == (1, 21)
    again = await meeting.renegotiate(LAN, ANEW)  # what was refused changed nothing: this is no restart
    assert "a=ice-ufrag:fake0002" in again.sdp


@pytest.mark.parametrize(
    "ice", [("abcd", "another-password-of-24-ch"), ("efgh", "0123456789abcdef012345")], ids=["ufrag", "password"]
)
async def test_an_ice_restart_that_keeps_one_of_its_credentials_is_refused(
    node: Node, fake: FakeEngine, ice: tuple[str, str]
) -> None:
    meeting = await node.open()
    await meeting.open(LAN, with_ice("abcd", "0123456789abcdef012345"))
    with pytest.raises(HopttError) as refused:
        await meeting.renegotiate(LAN, with_ice(*ice))
    assert refused.value.code is ErrorCode.SDP_INVALID
    assert not fake.asked(RestartIce)


async def test_without_a_transport_there_is_nothing_to_negotiate_again(node: Node) -> None:
    with pytest.raises(HopttError) as refused:
        await (await node.open()).renegotiate(LAN, PAGE)
    assert refused.value.code is ErrorCode.NOT_POSSIBLE


# ---- gates and views -----------------------------------------------------------------------------


async def test_all_gates_go_in_one_frame(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.open(MINH, PAGE)
    closed = GateState(allowed=True, on=True, vetoed=True)
    await meeting.set_gates({(LAN, Source.MICROPHONE): OPEN, (MINH, Source.MICROPHONE): closed})
    lan, minh = fake.gates["p_lan/microphone"], fake.gates["p_minh/microphone"]
    assert (lan.allowed, lan.on, lan.vetoed, minh.vetoed) == (True, True, False, True)


async def test_a_view_is_told_again_when_the_one_to_be_seen_comes(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.set_view(LAN, [Tile(0, MINH, Source.CAMERA, 640, 360, 2)])
    before = len(fake.asked(SetVideo))
    await meeting.open(MINH, PAGE)
    await until(lambda: len(fake.asked(SetVideo)) == before + 1, "the view is told again")
    assert fake.wishes["p_lan/1"] == [Wish(slot=0, track="p_minh/camera", width=640, height=360, priority=2)]


async def test_a_view_from_before_the_transport_holds_for_it(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.set_view(LAN, [Tile(3, MINH, Source.SCREEN, 320, 180)])
    await meeting.open(LAN, PAGE)
    await until(lambda: "p_lan/1" in fake.wishes, "the view is told")
    assert [wish.track for wish in fake.wishes["p_lan/1"]] == ["p_minh/screen"]


async def test_the_stage_voice_is_a_microphone(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.set_stage_voice(LAN)
    assert fake.voices[MEETING] == "p_lan/microphone"
    await meeting.set_stage_voice(None)
    assert fake.voices[MEETING] is None


# ---- closing -------------------------------------------------------------------------------------


async def test_R21_the_end_closes_everything(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.open(MINH, PAGE)
    await meeting.end()
    assert (fake.transports, fake.meetings) == ({}, {})
    fake.say(TransportChanged(transport="p_lan/1", state=TransportState.CLOSED, reason=CloseReason.ASKED))
    fake.say(TrackUp(track="p_other/camera", codec="VP8"))
    await asyncio.sleep(0.05)
    assert node.heard == []


class Ear:
    """Listens to a meeting, as `LiveMedia` does: it holds the meeting's media, which tells it."""

    def __init__(self) -> None:
        self.media: EngineMeetingMedia | None = None

    def hear(self, event: MediaEvent) -> None:
        assert self.media is not None, event


async def test_L6_who_listened_is_let_go_of_at_the_end_without_a_search_for_cycles(node: Node) -> None:
    ear = Ear()
    ear.media = await node.media.open_meeting(MEETING, ear.hear)
    await ear.media.end()
    gone = weakref.ref(ear)
    gc.disable()
    try:
        del ear
        assert gone() is None
    finally:
        gc.enable()


# ---- hearing -------------------------------------------------------------------------------------


async def test_events_are_told_in_the_words_of_a_meeting(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    fake.say(TransportChanged(transport="p_lan/1", state=TransportState.CONNECTED, ice_us=100, dtls_us=200))
    fake.say(TrackUp(track="p_lan/camera", codec="VP8"))
    fake.say(TrackDown(track="p_lan/camera"))
    fake.say(SlotMapped(transport="p_lan/1", kind=Kind.VIDEO, slot=2, track="p_minh/screen", rtp_time=900))
    fake.say(LayersWanted(track="p_lan/camera", rids=["q", "f"]))
    fake.say(Levels(meeting=MEETING, levels=[Level(track="p_lan/microphone", level=90)], dominant="p_lan/microphone"))
    line = LineStats(
        transport="p_lan/1", rtt_ms=12.5, loss_up=0.1, loss_down=0.2, bytes_in=1, bytes_out=2, estimate_bps=9
    )
    fake.say(Stats(counters={}, forward_latency_us=[], forward_latency_sum_us=0, lines=[line]))
    fake.say(TransportChanged(transport="p_lan/1", state=TransportState.CLOSED, reason=CloseReason.TIMEOUT))
    await until(lambda: len(node.heard) == 8, "eight events")
    assert node.heard == [
        MediaConnected(LAN, 100, 200),
        SourceUp(LAN, Source.CAMERA, "VP8"),
        SourceDown(LAN, Source.CAMERA),
        SlotShows(LAN, Kind.VIDEO, 2, MINH, Source.SCREEN, 900),
        LayersTold(LAN, Source.CAMERA, ("q", "f")),
        Heard({LAN: 90}, LAN),
        LineSeen(LAN, 12.5, 0.1, 0.2, 1, 9),
        MediaGone(LAN, CloseReason.TIMEOUT),
    ]


async def test_what_of_a_source_anybody_gets_is_kept_for_its_page_until_it_connects_anew(
    node: Node, fake: FakeEngine
) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    for rids in (["q"], ["q", "h"]):
        fake.say(LayersWanted(track="p_lan/camera", rids=rids))
    await until(lambda: len(node.heard) == 2, "two events")
    assert meeting.layers(LAN) == (LayersTold(LAN, Source.CAMERA, ("q", "h")),)
    assert meeting.layers(MINH) == ()
    await meeting.open(LAN, PAGE)
    assert meeting.layers(LAN) == (), "a fresh connection begins with all of them"


async def test_why_pictures_are_no_better_is_told_and_kept_for_the_page_that_comes_back(
    node: Node, fake: FakeEngine
) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    reasons = {"p_minh/camera": LimitReason.TILE, "p_minh/screen": LimitReason.PAUSED}
    limits = [SlotLimit(slot=slot, track=track, reason=why) for slot, (track, why) in enumerate(reasons.items())]
    fake.say(Limits(transport="p_lan/0", limits=[]))  # of a transport that is gone
    fake.say(Limits(transport="p_lan/1", limits=limits))
    await until(lambda: len(node.heard) == 1, "one event")
    told = LimitsTold(LAN, {(MINH, Source.CAMERA): LimitReason.TILE, (MINH, Source.SCREEN): LimitReason.PAUSED})
    assert node.heard == [told]
    assert meeting.limits(LAN) == told
    assert meeting.limits(MINH) is None


async def test_the_end_of_an_older_transport_concerns_nobody(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.open(LAN, PAGE)
    fake.say(TransportChanged(transport="p_lan/1", state=TransportState.CLOSED, reason=CloseReason.PEER_LEFT))
    fake.say(TransportChanged(transport="p_lan/2", state=TransportState.CONNECTED))
    await until(lambda: node.heard, "an event")
    assert node.heard == [MediaConnected(LAN)]


async def test_what_is_not_ours_is_passed_over(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    fake.say(TrackUp(track="nonsense", codec="VP8"))
    fake.say(SlotMapped(transport="nonsense", kind=Kind.AUDIO, slot=0, track=None))
    fake.say(TransportChanged(transport="p_lan/1", state=TransportState.CONNECTED))
    await until(lambda: node.heard == [MediaConnected(LAN)], "the one that is ours")


# ---- the engine goes and comes -------------------------------------------------------------------


async def test_F1_after_another_engine_every_transport_is_gone_and_gates_are_the_callers(
    node: Node, fake: FakeEngine
) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.set_gates({(LAN, Source.MICROPHONE): OPEN})
    fake.instance, fake.meetings, fake.transports, fake.tracks, fake.gates = "another", {}, {}, {}, {}
    fake.hang_up()
    await until(lambda: EngineBack(fresh=True) in node.heard, "the engine is back")
    assert node.heard == [EngineAway(), EngineBack(fresh=True)]
    await until(lambda: MEETING in fake.meetings, "the meeting is made again")
    await meeting.open(LAN, PAGE)
    assert list(fake.transports) == ["p_lan/2"]
    assert not any(gate.allowed for gate in fake.gates.values())


async def test_after_a_cut_line_wishes_are_repeated_and_what_ended_meanwhile_is_closed(
    node: Node, fake: FakeEngine
) -> None:
    meeting = await node.open()
    other = await node.open(MeetingId("m_other"))
    await meeting.open(LAN, PAGE)
    await meeting.open(MINH, PAGE)
    await other.open(HOA, PAGE)
    await meeting.set_view(LAN, [Tile(0, MINH, Source.CAMERA, 640, 360)])
    fake.door.clear()
    fake.hang_up()
    await until(lambda: not node.engine.up, "the line is gone")
    await meeting.close(MINH)
    with pytest.raises(HopttError):
        await other.end()
    del fake.wishes["p_lan/1"]
    fake.door.set()
    await until(lambda: EngineBack(fresh=False) in node.heard, "the line is back")
    await until(lambda: fake.asked(CloseMeeting) and "p_lan/1" in fake.wishes, "books and engine in step")
    assert list(fake.transports) == ["p_lan/1"]


async def test_a_transport_that_died_while_the_line_was_cut_is_told(node: Node, fake: FakeEngine) -> None:
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    fake._forget("p_lan/1")
    fake.hang_up()
    await until(lambda: EngineBack(fresh=False) in node.heard, "the line is back")
    assert MediaGone(LAN, CloseReason.TIMEOUT) in node.heard


async def test_a_meeting_opened_while_the_engine_is_away_is_made_later(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.engine = Engine(EngineSettings(tmp_path, port=0), epoch=1)
    node.media = EngineMedia(node.engine)
    meeting = await node.open()
    with pytest.raises(HopttError) as refused:
        await meeting.open(LAN, PAGE)
    assert refused.value.code is ErrorCode.ENGINE_AWAY
    async with FakeEngine(tmp_path / "engine.sock") as fake:
        await node.engine.start()
        await meeting.open(LAN, PAGE)
        assert list(fake.meetings) == [MEETING]
        await node.engine.leave()


# ---- another control plane -----------------------------------------------------------------------


@pytest.fixture
async def successor(node: Node, fake: FakeEngine) -> AsyncIterator[Node]:
    """The control plane after a restart: Lan was in and watched Minh, whose microphone was open."""
    meeting = await node.open()
    await meeting.open(LAN, PAGE)
    await meeting.open(MINH, PAGE)
    await meeting.set_gates({(MINH, Source.MICROPHONE): OPEN})
    await meeting.set_view(LAN, [Tile(0, MINH, Source.CAMERA, 640, 360, 2)])
    fake.mapped["p_lan/1"] = [
        SlotMapped(transport="p_lan/1", kind=Kind.VIDEO, slot=0, track="p_minh/camera", rtp_time=9)
    ]
    await node.engine.leave()
    one = Node(node.path, epoch=2)
    await one.start()
    yield one
    await one.engine.leave()


async def test_F4_a_new_control_plane_finds_transports_gates_and_slots(successor: Node) -> None:
    found = (await successor.media.found())[MEETING]
    assert found.connected == {LAN, MINH}
    assert found.gates[MINH, Source.MICROPHONE] == OPEN
    assert found.gates[LAN, Source.MICROPHONE] == GateState(allowed=False, on=False)
    assert found.shows == (SlotShows(LAN, Kind.VIDEO, 0, MINH, Source.CAMERA, 9),)


async def test_F4_taking_over_touches_nothing(successor: Node, fake: FakeEngine) -> None:
    before = len(fake.commands)
    meeting = await successor.open()
    assert meeting.shows(LAN) == (SlotShows(LAN, Kind.VIDEO, 0, MINH, Source.CAMERA, 9),)
    await asyncio.sleep(0.05)
    assert len(fake.commands) == before


async def test_F4_a_new_control_plane_answers_the_next_re_offer(successor: Node, fake: FakeEngine) -> None:
    meeting = await successor.open()
    slots = {slot.mid: slot.ssrc for slot in fake.sessions["p_lan/1"].slots}
    answer = await meeting.renegotiate(LAN, CORPUS["chromium_page_grown"])
    assert "a=ice-ufrag:fake0001" in answer.sdp
    grown = {slot.mid: slot.ssrc for slot in fake.sessions["p_lan/1"].slots}
    assert len(grown) == 4 + 25
    assert slots.items() <= grown.items()


async def test_F4_a_fresh_offer_after_a_restart_has_the_next_generation(successor: Node, fake: FakeEngine) -> None:
    meeting = await successor.open()
    await meeting.open(LAN, PAGE)
    assert set(fake.transports) == {"p_lan/2", "p_minh/1"}


async def test_a_meeting_that_nobody_knows_is_closed(successor: Node, fake: FakeEngine) -> None:
    await successor.media.forget(MEETING)
    assert (fake.meetings, fake.transports) == ({}, {})
    assert await successor.media.found() == {}


async def test_a_transport_that_was_never_negotiated_is_closed_at_take_over(node: Node, fake: FakeEngine) -> None:
    await node.open()
    await node.engine.ask(CreateTransport(id=0, meeting=MEETING, transport="p_hoa/1"))
    await node.engine.leave()
    one = Node(node.path, epoch=2)
    await one.start()
    await until(lambda: "p_hoa/1" not in fake.transports, "it is closed")
    await one.engine.leave()
