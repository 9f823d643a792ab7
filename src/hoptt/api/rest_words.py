"""Bodies of the REST doors for whoever is signed in (docs/protocol.md). Times are milliseconds since 1970 UTC.

Samples lie in protocol/samples/rest/.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from hoptt.meeting.accounts import AccountRole
from hoptt.meeting.words import AdHoc, BridgePointKind, Cause, EntryRule, MeetingKind, Overrun, Role, SecondSeat
from hoptt.signaling.messages import MAX_LIST, Name, Number, Text


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that is asked or answered."""


# ---- signing in --------------------------------------------------------------------------------------


class SignIn(Body, frozen=True, kw_only=True):
    """`code` of the second factor: asked for with `login.code_needed` where there is one."""

    login: Text
    password: Annotated[str, Meta(max_length=2_000)]
    code: Annotated[str, Meta(max_length=20)] | None = None


class ChangePassword(Body, frozen=True, kw_only=True):
    """Another password for the own account; every session but this one ends."""

    old: Annotated[str, Meta(max_length=2_000)]
    new: Annotated[str, Meta(max_length=2_000)]


class UnitView(Body, frozen=True, kw_only=True):
    """A unit, with how many stand above it among those that are shown."""

    slug: str
    name: str
    depth: int
    closed: bool


class Me(Body, frozen=True, kw_only=True):
    """Who is signed in."""

    login: str
    name: Name
    role: AccountRole
    unit: str | None
    """The name of its unit."""
    manages: bool
    """The page of the office is for them."""


# ---- the office of a unit ----------------------------------------------------------------------------


class OfficeRoom(Body, frozen=True, kw_only=True):
    """A room of the own branch."""

    slug: str
    name: str
    unit: str | None
    entry: EntryRule
    password: bool
    muted_until_allowed: bool
    capacity: int
    ad_hoc: AdHoc
    second_seat: SecondSeat
    kind: MeetingKind
    turn_s: int | None
    """Time of a turn; null: without a limit."""
    at_once: int
    overrun: Overrun
    busy: bool
    """A meeting goes on in it."""
    own: bool
    """Who asks leads the meetings there that nobody scheduled."""


class OfficeMeeting(Body, frozen=True, kw_only=True):
    """A meeting of the own branch, without its list."""

    id: str
    room: str
    title: str
    starts_at: int | None
    ends_at: int | None
    opened_at: int | None
    closed_at: int | None
    cause: Cause | None
    fixed: bool
    """It has begun or is over: nothing of it can be changed any more."""


class OfficeView(Body, frozen=True, kw_only=True):
    """All that a unit's administrator sees: the own branch and nothing else (R2)."""

    now: int
    units: list[UnitView]
    rooms: list[OfficeRoom]
    meetings: list[OfficeMeeting]


class FloorChoice(Body, frozen=True, kw_only=True):
    """How people come to speak (R17). What is null is as the kind has it, without a kind as it was."""

    kind: MeetingKind | None = None
    turn_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    """0: without a limit."""
    at_once: Annotated[int, Meta(ge=1, le=10)] | None = None
    overrun: Overrun | None = None


class NewRoom(FloorChoice, frozen=True, kw_only=True):
    """A room to be made in a unit of the own branch."""

    slug: Text
    name: Text
    unit: Text
    entry: EntryRule
    password: Text | None = None
    muted_until_allowed: bool
    second_seat: SecondSeat = SecondSeat.TAKE_OVER


class RoomChange(FloorChoice, frozen=True, kw_only=True):
    """What a room is from now on. `password`: null leaves it as it is, an empty one takes it away."""

    name: Text
    entry: EntryRule
    password: Text | None = None
    muted_until_allowed: bool
    second_seat: SecondSeat


class InvitedRow(Body, frozen=True, kw_only=True):
    """A row of an invitation list, as asked. `login`: an account of the own branch, whose name need not be given."""

    bridge_point: Text = ""
    name: Text = ""
    unit: Text = ""
    role: Role = Role.ATTENDEE
    kind: BridgePointKind = BridgePointKind.PERSON
    branch: Text = ""
    login: Text | None = None


class MeetingPlan(FloorChoice, frozen=True, kw_only=True):
    """A meeting to be made, or what it is from now on. What is null is as the room has it."""

    room: Text
    title: Text
    starts_at: Number
    ends_at: Number | None = None
    entry: EntryRule | None = None
    muted_until_allowed: bool | None = None
    invited: Annotated[list[InvitedRow], Meta(max_length=MAX_LIST)]


class InvitedView(Body, frozen=True, kw_only=True):
    """A row of an invitation list with the token of its personal link (R3); null for accounts, and when all is over."""

    bridge_point: str
    name: str
    unit: str
    role: Role
    kind: BridgePointKind
    branch: str
    login: str | None
    link: str | None


class MeetingDetail(Body, frozen=True, kw_only=True):
    """One meeting with its list."""

    meeting: OfficeMeeting
    entry: EntryRule
    kind: MeetingKind
    muted_until_allowed: bool
    turn_s: int | None
    """Time of a turn; null: without a limit."""
    at_once: int
    overrun: Overrun
    invited: list[InvitedView]


# ---- companions (R12) --------------------------------------------------------------------------------


class NewCompanion(Body, frozen=True, kw_only=True):
    """`word` tells the device from others of the seat: "camera 2"."""

    word: Annotated[str, Meta(max_length=40)] = ""


class Companion(Body, frozen=True, kw_only=True):
    """A link for one more device of the own seat. It holds until `until`, and as long as the seat is there."""

    link: str
    until: int
    picture: str
    """The link as a picture to photograph, a `data:` address."""
