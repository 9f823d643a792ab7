"""What may be asked of a running meeting. Who may ask what is the table in `roles.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from hoptt.ids import InvitationId, ParticipantId
from hoptt.meeting.chat_words import CloseChat, Say
from hoptt.meeting.floor.commands import FloorByThoseWhoLead, FloorCommand
from hoptt.meeting.role_commands import RoleCommand
from hoptt.meeting.settings import Name
from hoptt.meeting.words import BridgePointKind, Layout, Role, Source


class IdentityKind(StrEnum):
    """How the door knows who somebody is (R3)."""

    ACCOUNT = "account"
    LINK = "link"
    """A personal link: a join token."""
    GUEST = "guest"
    """A typed name, nothing more."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the door has proved about an applicant (S24). Never taken from a message's body."""

    kind: IdentityKind
    person: str | None = None
    """Stable key of the account or link, the same at every visit: one person, one seat (R12). None for guests."""
    invitation: InvitationId | None = None
    """The row of an invitation list that account or link stand for. A link without one counts as invited."""
    ban_key: str | None = None
    """Pseudonym of the browser, by which a ban finds a guest again. Never an address: a ministry sits behind one."""
    companion_of: str | None = None
    """The person whose seat this device belongs to (R12)."""
    unit: str = ""
    """As the invitation or the account names it: a typed one proves nothing, and is not here."""


# ---- at the door -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enter:
    """Somebody at the door. `participant` is a fresh id, used when no seat of theirs exists."""

    participant: ParticipantId
    identity: Identity
    role: Role
    """From the token; a guest is an attendee."""
    name: Name
    typed: bool = True
    """The name was typed, so the name rule is asked (R11)."""
    kind: BridgePointKind = BridgePointKind.PERSON
    password_right: bool = False
    """The room's password was given and is right. A wrong one never gets here."""
    knock: bool = False
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """Back with a resume token: to the seat, or to the place in the lobby."""

    takeovers: int
    """Of the seat when the token was made: a seat taken over since is somebody else's page."""


# ---- anybody inside --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leave:
    """Give the seat, or the place in the lobby, back."""


@dataclass(frozen=True, slots=True)
class Lose:
    """The connection is gone; the seat is kept for a time."""


@dataclass(frozen=True, slots=True)
class CorrectName:
    """Correct the own name while waiting in the lobby."""

    name: Name


# ---- those who lead (R18) --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admit:
    """Let applicants in; `all_invited`: everyone in the lobby who is on the list."""

    applicants: tuple[ParticipantId, ...] = ()
    all_invited: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """Turn an applicant away, with a reason they read."""

    applicant: ParticipantId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a participant; `ban` also refuses every way back until it is lifted."""

    participant: ParticipantId
    ban: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LiftBan:
    """Let somebody who was banned knock again."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Allow:
    """Allow to speak; no names: all."""

    participants: tuple[ParticipantId, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take the right to speak back; no names: all but those who lead."""

    participants: tuple[ParticipantId, ...] = ()


@dataclass(frozen=True, slots=True)
class Mute:
    """Mute these, or all but `all_but` when none are named; never the chair."""

    participants: tuple[ParticipantId, ...] = ()
    all_but: tuple[ParticipantId, ...] = ()
    may_reopen: bool = False


@dataclass(frozen=True, slots=True)
class LiftMute:
    """End a `mute all`."""


@dataclass(frozen=True, slots=True)
class StopSource:
    """Stop a camera or a share, and take the right to it."""

    participant: ParticipantId
    source: Source


@dataclass(frozen=True, slots=True)
class AllowSource:
    """Give the right to a camera or a share (back)."""

    participant: ParticipantId
    source: Source


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock or unlock the room."""

    locked: bool


@dataclass(frozen=True, slots=True)
class OpenMeeting:
    """Open a scheduled meeting (R6)."""


@dataclass(frozen=True, slots=True)
class EndMeeting:
    """End for all (R21)."""


# ---- one picture in every room (R23) ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetLayout:
    """Set the layout of every page, or leave each its own."""

    layout: Layout


@dataclass(frozen=True, slots=True)
class SetStage:
    """Bring these to the stage, in this order, and nobody else; none: clear it."""

    participants: tuple[ParticipantId, ...] = ()


PictureCommand: TypeAlias = SetLayout | SetStage


# ---- the server itself -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LetTimePass:
    """Whatever is due now: seats that expire, doors that open, a meeting that stood empty."""


@dataclass(frozen=True, slots=True)
class Restore:
    """The control plane is back: everyone's seat clock starts anew, what was vetoed stays closed."""

    vetoed: tuple[tuple[ParticipantId, Source], ...] = ()


@dataclass(frozen=True, slots=True)
class SignOut:
    """An account signed out or was disabled: its seats are given up, but those that another session of it holds."""

    person: str
    keep: tuple[ParticipantId, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """The meeting was cancelled while its doors were open."""


ByThoseWhoLead: TypeAlias = (
    Admit
    | Refuse
    | Remove
    | LiftBan
    | Allow
    | TakeBack
    | Mute
    | LiftMute
    | StopSource
    | AllowSource
    | Lock
    | OpenMeeting
    | EndMeeting
    | PictureCommand
    | CloseChat
)
ByAnybody: TypeAlias = Leave | Lose | CorrectName | Return | Enter | Say
ByTheServer: TypeAlias = LetTimePass | Restore | Cancel | SignOut
Command: TypeAlias = ByThoseWhoLead | RoleCommand | ByAnybody | ByTheServer | FloorCommand
ToldAtOnce: TypeAlias = ByThoseWhoLead | RoleCommand | FloorByThoseWhoLead
"""Commands of those who lead: what they make happen is told without delay."""
