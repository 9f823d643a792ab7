"""What goes out to the pages: history, signals, and the last word before the door closes.

`signaling/` turns these into wire messages. One delivery object is handed to every listener of an audience,
so whatever is encoded for the first of them may be kept in `wire` and written to the others as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from hoptt.errors import ErrorCode
from hoptt.ids import MeetingId, ParticipantId, RoomSlug
from hoptt.meeting.chat_words import Line
from hoptt.meeting.events import Event
from hoptt.meeting.floor.state import Floor
from hoptt.meeting.settings import Rules
from hoptt.meeting.state import Applicant, Participant
from hoptt.meeting.words import Layout, MeetingState
from hoptt.sfu.contract import LayersTold, LimitsTold, SlotShows


@dataclass(frozen=True, slots=True)
class ResumeClaims:
    """What a resume token says: `signaling/` signs it, and hands it back at `House.resume` (S28, S29)."""

    meeting: MeetingId
    participant: ParticipantId
    takeovers: int


@dataclass(frozen=True, slots=True)
class Switches:
    """What a participant has switched on; `screen` stands for the picture and the sound of a share."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False


ALL_OFF = Switches()
"""What pages take for granted of whom they were told nothing."""


@dataclass(frozen=True, slots=True)
class MeetingPicture:
    """The meeting without its people."""

    id: MeetingId
    room: RoomSlug
    room_name: str
    title: str
    state: MeetingState
    rules: Rules
    locked: bool
    muted_all: bool
    chat_closed: bool
    expected: int
    deputy: ParticipantId | None
    chair_offered_to: ParticipantId | None
    chair_offered_by: ParticipantId | None
    stands_in_for: ParticipantId | None
    """The chair who is away while somebody else stands in."""
    lobby_keeper: ParticipantId | None
    """Who cares for the lobby in the chair's place."""
    layout: Layout
    stage: tuple[ParticipantId, ...]
    starts_at: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Picture:
    """The meeting as one reader may see it, at event number `seq`."""

    seq: int
    now: datetime
    meeting: MeetingPicture
    participants: tuple[Participant, ...]
    lobby: tuple[Applicant, ...]
    """Empty for those who may not admit."""
    chat: tuple[Line, ...]
    """The last lines that the reader may read."""
    unit: str
    """The reader's own, where it is proved."""
    switches: Mapping[ParticipantId, Switches]
    floor: Floor


class Sign(StrEnum):
    """How a line does (R24)."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(slots=True)
class Delivery:
    """Anything that goes out."""

    wire: bytes | None = field(default=None, init=False, compare=False, repr=False)
    """For the door: the encoded message, kept so that it is encoded once for all who get this object."""


# ---- history: never dropped ------------------------------------------------------------------------


@dataclass(slots=True)
class Happened(Delivery):
    """Events up to number `seq`, already sifted for the reader; an empty tuple only moves the number on."""

    seq: int
    events: tuple[Event, ...]


@dataclass(slots=True)
class PictureNow(Delivery):
    """The whole picture anew, because the reader may see more or less than before."""

    picture: Picture


@dataclass(slots=True)
class Admitted(Delivery):
    """The reader, who waited, has a seat. The `Seat` handle stays the same one."""

    resume: ResumeClaims
    picture: Picture


@dataclass(slots=True)
class MediaLost(Delivery):
    """The reader's media session is gone: the page sends a fresh offer."""


# ---- signals: latest wins, dropped first for a slow reader -------------------------------------------


@dataclass(slots=True)
class SwitchesNow(Delivery):
    """The switches of these participants."""

    switches: Mapping[ParticipantId, Switches]


@dataclass(slots=True)
class LevelsNow(Delivery):
    """Who is heard now, 0 to 127, and who leads the talk."""

    levels: Mapping[ParticipantId, int]
    dominant: ParticipantId | None


@dataclass(slots=True)
class LinesNow(Delivery):
    """Only those whose sign changed."""

    lines: Mapping[ParticipantId, Sign]


@dataclass(slots=True)
class LobbyNow(Delivery):
    """To somebody waiting."""

    chair_present: bool


@dataclass(slots=True)
class ShowsNow(Delivery):
    """What one slot of the reader carries. Latest wins per slot, but it is never dropped: a caption depends on it."""

    shows: SlotShows


@dataclass(slots=True)
class LayersNow(Delivery):
    """Which encodings of one of the reader's sources anybody gets. Latest wins per source; it would not come again."""

    layers: LayersTold


@dataclass(slots=True)
class LimitsNow(Delivery):
    """Why each picture of the reader is no better (R24). The latest says it all; it would not come again."""

    limits: LimitsTold


# ---- the last word ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Turned(Delivery):
    """The connection is to close after this. `again_after_ms`: the page may come back by itself after that."""

    code: ErrorCode
    message: str
    details: Mapping[str, str | int | float] = field(default_factory=dict)
    again_after_ms: int | None = None


History: TypeAlias = Happened | PictureNow | Admitted | MediaLost
Signal: TypeAlias = SwitchesNow | LevelsNow | LinesNow | LobbyNow | ShowsNow | LayersNow | LimitsNow
ToPage: TypeAlias = History | Signal
