"""A negotiated session: what stands in the engine's blob, so that any control plane can answer the next re-offer."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hoptt.ids import ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import IceCredentials, SlotLine
from hoptt.sfu.frames import ApplySession, Codec, Extensions, Fingerprint, Kind, Published, Slot
from hoptt.sfu.names import track_id


class Direction(StrEnum):
    """Of an m-line, seen from whoever wrote it."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One m-line. `source` is what the peer sends on it, `slot` the place at which it receives; both with sendrecv."""

    mid: str
    kind: str
    """`audio`, `video`, or what we rejected: `application`, …"""
    profile: str
    formats: str
    """The list of the offer's m-line, repeated where the line is rejected."""
    accepted: bool
    source: Source | None = None
    slot: int | None = None
    sends: bool = False
    """The peer sends on it now."""
    receives: bool = False
    ssrc: int = 0
    rtx_ssrc: int = 0
    codecs: tuple[NegotiatedCodec, ...] = ()
    extensions: tuple[tuple[int, str], ...] = ()
    one_way: tuple[int, ...] = ()
    """Ids of extensions that the peer only sends."""
    mixed: bool = False
    """Header extensions come in both forms (RFC 8285 §6)."""
    ssrcs: tuple[int, ...] = ()
    rtx_ssrcs: tuple[int, ...] = ()
    rids: tuple[str, ...] = ()
    """Names of the encodings that the peer sends (RFC 8853), the smallest picture first; none: there is one."""


class NegotiatedCodec(msgspec.Struct, frozen=True, kw_only=True):
    """A codec that both sides speak, under the peer's payload types."""

    name: str
    pt: int
    clock_rate: int
    channels: int = 1
    rtx_pt: int | None = None
    fmtp: str = ""
    feedback: tuple[str, ...] = ()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """All m-lines in the order of the offer, and whose transport it is."""

    id: int
    version: int
    ufrag: str
    pwd: str
    fingerprint: str
    """sha-256 of the peer's certificate."""
    lines: tuple[Line, ...]
    note: str = ""
    """What whoever opened it wants to know again after a restart of the control plane."""

    @property
    def slots(self) -> tuple[SlotLine, ...]:
        """The receiving places and their m-lines."""
        return tuple(
            SlotLine(Kind(line.kind), line.slot, line.mid)
            for line in self.lines
            if line.accepted and line.slot is not None
        )

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the peer sends."""
        return tuple(line.source for line in self.lines if line.sends and line.source is not None)

    def noted(self, note: str) -> Session:
        """Give the same session with a note."""
        return msgspec.structs.replace(self, note=note)

    def with_ice(self, peer: IceCredentials) -> Session:
        """Give the same session in a new ICE session of the peer's."""
        return msgspec.structs.replace(self, ufrag=peer.ufrag, pwd=peer.pwd, version=self.version + 1)

    def applied(self, transport: str, participant: ParticipantId) -> ApplySession:
        """Give the engine's part of it, with the whole session as blob."""
        used = {uri: number for line in self.lines if line.accepted for number, uri in line.extensions}
        return ApplySession(
            id=0,
            transport=transport,
            remote_ufrag=self.ufrag,
            remote_pwd=self.pwd,
            fingerprint=Fingerprint(algorithm="sha-256", value=self.fingerprint),
            extensions=Extensions(
                mid=used.get(MID),
                audio_level=used.get(AUDIO_LEVEL),
                transport_cc=used.get(TRANSPORT_CC),
                abs_send_time=used.get(ABS_SEND_TIME),
                rid=used.get(RID),
                repaired_rid=used.get(REPAIRED_RID),
                dependency_descriptor=used.get(DEPENDENCY_DESCRIPTOR),
            ),
            published=[_published(line, line.source, participant) for line in self.lines if line.sends and line.source],
            slots=[_slot(line, line.slot) for line in self.lines if line.receives and line.slot is not None],
            blob=encode(self),
        )


MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
DEPENDENCY_DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


def encode(session: Session) -> bytes:
    """Write a session as the engine keeps it."""
    return msgspec.msgpack.encode(session)


def decode(blob: bytes) -> Session | None:
    """Read a session back; None for a transport that was never negotiated, or a blob of another build."""
    try:
        return msgspec.msgpack.decode(blob, type=Session)
    except msgspec.DecodeError:
        return None


def _published(line: Line, source: Source, participant: ParticipantId) -> Published:
    return Published(
        track=track_id(participant, source),
        mid=line.mid,
        kind=Kind(line.kind),
        source=source,
        codecs=_codecs(line),
        # which SSRC is which encoding an offer does not say: packets do
        ssrcs=[] if line.rids else list(line.ssrcs),
        rtx_ssrcs=[] if line.rids else list(line.rtx_ssrcs),
        rids=list(line.rids),
    )


def _slot(line: Line, slot: int) -> Slot:
    return Slot(
        slot=slot,
        mid=line.mid,
        kind=Kind(line.kind),
        ssrc=line.ssrc,
        rtx_ssrc=line.rtx_ssrc or None,
        codecs=_codecs(line),
    )


def _codecs(line: Line) -> list[Codec]:
    return [
        Codec(name=c.name, pt=c.pt, clock_rate=c.clock_rate, channels=c.channels, rtx_pt=c.rtx_pt, fmtp=c.fmtp)
        for c in line.codecs
    ]
