"""From an offer to a session (design: the client offers, the server is ICE-lite and DTLS passive)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from hoptt.meeting.words import Source
from hoptt.sfu.contract import Flow
from hoptt.sfu.sdp.codecs import LAYERED, RED, VIDEO
from hoptt.sfu.sdp.lines import fault, unacceptable
from hoptt.sfu.sdp.offer import Media, Offer
from hoptt.sfu.sdp.session import (
    DEPENDENCY_DESCRIPTOR,
    REPAIRED_RID,
    RID,
    Direction,
    Line,
    NegotiatedCodec,
    Session,
)

VIDEO_SLOTS = 25
"""The largest grid that a page may ask for."""
SOURCES = {
    "audio": (Source.MICROPHONE, Source.SCREEN_AUDIO),
    "video": (Source.CAMERA, Source.SCREEN),
}
"""What a peer sends, by kind and order: the first audio line is the microphone, the second the sound of the screen."""
_SENDS = (Direction.SENDONLY, Direction.SENDRECV)
_RECEIVES = (Direction.RECVONLY, Direction.SENDRECV)


def negotiate(
    offer: Offer,
    before: Session | None,
    *,
    audio_slots: int,
    video_slots: int = VIDEO_SLOTS,
    flow: Flow = Flow.BOTH,
    codec: str | None = None,
    red: bool = False,
    draw: Callable[[int], int] = secrets.randbits,
) -> Session:
    """Decide what each m-line is for. `before` is the session of the same transport, at a re-offer.

    What a line is for never changes while it lives, nor do its SSRCs. `flow` and `codec` are as in `MeetingMedia.open`.
    `red`: voices come and go with redundancy (RFC 2198) where the peer offers that.
    Raises HopttError(SDP_INVALID), UnacceptableError.
    """
    ufrag, pwd, fingerprint = _transport(offer)
    old = () if before is None else before.lines
    if len(offer.media) < len(old):
        raise fault(offer.media[-1].line, f"m-lines are never removed: there were {len(old)}")
    if before is not None and fingerprint != before.fingerprint:
        raise fault(_first(offer).line, "the certificate changed: that needs a fresh peer connection")
    if flow is Flow.OUT:
        _keep_one_codec(offer, codec)
    books = _Books(old, {"audio": audio_slots, "video": video_slots}, flow, _Numbers(offer, old, draw), red=red)
    lines = tuple(
        books.line(media, old[place] if place < len(old) else None) for place, media in enumerate(offer.media)
    )
    return Session(
        id=draw(62) if before is None else before.id,
        version=1 if before is None else before.version + 1,
        ufrag=ufrag,
        pwd=pwd,
        fingerprint=fingerprint,
        lines=lines,
    )


def _keep_one_codec(offer: Offer, wished: str | None) -> None:
    """Leave one video codec, the same in all lines: the wished one where it is offered, else what we like best."""
    video = [media for media in offer.media if media.kind == "video" and media.wanted]
    common = [name for name in VIDEO if all(any(c.name == name for c in media.codecs) for media in video)]
    if not common:
        return  # each line says for itself that it cannot be taken
    kept = wished if wished in common else common[0]
    for media in video:
        media.codecs = tuple(codec for codec in media.codecs if codec.name == kept)


def _first(offer: Offer) -> Media:
    """Give the m-line whose address and keys count: the first wanted one of the BUNDLE group (RFC 8843 §7.1)."""
    by_mid = {media.mid: media for media in offer.media}
    for mid in offer.bundle:
        if by_mid[mid].wanted:
            return by_mid[mid]
    return next((media for media in offer.media if media.wanted), offer.media[0])


def _transport(offer: Offer) -> tuple[str, str, str]:
    first, session = _first(offer), offer.session
    setup, setup_line = (first.setup, first.setup_line) if first.setup else (session.setup, session.setup_line)
    if setup in ("passive", "holdconn"):  # RFC 5763 §5: the answerer then would have to be active
        raise fault(setup_line, "the server is DTLS passive: a=setup has to be actpass or active")
    ufrag, pwd = first.ufrag or session.ufrag, first.pwd or session.pwd
    if not ufrag or not pwd:
        raise fault(first.line, "the m-line has no a=ice-ufrag and a=ice-pwd")
    fingerprint = first.fingerprint or session.fingerprint
    if not fingerprint:
        line = first.fingerprint_line or session.fingerprint_line or first.line
        raise fault(line, "there is no sha-256 fingerprint")
    for media in offer.media:
        if media.wanted and media.fingerprint not in ("", fingerprint):
            raise fault(media.fingerprint_line, "there are two different sha-256 fingerprints")
    return ufrag, pwd, fingerprint


class _Books:
    """What is given out so far: sources and slots, each once."""

    def __init__(
        self, old: tuple[Line, ...], limits: dict[str, int], flow: Flow, numbers: _Numbers, *, red: bool
    ) -> None:
        self._limits = limits
        self._flow = flow
        self._red = red
        self._numbers = numbers
        self._sources = {line.source for line in old if line.accepted}
        self._slots = {kind: {line.slot for line in old if line.accepted and line.kind == kind} for kind in limits}

    def line(self, media: Media, before: Line | None) -> Line:
        """Decide about one m-line."""
        if before is not None and before.accepted and before.mid != media.mid:
            raise fault(media.line, "m-lines keep their order and their a=mid")
        if before is not None and before.accepted and before.kind != media.kind:
            raise fault(media.line, "an m-line keeps its kind")
        if not (media.is_rtp and media.wanted and media.codecs):
            if self._flow is not Flow.BOTH and media.is_rtp and media.wanted:
                raise unacceptable(media.line, "there is no codec that both sides speak: Opus, VP8, VP9, H.264 or AV1")
            return Line(mid=media.mid, kind=media.kind, profile=media.profile, formats=media.formats, accepted=False)
        known = before if before is not None and before.accepted else None
        source = known.source if known else None
        slot = known.slot if known else None
        sends = media.direction in _SENDS and self._flow is not Flow.OUT
        receives = media.direction in _RECEIVES and self._flow is not Flow.IN
        if source is None and sends:
            source = next((s for s in SOURCES[media.kind] if s not in self._sources), None)
            self._sources.add(source)
        if slot is None and receives:
            slot = next((n for n in range(self._limits[media.kind]) if n not in self._slots[media.kind]), None)
            self._slots[media.kind].add(slot)
        if self._flow is not Flow.BOTH and source is None and slot is None:
            raise unacceptable(media.line, _NO_PLACE[self._flow])
        repairs = any(codec.rtx_pt is not None for codec in media.codecs)
        has_ssrc = slot is not None
        rids = media.encodings if source is not None and sends else ()
        unused = _unused_extensions(media, named=bool(rids))
        extensions = {uri: number for uri, number in media.extensions.items() if uri not in unused}
        return Line(
            mid=media.mid,
            kind=media.kind,
            profile=media.profile,
            formats=media.formats,
            accepted=True,
            source=source,
            slot=slot,
            sends=source is not None and sends,
            receives=slot is not None and receives,
            ssrc=((known.ssrc if known else 0) or self._numbers.draw()) if has_ssrc else 0,
            rtx_ssrc=((known.rtx_ssrc if known else 0) or self._numbers.draw()) if has_ssrc and repairs else 0,
            codecs=self._codecs(media, source),
            extensions=tuple(sorted((number, uri) for uri, number in extensions.items())),
            one_way=tuple(sorted(media.one_way.intersection(extensions.values()))),
            mixed=media.mixed and DEPENDENCY_DESCRIPTOR in extensions,
            ssrcs=tuple(media.ssrcs),
            rids=rids,
            rtx_ssrcs=tuple(media.rtx_of.get(ssrc, 0) for ssrc in media.ssrcs) if media.rtx_of else (),
        )

    def _codecs(self, media: Media, source: Source | None) -> tuple[NegotiatedCodec, ...]:
        """Give the codecs of an m-line. The sound of a screen is no voice: twice its rate is too much."""
        if self._red and source is not Source.SCREEN_AUDIO:
            return media.codecs
        return tuple(codec for codec in media.codecs if codec.name != RED)


def _unused_extensions(media: Media, *, named: bool) -> set[str]:
    """Give the header extensions that this m-line has no use for. `named`: its encodings have names.

    The structure in a dependency descriptor is longer than one of the two forms of header extensions carries.
    """
    unused = set() if named else {RID, REPAIRED_RID}
    if not (media.mixed and any(codec.name in LAYERED for codec in media.codecs)):
        unused.add(DEPENDENCY_DESCRIPTOR)
    return unused


_NO_PLACE = {
    Flow.IN: "an encoder sends at most two pictures and two sounds, each with a=sendonly",
    Flow.OUT: "a player receives, and there are no more places than the server gives out",
}


class _Numbers:
    """SSRCs that nobody on this transport has."""

    def __init__(self, offer: Offer, old: tuple[Line, ...], draw: Callable[[int], int]) -> None:
        self._draw = draw
        self._taken = {0}
        for media in offer.media:
            self._taken.update(media.ssrcs, media.rtx_of.values())
        for line in old:
            self._taken.update((line.ssrc, line.rtx_ssrc))

    def draw(self) -> int:
        while (ssrc := self._draw(32)) in self._taken:
            pass
        self._taken.add(ssrc)
        return ssrc
