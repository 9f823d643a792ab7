"""History: numbered by `seq`, never lost."""

from __future__ import annotations

from typing import TypeAlias

from hoptt.meeting.words import Cause, Layout, LobbyOutcome
from hoptt.signaling.messages.basics import Message
from hoptt.signaling.messages.chat import ChatEvent
from hoptt.signaling.messages.floor import FloorEvent
from hoptt.signaling.messages.picture import ApplicantView, ParticipantView
from hoptt.signaling.messages.role_events import RoleEvent


class MeetingOpened(Message, frozen=True, kw_only=True, tag="meeting_opened"):
    """The chair opened the meeting, or the first to enter began an ad-hoc one."""

    at: int
    by: str | None


class MeetingClosed(Message, frozen=True, kw_only=True, tag="meeting_closed"):
    """Last event of a meeting (R21)."""

    at: int
    by: str | None
    cause: Cause


class ParticipantJoined(Message, frozen=True, kw_only=True, tag="participant_joined"):
    """Somebody took a seat."""

    at: int
    participant: ParticipantView


class ParticipantLeft(Message, frozen=True, kw_only=True, tag="participant_left"):
    """The seat is given up. `by` is who removed them, when that is the cause."""

    at: int
    participant: str
    cause: Cause
    by: str | None = None


class ParticipantLost(Message, frozen=True, kw_only=True, tag="participant_lost"):
    """The connection is gone; the seat is kept until `until`."""

    at: int
    participant: str
    until: int


class ParticipantBack(Message, frozen=True, kw_only=True, tag="participant_back"):
    """Back on the seat that was kept."""

    at: int
    participant: str


class RightsChanged(Message, frozen=True, kw_only=True, tag="rights_changed"):
    """May speak, show a camera, share a screen: null is unchanged."""

    at: int
    participants: list[str]
    by: str | None
    may_speak: bool | None = None
    may_show: bool | None = None
    may_share: bool | None = None


class Muted(Message, frozen=True, kw_only=True, tag="muted"):
    """Microphones were turned off by someone who leads; the right is told by `rights_changed`."""

    at: int
    participants: list[str]
    by: str | None


class AllMuted(Message, frozen=True, kw_only=True, tag="all_muted"):
    """`mute all` begins or ends to bind later entrants."""

    at: int
    on: bool
    by: str | None


class RoomLocked(Message, frozen=True, kw_only=True, tag="room_locked"):
    """Locked or unlocked."""

    at: int
    locked: bool
    by: str | None


class LobbyEntered(Message, frozen=True, kw_only=True, tag="lobby_entered"):
    """To those who may admit. Again for the same applicant when the name was corrected or the line came or went."""

    at: int
    applicant: ApplicantView


class LobbyLeft(Message, frozen=True, kw_only=True, tag="lobby_left"):
    """To those who may admit."""

    at: int
    applicant: str
    outcome: LobbyOutcome
    by: str | None = None


class LayoutSet(Message, frozen=True, kw_only=True, tag="layout_set"):
    """One layout for every page; `free`: each its own (R23)."""

    at: int
    layout: Layout
    by: str | None


class StageSet(Message, frozen=True, kw_only=True, tag="stage_set"):
    """Who is on the stage of every page, in this order. Whoever leaves leaves it."""

    at: int
    participants: list[str]
    by: str | None


Event: TypeAlias = (
    MeetingOpened
    | MeetingClosed
    | ParticipantJoined
    | ParticipantLeft
    | ParticipantLost
    | ParticipantBack
    | RightsChanged
    | Muted
    | AllMuted
    | RoomLocked
    | LobbyEntered
    | LobbyLeft
    | RoleEvent
    | LayoutSet
    | StageSet
    | FloorEvent
    | ChatEvent
)


class Events(Message, frozen=True, kw_only=True, tag="events"):
    """What happened, up to event number `seq`. An empty list moves the number on past events not for this reader."""

    seq: int
    events: list[Event]
