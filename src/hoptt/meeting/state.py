"""A meeting as it stands: values only. `evolve.py` makes the next one, `decide.py` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from hoptt.errors import ErrorCode
from hoptt.ids import MeetingId, ParticipantId, RoomSlug
from hoptt.meeting.chat_words import Chat
from hoptt.meeting.commands import Identity
from hoptt.meeting.floor.state import Floor
from hoptt.meeting.settings import Invitation, Name, Rules
from hoptt.meeting.words import AdHoc, BridgePointKind, Cause, Layout, MeetingState, Role


@dataclass(frozen=True, slots=True)
class Rights:
    """What a participant may send: the log's half of every gate (R16)."""

    may_speak: bool
    may_show: bool
    may_share: bool


@dataclass(frozen=True, slots=True)
class Participant:
    """A seat. It survives reconnects: while the line is away, `lost_until` says how long it is kept."""

    id: ParticipantId
    role: Role
    name: Name
    kind: BridgePointKind
    identity: Identity
    invited: bool
    order: int
    """Place in the protocol order: that of the invitation list, then that of coming in."""
    joined_at: datetime
    rights: Rights
    lost_until: datetime | None = None
    takeovers: int = 0
    """How often the seat was taken over by another page of the same person."""
    branch: str = ""
    """The branch of bridge points it belongs to, by the list or by who leads (R14); empty: none."""
    leads_branch: str | None = None
    """Of a co-chair: its acts reach this branch only. None: the whole meeting."""

    @property
    def connected(self) -> bool:
        return self.lost_until is None


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody in the lobby."""

    id: ParticipantId
    role: Role
    name: Name
    kind: BridgePointKind
    identity: Identity
    invited: bool
    since: datetime
    without_password: bool = False
    """They knocked."""
    lost_until: datetime | None = None
    takeovers: int = 0
    resembles: str = ""
    """The name of somebody invited or present that the typed one is taken for (S47)."""
    branch: str = ""
    """The branch that the invitation list says (R14)."""
    typed: bool = True
    """The name was typed at the door, so it may be corrected; else a link or an account proves it."""

    @property
    def connected(self) -> bool:
        return self.lost_until is None


@dataclass(frozen=True, slots=True)
class Former:
    """Who had a seat or stood in the lobby and has neither now."""

    identity: Identity
    seat: Participant | None
    """The seat as it was left; a resume token brings it back (admission lasts for the meeting)."""
    dead: ErrorCode | None = None
    """The token opens nothing any more, and this is why: REMOVED, BANNED, LOBBY_REFUSED."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ban:
    """Who is not let in again until it is lifted."""

    person: str | None
    ban_key: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """A role that was given in the meeting: it counts when the same person comes in again."""

    role: Role
    leads_branch: str | None


@dataclass(frozen=True, slots=True)
class ChairOffer:
    """The chair is offered to somebody who has not answered yet."""

    by: ParticipantId
    to: ParticipantId


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody stands in for a chair who is away, and what they are again when it comes back."""

    participant: ParticipantId
    chair: ParticipantId
    role: Role
    leads_branch: str | None
    rights: Rights


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting. The mappings keep the order of coming in and are never changed in place."""

    id: MeetingId
    room: RoomSlug
    room_name: str
    title: str
    rules: Rules
    ad_hoc: AdHoc | None
    """None: it was scheduled."""
    invitations: tuple[Invitation, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    state: MeetingState
    begun_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by_chair: bool = False
    cause: Cause | None = None
    locked: bool = False
    muted_all: bool = False
    deputy: ParticipantId | None = None
    """Whom the chair named to stand in while its line is lost."""
    chair_offer: ChairOffer | None = None
    stand_in: StandIn | None = None
    lobby_keeper: ParticipantId | None = None
    """Secretary or co-chair to whom the chair gave the lobby."""
    given: Mapping[str, Given] = field(default_factory=lambda: MappingProxyType({}))
    """Roles given in the meeting, by who got them (`rights.person_key`)."""
    layout: Layout = Layout.FREE
    stage: tuple[ParticipantId, ...] = ()
    """Whom the chair brought to the stage of every page, in this order (R23)."""
    participants: Mapping[ParticipantId, Participant] = field(default_factory=lambda: MappingProxyType({}))
    lobby: Mapping[ParticipantId, Applicant] = field(default_factory=lambda: MappingProxyType({}))
    former: Mapping[ParticipantId, Former] = field(default_factory=lambda: MappingProxyType({}))
    bans: Mapping[ParticipantId, Ban] = field(default_factory=lambda: MappingProxyType({}))
    chat: Chat = field(default_factory=Chat)
    seats_given: int = 0
    floor: Floor = field(default_factory=Floor)
    empty_since: datetime | None = None
    """No seat is held since then, not even one in its grace."""

    @property
    def closed(self) -> bool:
        return self.state in (MeetingState.CLOSED, MeetingState.CANCELLED)

    @property
    def chair_present(self) -> bool:
        """Tell whether somebody who can admit is in the meeting and connected."""
        return any(p.connected and (p.role in LEADS or p.id == self.lobby_keeper) for p in self.participants.values())


LEADS = frozenset({Role.CHAIR, Role.CO_CHAIR})
"""Who passes a lock and a full house, and is spared by acts on everybody."""
