"""What the running meetings ask of media, and what they hear back.

`live/` speaks of participants and sources only; transports, tracks, SDP and frames stay behind these protocols.
`sfu/media.py` implements them over the engine's socket, tests with a fake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from hoptt.ids import MeetingId, ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.frames import CloseReason, Kind, LimitReason


class Flow(StrEnum):
    """Which way the media of a transport goes."""

    BOTH = "both"
    """A page: it sends what it has, and its slots show others."""
    IN = "in"
    """An encoder: it sends, and gets nothing."""
    OUT = "out"
    """A player: it gets, in one video codec for the whole session, and sends nothing whatever it offers."""


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A receiving place of the answer: which m-line carries it."""

    kind: Kind
    slot: int
    mid: str


@dataclass(frozen=True, slots=True)
class MediaAnswer:
    """The SDP answer to an offer."""

    sdp: str
    slots: tuple[SlotLine, ...]
    sources: tuple[Source, ...] = ()
    """What the peer sends."""


@dataclass(frozen=True, slots=True)
class IceCredentials:
    """Of one side of an ICE session (RFC 8445 §5.3)."""

    ufrag: str
    pwd: str


@dataclass(frozen=True, slots=True)
class GateState:
    """Open exactly when `allowed` and `on` and not `vetoed` (R16)."""

    allowed: bool
    on: bool
    vetoed: bool = False

    @property
    def open(self) -> bool:
        return self.allowed and self.on and not self.vetoed


@dataclass(frozen=True, slots=True)
class Tile:
    """What one receiving video slot is to show, in device pixels."""

    slot: int
    participant: ParticipantId
    source: Source
    width: int
    height: int
    priority: int = 0


# ---- what is heard -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaConnected:
    """ICE and DTLS are done: packets may flow."""

    participant: ParticipantId
    ice_us: int | None = None
    dtls_us: int | None = None


@dataclass(frozen=True, slots=True)
class MediaGone:
    """The transport closed, and not because `close` was called: the page has to send a fresh offer."""

    participant: ParticipantId
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class SourceUp:
    """The first authenticated packet of a source arrived (again)."""

    participant: ParticipantId
    source: Source
    codec: str


@dataclass(frozen=True, slots=True)
class SourceDown:
    """Nothing of it arrives any more."""

    participant: ParticipantId
    source: Source


@dataclass(frozen=True, slots=True)
class SlotShows:
    """What a viewer's slot carries from `rtp_time` on. Heard before the first packet of it leaves."""

    viewer: ParticipantId
    kind: Kind
    slot: int
    participant: ParticipantId | None
    source: Source | None
    rtp_time: int | None


@dataclass(frozen=True, slots=True)
class LayersTold:
    """Of the encodings of a source those that anybody gets: its page need not send the others."""

    participant: ParticipantId
    source: Source
    rids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitsTold:
    """Why each picture that a viewer is to be shown is no better (R24); all of them, when one has changed."""

    viewer: ParticipantId
    reasons: Mapping[tuple[ParticipantId, Source], LimitReason]


@dataclass(frozen=True, slots=True)
class Heard:
    """Loudness of the open microphones, 0 (silence) to 127; at most 10 a second."""

    levels: Mapping[ParticipantId, int]
    dominant: ParticipantId | None


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One participant's line during the last second; losses are shares from 0 to 1."""

    participant: ParticipantId
    rtt_ms: float | None
    loss_up: float
    loss_down: float
    bytes_in: int
    estimate_bps: int | None = None
    """What it is believed to carry towards them; None while nothing is known."""


@dataclass(frozen=True, slots=True)
class EngineAway:
    """The engine does not answer. Media may still flow."""


@dataclass(frozen=True, slots=True)
class EngineBack:
    """The engine answers again, and the meeting is made in it. `fresh`: another instance, every transport is gone."""

    fresh: bool


MediaEvent: TypeAlias = (
    MediaConnected
    | MediaGone
    | SourceUp
    | SourceDown
    | SlotShows
    | LayersTold
    | LimitsTold
    | Heard
    | LineSeen
    | EngineAway
    | EngineBack
)


@dataclass(frozen=True, slots=True)
class Carried:
    """A transport that was opened with a note, as it is found again."""

    note: str
    slots: tuple[SlotLine, ...]
    sources: tuple[Source, ...]


# ---- what is asked -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaFound:
    """One meeting as the engine has it when a new control plane looks (after a restart)."""

    connected: frozenset[ParticipantId] = frozenset()
    """Participants whose transport lives."""
    gates: Mapping[tuple[ParticipantId, Source], GateState] = field(default_factory=dict)
    shows: tuple[SlotShows, ...] = ()
    carried: Mapping[ParticipantId, Carried] = field(default_factory=dict)


class MeetingMedia(Protocol):
    """The media of one meeting.

    Calls raise HopttError(ENGINE_AWAY) when the engine does not answer in time; nothing is then known of their effect,
    and the caller repeats its wishes after `EngineBack`. The frame of a call is written before the call first waits.
    """

    async def open(
        self,
        participant: ParticipantId,
        offer: str,
        *,
        flow: Flow = Flow.BOTH,
        codec: str | None = None,
        note: str = "",
    ) -> MediaAnswer:
        """Make a fresh transport, replacing an old one. Every gate of it starts closed.

        `codec`: the video codec that a player (`Flow.OUT`) should get, if it offers it.
        `note` stays with it, also over a restart of the control plane (`MediaFound.carried`).
        Raises HopttError(SDP_INVALID) with the line that is wrong; UnacceptableError where an encoder's or player's
        offer could be taken in part only.
        """
        ...

    async def renegotiate(self, participant: ParticipantId, offer: str) -> MediaAnswer:
        """Answer a re-offer on the transport that is there. New sources start with their gate closed.

        With other ICE credentials ICE begins anew, as by `restart_ice`.
        Raises HopttError(SDP_INVALID), NOT_POSSIBLE when there is no transport, MESSAGE_RATE as `restart_ice`.
        """
        ...

    async def restart_ice(self, participant: ParticipantId, peer: IceCredentials) -> str:
        """Begin a new ICE session on the transport that is there, and give our side of it (RFC 8840 §9).

        Media goes on over the old path until the new one is proved.
        Raises HopttError(NOT_POSSIBLE) without a transport, SDP_INVALID when only one of the credentials is new,
        MESSAGE_RATE when ICE began anew just now.
        """
        ...

    def ice_of(self, participant: ParticipantId) -> IceCredentials | None:
        """Give the peer's credentials of the ICE session that goes on; None without a transport."""
        ...

    async def close(self, participant: ParticipantId) -> None:
        """Close the participant's transport; none is fine."""
        ...

    async def set_gates(self, gates: Mapping[tuple[ParticipantId, Source], GateState]) -> None:
        """Set these gates, all of them in one frame. A source that is not published is skipped."""
        ...

    async def set_view(self, participant: ParticipantId, tiles: Sequence[Tile]) -> None:
        """Say what the participant's video slots are to show; slots not named carry nothing.

        A tile of a source that is not published (yet) is kept and shown once it is.
        """
        ...

    async def set_stage_voice(self, participant: ParticipantId | None) -> None:
        """Say whose voice audio slot 0 carries first; None: the dominant speaker."""
        ...

    async def end(self) -> None:
        """Close every transport of the meeting and forget it."""
        ...

    def shows(self, participant: ParticipantId) -> Sequence[SlotShows]:
        """What the participant's slots carry now, for a page that comes back."""
        ...

    def layers(self, participant: ParticipantId) -> Sequence[LayersTold]:
        """What was last told of the participant's own sources, for a page that comes back."""
        ...

    def limits(self, participant: ParticipantId) -> LimitsTold | None:
        """What was last told of the pictures the participant is to be shown, for a page that comes back."""
        ...


class Media(Protocol):
    """The media engine of this node."""

    async def open_meeting(self, meeting: MeetingId, hear: Callable[[MediaEvent], None]) -> MeetingMedia:
        """Make the meeting, or adopt the one the engine has. `hear` is called on the loop and never blocks.

        Works while the engine is away: the meeting is then made when it is back.
        """
        ...

    async def found(self) -> Mapping[MeetingId, MediaFound]:
        """Give what the engine had when this control plane took it over; empty for a fresh engine."""
        ...

    async def forget(self, meeting: MeetingId) -> None:
        """Close a meeting that the engine has and nobody else knows."""
        ...
