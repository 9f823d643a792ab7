"""The frames of the engine socket (protocol/engine.md): the same structs as media/io/src/frames.rs.

A frame is a 4-byte big-endian length and a MessagePack map whose `type` names the struct.
The control plane sends `Hello` and then commands; the engine answers each command's `id`
with `Done`, `Refused` or the command's own answer, and sends events without `id`.
Ids of meetings, transports and tracks are strings chosen by the control plane.
Blobs are bytes that the engine keeps and never reads.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec

from hoptt.meeting.words import Source

PROTOCOL = 1
"""Version N; the engine speaks N and N-1."""
MAX_FRAME_BYTES = 4 * 1024 * 1024
"""Of a frame to the engine."""
MAX_SAID_BYTES = 64 * 1024 * 1024
"""Of a frame of the engine: a snapshot holds all of its transports, 10,000 at most, each with its blob."""


class Kind(StrEnum):
    """What a stream carries."""

    AUDIO = "audio"
    VIDEO = "video"


class TransportState(StrEnum):
    """The life of one ICE + DTLS association."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    SILENT = "silent"
    """Nothing authenticated arrived for 5 s; media may come back."""
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why the engine closed a transport or a meeting."""

    ASKED = "asked"
    PEER_LEFT = "peer_left"
    """close_notify of the peer's DTLS."""
    TIMEOUT = "timeout"
    DTLS_FAILED = "dtls_failed"
    FINGERPRINT = "fingerprint"
    GRACE_OVER = "grace_over"
    FAULT = "fault"
    """A bug contained to this transport (S20)."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Anything on the socket. Unknown keys are skipped: they come from version N+1."""


class Command(Frame, frozen=True, kw_only=True):
    """Something the control plane asks; `id` is answered exactly once."""

    id: int


# ---- parts ---------------------------------------------------------------------------------------


class Codec(Frame, frozen=True, kw_only=True):
    """One payload type of an m-line, with the payload type of its RTX where it has one (RFC 4588)."""

    name: str
    """`opus`, `red` (Opus with redundancy, RFC 2198), `VP8`, `VP9`, `H264`, `AV1`, case as in the RTP registry."""
    pt: int
    clock_rate: int
    channels: int = 1
    rtx_pt: int | None = None
    fmtp: str = ""


class Extensions(Frame, frozen=True, kw_only=True):
    """Ids of the RTP header extensions agreed on a transport; null where not agreed."""

    mid: int | None = None
    audio_level: int | None = None
    transport_cc: int | None = None
    abs_send_time: int | None = None
    rid: int | None = None
    repaired_rid: int | None = None
    dependency_descriptor: int | None = None


class Published(Frame, frozen=True, kw_only=True):
    """A track that the peer may send."""

    track: str
    mid: str
    kind: Kind
    source: Source
    codecs: list[Codec]
    ssrcs: list[int] = []
    rtx_ssrcs: list[int] = []
    """Paired with `ssrcs` by place (a=ssrc-group:FID)."""
    rids: list[str] = []
    """Names of its encodings, the smallest picture first; none: there is one, and its packets bear no name."""


class Slot(Frame, frozen=True, kw_only=True):
    """A place at which the peer receives: its source changes without negotiation."""

    slot: int
    """Counted per kind from 0."""
    mid: str
    kind: Kind
    ssrc: int
    rtx_ssrc: int | None = None
    codecs: list[Codec]


class Wish(Frame, frozen=True, kw_only=True):
    """What one video slot is to show."""

    slot: int
    track: str | None
    width: int = 0
    height: int = 0
    priority: int = 0
    """Higher comes first when the line is short: 3 screen, 2 stage, 1 speaker, 0 the rest."""


class Gate(Frame, frozen=True, kw_only=True):
    """Who may be heard (R16): the gate is open exactly when `allowed` and `on` and not `vetoed`."""

    track: str
    allowed: bool
    on: bool
    vetoed: bool = False


class Fingerprint(Frame, frozen=True, kw_only=True):
    """Of the peer's DTLS certificate; only sha-256 is accepted (S13)."""

    algorithm: str
    value: str


# ---- handshake -----------------------------------------------------------------------------------


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """First frame of the control plane. The highest epoch wins, the loser's socket is closed."""

    version: int
    epoch: int
    grace_ms: int = 120_000
    """How long the engine goes on without a control plane before it closes its meetings and exits."""


class Welcome(Frame, frozen=True, kw_only=True, tag="welcome"):
    """First frame of the engine."""

    version: int
    instance: str
    """Random per engine process: another instance means that all transports are gone."""
    pid: int
    build: str
    port: int
    candidates: list[str]
    """Values of a=candidate lines as they are written, for example `1 1 udp 2130706431 10.0.0.5 7882 typ host`."""
    fingerprint: Fingerprint
    shards: int


class Superseded(Frame, frozen=True, kw_only=True, tag="superseded"):
    """Last frame to a controller whose epoch is not the highest, or whose version is not spoken."""

    reason: str


# ---- commands ------------------------------------------------------------------------------------


class CreateMeeting(Command, frozen=True, kw_only=True, tag="create_meeting"):
    """Idempotent: an existing meeting keeps its tracks and takes the new settings and blob."""

    meeting: str
    audio_slots: int = 4
    blob: bytes = b""


class CloseMeeting(Command, frozen=True, kw_only=True, tag="close_meeting"):
    """Close all of its transports with DTLS close_notify; unknown is fine."""

    meeting: str


class CreateTransport(Command, frozen=True, kw_only=True, tag="create_transport"):
    """Answered by `TransportCreated` at once; refused when the id exists."""

    meeting: str
    transport: str
    blob: bytes = b""


class CloseTransport(Command, frozen=True, kw_only=True, tag="close_transport"):
    """Unknown is fine."""

    transport: str


class ApplySession(Command, frozen=True, kw_only=True, tag="apply_session"):
    """The negotiated session, whole; also at each re-offer. New tracks start with their gate closed (S19)."""

    transport: str
    remote_ufrag: str
    remote_pwd: str
    fingerprint: Fingerprint | None = None
    """Without one checks are answered and no handshake begins, so nothing may be published or shown."""
    extensions: Extensions
    published: list[Published]
    slots: list[Slot]
    blob: bytes = b""


class SetGates(Command, frozen=True, kw_only=True, tag="set_gates"):
    """Take effect before the answer is sent; unknown tracks are skipped and named in `Done.unknown`."""

    gates: list[Gate]


class SetVideo(Command, frozen=True, kw_only=True, tag="set_video"):
    """The whole desired state of a transport's video slots; slots not named carry nothing."""

    transport: str
    wishes: list[Wish]


class SetStageVoice(Command, frozen=True, kw_only=True, tag="set_stage_voice"):
    """Whose voice audio slot 0 carries first; null: the dominant speaker."""

    meeting: str
    track: str | None


class AskKeyframe(Command, frozen=True, kw_only=True, tag="ask_keyframe"):
    """Merged with others: at most one per 500 ms reaches the publisher."""

    track: str


class RestartIce(Command, frozen=True, kw_only=True, tag="restart_ice"):
    """New local credentials for a transport, answered by `TransportCreated`; then comes `ApplySession`."""

    transport: str


class SetMeetingBlob(Command, frozen=True, kw_only=True, tag="set_meeting_blob"):
    """Replace the meeting's blob."""

    meeting: str
    blob: bytes


class SetTransportBlob(Command, frozen=True, kw_only=True, tag="set_transport_blob"):
    """Replace the transport's blob."""

    transport: str
    blob: bytes


class TakeSnapshot(Command, frozen=True, kw_only=True, tag="take_snapshot"):
    """Answered by `Snapshot`: all that a new control plane needs in order to go on."""


class Ping(Command, frozen=True, kw_only=True, tag="ping"):
    """The watchdog's question, passed through every shard: answered only when all of them turn."""


class Shutdown(Command, frozen=True, kw_only=True, tag="shutdown"):
    """Close everything with close_notify, answer, exit 0."""


# ---- answers -------------------------------------------------------------------------------------


class Done(Frame, frozen=True, kw_only=True, tag="done"):
    """The command took effect."""

    id: int
    unknown: list[str] = []


class Refused(Frame, frozen=True, kw_only=True, tag="refused"):
    """The command changed nothing, but for `fault`: then a bug has closed the transports that it concerns (S20).

    Codes: `unknown_meeting`, `unknown_transport`, `exists`, `limit`, `invalid`, `fault`.
    """

    id: int
    code: str
    message: str


class TransportCreated(Frame, frozen=True, kw_only=True, tag="transport_created"):
    """Local ICE credentials; candidates and fingerprint are those of `Welcome`."""

    id: int
    transport: str
    ufrag: str
    pwd: str


class TrackSnapshot(Frame, frozen=True, kw_only=True):
    """A published track as the engine has it."""

    track: str
    transport: str
    kind: Kind
    source: Source
    allowed: bool
    on: bool
    vetoed: bool
    up: bool
    """Authenticated packets of it arrived."""
    wanted: list[str] = []
    """Of its encodings those that anybody gets, as the last `LayersWanted` told; all before the first one."""


class LimitReason(StrEnum):
    """Why a slot shows no better picture of its track (R24)."""

    TILE = "tile"
    """The tile cannot show more."""
    SENDER = "sender"
    """Its sender has no more."""
    LINE = "line"
    """The viewer's line carries no more."""
    PAUSED = "paused"
    """The viewer's line does not carry even the least of it: nothing is sent."""


class SlotLimit(Frame, frozen=True, kw_only=True):
    """Why a video slot shows no better picture of the track it is to show."""

    slot: int
    track: str
    reason: LimitReason


class TransportSnapshot(Frame, frozen=True, kw_only=True):
    """A transport as the engine has it."""

    transport: str
    meeting: str
    state: TransportState
    ufrag: str
    pwd: str
    blob: bytes
    wishes: list[Wish]
    mapped: list[SlotMapped]
    """The last mapping of each slot that carries something."""
    limits: list[SlotLimit] = []
    """As the last `Limits` told."""


class MeetingSnapshot(Frame, frozen=True, kw_only=True):
    """A meeting as the engine has it."""

    meeting: str
    audio_slots: int
    stage_voice: str | None
    blob: bytes


class Snapshot(Frame, frozen=True, kw_only=True, tag="snapshot"):
    """Everything, in one frame."""

    id: int
    meetings: list[MeetingSnapshot]
    transports: list[TransportSnapshot]
    tracks: list[TrackSnapshot]


# ---- events: lossless ----------------------------------------------------------------------------


class TransportChanged(Frame, frozen=True, kw_only=True, tag="transport_changed"):
    """Lossless. `spans_us` of a first CONNECTED: ICE and DTLS times since creation."""

    transport: str
    state: TransportState
    reason: CloseReason | None = None
    profile: str | None = None
    """SRTP protection profile, once connected."""
    ice_us: int | None = None
    dtls_us: int | None = None


class TrackUp(Frame, frozen=True, kw_only=True, tag="track_up"):
    """Lossless. The first authenticated packet of a track arrived (again)."""

    track: str
    codec: str


class TrackDown(Frame, frozen=True, kw_only=True, tag="track_down"):
    """Lossless. No packet of it for 3 s, BYE, or its transport closed."""

    track: str


class SlotMapped(Frame, frozen=True, kw_only=True, tag="slot_mapped"):
    """Lossless, sent before the first packet of the new source leaves.

    `rtp_time` is the slot's outgoing RTP timestamp from which the mapping holds.
    """

    transport: str
    kind: Kind
    slot: int
    track: str | None
    rtp_time: int | None = None


class LayersWanted(Frame, frozen=True, kw_only=True, tag="layers_wanted"):
    """Lossless. The encodings of a track that anybody gets, when that changes; before the first one all are wanted."""

    track: str
    rids: list[str]


# ---- events: latest wins -------------------------------------------------------------------------


class Level(Frame, frozen=True, kw_only=True):
    """Loudness of an open microphone: 0 (silence) to 127 (loudest), i.e. 127 - RFC 6464 level."""

    track: str
    level: int


class Levels(Frame, frozen=True, kw_only=True, tag="levels"):
    """Latest wins, at most 10 a second and meeting; only gates that are open."""

    meeting: str
    levels: list[Level]
    dominant: str | None


class Limits(Frame, frozen=True, kw_only=True, tag="limits"):
    """Latest wins, at most two a second and transport: all video slots that are to show something, when one changed."""

    transport: str
    limits: list[SlotLimit]


class LineStats(Frame, frozen=True, kw_only=True):
    """One transport during the last second."""

    transport: str
    rtt_ms: float | None
    loss_up: float
    """Share of packets lost from the peer, 0 to 1, before repair."""
    loss_down: float
    """Share lost towards the peer as its receiver reports say."""
    bytes_in: int
    bytes_out: int
    protocol: Literal["udp", "tcp"] | None = None
    """What carries media to it; null while it has no way there, and from an engine that does not tell."""
    estimate_bps: int | None = None
    """What the line towards it is believed to carry; null while it has told of no arrival."""


class Stats(Frame, frozen=True, kw_only=True, tag="stats"):
    """Once a second, latest wins. Counters count from the start of the engine."""

    counters: dict[str, int]
    """Names as in docs/operating.md, for example `packets_in`, `packets_out`, `nack_received`, `dropped.no_session`."""
    forward_latency_us: list[int]
    """Cumulative histogram counts for `FORWARD_LATENCY_BUCKETS_US` and, last, everything."""
    forward_latency_sum_us: int
    lines: list[LineStats]


FORWARD_LATENCY_BUCKETS_US = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000)


ToEngine: TypeAlias = (
    Hello
    | CreateMeeting
    | CloseMeeting
    | CreateTransport
    | CloseTransport
    | ApplySession
    | SetGates
    | SetVideo
    | SetStageVoice
    | AskKeyframe
    | RestartIce
    | SetMeetingBlob
    | SetTransportBlob
    | TakeSnapshot
    | Ping
    | Shutdown
)
FromEngine: TypeAlias = (
    Welcome
    | Superseded
    | Done
    | Refused
    | TransportCreated
    | Snapshot
    | TransportChanged
    | TrackUp
    | TrackDown
    | SlotMapped
    | LayersWanted
    | Limits
    | Levels
    | Stats
)
