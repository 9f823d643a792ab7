"""Units and accounts as they are kept (R2). Login names are unique, and looked up folded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, UnitSlug
from hoptt.meeting.accounts import Account, AccountRole, Unit, Units, tree, unknown_unit
from hoptt.meeting.settings import Name
from hoptt.store.database import Database
from hoptt.store.tables import accounts, units

MAX_UNITS = 5_000
MAX_ACCOUNTS = 50_000
"""A ministry with its communes; a limit all the same, so that no list grows without end."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with what proves it."""

    account: Account
    password_hash: str | None
    second_factor: str | None
    """Encrypted."""
    second_factor_step: int
    """The newest step of which a code was used."""


class AccountStore:
    """All methods raise HopttError(NOT_STORED) when the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- units -------------------------------------------------------------------------------------

    async def units(self) -> Units:
        """Give the whole tree."""
        wanted = select(units).order_by(units.c.slug)
        return await self._database.read(lambda connection: tree(_unit(row) for row in connection.execute(wanted)))

    async def create_unit(self, unit: Unit, *, at: datetime) -> None:
        """Keep a new unit. Raises HopttError: UNIT_EXISTS, UNIT_UNKNOWN for its parent."""
        values = {
            "slug": unit.slug,
            "name": unit.name,
            "parent": unit.parent,
            "disabled": unit.disabled,
            "created_ms": _ms(at),
        }

        def write(connection: Connection) -> None:
            _check_room(connection, units, MAX_UNITS)
            try:
                connection.execute(insert(units).values(values))
            except IntegrityError as fault:
                known = connection.execute(select(units.c.slug).where(units.c.slug == unit.slug)).first()
                if known is None and unit.parent is not None:
                    raise unknown_unit(unit.parent) from fault
                raise HopttError(ErrorCode.UNIT_EXISTS, f"there is a unit {unit.slug} already") from fault

        await self._database.write(write)

    async def set_unit_disabled(self, unit: UnitSlug, *, disabled: bool) -> None:
        """Disable a unit with all below it, or enable it again. Raises HopttError(UNIT_UNKNOWN)."""
        change = update(units).where(units.c.slug == unit).values(disabled=disabled)
        if await self._database.write(lambda connection: connection.execute(change).rowcount) == 0:
            raise unknown_unit(unit)

    # ---- accounts ----------------------------------------------------------------------------------

    async def create(self, account: Account, *, password_hash: str | None, at: datetime) -> None:
        """Keep a new account. Raises HopttError: ACCOUNT_EXISTS, UNIT_UNKNOWN."""
        values = {
            "id": account.id,
            "login": account.login,
            "bridge_point": account.name.bridge_point,
            "name": account.name.name,
            "unit_shown": account.name.unit,
            "unit": account.unit,
            "role": account.role.value,
            "password_hash": password_hash,
            "second_factor": None,
            "second_factor_step": 0,
            "disabled": account.disabled,
            "created_ms": _ms(at),
        }

        def write(connection: Connection) -> None:
            _check_room(connection, accounts, MAX_ACCOUNTS)
            try:
                connection.execute(insert(accounts).values(values))
            except IntegrityError as fault:
                taken = connection.execute(select(accounts.c.id).where(accounts.c.login == account.login)).first()
                if taken is None and account.unit is not None:
                    raise unknown_unit(account.unit) from fault
                raise HopttError(ErrorCode.ACCOUNT_EXISTS, f"there is an account {account.login} already") from fault

        await self._database.write(write)

    async def all(self, within: frozenset[UnitSlug] | None = None) -> list[Account]:
        """Give the accounts by login name; of these units only, where some are named."""
        wanted = select(accounts).order_by(accounts.c.login)
        found = await self._database.read(lambda connection: [as_account(row) for row in connection.execute(wanted)])
        return [one for one in found if within is None or one.unit in within]

    async def by_id(self, account: AccountId) -> Account | None:
        """Give an account; None when there is none."""
        wanted = select(accounts).where(accounts.c.id == account)
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return None if row is None else as_account(row)

    async def credentials(self, login: str) -> Credentials | None:
        """Give an account by its folded login name with what proves it; None when there is none."""
        wanted = select(accounts).where(accounts.c.login == login)
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            return None
        return Credentials(as_account(row), row.password_hash, row.second_factor, row.second_factor_step)

    async def by_login(self, login: str) -> Account:
        """Give an account. Raises HopttError(ACCOUNT_UNKNOWN)."""
        found = await self.credentials(login)
        if found is None:
            raise HopttError(ErrorCode.ACCOUNT_UNKNOWN, f"there is no account {login}", field="login")
        return found.account

    async def set_disabled(self, account: AccountId, *, disabled: bool) -> None:
        """Disable an account, or enable it again."""
        await self._change(account, disabled=disabled)

    async def set_password(self, account: AccountId, password_hash: str) -> None:
        """Keep another password's hash."""
        await self._change(account, password_hash=password_hash)

    async def set_second_factor(self, account: AccountId, kept: str | None) -> None:
        """Keep an encrypted secret, or none. Codes of the former one open nothing any more."""
        await self._change(account, second_factor=kept, second_factor_step=0)

    async def use_step(self, account: AccountId, step: int) -> bool:
        """Note that a code of this step was used; False when one of it, or a later one, was used meanwhile."""
        change = (
            update(accounts)
            .where(accounts.c.id == account, accounts.c.second_factor_step < step)
            .values(second_factor_step=step)
        )
        return await self._database.write(lambda connection: connection.execute(change).rowcount) == 1

    async def _change(self, account: AccountId, **values: object) -> None:
        change = update(accounts).where(accounts.c.id == account).values(values)
        if await self._database.write(lambda connection: connection.execute(change).rowcount) == 0:
            raise HopttError(ErrorCode.ACCOUNT_UNKNOWN, "there is no such account")


def _unit(row: Row[Any]) -> Unit:
    return Unit(UnitSlug(row.slug), row.name, None if row.parent is None else UnitSlug(row.parent), row.disabled)


def as_account(row: Row[Any]) -> Account:
    """Give the account of a row that has all columns of `accounts`."""
    return Account(
        AccountId(row.id),
        row.login,
        Name(row.bridge_point, row.name, row.unit_shown),
        None if row.unit is None else UnitSlug(row.unit),
        AccountRole(row.role),
        disabled=row.disabled,
        second_factor=row.second_factor is not None,
    )


def is_closed(connection: Connection, unit: UnitSlug) -> bool:
    """Tell whether a unit, or one that it belongs to, is disabled."""
    line = select(units.c.parent, units.c.disabled).where(units.c.slug == unit).cte("line", recursive=True)
    line = line.union(select(units.c.parent, units.c.disabled).where(units.c.slug == line.c.parent))
    return connection.execute(select(line.c.disabled).where(line.c.disabled)).first() is not None


def _check_room(connection: Connection, table: Table, most: int) -> None:
    if (connection.execute(select(func.count()).select_from(table)).scalar() or 0) >= most:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"there are {most} already, and more are not kept")


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
