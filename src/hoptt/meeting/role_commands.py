"""What may be asked about who is what: roles, branches, names, and the chair (R13, R14, R18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hoptt.ids import ParticipantId
from hoptt.meeting.settings import Name
from hoptt.meeting.words import Role


@dataclass(frozen=True, slots=True)
class SetRole:
    """Give somebody another role; `branch`: a co-chair whose acts reach this branch only."""

    participant: ParticipantId
    role: Role
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class SetBranch:
    """Say to which branch somebody belongs who stands on no invitation list; empty: to none."""

    participant: ParticipantId
    branch: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Show somebody under another name."""

    participant: ParticipantId
    name: Name


@dataclass(frozen=True, slots=True)
class OfferChair:
    """Offer the own chair to somebody. An earlier offer is withdrawn by it."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class WithdrawChairOffer:
    """Take the offer back."""


@dataclass(frozen=True, slots=True)
class AnswerChair:
    """Take the chair that was offered, or decline."""

    accept: bool


@dataclass(frozen=True, slots=True)
class NameDeputy:
    """Name who stands in while the chair's line is lost; None: nobody in particular."""

    participant: ParticipantId | None


@dataclass(frozen=True, slots=True)
class TakeChair:
    """Stand in for a chair whose line is lost, or who has left."""


@dataclass(frozen=True, slots=True)
class GiveLobby:
    """Give the lobby to the secretary or to a co-chair for the whole meeting; None: take it back."""

    participant: ParticipantId | None


@dataclass(frozen=True, slots=True)
class ReadActs:
    """Look at who did what. Changes nothing; the table of roles says who may."""


RoleCommand: TypeAlias = (
    SetRole
    | SetBranch
    | Rename
    | OfferChair
    | WithdrawChairOffer
    | AnswerChair
    | NameDeputy
    | TakeChair
    | GiveLobby
    | ReadActs
)
