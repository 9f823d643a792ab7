"""What happened to who is what (R13, R14, R18)."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import field

from hoptt.meeting.words import Role
from hoptt.signaling.messages.basics import Message, Name


class RoleChanged(Message, frozen=True, kw_only=True, tag="role_changed"):
    """The one concerned gets a new picture besides. `branch`: a co-chair's acts reach this branch only."""

    at: int
    participant: str
    role: Role
    branch: str | None
    by: str | None


class BranchSet(Message, frozen=True, kw_only=True, tag="branch_set"):
    """A participant belongs to another branch; empty: to none."""

    at: int
    participant: str
    branch: str
    by: str | None


class NameChanged(Message, frozen=True, kw_only=True, tag="name_changed"):
    """A participant is shown under another name."""

    at: int
    participant: str
    name: Name
    by: str | None


class ChairOffered(Message, frozen=True, kw_only=True, tag="chair_offered"):
    """The chair is offered to somebody; null: the offer is taken back."""

    at: int
    participant: str | None
    by: str | None


class ChairAnswered(Message, frozen=True, kw_only=True, tag="chair_answered"):
    """Whoever was offered the chair took it, or declined."""

    at: int
    participant: str
    accepted: bool


class DeputyNamed(Message, frozen=True, kw_only=True, tag="deputy_named"):
    """Who stands in while the chair's line is lost; null: nobody in particular."""

    at: int
    participant: str | None
    by: str | None


class ChairStandsIn(Message, frozen=True, kw_only=True, tag="chair_stands_in"):
    """Somebody stands in for a chair who is away."""

    at: int
    participant: str
    chair: str = field(name="for")


class ChairRestored(Message, frozen=True, kw_only=True, tag="chair_restored"):
    """The chair is back and has its seat again; who stood in is what they were."""

    at: int
    participant: str


class LobbyGiven(Message, frozen=True, kw_only=True, tag="lobby_given"):
    """Who cares for the lobby; null: whoever leads. The one concerned gets a new picture besides."""

    at: int
    participant: str | None
    by: str | None


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
