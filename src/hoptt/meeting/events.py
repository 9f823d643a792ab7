"""What happened in a meeting: the log's vocabulary, and all there is to build its state from.

Each event has a `type` and a version `v` for the log; a change of shape raises `v` and brings an upcaster
(`store/log_upcast.py`). `personal` names the parts that the log keeps apart, because they can be erased,
and what stands in their place afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias, get_args

from hoptt.ids import MeetingId, ParticipantId, RoomSlug
from hoptt.meeting.chat_words import ChatEvent
from hoptt.meeting.event import Recorded
from hoptt.meeting.floor.events import FloorEvent
from hoptt.meeting.settings import Invitation, Name, Rules
from hoptt.meeting.state import Applicant, Ban, Participant
from hoptt.meeting.words import AdHoc, Cause, Layout, LobbyOutcome, MeetingState, Role

_NO_NAME: Mapping[str, object] = {"bridge_point": "", "name": "", "unit": ""}
_NO_IDENTITY: Mapping[str, object] = {"kind": "guest"}


@dataclass(frozen=True, slots=True)
class MeetingBegun(Recorded):
    """First event: the meeting has a log. It is not opened yet."""

    type: ClassVar[str] = "meeting_begun"
    personal: ClassVar[Mapping[str, object]] = {"invitations": (), "bans": {}}

    at: datetime
    meeting: MeetingId
    room: RoomSlug
    room_name: str
    title: str
    rules: Rules
    ad_hoc: AdHoc | None
    invitations: tuple[Invitation, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    state: MeetingState
    bans: Mapping[ParticipantId, Ban]
    """Of earlier ad-hoc meetings in this room, while they still stand."""


@dataclass(frozen=True, slots=True)
class DoorsOpened(Recorded):
    """Attendees may come in from now on (R6)."""

    type: ClassVar[str] = "doors_opened"

    at: datetime


@dataclass(frozen=True, slots=True)
class MeetingOpened(Recorded):
    """The chair opened the meeting, or whoever may begin an ad-hoc one came in."""

    type: ClassVar[str] = "meeting_opened"

    at: datetime
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class MeetingClosed(Recorded):
    """Last event of a meeting (R21)."""

    type: ClassVar[str] = "meeting_closed"

    at: datetime
    by: ParticipantId | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class ParticipantJoined(Recorded):
    """Somebody took a seat, or came back to one that had been given up."""

    type: ClassVar[str] = "participant_joined"
    personal: ClassVar[Mapping[str, object]] = {"participant.name": _NO_NAME, "participant.identity": _NO_IDENTITY}

    at: datetime
    participant: Participant


@dataclass(frozen=True, slots=True)
class ParticipantLeft(Recorded):
    """The seat is given up."""

    type: ClassVar[str] = "participant_left"
    personal: ClassVar[Mapping[str, object]] = {"reason": ""}

    at: datetime
    participant: ParticipantId
    cause: Cause
    by: ParticipantId | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParticipantLost(Recorded):
    """The connection is gone; the seat is kept until `until`."""

    type: ClassVar[str] = "participant_lost"

    at: datetime
    participant: ParticipantId
    until: datetime


@dataclass(frozen=True, slots=True)
class ParticipantBack(Recorded):
    """Back on the seat that was kept."""

    type: ClassVar[str] = "participant_back"

    at: datetime
    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class SeatTakenOver(Recorded):
    """Another page of the same person sits here now; the tokens of the former one are dead (R12)."""

    type: ClassVar[str] = "seat_taken_over"

    at: datetime
    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class SeatsForgotten(Recorded):
    """Seats that were left are kept no more: their account signed out, or was disabled (S27)."""

    type: ClassVar[str] = "seats_forgotten"

    at: datetime
    participants: tuple[ParticipantId, ...]


@dataclass(frozen=True, slots=True)
class RightsChanged(Recorded):
    """May speak, show a camera, share a screen: None is unchanged. Also of people whose seat may come back."""

    type: ClassVar[str] = "rights_changed"

    at: datetime
    participants: tuple[ParticipantId, ...]
    by: ParticipantId | None
    may_speak: bool | None = None
    may_show: bool | None = None
    may_share: bool | None = None


@dataclass(frozen=True, slots=True)
class Muted(Recorded):
    """Microphones were turned off by someone who leads."""

    type: ClassVar[str] = "muted"

    at: datetime
    participants: tuple[ParticipantId, ...]
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class AllMuted(Recorded):
    """`mute all` begins or ends to bind later entrants."""

    type: ClassVar[str] = "all_muted"

    at: datetime
    on: bool
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class RoomLocked(Recorded):
    """Locked or unlocked."""

    type: ClassVar[str] = "room_locked"

    at: datetime
    locked: bool
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class LobbyEntered(Recorded):
    """Somebody waits. Again for the same applicant when the name was corrected or the line came or went."""

    type: ClassVar[str] = "lobby_entered"
    personal: ClassVar[Mapping[str, object]] = {
        "applicant.name": _NO_NAME, "applicant.identity": _NO_IDENTITY, "applicant.resembles": "",
    }  # fmt: skip

    at: datetime
    applicant: Applicant


@dataclass(frozen=True, slots=True)
class LobbyLeft(Recorded):
    """A stay in the lobby ended."""

    type: ClassVar[str] = "lobby_left"
    personal: ClassVar[Mapping[str, object]] = {"reason": ""}

    at: datetime
    applicant: ParticipantId
    outcome: LobbyOutcome
    by: ParticipantId | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BanLifted(Recorded):
    """They may knock again."""

    type: ClassVar[str] = "ban_lifted"

    at: datetime
    participant: ParticipantId
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class ControlRestored(Recorded):
    """The control plane was away and is back; clocks stood still meanwhile."""

    type: ClassVar[str] = "control_restored"

    at: datetime


# ---- who is what (R13, R14, R18) -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoleChanged(Recorded):
    """Somebody has another role. `by` is None where it follows from something else, as from a hand-over."""

    type: ClassVar[str] = "role_changed"

    at: datetime
    participant: ParticipantId
    role: Role
    leads_branch: str | None
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class BranchSet(Recorded):
    """Who leads said to which branch somebody belongs; empty: to none."""

    type: ClassVar[str] = "branch_set"

    at: datetime
    participant: ParticipantId
    branch: str
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class NameChanged(Recorded):
    """Somebody is shown under another name."""

    type: ClassVar[str] = "name_changed"
    personal: ClassVar[Mapping[str, object]] = {"name": _NO_NAME}

    at: datetime
    participant: ParticipantId
    name: Name
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class ChairOffered(Recorded):
    """The chair is offered to somebody; None: the offer is taken back."""

    type: ClassVar[str] = "chair_offered"

    at: datetime
    participant: ParticipantId | None
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class ChairAnswered(Recorded):
    """Whoever was offered the chair took it, or declined."""

    type: ClassVar[str] = "chair_answered"

    at: datetime
    participant: ParticipantId
    accepted: bool


@dataclass(frozen=True, slots=True)
class DeputyNamed(Recorded):
    """Who stands in while the chair's line is lost; None: nobody in particular."""

    type: ClassVar[str] = "deputy_named"

    at: datetime
    participant: ParticipantId | None
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class ChairStandsIn(Recorded):
    """Somebody stands in for a chair who is away."""

    type: ClassVar[str] = "chair_stands_in"

    at: datetime
    participant: ParticipantId
    chair: ParticipantId


@dataclass(frozen=True, slots=True)
class ChairRestored(Recorded):
    """The chair is back, and has its seat again."""

    type: ClassVar[str] = "chair_restored"

    at: datetime
    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class LobbyGiven(Recorded):
    """Who cares for the lobby; None: whoever leads."""

    type: ClassVar[str] = "lobby_given"

    at: datetime
    participant: ParticipantId | None
    by: ParticipantId | None


RoleEvent: TypeAlias = (
    RoleChanged
    | BranchSet
    | NameChanged
    | ChairOffered
    | ChairAnswered
    | DeputyNamed
    | ChairStandsIn
    | ChairRestored
    | LobbyGiven
)


# ---- one picture in every room (R23) ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LayoutSet(Recorded):
    """One layout for every page, or each its own again (R23)."""

    type: ClassVar[str] = "layout_set"

    at: datetime
    layout: Layout
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class StageSet(Recorded):
    """Who is on the stage of every page, in this order (R23)."""

    type: ClassVar[str] = "stage_set"

    at: datetime
    participants: tuple[ParticipantId, ...]
    by: ParticipantId | None


PictureEvent: TypeAlias = LayoutSet | StageSet
Event: TypeAlias = (
    MeetingBegun
    | DoorsOpened
    | MeetingOpened
    | MeetingClosed
    | ParticipantJoined
    | ParticipantLeft
    | ParticipantLost
    | ParticipantBack
    | SeatTakenOver
    | SeatsForgotten
    | RightsChanged
    | Muted
    | AllMuted
    | RoomLocked
    | LobbyEntered
    | LobbyLeft
    | BanLifted
    | ControlRestored
    | RoleEvent
    | PictureEvent
    | FloorEvent
    | ChatEvent
)
EVENT_TYPES: Mapping[str, type[Event]] = {kind.type: kind for kind in get_args(Event)}
