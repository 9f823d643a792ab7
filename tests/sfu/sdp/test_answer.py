"""The answer as browsers read it: sdp/answer.py."""

from __future__ import annotations

import re

import pytest
from aiortc.sdp import SessionDescription
from tests.sfu.sdp.offers import CORPUS, FINGERPRINT

from hoptt.sfu.sdp import Local, answer, negotiate, parse_offer

CANDIDATE = "1 1 udp 2130706431 10.0.0.5 7882 typ host"
LOCAL = Local("engine0123", "0123456789abcdef01234567", FINGERPRINT, [CANDIDATE])


def answered(name: str) -> str:
    return answer(negotiate(parse_offer(CORPUS[name]), None, audio_slots=4), LOCAL)


def sections(sdp: str) -> list[str]:
    return re.split(r"(?m)^(?=m=)", sdp)[1:]


@pytest.mark.parametrize("name", CORPUS)
def test_another_implementation_reads_the_answer(name: str) -> None:
    read = SessionDescription.parse(answered(name))
    asked = parse_offer(CORPUS[name])
    assert [media.rtp.muxId for media in read.media] == [media.mid for media in asked.media]
    assert [media.kind for media in read.media] == [media.kind for media in asked.media]


@pytest.mark.parametrize("name", CORPUS)
def test_the_server_is_lite_and_passive_on_every_line(name: str) -> None:
    sdp = answered(name)
    assert "a=ice-lite\r\n" in sdp.partition("m=")[0]
    for section in sections(sdp):
        if " 0 " in section.split("\r\n")[0]:
            continue
        assert "a=setup:passive\r\n" in section
        assert f"a=fingerprint:sha-256 {FINGERPRINT}\r\n" in section
        assert "a=rtcp-mux\r\n" in section


def test_candidates_stand_where_browsers_and_where_aiortc_read_them() -> None:
    sections = answered("chromium_page").split("m=")[1:]
    having = [f"a=candidate:{CANDIDATE}\r\n" in section for section in sections]
    assert having == [True, *[False] * (len(sections) - 2), True]


def test_there_is_no_data_channel() -> None:
    sdp = answered("handmade_pion")
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in sdp
    assert "a=group:BUNDLE 0 1\r\n" in sdp


def test_the_stage_is_one_stream_so_that_lips_and_voice_stay_together() -> None:
    streams = re.findall(r"a=msid:(\S+) (\S+)", answered("chromium_page"))
    assert [track for stream, track in streams if stream == "stage"] == ["audio0", "video0"]
    others = [stream for stream, _ in streams if stream != "stage"]
    assert len(others) == len(set(others)) == 11


def test_a_publisher_is_told_where_to_begin() -> None:
    camera, screen, slot = (sections(answered("chromium_page"))[n] for n in (1, 2, 9))
    assert "x-google-start-bitrate=800" in camera
    assert "x-google-start-bitrate=1200" in screen
    assert "x-google-start-bitrate" not in slot


def test_a_voice_is_asked_for_with_redundancy_first_because_a_publisher_sends_the_first() -> None:
    sdp = answer(negotiate(parse_offer(CORPUS["chromium_page"]), None, audio_slots=4, red=True), LOCAL)
    voice = sections(sdp)[0]
    assert voice.startswith("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n")
    assert "a=rtpmap:63 red/48000/2\r\n" in voice
    assert "a=fmtp:63 111/111\r\n" in voice
    assert "red" not in answered("chromium_page").partition("m=video")[0]


def test_directions_are_mirrored() -> None:
    directions = [
        next(line for line in section.split("\r\n") if line in {"a=sendonly", "a=recvonly", "a=sendrecv"})
        for section in sections(answered("firefox_page"))
    ]
    assert directions == ["a=recvonly"] * 4 + ["a=sendonly"] * 13


def test_each_slot_names_its_stream_and_its_repair_stream() -> None:
    slot = sections(answered("firefox_page"))[8]
    group = re.search(r"a=ssrc-group:FID (\d+) (\d+)", slot)
    assert group is not None
    assert f"a=ssrc:{group[1]} cname:" in slot
    assert f"a=ssrc:{group[2]} cname:" in slot
