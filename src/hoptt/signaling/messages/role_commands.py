"""What the page asks about who is what: roles, branches, names, the chair (R13, R14, R18), and who did what."""

from __future__ import annotations

from typing import TypeAlias

from hoptt.meeting.words import Role
from hoptt.signaling.messages.basics import Command, Id, Name, Number, Text


class SetRole(Command, frozen=True, kw_only=True, tag="set_role"):
    """Give somebody another role. `branch`, of a co-chair: its acts reach that branch only; null: the whole meeting."""

    participant: Id
    role: Role
    branch: Text | None = None


class SetBranch(Command, frozen=True, kw_only=True, tag="set_branch"):
    """Say to which branch somebody belongs whom no invitation list names; an empty text: to none."""

    participant: Id
    branch: Text


class Rename(Command, frozen=True, kw_only=True, tag="rename"):
    """Show somebody under another name. The rule of the door holds for the parts that are new (R11)."""

    participant: Id
    name: Name


class OfferChair(Command, frozen=True, kw_only=True, tag="offer_chair"):
    """Offer the own chair to somebody, who accepts or declines. An earlier offer is withdrawn by it."""

    participant: Id


class WithdrawChairOffer(Command, frozen=True, kw_only=True, tag="withdraw_chair_offer"):
    """Take the offer back."""


class AnswerChair(Command, frozen=True, kw_only=True, tag="answer_chair"):
    """Take the chair that was offered, or decline."""

    accept: bool


class NameDeputy(Command, frozen=True, kw_only=True, tag="name_deputy"):
    """Name who stands in while the chair's line is lost; null: nobody in particular."""

    participant: Id | None


class TakeChair(Command, frozen=True, kw_only=True, tag="take_chair"):
    """Stand in for a chair whose line is lost, or who has left. Whoever returns gets the seat back."""


class GiveLobby(Command, frozen=True, kw_only=True, tag="give_lobby"):
    """Give the lobby to the secretary or to a co-chair for the whole meeting; null: take it back."""

    participant: Id | None


class ReadActs(Command, frozen=True, kw_only=True, tag="read_acts"):
    """Who did what, the newest first, in pages. `before`: older than this number; `search` ignores case and marks."""

    before: Number | None = None
    search: Text = ""


RoleCommand: TypeAlias = (
    SetRole | SetBranch | Rename | OfferChair | WithdrawChairOffer | AnswerChair | NameDeputy | TakeChair | GiveLobby
)
