"""An offer, read (RFC 8866, RFC 9429 §5.8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from hoptt.sfu.sdp.codecs import CodecFaultError, are_payload_types, common_codecs
from hoptt.sfu.sdp.lines import MAX_MEDIA, fault, number, split, token
from hoptt.sfu.sdp.session import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    Direction,
    NegotiatedCodec,
)
from hoptt.sfu.sdp.simulcast import MAX_ENCODINGS, encodings

MAX_RIDS = 4 * MAX_ENCODINGS
"""Of one m-line: encodings, and others in their place."""
MAX_SSRCS = 32
"""Of one m-line: six layers with their RTX and something to spare."""
PROFILES = ("UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF")
"""The keys come by DTLS with each of them; `RTP/SAVPF` is how some write it (RFC 9429 §5.1.2)."""
EXTENSIONS = {MID, AUDIO_LEVEL, TRANSPORT_CC, ABS_SEND_TIME, RID, REPAIRED_RID, DEPENDENCY_DESCRIPTOR}


@dataclass(slots=True)
class Media:
    """One m-line with its attributes, and those of the session that it inherits."""

    line: int
    """Where it stands in the offer, counted from 1."""
    kind: str = "session"
    port: int = 0
    profile: str = ""
    formats: str = ""
    mid: str = ""
    direction: Direction | None = None
    extensions: dict[str, int] = field(default_factory=dict)
    one_way: set[int] = field(default_factory=set)
    """Ids of extensions that the peer only sends (RFC 8285 §7)."""
    mixed: bool = False
    """Header extensions may come in both forms (RFC 8285 §6)."""
    ssrcs: list[int] = field(default_factory=list)
    rtx_of: dict[int, int] = field(default_factory=dict)
    ufrag: str = ""
    pwd: str = ""
    fingerprint: str = ""
    fingerprint_line: int = 0
    setup: str = ""
    setup_line: int = 0
    rtcp_mux: bool = False
    bundle_only: bool = False
    codec_lines: list[str] = field(default_factory=list)
    codec_places: list[int] = field(default_factory=list)
    codecs: tuple[NegotiatedCodec, ...] = ()
    rids: list[str] = field(default_factory=list)
    """Encodings that the peer names to send (RFC 8851)."""
    simulcast: str = ""
    """What it sends of them at once (RFC 8853)."""

    @property
    def wanted(self) -> bool:
        """Tell whether the peer wants to use the line at all (RFC 8843 §6)."""
        return self.port != 0 or self.bundle_only

    @property
    def is_rtp(self) -> bool:
        return self.kind in ("audio", "video")

    @property
    def encodings(self) -> tuple[str, ...]:
        """Give the names of the encodings that come at once; none where packets could not say which they are."""
        if self.kind != "video" or RID not in self.extensions or MID not in self.extensions:
            return ()
        return encodings(self.simulcast, self.rids)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a peer proposes. `bundle_line` is where its BUNDLE group stands."""

    session: Media
    media: list[Media]
    bundle: list[str]
    bundle_line: int


def parse_offer(text: str) -> Offer:
    """Read an offer. Raises HopttError(SDP_INVALID) with the line that is wrong."""
    lines = split(text)
    if lines[0] != "v=0":
        raise fault(1, "an offer begins with v=0")
    session = here = Media(1)
    media: list[Media] = []
    bundle: list[str] = []
    bundle_line = 0
    for place, line in enumerate(lines, 1):
        if line.startswith(_CODEC_LINES):  # four of five lines of a browser's offer: read together, below
            here.codec_lines.append(line)
            here.codec_places.append(place)
            continue
        if line[1:2] != "=":
            raise fault(place, "a line is a letter, `=` and a value")
        if line[0] == "a":
            key, _, value = line.partition(":")
            if (read := _READERS.get(key)) is not None:
                read(here, value, place)
            elif key == "a=group" and value.startswith("BUNDLE"):
                if here is not session or bundle_line:
                    raise fault(place, "there is one BUNDLE group, and it stands before the first m-line")
                bundle, bundle_line = value.split()[1:], place
            elif key == "a=ice-lite":
                raise fault(place, "the server is ICE-lite: the other side has to be a full agent")
        elif line[0] == "m":
            if len(media) == MAX_MEDIA:
                raise fault(place, f"there are more than {MAX_MEDIA} m-lines")
            here = _media(line, place)
            media.append(here)
    if not media:
        raise fault(len(lines), "there is no m-line")
    _finish(session, media, bundle, bundle_line)
    return Offer(session, media, bundle, bundle_line)


def _media(line: str, place: int) -> Media:
    parts = line[2:].split()
    if len(parts) < 4:
        raise fault(place, "an m-line is KIND PORT PROFILE FORMATS")
    kind = token(parts[0], 32, place, "the kind of media")
    port = number(parts[1].partition("/")[0], 0, 65_535, place, "the port")
    media = Media(place, kind, port, parts[2], " ".join(parts[3:]))
    if media.is_rtp:
        if media.wanted and media.profile not in PROFILES:
            raise fault(place, "the profile is not UDP/TLS/RTP/SAVPF: media is encrypted with DTLS-SRTP")
        if not are_payload_types(media.formats):
            raise fault(place, "a payload type is not a number from 0 to 127")
    return media


def _finish(session: Media, media: list[Media], bundle: list[str], bundle_line: int) -> None:
    """Check each m-line as a whole, and read its codecs."""
    mids: set[str] = set()
    ssrcs: set[int] = set()
    ids: dict[int, str] = {}
    for one in media:
        _check(one, mids, bundled=one.mid in bundle or len(media) == 1)
        if not one.is_rtp or not one.wanted:
            continue
        one.direction = one.direction or session.direction or Direction.SENDRECV
        one.mixed = one.mixed or session.mixed
        for uri, identifier in one.extensions.items():
            if ids.setdefault(identifier, uri) != uri:
                raise fault(one.line, "an a=extmap id means two things within one BUNDLE group")
        for ssrc in (*one.ssrcs, *one.rtx_of.values()):
            if ssrc in ssrcs:
                raise fault(one.line, "an SSRC is used twice")
            ssrcs.add(ssrc)
        try:
            one.codecs = common_codecs(one.kind, one.formats, tuple(one.codec_lines))
        except CodecFaultError as wrong:
            raise fault(one.codec_places[wrong.place], wrong.what) from wrong
    for mid in bundle:
        if mid not in mids:
            raise fault(bundle_line, "the BUNDLE group names an a=mid that is not there")


def _check(media: Media, mids: set[str], *, bundled: bool) -> None:
    if not media.mid:
        raise fault(media.line, "the m-line has no a=mid")
    if media.mid in mids:
        raise fault(media.line, "another m-line has the same a=mid")
    mids.add(media.mid)
    if media.is_rtp and media.wanted:
        if not bundled:
            raise fault(media.line, "the m-line is not in the BUNDLE group: one port carries everything")
        if not media.rtcp_mux:
            raise fault(media.line, "the m-line has no a=rtcp-mux: RTP and RTCP share one port")


# ---- attributes ----------------------------------------------------------------------------------


def _mid(media: Media, value: str, line: int) -> None:
    media.mid = token(value, 16, line, "a=mid")


def read_ufrag(media: Media, value: str, line: int) -> None:
    """Take an a=ice-ufrag. Raises HopttError(SDP_INVALID)."""
    if not 4 <= len(value) <= 256 or not _ICE.fullmatch(value):
        raise fault(line, "a=ice-ufrag has 4 to 256 characters (RFC 8839 §5.4)")
    media.ufrag = value


def read_pwd(media: Media, value: str, line: int) -> None:
    """Take an a=ice-pwd. Raises HopttError(SDP_INVALID)."""
    if not 22 <= len(value) <= 256 or not _ICE.fullmatch(value):
        raise fault(line, "a=ice-pwd has 22 to 256 characters (RFC 8839 §5.4)")
    media.pwd = value


def _fingerprint(media: Media, value: str, line: int) -> None:
    """Keep the sha-256 one; others may stand beside it (S13)."""
    algorithm, _, digest = value.partition(" ")
    media.fingerprint_line = media.fingerprint_line or line
    if algorithm.lower() != "sha-256":
        return
    digest = digest.strip().upper()
    if not _SHA256.fullmatch(digest):
        raise fault(line, "a sha-256 fingerprint is 32 bytes in hexadecimal with colons")
    if media.fingerprint not in ("", digest):
        raise fault(line, "there are two different sha-256 fingerprints")
    media.fingerprint, media.fingerprint_line = digest, line


def _setup(media: Media, value: str, line: int) -> None:
    if value not in ("active", "passive", "actpass", "holdconn"):
        raise fault(line, "a=setup is active, passive, actpass or holdconn")
    media.setup, media.setup_line = value, line


def _extmap(media: Media, value: str, line: int) -> None:
    parts = value.split()
    if len(parts) < 2:
        raise fault(line, "a=extmap is ID URI")
    identifier_text, _, direction = parts[0].partition("/")
    identifier = number(identifier_text, 1, 4351, line, "the id of an a=extmap")
    # RFC 8285 §4.2: 15 is reserved; more than 14 needs two-byte headers, which we write for long values only.
    if parts[1] in EXTENSIONS and identifier <= 14:
        media.extensions[parts[1]] = identifier
        if direction == "sendonly":
            media.one_way.add(identifier)


def _mixed(media: Media, value: str, line: int) -> None:
    media.mixed = True


def _ssrc(media: Media, value: str, line: int) -> None:
    ssrc = number(value.partition(" ")[0], 0, 0xFFFFFFFF, line, "an SSRC")
    if ssrc in media.ssrcs or ssrc in media.rtx_of.values():
        return
    if len(media.ssrcs) + len(media.rtx_of) == MAX_SSRCS:
        raise fault(line, f"there are more than {MAX_SSRCS} SSRCs in one m-line")
    media.ssrcs.append(ssrc)


def _ssrc_group(media: Media, value: str, line: int) -> None:
    parts = value.split()
    if parts[:1] != ["FID"]:
        return
    if len(parts) != 3:
        raise fault(line, "an FID group has two SSRCs: a stream and its retransmissions")
    first, second = (number(part, 0, 0xFFFFFFFF, line, "an SSRC") for part in parts[1:])
    for ssrc in (first, second):
        _ssrc(media, str(ssrc), line)
    if first in media.rtx_of or first == second or second not in media.ssrcs or first not in media.ssrcs:
        raise fault(line, "an SSRC stands in two FID groups")
    media.ssrcs.remove(second)
    media.rtx_of[first] = second


def _rid(media: Media, value: str, line: int) -> None:
    parts = value.split()
    if len(parts) < 2 or parts[1] not in ("send", "recv"):
        raise fault(line, "a=rid is NAME send or NAME recv")
    if not _RID.fullmatch(parts[0]):
        raise fault(line, "the name of an a=rid has 1 to 16 letters, digits, - and _")
    if parts[1] == "send":
        if parts[0] in media.rids:
            raise fault(line, "an a=rid stands twice")
        if len(media.rids) < MAX_RIDS:
            media.rids.append(parts[0])


def _simulcast(media: Media, value: str, line: int) -> None:
    parts = value.split()
    if len(parts) not in (2, 4) or any(direction not in ("send", "recv") for direction in parts[::2]):
        raise fault(line, "a=simulcast is send or recv, and a list of a=rid names")
    media.simulcast = dict(zip(parts[::2], parts[1::2], strict=True)).get("send", "")


def _direction(direction: Direction) -> Callable[[Media, str, int], None]:
    def read(media: Media, value: str, line: int) -> None:
        media.direction = direction

    return read


def _rtcp_mux(media: Media, value: str, line: int) -> None:
    media.rtcp_mux = True


def _bundle_only(media: Media, value: str, line: int) -> None:
    media.bundle_only = True


_ICE = re.compile(r"[!-~]+", re.ASCII)
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)
_SHA256 = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){31}", re.ASCII)
_CODEC_LINES = ("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:")
_READERS: dict[str, Callable[[Media, str, int], None]] = {
    "a=mid": _mid,
    "a=ice-ufrag": read_ufrag,
    "a=ice-pwd": read_pwd,
    "a=fingerprint": _fingerprint,
    "a=setup": _setup,
    "a=extmap": _extmap,
    "a=extmap-allow-mixed": _mixed,
    "a=ssrc": _ssrc,
    "a=ssrc-group": _ssrc_group,
    "a=rid": _rid,
    "a=simulcast": _simulcast,
    "a=rtcp-mux": _rtcp_mux,
    "a=bundle-only": _bundle_only,
    **{f"a={direction.value}": _direction(direction) for direction in Direction},
}
