"""Which codecs of an m-line both sides speak: Opus, VP8, VP9, H.264 and AV1, each with its RTX (RFC 4588).

Opus may come with redundancy (RED, RFC 2198): then that stands first, for a publisher sends the first of the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from hoptt.sfu.sdp.session import NegotiatedCodec

OPUS_FMTP = "minptime=10;useinbandfec=1"
RED = "red"
"""Opus in whose packets is what was said before, too: each is a small loss's repair."""
FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
"""In the order in which browsers write them (RFC 4585 §4.2, RFC 5104 §7.1)."""
VIDEO = ("VP8", "VP9", "H264", "AV1")
"""In the order in which we like to get them: a publisher sends the first of the answer."""
LAYERED = ("VP9", "AV1")
"""Several sizes within one stream (SVC), which dependency descriptors tell apart."""
_OURS = {"VP8": "", "VP9": "profile-id=0"}
"""Of an offer's parameters some only tell what the peer can take (max-fs): those are not repeated. H.264's are."""
BASELINE = ("42e0", "4200")
"""profile-level-id of Constrained Baseline and Baseline (RFC 6184 §8.1): what every H.264 decoder takes."""


class CodecFaultError(Exception):
    """`place` counts within the lines given."""

    def __init__(self, place: int, what: str) -> None:
        super().__init__(what)
        self.place = place
        self.what = what


@dataclass(slots=True)
class _Offered:
    name: str = ""
    clock_rate: int = 0
    channels: int = 1
    fmtp: str = ""
    feedback: set[str] = field(default_factory=set)


@lru_cache(maxsize=64)
def common_codecs(kind: str, formats: str, lines: tuple[str, ...]) -> tuple[NegotiatedCodec, ...]:
    """Give the codecs of an m-line that we speak, best first. `lines` are its rtpmap, fmtp and rtcp-fb lines.

    A browser repeats the same block in each of its m-lines, and in each offer: it is read once. Raises CodecFaultError.
    """
    offered = {int(pt): _Offered() for pt in formats.split()}
    for place, line in enumerate(lines):
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise CodecFaultError(place, "a codec line needs a payload type and a value")
        _read(offered, parts["key"], parts["pt"], parts["value"], place)
    rtx = {
        int(apt["apt"]): pt
        for pt, one in offered.items()
        if one.name.lower() == "rtx" and (apt := _APT.search(one.fmtp)) is not None
    }
    if kind == "audio":
        return _audio(offered)
    found = [_video(offered, name, rtx) for name in VIDEO]
    return tuple(codec for codec in found if codec is not None)


@lru_cache(maxsize=64)
def are_payload_types(formats: str) -> bool:
    """Tell whether these are numbers from 0 to 127 (RFC 3550 §5.1)."""
    return all(pt.isascii() and pt.isdigit() and len(pt) <= 3 and int(pt) <= 127 for pt in formats.split())


def _read(offered: dict[int, _Offered], key: str, pt: str, value: str, place: int) -> None:
    if pt == "*":
        if key != "rtcp-fb":
            raise CodecFaultError(place, "only a=rtcp-fb may stand for all payload types")
        for one in offered.values():
            one.feedback.add(value)
        return
    codec = offered.get(int(pt))
    if codec is None:
        return  # of a payload type that the m-line does not list: nobody will use it
    if key == "rtcp-fb":
        codec.feedback.add(value)
    elif key == "fmtp":
        codec.fmtp = value
    else:
        parts = _RTPMAP.fullmatch(value)
        if parts is None:
            raise CodecFaultError(place, "a=rtpmap needs NAME/CLOCK-RATE")
        codec.name, codec.clock_rate, codec.channels = parts["name"], int(parts["rate"]), int(parts["channels"] or 1)


def _is_opus(codec: _Offered) -> bool:
    return (codec.name.lower(), codec.clock_rate, codec.channels) == ("opus", 48_000, 2)  # RFC 7587 §7


def _audio(offered: dict[int, _Offered]) -> tuple[NegotiatedCodec, ...]:
    opus = next((_opus(pt, one) for pt, one in offered.items() if _is_opus(one)), None)
    if opus is None:
        return ()
    red = next((_red(pt, one) for pt, one in offered.items() if _is_red_of(opus, one)), None)
    return (opus,) if red is None else (red, opus)


def _is_red_of(opus: NegotiatedCodec, one: _Offered) -> bool:
    """Tell whether it is redundancy of this Opus: its parameters name the payload type of each block (RFC 2198 §5)."""
    if (one.name.lower(), one.clock_rate, one.channels) != (RED, opus.clock_rate, opus.channels):
        return False
    return all(pt.strip() == str(opus.pt) for pt in one.fmtp.split("/"))


def _red(pt: int, one: _Offered) -> NegotiatedCodec:
    return NegotiatedCodec(name=RED, pt=pt, clock_rate=one.clock_rate, channels=one.channels, fmtp=one.fmtp)


def _opus(pt: int, one: _Offered) -> NegotiatedCodec:
    return NegotiatedCodec(
        name="opus", pt=pt, clock_rate=48_000, channels=2, fmtp=OPUS_FMTP, feedback=_feedback(one.feedback)
    )


def _video(offered: dict[int, _Offered], name: str, rtx: dict[int, int]) -> NegotiatedCodec | None:
    """Choose one payload type of a codec: forwarding needs the same profile at both ends."""
    fitting = [
        (rank, pt)
        for pt, one in offered.items()
        if one.name.upper() == name and one.clock_rate == 90_000 and (rank := _rank(name, one.fmtp)) is not None
    ]
    if not fitting:
        return None
    _, pt = min(fitting)
    one = offered[pt]
    return NegotiatedCodec(
        name=name,
        pt=pt,
        clock_rate=90_000,
        rtx_pt=rtx.get(pt),
        fmtp=_OURS.get(name, one.fmtp),
        feedback=_feedback(one.feedback),
    )


def _rank(name: str, fmtp: str) -> int | None:
    """Say how well a profile suits, 0 best; None: not at all."""
    given = dict(part.strip().partition("=")[::2] for part in fmtp.lower().split(";"))
    if name == "VP9":
        return 0 if given.get("profile-id", "0") == "0" else None
    if name == "AV1":
        return 0 if given.get("profile", "0") == "0" else None  # RTP Payload Format for AV1, §7.2.1
    if name == "H264":
        if given.get("packetization-mode", "0") != "1":
            return None
        profile = given.get("profile-level-id", "420010")[:4]
        return BASELINE.index(profile) if profile in BASELINE else len(BASELINE)
    return 0


def _feedback(offered: set[str]) -> tuple[str, ...]:
    return tuple(one for one in FEEDBACK if one in offered)


_LINE = re.compile(r"a=(?P<key>rtpmap|fmtp|rtcp-fb):(?P<pt>[0-9]{1,3}|\*) +(?P<value>.*\S) *", re.ASCII)
_RTPMAP = re.compile(r"(?P<name>[^ /]+)/(?P<rate>[0-9]{1,9})(?:/(?P<channels>[0-9]{1,2}))? *", re.ASCII)
_APT = re.compile(r"(?:^|;) *apt=(?P<apt>[0-9]{1,3})\b", re.ASCII)
