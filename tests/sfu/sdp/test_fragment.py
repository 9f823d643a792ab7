"""SDP fragments of WHIP and WHEP: sdp/fragment.py."""

from __future__ import annotations

import pytest
from tests.sfu.sdp.offers import CORPUS

from hoptt.errors import ErrorCode, HopttError
from hoptt.sfu.contract import Flow, IceCredentials
from hoptt.sfu.sdp import Local, negotiate, parse_fragment, parse_offer, write_fragment

PEER = IceCredentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
CANDIDATE = "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1"
TRICKLE = f"""a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:{PEER.ufrag}
a=ice-pwd:{PEER.pwd}
{CANDIDATE}
a=end-of-candidates
"""


def test_credentials_are_found_before_the_lines_of_media_and_in_one_of_them() -> None:
    before = f"a=ice-ufrag:{PEER.ufrag}\r\na=ice-pwd:{PEER.pwd}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n{CANDIDATE}\r\n"
    assert parse_fragment(TRICKLE) == parse_fragment(before)
    assert parse_fragment(TRICKLE).ice == PEER


def test_candidates_alone_are_no_new_session() -> None:
    fragment = parse_fragment(f"{CANDIDATE}\n{CANDIDATE}\n")
    assert (fragment.ice, fragment.candidates) == (None, 2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("\n", 1),
        ("nonsense", 1),
        ("a=mid:0\n{}", 2),
        ("a=mid:0\n1=2", 2),
        ("a=ice-ufrag:abc\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", 1),
        ("a=ice-ufrag:abcd\na=ice-pwd:short", 2),
        ("a=ice-ufrag:abcd", 1),
        ("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", 1),
        ("a=candidate:1 1 udp", 1),
        ("a=mid:0\0", 1),
        (f"{CANDIDATE}\n" * 200, 1),
        ("a=x:" + "x" * 3_000, 1),
    ],
)
def test_a_fragment_that_is_none_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(HopttError) as refusal:
        parse_fragment(text)
    assert (refusal.value.code, refusal.value.details) == (ErrorCode.SDP_INVALID, {"line": line})


def test_our_side_of_a_new_session_can_be_read_as_a_fragment() -> None:
    session = negotiate(parse_offer(CORPUS["aiortc_max_bundle"]), None, audio_slots=4, flow=Flow.IN)
    local = Local("SFU7", "s" * 24, "AB", ("1 1 udp 2130706431 203.0.113.7 7882 typ host",))
    text = write_fragment(session, local)
    assert parse_fragment(text).ice == IceCredentials("SFU7", "s" * 24)
    assert text.startswith("a=ice-lite\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n")
