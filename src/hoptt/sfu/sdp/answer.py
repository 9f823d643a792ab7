"""The answer to an offer, written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hoptt.meeting.words import Source
from hoptt.sfu.sdp import simulcast
from hoptt.sfu.sdp.session import Line, NegotiatedCodec, Session

CNAME = "hoptt"
START_KBPS = {Source.CAMERA: 800, Source.SCREEN: 1_200}
"""Where a browser's estimate begins: without it Chromium sends a stamp of a picture for the first seconds."""


@dataclass(frozen=True, slots=True)
class Local:
    """The engine's side of a transport."""

    ufrag: str
    pwd: str
    fingerprint: str
    candidates: Sequence[str]


def answer(session: Session, local: Local) -> str:
    """Write the answer. The server is ICE-lite and DTLS passive (RFC 8445 §2.5, RFC 5763 §5)."""
    bundle = [line.mid for line in session.lines if line.accepted]
    lines = [
        "v=0",
        f"o=- {session.id} {session.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        *([f"a=group:BUNDLE {' '.join(bundle)}"] if bundle else []),
        "a=ice-lite",
        "a=msid-semantic: WMS *",
    ]
    for line in session.lines:
        if line.accepted:
            lines += _accepted(line, local, candidates=line.mid in (bundle[0], bundle[-1]))
        else:
            lines += [f"m={line.kind} 0 {line.profile} {line.formats}", "c=IN IP4 0.0.0.0", f"a=mid:{line.mid}"]
            lines += ["a=inactive"] if line.kind in ("audio", "video") else []
    return "\r\n".join(lines) + "\r\n"


def _accepted(line: Line, local: Local, *, candidates: bool) -> Iterator[str]:
    formats = [str(pt) for codec in line.codecs for pt in (codec.pt, codec.rtx_pt) if pt is not None]
    yield f"m={line.kind} 9 {line.profile} {' '.join(formats)}"
    yield "c=IN IP4 0.0.0.0"
    yield f"a=mid:{line.mid}"
    yield f"a=ice-ufrag:{local.ufrag}"
    yield f"a=ice-pwd:{local.pwd}"
    yield f"a=fingerprint:sha-256 {local.fingerprint}"
    yield "a=setup:passive"
    if candidates:  # browsers read those of the first line; aiortc, with one transport for all lines, those of the last
        yield from (f"a=candidate:{candidate}" for candidate in local.candidates)
        yield "a=end-of-candidates"
    yield _DIRECTIONS[line.receives, line.sends]
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    if line.mixed:
        yield "a=extmap-allow-mixed"
    for number, uri in line.extensions:
        yield f"a=extmap:{number}{'/recvonly' if number in line.one_way else ''} {uri}"
    for codec in line.codecs:
        yield from _codec(codec, line.source if line.sends else None)
    yield from simulcast.answered(line.rids)
    if line.receives:
        yield from _slot(line)


def _codec(codec: NegotiatedCodec, source: Source | None) -> Iterator[str]:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    yield f"a=rtpmap:{codec.pt} {codec.name}/{codec.clock_rate}{channels}"
    yield from (f"a=rtcp-fb:{codec.pt} {one}" for one in codec.feedback)
    start = START_KBPS.get(source) if source is not None else None
    fmtp = [codec.fmtp] if codec.fmtp else []
    fmtp += [f"x-google-start-bitrate={start}"] if start else []
    if fmtp:
        yield f"a=fmtp:{codec.pt} {';'.join(fmtp)}"
    if codec.rtx_pt is not None:
        yield f"a=rtpmap:{codec.rtx_pt} rtx/{codec.clock_rate}"
        yield f"a=fmtp:{codec.rtx_pt} apt={codec.pt}"


def _slot(line: Line) -> Iterator[str]:
    """Name the stream of a receiving place. Those of the stage, slot 0, share one: lips and voice together."""
    track = f"{line.kind}{line.slot}"
    yield f"a=msid:{'stage' if line.slot == 0 else track} {track}"
    if line.rtx_ssrc:
        yield f"a=ssrc-group:FID {line.ssrc} {line.rtx_ssrc}"
    yield f"a=ssrc:{line.ssrc} cname:{CNAME}"
    if line.rtx_ssrc:
        yield f"a=ssrc:{line.rtx_ssrc} cname:{CNAME}"


_DIRECTIONS = {
    (True, True): "a=sendrecv",
    (True, False): "a=sendonly",
    (False, True): "a=recvonly",
    (False, False): "a=inactive",
}
"""By what we send and what we receive."""
