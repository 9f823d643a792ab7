"""An answer to an offer of a server: everything it offers is received, nothing is sent (RFC 8866, RFC 9429)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.peers.conversation import Local

CODECS = ("opus", "vp8", "rtx")
EXTENSIONS = (
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "urn:ietf:params:rtp-hdrext:sdes:mid",
)


def split_lines(sdp: str) -> tuple[str, list[str]]:
    """Give what stands before the first m-line of a description, and its m-lines, each with all that belongs to it."""
    head, *lines = re.split(r"(?m)^(?=m=)", sdp.replace("\r\n", "\n"))
    return head, lines


def with_candidates(sdp: str, candidates: Sequence[str]) -> str:
    """Put candidates that came apart into a description; each is `candidate:…`."""
    return sdp.rstrip("\r\n") + "\r\n" + "".join(f"a={one.removeprefix('a=')}\r\n" for one in candidates)


def sent_lines(offer: str) -> int:
    """Count the lines on which the server sends sound or a picture."""
    _, lines = split_lines(offer)
    return sum(
        line.startswith(("m=audio", "m=video")) and bool(re.search(r"a=send(only|recv)", line)) for line in lines
    )


def answer(offer: str, local: Local) -> str:
    """Answer with our end of the link: we begin DTLS."""
    head, lines = split_lines(offer)
    accepted = [_answer_line(line, local) for line in lines]
    groups = [row for row in head.splitlines() if row.startswith("a=group:BUNDLE")]
    top = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", *groups]
    return "\r\n".join([*top, *(row for line in accepted for row in line), ""])


def _answer_line(line: str, local: Local) -> list[str]:
    rows = line.splitlines()
    kind, _, protocol, *types = rows[0].removeprefix("m=").split(" ")
    names = dict(re.findall(r"(?m)^a=rtpmap:(\d+) ([^/\n]+)", line))
    kept = [one for one in types if names.get(one, "").lower() in CODECS]
    mid = next((row for row in rows if row.startswith("a=mid:")), "a=mid:0")
    data = kind == "application"  # taken, because it may be the only line of a first offer; nobody answers there
    kept = types if data else kept
    if not kept:
        return [f"m={kind} 0 {protocol} {' '.join(types)}", "c=IN IP4 0.0.0.0", mid, "a=inactive"]
    direction = "a=recvonly" if {"a=sendonly", "a=sendrecv"} & set(rows) else "a=inactive"
    of_codec = re.compile(rf"a=(rtpmap|fmtp|rtcp-fb):({'|'.join(kept)}) ")
    of_line = re.compile(rf"a=extmap:\d+ ({'|'.join(map(re.escape, EXTENSIONS))})$")
    end = "a=candidate:1 1 udp 2130706431"
    return [
        f"m={kind} 9 {protocol} {' '.join(kept)}",
        "c=IN IP4 0.0.0.0",
        mid,
        *(["a=sctp-port:5000"] if data else [direction, "a=rtcp-mux"]),
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        "a=setup:active",
        *(row for row in rows if of_codec.match(row) or of_line.match(row)),
        f"{end} {local.address} {local.port} typ host",
        "a=end-of-candidates",
    ]
