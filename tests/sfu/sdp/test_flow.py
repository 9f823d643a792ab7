"""Offers of encoders and players: they are taken whole or not at all (RFC 9725 §4.4.3), and go one way."""

from __future__ import annotations

import pytest
from tests.sfu.sdp.offers import CORPUS, SMALL

from hoptt.errors import ErrorCode
from hoptt.ids import ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import Flow
from hoptt.sfu.frames import Kind
from hoptt.sfu.sdp import Local, Session, UnacceptableError, answer, negotiate, parse_offer

LOCAL = Local("SFU7", "s" * 24, ":".join(["AB"] * 32), ("1 1 udp 2130706431 203.0.113.7 7882 typ host",))
SENDS = SMALL.replace("a=recvonly", "a=sendonly")
RECEIVES = SMALL.replace("a=sendonly", "a=recvonly")


def taken(text: str, flow: Flow, codec: str | None = None) -> Session:
    return negotiate(parse_offer(text), None, audio_slots=4, flow=flow, codec=codec)


def directions(session: Session) -> list[str]:
    words = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"}
    return [line for line in answer(session, LOCAL).split("\r\n") if line in words]


@pytest.mark.parametrize("name", ["aiortc_max_bundle", "handmade_gstreamer", "handmade_pion", "handmade_safari"])
def test_an_encoder_sends_and_gets_nothing_also_where_it_offered_to(name: str) -> None:
    session = taken(CORPUS[name], Flow.IN)
    assert set(session.sources) == {Source.MICROPHONE, Source.CAMERA}
    assert session.slots == ()
    assert set(directions(session)) == {"a=recvonly"}


def test_a_player_gets_and_sends_nothing_also_where_it_offered_to() -> None:
    session = taken(CORPUS["aiortc_max_bundle"], Flow.OUT)
    assert session.sources == ()
    assert [(slot.kind, slot.slot) for slot in session.slots] == [(Kind.AUDIO, 0), (Kind.VIDEO, 0)]
    assert set(directions(session)) == {"a=sendonly"}
    assert session.applied("p_1/1", ParticipantId("p_1")).published == []


@pytest.mark.parametrize(
    ("wished", "got"), [(None, "VP8"), ("H264", "H264"), ("VP8", "VP8"), ("VP9", "VP8"), ("AV1", "VP8")]
)
def test_a_player_has_one_video_codec_that_of_the_stage_where_it_offers_it(wished: str | None, got: str) -> None:
    session = taken(CORPUS["aiortc_max_bundle"], Flow.OUT, wished)
    [video] = [line for line in session.lines if line.kind == "video"]
    assert [codec.name for codec in video.codecs] == [got]


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        (RECEIVES, Flow.IN),
        (SENDS, Flow.OUT),
        (SENDS.replace("opus/48000/2", "PCMU/8000"), Flow.IN),
        (RECEIVES.replace("VP8/90000", "H265/90000"), Flow.OUT),
    ],
    ids=["an encoder that receives", "a player that sends", "no sound codec", "no picture codec"],
)
def test_what_could_be_taken_in_part_only_is_refused_whole(text: str, flow: Flow) -> None:
    with pytest.raises(UnacceptableError) as refusal:
        taken(text, flow)
    assert refusal.value.code is ErrorCode.SDP_INVALID
    assert "line" in refusal.value.details


def test_an_encoder_sends_two_pictures_at_most() -> None:
    video = SENDS[SENDS.index("m=video") :]
    lines = [video.replace("a=mid:1", f"a=mid:{number}") for number in range(1, 4)]
    head = SENDS[: SENDS.index("m=video")]
    two = head.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + lines[0] + lines[1]
    assert taken(two, Flow.IN).sources == (Source.MICROPHONE, Source.CAMERA, Source.SCREEN)
    with pytest.raises(UnacceptableError):
        taken(head.replace("BUNDLE 0 1", "BUNDLE 0 1 2 3") + "".join(lines), Flow.IN)
