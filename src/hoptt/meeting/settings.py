"""How a room and a meeting are set up: read at the beginning, unchanged while the meeting runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hoptt.ids import AccountId, InvitationId, MeetingId, RoomSlug, UnitSlug
from hoptt.meeting.words import AdHoc, BridgePointKind, EntryRule, MeetingKind, Overrun, Role, SecondSeat


@dataclass(frozen=True, slots=True)
class Name:
    """How a participant is shown (R11). In `name` the position follows the first comma."""

    bridge_point: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class NameRule:
    """What the door asks of a typed name (R11)."""

    require: tuple[str, ...] = ("bridge_point", "name", "unit")
    """Of `bridge_point`, `name`, `position`, `unit`."""
    min_words: int = 2
    max_length: int = 80
    """Of name and position together; also the limit of each other field."""
    scripts: tuple[str, ...] = ("latin",)
    """Unicode script names, lower case, as they begin a letter's character name."""
    abbreviations: bool = True
    """Allow words such as `Ng.` in the personal name."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a meeting takes from its room, or has for itself."""

    entry: EntryRule = EntryRule.LOBBY
    password_set: bool = False
    muted_until_allowed: bool = True
    capacity: int = 200
    lobby_capacity: int = 200
    doors_before_s: int = 1_800
    name_rule: NameRule = field(default_factory=NameRule)
    second_seat: SecondSeat = SecondSeat.TAKE_OVER
    """The same person at a second device (R12)."""
    kind: MeetingKind = MeetingKind.CONFERENCE
    turn_s: int | None = None
    """Time of a turn (R17); None: without a limit."""
    at_once: int = 1
    """So many may have the floor at once."""
    overrun: Overrun = Overrun.CLOSE


@dataclass(frozen=True, slots=True)
class Room:
    """The lasting address at which meetings take place (R1)."""

    slug: RoomSlug
    name: str
    rules: Rules
    ad_hoc: AdHoc = AdHoc.CHAIR
    unit: UnitSlug | None = None
    """To which it belongs (R2); None: to the installation."""
    owner: AccountId | None = None
    """Leads the meetings there that nobody scheduled, and those whose list names no chair."""
    closed: bool = False
    """Its unit is disabled: nothing begins here. What goes on is not broken off."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """One row of the invitation list (R4); its place in the list is the protocol order."""

    id: InvitationId
    role: Role
    name: Name
    kind: BridgePointKind = BridgePointKind.PERSON
    account: AccountId | None = None
    """Who signs in with this account is the person invited (R3)."""
    branch: str = ""
    """The branch of bridge points it belongs to (R14). A co-chair of a branch leads that branch only."""


@dataclass(frozen=True, slots=True)
class ScheduledMeeting:
    """A meeting as it was planned (R6). Neither cancelled nor closed."""

    id: MeetingId
    room: RoomSlug
    title: str
    starts_at: datetime
    ends_at: datetime | None
    rules: Rules
    invitations: tuple[Invitation, ...] = ()
