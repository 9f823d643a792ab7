"""Units and accounts (R2): who has a login, and what a unit's administrators may see and manage. Values and rules only.

Units form a tree. Whoever administers a unit manages it and everything below it, and sees nothing beside or above.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, UnitSlug
from hoptt.meeting.settings import Name
from hoptt.meeting.slugs import slug

MAX_DEPTH = 12
"""Ministry, department, division, office …: no administration is deeper, and a loop ends."""
MAX_UNIT_NAME = 200


class AccountRole(StrEnum):
    """What an account may do outside meetings. Inside, the invitation list or the room says the role."""

    USER = "user"
    UNIT_ADMIN = "unit_admin"
    """Manages the rooms and meetings of the own branch."""
    OPERATOR = "operator"
    """Technical staff: enters a meeting when its chair allows it (R13)."""
    ADMIN = "admin"
    """Owns the installation."""


NEEDS_SECOND_FACTOR = frozenset({AccountRole.OPERATOR, AccountRole.ADMIN})
"""Who signs in with a second factor only (S30)."""
OF_NO_UNIT = frozenset({AccountRole.OPERATOR, AccountRole.ADMIN})
"""Who may stand beside the tree of units."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One organisational unit."""

    slug: UnitSlug
    name: str
    parent: UnitSlug | None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A login. `name` is how its holder is shown in meetings (R11)."""

    id: AccountId
    login: str
    name: Name
    unit: UnitSlug | None
    role: AccountRole
    disabled: bool = False
    second_factor: bool = False
    """A second factor is set up."""


Units = Mapping[UnitSlug, Unit]
"""The whole tree by key."""


def person_of(account: AccountId) -> str:
    """Give the key of an account's person in meetings: one person, one seat. No token's person looks like it."""
    return f"@account:{account}"


def tree(units: Iterable[Unit]) -> Units:
    """Give the units by their key."""
    return {unit.slug: unit for unit in units}


def above(units: Units, unit: UnitSlug) -> list[Unit]:
    """Give a unit and those it belongs to, up to the root."""
    line: list[Unit] = []
    here: UnitSlug | None = unit
    while here is not None and here in units and len(line) < MAX_DEPTH:
        line.append(units[here])
        here = units[here].parent
    return line


def is_closed(units: Units, unit: UnitSlug) -> bool:
    """Tell whether a unit is disabled, by itself or with one that it belongs to."""
    return any(one.disabled for one in above(units, unit))


def branch(units: Units, root: UnitSlug) -> frozenset[UnitSlug]:
    """Give a unit and all below it."""
    return frozenset(each for each in units if any(one.slug == root for one in above(units, each)))


def manages(account: Account, units: Units) -> frozenset[UnitSlug]:
    """Give the units whose rooms and meetings an account manages (R2): the own branch; all for who owns the house."""
    if account.role is AccountRole.ADMIN:
        return frozenset(units)
    if account.role is AccountRole.UNIT_ADMIN and account.unit is not None:
        return branch(units, account.unit)
    return frozenset()


def may_sign_in(account: Account, units: Units) -> bool:
    """Tell whether an account opens anything: neither itself nor a unit above it is disabled."""
    return not account.disabled and (account.unit is None or not is_closed(units, account.unit))


def a_unit(units: Units, key: str, name: str, parent: str | None) -> Unit:
    """Give a new unit. Raises HopttError: what its key, name or place has against it."""
    own = UnitSlug(slug(key))
    if own in units:
        raise HopttError(ErrorCode.UNIT_EXISTS, f"there is a unit {own} already", field="slug")
    shown = " ".join(unicodedata.normalize("NFC", name).split())
    if not shown or len(shown) > MAX_UNIT_NAME:
        raise _invalid("unit", f"the name of a unit has 1 to {MAX_UNIT_NAME} characters")
    if any(unicodedata.category(c).startswith("C") for c in shown):
        raise _invalid("unit", "the name of the unit has characters that cannot be shown")
    if parent is None:
        return Unit(own, shown, None)
    if parent not in units:
        raise unknown_unit(parent)
    if len(above(units, UnitSlug(parent))) >= MAX_DEPTH:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"the tree of units has {MAX_DEPTH} levels at most")
    return Unit(own, shown, UnitSlug(parent))


def login_name(text: str) -> str:
    """Give a login name as it is kept: lower case. Raises HopttError(ACCOUNT_INVALID)."""
    folded = fold_login(text)
    if not _LOGIN.fullmatch(folded):
        raise _invalid(
            "login",
            "a login name has 2 to 64 letters (a to z), digits and . _ - @, and begins and ends with a letter or digit",
        )
    return folded


def fold_login(text: str) -> str:
    """Give a typed login name as it is looked up."""
    return unicodedata.normalize("NFC", text).strip().lower()


def check_place(role: AccountRole, unit: UnitSlug | None) -> None:
    """See that an account stands where its role can. Raises HopttError(ACCOUNT_INVALID)."""
    if unit is None and role not in OF_NO_UNIT:
        raise _invalid("unit", f"an account with the role {role} belongs to a unit: name one")


def unknown_unit(unit: str) -> HopttError:
    """Say that there is no such unit."""
    return HopttError(ErrorCode.UNIT_UNKNOWN, f"there is no unit {unit}", field="unit")


def _invalid(field: str, sentence: str) -> HopttError:
    return HopttError(ErrorCode.ACCOUNT_INVALID, sentence, field=field)


_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])")
