"""Several encodings of one camera: sdp/simulcast.py, and what offer, session and answer make of it."""

from __future__ import annotations

import pytest
from tests.sfu.sdp.offers import CORPUS, FINGERPRINT

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.sfu.frames import ApplySession
from hoptt.sfu.sdp import Local, answer, negotiate, parse_offer
from hoptt.sfu.sdp.simulcast import MAX_ENCODINGS, encodings

LOCAL = Local("engine0123", "0123456789abcdef01234567", FINGERPRINT, ["1 1 udp 2130706431 10.0.0.5 7882 typ host"])
CAMERA = f"""v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=ice-ufrag:abcd
a=ice-pwd:0123456789abcdef012345
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=rtcp-mux
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=ssrc:1000 cname:a
a=rid:q send
a=rid:h send
a=rid:f send
a=simulcast:send q;h;f
"""


def session_of(offer: str) -> ApplySession:
    return negotiate(parse_offer(offer), None, audio_slots=4).applied("p_a/1", ParticipantId("p_a"))


def lines_of(offer: str) -> list[str]:
    text = answer(negotiate(parse_offer(offer), None, audio_slots=4), LOCAL)
    return [line for line in text.split("\r\n") if line.startswith(("a=rid", "a=simulcast"))]


def with_line(old: str, new: str) -> str:
    assert f"{old}\n" in CAMERA
    return CAMERA.replace(f"{old}\n", f"{new}\n" if new else "")


def test_three_encodings_are_taken_and_told_to_the_engine() -> None:
    assert lines_of(CAMERA) == ["a=rid:q recv", "a=rid:h recv", "a=rid:f recv", "a=simulcast:recv q;h;f"]
    applied = session_of(CAMERA)
    assert applied.published[0].rids == ["q", "h", "f"]
    assert (applied.published[0].ssrcs, applied.published[0].rtx_ssrcs) == ([], []), "packets say which is which"
    assert (applied.extensions.rid, applied.extensions.repaired_rid) == (10, 11)


@pytest.mark.parametrize("name", ["chromium_page", "firefox_page"])
def test_the_camera_of_each_browser_comes_in_three_encodings_and_nothing_else_does(name: str) -> None:
    assert lines_of(CORPUS[name]) == ["a=rid:q recv", "a=rid:h recv", "a=rid:f recv", "a=simulcast:recv q;h;f"]
    published = session_of(CORPUS[name]).published
    assert {one.source.value: one.rids for one in published} == {
        "microphone": [],
        "camera": ["q", "h", "f"],
        "screen": [],
        "screen_audio": [],
    }


def test_names_of_encodings_are_agreed_on_where_there_are_some_and_as_one_way_as_they_were_offered() -> None:
    for name, suffix in (("chromium_page", ""), ("firefox_page", "/recvonly")):
        text = answer(negotiate(parse_offer(CORPUS[name]), None, audio_slots=4), LOCAL)
        sections = text.split("\r\nm=")[1:]
        having = [section for section in sections if "rtp-stream-id" in section]
        assert having == [sections[1]], "the camera"
        agreed = [line for line in having[0].split("\r\n") if "rtp-stream-id" in line]
        assert len(agreed) == 2
        assert all(line.split()[0].removeprefix("a=extmap:").lstrip("0123456789") == suffix for line in agreed)


@pytest.mark.parametrize("name", ["chromium_page", "firefox_page"])
def test_a_re_offer_keeps_the_encodings(name: str) -> None:
    before = negotiate(parse_offer(CORPUS[name]), None, audio_slots=4)
    after = negotiate(parse_offer(CORPUS[f"{name}_grown"]), before, audio_slots=4)
    assert [line.rids for line in after.lines[:4]] == [line.rids for line in before.lines[:4]]


@pytest.mark.parametrize(
    ("simulcast", "rids", "expected"),
    [
        ("q;h;f", ["q", "h", "f"], ("q", "h", "f")),
        ("f;q", ["q", "h", "f"], ("f", "q")),
        ("q;~h", ["q", "h"], ("q", "h")),
        ("1,2;3", ["1", "2", "3"], ("1", "3")),
        ("q;q;h", ["q", "h"], ("q", "h")),
        ("q;x", ["q"], ()),
        ("q", ["q"], ()),
        ("", [], ()),
        (";;,;~", ["q"], ()),
        ("a;b;c;d;e", list("abcde"), ("a", "b", "c", "d")),
    ],
)
def test_the_list_of_encodings_is_read(simulcast: str, rids: list[str], expected: tuple[str, ...]) -> None:
    assert encodings(simulcast, rids) == expected
    assert len(expected) <= MAX_ENCODINGS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", ""),
        ("a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", ""),
        ("a=simulcast:send q;h;f", ""),
        ("a=simulcast:send q;h;f", "a=simulcast:recv q;h;f"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q"),
    ],
)
def test_where_packets_cannot_say_which_they_are_there_is_one_encoding(old: str, new: str) -> None:
    offer = with_line(old, new)
    assert lines_of(offer) == []
    assert session_of(offer).published[0].rids == []
    assert session_of(offer).published[0].ssrcs == [1000]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=rid:q send", "a=rid:q"),
        ("a=rid:q send", "a=rid:q both"),
        ("a=rid:q send", "a=rid:h send"),
        ("a=rid:q send", "a=rid:q.1 send"),
        ("a=rid:q send", f"a=rid:{'q' * 17} send"),
        ("a=simulcast:send q;h;f", "a=simulcast:q;h;f"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q recv"),
        ("a=simulcast:send q;h;f", "a=simulcast:"),
    ],
)
def test_S35_a_wrong_line_is_named(old: str, new: str) -> None:
    with pytest.raises(HopttError) as refused:
        parse_offer(with_line(old, new))
    assert refused.value.code is ErrorCode.SDP_INVALID
    at = with_line(old, new).split("\n").index(new) + 1
    wrong = at + 1 if new == "a=rid:h send" else at  # the second one of two is wrong
    assert refused.value.details["line"] == wrong


def test_S17_names_beyond_the_limit_are_not_kept() -> None:
    many = "\n".join(f"a=rid:r{n} send" for n in range(500))
    offer = with_line("a=simulcast:send q;h;f", f"{many}\na=simulcast:send q;{';'.join(f'r{n}' for n in range(200))}")
    assert session_of(offer).published[0].rids == ["q", "r0", "r1", "r2"]


DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"


def answered(offer: str) -> list[str]:
    text = answer(negotiate(parse_offer(offer), None, audio_slots=4), LOCAL)
    return [line for line in text.split("\r\n") if DESCRIPTOR in line or line == "a=extmap-allow-mixed"]


def test_layers_within_a_stream_are_described_where_both_forms_of_header_extensions_are_allowed() -> None:
    offer = CORPUS["chromium_page"]
    described = answered(offer)
    assert described
    assert described[::2] == ["a=extmap-allow-mixed"] * (len(described) // 2)
    assert set(described[1::2]) == {f"a=extmap:12 {DESCRIPTOR}"}
    assert session_of(offer).extensions.dependency_descriptor == 12
    assert answered(offer.replace("a=extmap-allow-mixed\r\n", "")) == []
    assert session_of(offer.replace("a=extmap-allow-mixed\r\n", "")).extensions.dependency_descriptor is None


def test_who_speaks_no_codec_with_layers_is_told_nothing_of_them() -> None:
    offer = CORPUS["chromium_page"].replace("VP9/90000", "X9/90000").replace("AV1/90000", "X1/90000")
    assert answered(offer) == []
