"""Real offers, and a small one to take apart."""

from __future__ import annotations

from pathlib import Path

CORPUS = {path.stem: path.read_bytes().decode() for path in sorted((Path(__file__).parent / "corpus").glob("*.sdp"))}
"""Captured from browsers (capture.mjs) and aiortc; `handmade_…` are written after what the named program sends."""

FINGERPRINT = ":".join(f"{n:02X}" for n in range(32))
SMALL = f"""v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=ice-ufrag:abcd
a=ice-pwd:0123456789abcdef012345
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=ssrc:1000 cname:a
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=mid:1
a=recvonly
a=rtcp-mux
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
"""


def with_line(old: str, new: str) -> str:
    """Give the small offer with every line `old` replaced; an empty `new` takes it out."""
    assert f"{old}\n" in SMALL
    return SMALL.replace(f"{old}\n", f"{new}\n" if new else "")
