"""Carries out what an administrator asks about units and accounts (R2), with and without a running server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from hoptt.api import people_words as words
from hoptt.api.people_words import PeopleAsked, PeopleTold
from hoptt.api.word import Done
from hoptt.auth.password_rules import check_new_password
from hoptt.auth.second_factor import SecondFactors, provisioning_uri
from hoptt.config import Accounts as Settings
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, UnitSlug, random_id
from hoptt.meeting import accounts, names
from hoptt.meeting.accounts import Account, Unit, Units
from hoptt.meeting.settings import Name, NameRule
from hoptt.store.accounts import AccountStore

ISSUER = "hoptt"


@dataclass(frozen=True, slots=True)
class PeopleOffice:
    """All methods raise HopttError with a sentence for who asked."""

    store: AccountStore
    settings: Settings
    second_factors: SecondFactors
    now: Callable[[], datetime]
    hash_password: Callable[[str], Awaitable[str]]
    sign_out: Callable[[Collection[AccountId]], Awaitable[None]]
    """Ends every session of accounts and gives up their seats (S27)."""

    async def do(self, asked: PeopleAsked) -> PeopleTold | Done:  # noqa: PLR0911 - one line a word
        """Carry out one act."""
        match asked:
            case words.CreateUnit():
                return await self._create_unit(asked)
            case words.ListUnits():
                return words.UnitsTold(units=_told_in_order(await self.store.units()))
            case words.DisableUnit():
                return await self._disable_unit(asked)
            case words.CreateUser():
                return await self._create_user(asked)
            case words.ListUsers():
                return await self._list_users(asked)
            case words.DisableUser():
                return await self._disable_user(asked)
            case words.SetPassword():
                return await self._set_password(asked)
            case words.SetSecondFactor():
                return await self._set_second_factor(asked)
            case _:
                assert_never(asked)

    async def set_password(self, account: Account, password: str) -> None:
        """Keep another password; every session ends. Raises HopttError(PASSWORD_WEAK)."""
        await self.store.set_password(account.id, await self._hashed(password, account.login, account.name))
        await self.sign_out([account.id])

    async def open_unit(self, key: str) -> UnitSlug:
        """Give a unit in which something may be made. Raises HopttError: UNIT_UNKNOWN, NOT_POSSIBLE."""
        units = await self.store.units()
        unit = UnitSlug(key)
        if unit not in units:
            raise accounts.unknown_unit(key)
        if accounts.is_closed(units, unit):
            raise HopttError(ErrorCode.NOT_POSSIBLE, f"the unit {unit} is disabled: nothing is made in it")
        return unit

    # ---- units -------------------------------------------------------------------------------------

    async def _create_unit(self, asked: words.CreateUnit) -> PeopleTold:
        units = await self.store.units()
        unit = accounts.a_unit(units, asked.slug, asked.name, asked.parent)
        await self.store.create_unit(unit, at=self.now())
        return _unit_told(unit, {**units, unit.slug: unit})

    async def _disable_unit(self, asked: words.DisableUnit) -> Done:
        unit = UnitSlug(asked.slug)
        await self.store.set_unit_disabled(unit, disabled=asked.disabled)
        if asked.disabled:
            concerned = await self.store.all(accounts.branch(await self.store.units(), unit))
            await self.sign_out([account.id for account in concerned])
        return Done()

    # ---- accounts ----------------------------------------------------------------------------------

    async def _create_user(self, asked: words.CreateUser) -> PeopleTold:
        units = await self.store.units()
        login = accounts.login_name(asked.login)
        unit = None if asked.unit is None else UnitSlug(asked.unit)
        if unit is not None and unit not in units:
            raise accounts.unknown_unit(unit)
        accounts.check_place(asked.role, unit)
        of = units[unit].name if unit is not None else ""
        name = names.clean(Name(asked.bridge_point, asked.name, of))
        if not name.bridge_point:
            name = replace(name, bridge_point=names.personal(name))
        for fault in names.faults(name, NameRule(require=("name",), max_length=accounts.MAX_UNIT_NAME, min_words=1)):
            raise HopttError(ErrorCode.ACCOUNT_INVALID, fault.message, field=fault.field)
        hashed = None
        if asked.password is not None:
            hashed = await self._hashed(asked.password, login, name)
        account = Account(AccountId(random_id("a")), login, name, unit, asked.role)
        await self.store.create(account, password_hash=hashed, at=self.now())
        return _user_told(account)

    async def _list_users(self, asked: words.ListUsers) -> PeopleTold:
        within = None
        if asked.unit is not None:
            units = await self.store.units()
            if asked.unit not in units:
                raise accounts.unknown_unit(asked.unit)
            within = accounts.branch(units, UnitSlug(asked.unit))
        return words.UsersTold(users=[_user_told(one) for one in await self.store.all(within)])

    async def _disable_user(self, asked: words.DisableUser) -> Done:
        account = await self.account(asked.login)
        await self.store.set_disabled(account.id, disabled=asked.disabled)
        if asked.disabled:
            await self.sign_out([account.id])
        return Done()

    async def _set_password(self, asked: words.SetPassword) -> Done:
        await self.set_password(await self.account(asked.login), asked.password)
        return Done()

    async def _set_second_factor(self, asked: words.SetSecondFactor) -> PeopleTold | Done:
        account = await self.account(asked.login)
        if asked.remove:
            await self.store.set_second_factor(account.id, None)
            await self.sign_out([account.id])
            return Done()
        secret, kept = self.second_factors.new(account.id)
        await self.store.set_second_factor(account.id, kept)
        await self.sign_out([account.id])
        return words.SecondFactorTold(
            login=account.login, secret=secret, uri=provisioning_uri(secret, account.login, ISSUER)
        )

    async def account(self, login: str) -> Account:
        """Give an account by what was typed as its login name. Raises HopttError(ACCOUNT_UNKNOWN)."""
        return await self.store.by_login(accounts.fold_login(login))

    async def _hashed(self, password: str, login: str, name: Name) -> str:
        check_new_password(
            password, least=self.settings.password_min, about=(login, name.bridge_point, name.name, name.unit)
        )
        return await self.hash_password(password)


def _told_in_order(units: Units) -> list[words.UnitTold]:
    """Give the tree as it is read: each unit behind the one it belongs to, beside each other by name."""
    told: list[words.UnitTold] = []

    def add(parent: UnitSlug | None) -> None:
        for unit in sorted((u for u in units.values() if u.parent == parent), key=lambda u: (u.name, u.slug)):
            told.append(_unit_told(unit, units))
            add(unit.slug)

    add(None)
    return told


def _unit_told(unit: Unit, units: Units) -> words.UnitTold:
    return words.UnitTold(
        slug=unit.slug,
        name=unit.name,
        parent=unit.parent,
        disabled=unit.disabled,
        closed=accounts.is_closed(units, unit.slug),
    )


def _user_told(account: Account) -> words.UserTold:
    return words.UserTold(
        id=account.id,
        login=account.login,
        name=account.name,
        unit=account.unit,
        role=account.role,
        disabled=account.disabled,
        second_factor=account.second_factor,
    )
