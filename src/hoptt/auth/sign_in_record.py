"""Who signed in and out, and who was refused, as rows of the chained log (S51).

A row names the account by its id; the address is its erasable part. What was typed as a login name that nobody has is
not kept: it may well be a password in the wrong field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId

REFUSED_AT_MOST = 120
"""Rows of refused sign-ins in a minute; the rest is counted, and the next row says how many were left out."""
_MINUTE = timedelta(minutes=1)


class SignedOutBy(StrEnum):
    """Why a session ended before its time."""

    ASKED = "asked"
    REPLACED = "replaced"
    """Somebody signed in again in the same browser."""
    EVERYWHERE = "everywhere"
    """All sessions: another password, or the account was disabled."""


class Audit(Protocol):
    """Where rows about the installation go."""

    async def audit(
        self, kind: str, *, facts: Mapping[str, str | int | bool | None], personal: Mapping[str, str], at: datetime
    ) -> int:
        """Store a row and give its number. Raises HopttError(NOT_STORED)."""
        ...


@dataclass(slots=True)
class SignInRecord:
    """Writes them. Who is let in is on record first; what takes away, or refuses, goes on without (P5)."""

    log: Audit
    now: Callable[[], datetime]
    written: Counter[str] = field(default_factory=Counter)
    """Rows, by kind."""
    left_out: int = 0
    """Refused sign-ins that have no row of their own."""
    failed: int = 0
    """Rows that could not be stored: the disk is full, or the log locked."""
    _window: datetime | None = None
    _in_window: int = 0
    _untold: int = 0

    async def signed_in(self, account: AccountId, *, second_factor: bool, address: str) -> None:
        """Note that a session begins. Raises HopttError(NOT_STORED): then none may."""
        try:
            await self._write("signed_in", {"account": account, "second_factor": second_factor}, address)
        except HopttError:
            self.failed += 1
            raise

    async def refused(self, account: AccountId | None, code: ErrorCode, *, address: str) -> None:
        """Note that somebody was not let in; `account` is None when nobody has this login name."""
        now = self.now()
        if self._window is None or not self._window <= now < self._window + _MINUTE:
            self._window, self._in_window = now, 0
        if self._in_window >= REFUSED_AT_MOST:
            self.left_out += 1
            self._untold += 1
            return
        self._in_window += 1
        untold, self._untold = self._untold, 0
        facts = {"account": account, "code": code.value, "left_out": untold}
        if not await self._try_to_write("sign_in_refused", facts, address):
            self._untold += untold + 1

    async def signed_out(self, account: AccountId, by: SignedOutBy) -> None:
        """Note that a session, or all of an account, ended."""
        await self._try_to_write("signed_out", {"account": account, "by": by.value}, "")

    async def _try_to_write(self, kind: str, facts: Mapping[str, str | int | bool | None], address: str) -> bool:
        try:
            await self._write(kind, facts, address)
        except HopttError:
            self.failed += 1
            return False
        return True

    async def _write(self, kind: str, facts: Mapping[str, str | int | bool | None], address: str) -> None:
        personal = {"address": address} if address else {}
        await self.log.audit(kind, facts=facts, personal=personal, at=self.now())
        self.written[kind] += 1
