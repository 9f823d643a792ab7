"""What may be asked about units and accounts, and what comes back: words of the CLI and the admin socket."""

from __future__ import annotations

from typing import TypeAlias

from hoptt.api.word import Word
from hoptt.meeting.accounts import AccountRole
from hoptt.meeting.settings import Name


class CreateUnit(Word, frozen=True, kw_only=True, tag="create_unit"):
    """Make a unit, at the top or below another."""

    slug: str
    name: str
    parent: str | None = None


class ListUnits(Word, frozen=True, kw_only=True, tag="list_units"):
    """Give all units."""


class DisableUnit(Word, frozen=True, kw_only=True, tag="disable_unit"):
    """Disable a unit with everything below it, or enable it again."""

    slug: str
    disabled: bool = True


class CreateUser(Word, frozen=True, kw_only=True, tag="create_user"):
    """Make an account. `name` has the position after the first comma; what is empty is as the unit is called."""

    login: str
    name: str
    unit: str | None = None
    role: AccountRole = AccountRole.USER
    bridge_point: str = ""
    password: str | None = None


class ListUsers(Word, frozen=True, kw_only=True, tag="list_users"):
    """Give the accounts, of a unit and what is below it or of all."""

    unit: str | None = None


class DisableUser(Word, frozen=True, kw_only=True, tag="disable_user"):
    """Disable an account, which ends its sessions and gives up its seats; or enable it again."""

    login: str
    disabled: bool = True


class SetPassword(Word, frozen=True, kw_only=True, tag="set_password"):
    """Give an account another password; its sessions end."""

    login: str
    password: str


class SetSecondFactor(Word, frozen=True, kw_only=True, tag="set_second_factor"):
    """Make a new second factor, or take it away; sessions end."""

    login: str
    remove: bool = False


PeopleAsked: TypeAlias = (
    CreateUnit | ListUnits | DisableUnit | CreateUser | ListUsers | DisableUser | SetPassword | SetSecondFactor
)


class UnitTold(Word, frozen=True, kw_only=True, tag="unit"):
    """A unit."""

    slug: str
    name: str
    parent: str | None
    disabled: bool
    """By itself."""
    closed: bool
    """By itself, or with one that it belongs to."""


class UnitsTold(Word, frozen=True, kw_only=True, tag="units"):
    """Units; each stands behind the one it belongs to."""

    units: list[UnitTold]


class UserTold(Word, frozen=True, kw_only=True, tag="user"):
    """An account."""

    id: str
    """As the log names it."""
    login: str
    name: Name
    unit: str | None
    role: AccountRole
    disabled: bool
    second_factor: bool


class UsersTold(Word, frozen=True, kw_only=True, tag="users"):
    """Accounts by login name."""

    users: list[UserTold]


class SecondFactorTold(Word, frozen=True, kw_only=True, tag="second_factor"):
    """A new second factor, shown once."""

    login: str
    secret: str
    uri: str
    """What a QR code says."""


PeopleTold: TypeAlias = UnitTold | UnitsTold | UserTold | UsersTold | SecondFactorTold
