"""What each m-line is for: sdp/negotiate.py, sdp/session.py."""

from __future__ import annotations

import random
import socket

import pytest
from tests.sfu.sdp.offers import CORPUS, FINGERPRINT, SMALL, with_line

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.frames import Kind
from hoptt.sfu.sdp import Session, decode, encode, negotiate, parse_offer

LAN = ParticipantId("p_lan")
PAGES = ["chromium_page", "firefox_page"]


def session_of(text: str, before: Session | None = None, seed: int = 1) -> Session:
    return negotiate(parse_offer(text), before, audio_slots=4, draw=random.Random(seed).getrandbits)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_sends_four_sources_and_receives_four_voices_and_nine_pictures(name: str) -> None:
    applied = session_of(CORPUS[name]).applied("p_lan/1", LAN)
    assert [p.track for p in applied.published] == [
        "p_lan/microphone",
        "p_lan/camera",
        "p_lan/screen",
        "p_lan/screen_audio",
    ]
    assert [(s.kind, s.slot) for s in applied.slots] == [(Kind.AUDIO, n) for n in range(4)] + [
        (Kind.VIDEO, n) for n in range(9)
    ]


@pytest.mark.parametrize("name", PAGES)
def test_growing_the_grid_keeps_every_line_as_it_was(name: str) -> None:
    first = session_of(CORPUS[name])
    grown = session_of(CORPUS[f"{name}_grown"], first, seed=2)
    kept = grown.lines[: len(first.lines)]
    assert [(k.mid, k.source, k.slot, k.ssrc, k.rtx_ssrc) for k in kept] == [
        (k.mid, k.source, k.slot, k.ssrc, k.rtx_ssrc) for k in first.lines
    ]
    assert [line.slot for line in grown.lines[len(first.lines) :]] == list(range(9, 25))
    assert (grown.id, grown.version) == (first.id, 2)


@pytest.mark.parametrize(
    ("name", "published", "slots"),
    [
        ("aiortc_balanced", [Source.MICROPHONE, Source.CAMERA], [(Kind.AUDIO, 0), (Kind.VIDEO, 0)]),
        ("aiortc_max_bundle", [Source.MICROPHONE, Source.CAMERA], [(Kind.AUDIO, 0), (Kind.VIDEO, 0)]),
        ("handmade_safari", [Source.MICROPHONE, Source.CAMERA], [(Kind.AUDIO, 0), (Kind.VIDEO, 0)]),
        ("handmade_pion", [Source.CAMERA, Source.MICROPHONE], [(Kind.VIDEO, 0)]),
        ("handmade_gstreamer", [Source.CAMERA, Source.MICROPHONE], []),
    ],
)
def test_other_clients_are_understood_by_kind_and_order(
    name: str, published: list[Source], slots: list[tuple[Kind, int]]
) -> None:
    applied = session_of(CORPUS[name]).applied("p_lan/1", LAN)
    assert [p.source for p in applied.published] == published
    assert [(s.kind, s.slot) for s in applied.slots] == slots


@pytest.mark.parametrize("name", CORPUS)
def test_every_ssrc_of_a_transport_is_its_own(name: str) -> None:
    applied = session_of(CORPUS[name]).applied("p_lan/1", LAN)
    theirs = [ssrc for p in applied.published for ssrc in (*p.ssrcs, *p.rtx_ssrcs)]
    ours = [ssrc for s in applied.slots for ssrc in (s.ssrc, s.rtx_ssrc) if ssrc is not None]
    assert len(set(theirs + ours)) == len(theirs + ours)
    assert 0 not in ours


@pytest.mark.parametrize("name", CORPUS)
def test_a_session_survives_in_the_blob(name: str) -> None:
    session = session_of(CORPUS[name])
    assert decode(encode(session)) == session


def test_a_blob_of_another_build_is_no_session() -> None:
    assert decode(b"\x93\x01\x02\x03") is None


def test_retransmissions_are_paired_with_their_stream() -> None:
    camera = session_of(CORPUS["aiortc_max_bundle"]).applied("p_lan/1", LAN).published[1]
    assert len(camera.ssrcs) == len(camera.rtx_ssrcs) == 1
    assert camera.codecs[0].name == "VP8"


def test_a_third_microphone_is_not_taken() -> None:
    extra = "".join(
        f"m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:{mid}\na=sendonly\na=rtcp-mux\na=rtpmap:111 opus/48000/2\n"
        for mid in (2, 3)
    )
    session = session_of(with_line("a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2 3") + extra)
    assert [line.source for line in session.lines] == [Source.MICROPHONE, None, Source.SCREEN_AUDIO, None]
    assert [line.sends for line in session.lines] == [True, False, True, False]


def test_no_more_voices_than_the_meeting_has_slots() -> None:
    session = negotiate(parse_offer(CORPUS["chromium_page"]), None, audio_slots=2)
    assert [line.slot for line in session.lines[4:8]] == [0, 1, None, None]


def test_a_source_that_pauses_keeps_its_line() -> None:
    first = session_of(SMALL)
    paused = session_of(with_line("a=sendonly", "a=inactive"), first)
    assert (paused.lines[0].source, paused.lines[0].sends) == (Source.MICROPHONE, False)
    assert paused.applied("p_lan/1", LAN).published == []
    again = session_of(SMALL, paused)
    assert again.applied("p_lan/1", LAN).published == first.applied("p_lan/1", LAN).published


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "::1", "169.254.169.254", "fe80::1", "224.0.0.251", "10.99.0.1", "0.0.0.0"),
        *("intranet.example.vn", "6de171fa-8462-406e-acdd-9083de37ad6c.local", "$(id)", ""),
    ],
)
def test_S9_addresses_in_an_offer_are_neither_kept_nor_looked_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, lambda *_: pytest.fail("a look-up"))
    candidate = f"a=candidate:1 1 udp 2122260223 {address} 46689 typ host"
    with_candidate = session_of(with_line("a=mid:0", f"a=mid:0\n{candidate}"))
    assert encode(with_candidate) == encode(session_of(SMALL))
    assert with_candidate.applied("p_lan/1", LAN) == session_of(SMALL).applied("p_lan/1", LAN)


@pytest.mark.parametrize(
    ("setup", "taken"), [("actpass", True), ("active", True), ("", True), ("passive", False), ("holdconn", False)]
)
def test_S12_every_setup_is_decided(setup: str, taken: bool) -> None:
    text = with_line("a=setup:actpass", f"a=setup:{setup}" if setup else "")
    if taken:
        assert session_of(text).lines[0].accepted
        return
    with pytest.raises(HopttError) as refused:
        session_of(text)
    assert refused.value.details == {"line": 7}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (with_line(f"a=fingerprint:sha-256 {FINGERPRINT}", ""), 9),
        (with_line(f"a=fingerprint:sha-256 {FINGERPRINT}", "a=fingerprint:sha-1 00:11"), 6),
        (with_line("a=mid:0", f"a=mid:0\na=fingerprint:sha-256 {FINGERPRINT.replace('1F', 'FF')}\na=x"), None),
        (SMALL + f"a=fingerprint:sha-256 {FINGERPRINT.replace('1F', 'FF')}\n", 27),
    ],
)
def test_S13_only_one_sha_256_fingerprint_counts(text: str, line: int | None) -> None:
    if line is None:  # an m-line's own stands before that of the session (RFC 8122 §5)
        assert session_of(text).fingerprint.endswith("FF")
        return
    with pytest.raises(HopttError) as refused:
        session_of(text)
    assert refused.value.details == {"line": line}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SMALL[: SMALL.index("m=video")].replace("BUNDLE 0 1", "BUNDLE 0"), "never removed"),
        (SMALL.replace("a=mid:1", "a=mid:7").replace("BUNDLE 0 1", "BUNDLE 0 7"), "keep their order"),
        (SMALL.replace("m=video", "m=audio"), "keeps its kind"),
        (SMALL.replace(FINGERPRINT, FINGERPRINT.replace("1F", "FF")), "certificate changed"),
    ],
)
def test_a_re_offer_that_contradicts_the_session_is_refused(text: str, says: str) -> None:
    before = session_of(SMALL)
    with pytest.raises(HopttError, match=says) as refused:
        session_of(text, before)
    assert refused.value.code is ErrorCode.SDP_INVALID


def codecs_of(text: str, *, red: bool = False) -> tuple[list[list[str]], list[list[str]]]:
    """Give the codecs of what is sent of sound, and of what is received of it."""
    applied = negotiate(parse_offer(text), None, audio_slots=4, red=red).applied("p_lan/1", LAN)
    sent = [[f"{c.pt} {c.name}" for c in one.codecs] for one in applied.published if one.kind is Kind.AUDIO]
    return sent, [[f"{c.pt} {c.name}" for c in one.codecs] for one in applied.slots if one.kind is Kind.AUDIO]


def test_a_browser_that_offers_redundancy_is_asked_for_it_in_voices_and_takes_it() -> None:
    both, opus = ["63 red", "111 opus"], ["111 opus"]
    assert codecs_of(CORPUS["chromium_page"], red=True) == ([both, opus], [both] * 4)
    assert codecs_of(CORPUS["chromium_page"]) == ([opus, opus], [opus] * 4)


@pytest.mark.parametrize("name", sorted({*CORPUS} - {"chromium_page", "chromium_page_grown", "handmade_safari"}))
def test_whoever_offers_no_redundancy_is_answered_as_before(name: str) -> None:
    offer = parse_offer(CORPUS[name])
    sessions = [
        negotiate(offer, None, audio_slots=4, red=red, draw=random.Random(1).getrandbits) for red in (True, False)
    ]
    assert sessions[0] == sessions[1]


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        ("a=rtpmap:63 red/48000/2\na=fmtp:63 111/111", True),
        ("a=rtpmap:63 RED/48000/2\na=fmtp:63 111/111/111", True),
        ("a=rtpmap:63 red/48000/2", False),
        ("a=rtpmap:63 red/48000/2\na=fmtp:63 111/0", False),
        ("a=rtpmap:63 red/48000/2\na=fmtp:63 0/0", False),
        ("a=rtpmap:63 red/8000/1\na=fmtp:63 111/111", False),
        ("a=rtpmap:63 red/90000\na=fmtp:63 111/111", False),
    ],
)
def test_redundancy_of_something_else_than_opus_is_not_taken(lines: str, taken: bool) -> None:
    text = with_line("a=rtpmap:111 opus/48000/2", f"a=rtpmap:111 opus/48000/2\n{lines}")
    text = text.replace("m=audio 9 UDP/TLS/RTP/SAVPF 111\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\n")
    sent, _ = codecs_of(text, red=True)
    assert sent == [["63 red", "111 opus"] if taken else ["111 opus"]]
