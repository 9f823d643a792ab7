"""What an administrator may ask of an installation, and what comes back: words of the CLI and the admin socket."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec

from hoptt.api.people_words import PeopleAsked, PeopleTold
from hoptt.api.word import Done, Word
from hoptt.meeting.settings import Name
from hoptt.meeting.words import AdHoc, BridgePointKind, Cause, EntryRule, MeetingKind, Overrun, Role, SecondSeat

__all__ = ["Done"]

MAX_INVITED = 1_000


# ---- asked -------------------------------------------------------------------------------------------


class CreateRoom(Word, frozen=True, kw_only=True, tag="create_room"):
    """What is None is as `meeting.*` of the configuration says."""

    slug: str
    name: str = ""
    password: str | None = None
    entry: EntryRule | None = None
    muted_until_allowed: bool | None = None
    capacity: int | None = None
    lobby_capacity: int | None = None
    doors_before_s: int | None = None
    ad_hoc: AdHoc | None = None
    unit: str | None = None
    owner: str | None = None
    """The login name of who leads meetings there that nobody scheduled."""
    second_seat: SecondSeat = SecondSeat.TAKE_OVER
    kind: MeetingKind | None = None
    """Sets what of the floor is None; without it, by `muted_until_allowed`: conference or discussion."""
    turn_s: int | None = None
    """0: without a limit."""
    at_once: int | None = None
    overrun: Overrun | None = None


class SetRoom(Word, frozen=True, kw_only=True, tag="set_room"):
    """Change a room from its next meeting on; what is None stays as it is."""

    slug: str
    name: str | None = None
    password: str | None = None
    """An empty one takes it away."""
    entry: EntryRule | None = None
    muted_until_allowed: bool | None = None
    capacity: int | None = None
    doors_before_s: int | None = None
    ad_hoc: AdHoc | None = None
    kind: MeetingKind | None = None
    """Sets what of the floor is None."""
    turn_s: int | None = None
    """0: without a limit."""
    at_once: int | None = None
    overrun: Overrun | None = None


class ListRooms(Word, frozen=True, kw_only=True, tag="list_rooms"):
    """Give all rooms."""


class ShowRoom(Word, frozen=True, kw_only=True, tag="show_room"):
    """Give one room."""

    slug: str


class DeleteRoom(Word, frozen=True, kw_only=True, tag="delete_room"):
    """Delete a room and its plans; refused while a meeting goes on in it."""

    slug: str


class Invited(Word, frozen=True, kw_only=True, tag="invited"):
    """One row of an invitation list."""

    bridge_point: str
    name: str
    """With the position after the first comma."""
    unit: str = ""
    role: Role = Role.ATTENDEE
    kind: BridgePointKind = BridgePointKind.PERSON
    branch: str = ""
    """The branch of bridge points it belongs to; a co-chair of a branch leads that branch only."""
    login: str | None = None
    """Of an account: who signs in with it is this person."""
    number: int | None = None
    """As whoever wrote the list counts its rows, which is how they stand here unless it is said; 0: nobody wrote it."""


class ShowLines(Word, frozen=True, kw_only=True, tag="show_lines"):
    """Give how the lines do of those who are in a room now."""

    slug: str


class CreateMeeting(Word, frozen=True, kw_only=True, tag="create_meeting"):
    """Schedule a meeting. `starts_at` and `ends_at` are aware times; what is None is as the room has it."""

    room: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    entry: EntryRule | None = None
    password: str | None = None
    invited: list[Invited] = msgspec.field(default_factory=list)
    kind: MeetingKind | None = None
    muted_until_allowed: bool | None = None
    turn_s: int | None = None
    """0: without a limit."""
    at_once: int | None = None
    overrun: Overrun | None = None


class ListMeetings(Word, frozen=True, kw_only=True, tag="list_meetings"):
    """Give the meetings of a room, or of all."""

    room: str | None = None


class ShowMeeting(Word, frozen=True, kw_only=True, tag="show_meeting"):
    """Give one meeting with its invitation list."""

    meeting: str


class CancelMeeting(Word, frozen=True, kw_only=True, tag="cancel_meeting"):
    """Cancel a meeting; one that goes on is ended."""

    meeting: str


class MakeToken(Word, frozen=True, kw_only=True, tag="make_token"):
    """Make a join token for one person."""

    room: str
    role: Role
    name: str
    bridge_point: str = ""
    unit: str = ""
    ttl_s: int | None = None


class CreateKey(Word, frozen=True, kw_only=True, tag="create_key"):
    """Make an API key."""

    id: str | None = None


class DeleteKey(Word, frozen=True, kw_only=True, tag="delete_key"):
    """Delete an API key: what it signed opens nothing any more."""

    id: str


class StopEngine(Word, frozen=True, kw_only=True, tag="stop_engine"):
    """End the media engine; a control plane that runs starts another."""


Asked: TypeAlias = (
    CreateRoom
    | SetRoom
    | ListRooms
    | ShowRoom
    | DeleteRoom
    | ShowLines
    | CreateMeeting
    | ListMeetings
    | ShowMeeting
    | CancelMeeting
    | MakeToken
    | CreateKey
    | DeleteKey
    | StopEngine
    | PeopleAsked
)


# ---- answered ----------------------------------------------------------------------------------------


class RoomTold(Word, frozen=True, kw_only=True, tag="room"):
    """A room."""

    slug: str
    name: str
    entry: EntryRule
    password_set: bool
    muted_until_allowed: bool
    capacity: int
    lobby_capacity: int
    doors_before_s: int
    ad_hoc: AdHoc
    second_seat: SecondSeat
    kind: MeetingKind
    turn_s: int | None
    at_once: int
    overrun: Overrun
    unit: str | None
    busy: bool
    """A meeting goes on in it."""


class RoomsTold(Word, frozen=True, kw_only=True, tag="rooms"):
    """Rooms by address."""

    rooms: list[RoomTold]


class LineTold(Word, frozen=True, kw_only=True, tag="line"):
    """Somebody's line in the last second."""

    participant: str
    name: Name
    rtt_ms: float | None
    """None until a report has told it."""
    loss_up: float
    """Share of packets lost from them, 0 to 1, before repair."""
    loss_down: float
    """The same towards them."""
    estimate_bps: int | None
    """What it is believed to carry towards them; None while nothing is known."""


class LinesTold(Word, frozen=True, kw_only=True, tag="lines"):
    """Lines, in the order in which their owners came in."""

    lines: list[LineTold]


class InvitedTold(Word, frozen=True, kw_only=True, tag="invitation"):
    """A row of an invitation list; the token only when it was just made."""

    id: str
    role: Role
    name: Name
    kind: BridgePointKind
    branch: str = ""
    token: str | None = None


class MeetingTold(Word, frozen=True, kw_only=True, tag="meeting"):
    """A meeting."""

    id: str
    room: str
    title: str
    entry: EntryRule
    starts_at: datetime | None
    ends_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    cause: Cause | None
    kind: MeetingKind
    muted_until_allowed: bool
    turn_s: int | None
    at_once: int
    overrun: Overrun
    invited: list[InvitedTold] = msgspec.field(default_factory=list)


class MeetingsTold(Word, frozen=True, kw_only=True, tag="meetings"):
    """Meetings, the newest first."""

    meetings: list[MeetingTold]


class TokenTold(Word, frozen=True, kw_only=True, tag="token"):
    """A token, shown once."""

    token: str
    expires_at: datetime


class KeyTold(Word, frozen=True, kw_only=True, tag="key"):
    """An API key, shown once."""

    id: str
    secret: str


Told: TypeAlias = (
    RoomTold | RoomsTold | LinesTold | MeetingTold | MeetingsTold | TokenTold | KeyTold | PeopleTold | Done
)
