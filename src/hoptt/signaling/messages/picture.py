"""A meeting as its readers see it."""

from __future__ import annotations

from hoptt.meeting.words import BridgePointKind, EntryRule, Layout, MeetingKind, MeetingState, Role
from hoptt.signaling.messages.basics import Message, Name
from hoptt.signaling.messages.chat import ChatLine
from hoptt.signaling.messages.floor_view import FloorView


class RoomView(Message, frozen=True, kw_only=True):
    """The room as its participants see it."""

    slug: str
    name: str


class MeetingView(Message, frozen=True, kw_only=True):
    """The meeting as its participants see it."""

    id: str
    title: str
    state: MeetingState
    entry: EntryRule
    kind: MeetingKind
    muted_until_allowed: bool
    locked: bool
    muted_all: bool
    capacity: int
    expected: int
    """Bridge points on the invitation list."""
    layout: Layout
    """Of every page; `free`: each its own (R23)."""
    stage: list[str]
    """Whom the chair brought to the stage of every page, in this order."""
    starts_at: int | None = None
    opened_at: int | None = None
    deputy: str | None = None
    """Whom the chair named to stand in while its line is lost."""
    chair_offered_to: str | None = None
    chair_offered_by: str | None = None
    stands_in_for: str | None = None
    """The chair who is away while the present one stands in."""
    lobby_keeper: str | None = None
    """Who cares for the lobby in the chair's place."""
    chat_closed: bool = False


class ParticipantView(Message, frozen=True, kw_only=True):
    """A seat as everybody in the meeting sees it."""

    id: str
    role: Role
    name: Name
    kind: BridgePointKind
    invited: bool
    order: int
    """Place in the protocol order: that of the invitation list, then that of coming in."""
    joined_at: int
    connected: bool
    may_speak: bool
    may_show: bool
    may_share: bool
    branch: str = ""
    """The branch of bridge points it belongs to; empty: none (R14)."""
    leads_branch: str | None = None
    """Of a co-chair: its acts reach this branch only."""


class ApplicantView(Message, frozen=True, kw_only=True):
    """Somebody in the lobby, as those see it who may admit."""

    id: str
    name: Name
    since: int
    invited: bool
    without_password: bool
    account: bool
    """The identity is proved by an account or a personal link."""
    connected: bool = True
    resembles: str = ""
    """The name of somebody invited or present that the typed one is taken for (S47)."""
    branch: str = ""
    """The branch that the invitation list says."""


class Switches(Message, frozen=True, kw_only=True):
    """What a participant has switched on."""

    participant: str
    microphone: bool
    camera: bool
    screen: bool


class Picture(Message, frozen=True, kw_only=True):
    """The meeting as one role may see it, at event number `seq`."""

    seq: int
    now: int
    you: str
    room: RoomView
    meeting: MeetingView
    participants: list[ParticipantView]
    lobby: list[ApplicantView]
    """Empty for those who may not admit."""
    switches: list[Switches]
    floor: FloorView
    chat: list[ChatLine] = []
    """The last lines that are for this reader, the oldest first."""
    unit: str = ""
    """The reader's own unit, where an invitation or an account proves it: to whom `say` with `to: unit` goes."""


class SlotView(Message, frozen=True, kw_only=True):
    """A receiving place of the answer: which m-line carries it."""

    kind: str
    slot: int
    mid: str
