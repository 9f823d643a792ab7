"""Signing in: password, then the second factor where there is one (S27, S30, S33).

A login name that does not exist, a wrong password and a disabled account read the same and take the same time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hoptt.auth.guessing import LoginGuessing, Try
from hoptt.auth.passwords import Passwords
from hoptt.auth.second_factor import SecondFactors
from hoptt.auth.sessions import Sessions
from hoptt.auth.sign_in_record import SignInRecord
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId
from hoptt.meeting.accounts import NEEDS_SECOND_FACTOR, Account, Units, fold_login, may_sign_in

NOBODY_S = "$argon2id$v=19$m=19456,t=2,p=1$O6r2snz/4C1bnc+/65La2Q$8oqBni799XfRz19tsgDPRUO7iAVPDIsIp38omluHRzk"
"""A hash of no password: checking against it takes as long as against a real one."""
MAX_LOGIN = 64
NOT_LOOKED_AT = {ErrorCode.LOGIN_CODE_NEEDED, ErrorCode.PASSWORD_WAIT}
"""What is asked to go on, or to come back later, was not refused."""


class Proof(Protocol):
    """An account with what proves it."""

    @property
    def account(self) -> Account: ...
    @property
    def password_hash(self) -> str | None: ...
    @property
    def second_factor(self) -> str | None: ...
    @property
    def second_factor_step(self) -> int: ...


class KeptAccounts(Protocol):
    """Where accounts are kept."""

    async def credentials(self, login: str) -> Proof | None:
        """Give an account by its folded login name; None when there is none."""
        ...

    async def units(self) -> Units:
        """Give the tree of units."""
        ...

    async def use_step(self, account: AccountId, step: int) -> bool:
        """Note that a code of this step was used; False when it, or a later one, was used meanwhile."""
        ...


class KnownBrowsers(Protocol):
    """From where accounts signed in."""

    async def knows(self, account: AccountId, browser: str) -> bool:
        """Tell whether an account signed in from this browser before."""
        ...

    async def remember(self, account: AccountId, browser: str, *, at: datetime) -> None:
        """Note from where an account signs in."""
        ...


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Use: `cookie, account = await signing_in.sign_in(…)`."""

    accounts: KeptAccounts
    browsers: KnownBrowsers
    passwords: Passwords
    second_factors: SecondFactors
    sessions: Sessions
    guessing: LoginGuessing
    record: SignInRecord
    now: Callable[[], datetime]
    steady: Callable[[], float] = time.monotonic

    async def sign_in(
        self, login: str, password: str, code: str | None, *, address: str, browser: str | None
    ) -> tuple[str, Account]:
        """Give the cookie of a new session, and whose it is.

        Raises HopttError: LOGIN_WRONG, LOGIN_WAIT, LOGIN_CODE_NEEDED, LOGIN_CODE_WRONG, LOGIN_NO_SECOND_FACTOR,
        PASSWORD_WAIT when too many sign in at once, and NOT_STORED when it cannot be put on record (S51).
        """
        folded = fold_login(login)[:MAX_LOGIN]
        proof = await self.accounts.credentials(folded)
        async with self._on_record(proof, address):
            trying = await self._begin(proof, folded, address=address, browser=browser)
            account = await self._proved(proof, password, trying)
            second_factor = await self._second_factor(account, proof, code, trying)
        self.guessing.right(trying)
        now = self.now()
        await self.record.signed_in(account.id, second_factor=second_factor, address=address)
        cookie = await self.sessions.start(account, now=now)
        if cookie is None:
            raise _wrong()
        if browser is not None:
            await self.browsers.remember(account.id, browser, at=now)
        return cookie, account

    async def check_password(self, login: str, password: str, *, address: str, browser: str | None) -> None:
        """See that somebody signed in knows their password, as slowly guessed as at the door.

        Raises HopttError: LOGIN_WRONG, LOGIN_WAIT, PASSWORD_WAIT.
        """
        proof = await self.accounts.credentials(login)
        async with self._on_record(proof, address):
            trying = await self._begin(proof, login, address=address, browser=browser)
            await self._proved(proof, password, trying)
        self.guessing.right(trying)

    @contextlib.asynccontextmanager
    async def _on_record(self, proof: Proof | None, address: str) -> AsyncIterator[None]:
        """Put a refusal on record (S51)."""
        try:
            yield
        except HopttError as refusal:
            if refusal.code not in NOT_LOOKED_AT:
                account = None if proof is None else proof.account.id
                await self.record.refused(account, refusal.code, address=address)
            raise

    async def _begin(self, proof: Proof | None, login: str, *, address: str, browser: str | None) -> Try:
        known = proof is not None and browser is not None and await self.browsers.knows(proof.account.id, browser)
        return self.guessing.begin(login=login, address=address, browser=browser, known=known, now=self.steady())

    async def _proved(self, proof: Proof | None, password: str, trying: Try) -> Account:
        kept = None if proof is None else proof.password_hash
        try:
            right = await self.passwords.verify(password, kept or NOBODY_S)
        except HopttError:
            self.guessing.right(trying)  # nobody has looked at it
            raise
        units = await self.accounts.units()
        if proof is None or kept is None or not right or not may_sign_in(proof.account, units):
            raise _wrong()
        return proof.account

    async def _second_factor(self, account: Account, proof: Proof | None, code: str | None, trying: Try) -> bool:
        """Check it, and tell whether there is one."""
        kept = None if proof is None else proof.second_factor
        if proof is None or kept is None:
            if account.role in NEEDS_SECOND_FACTOR:
                self.guessing.right(trying)
                raise HopttError(
                    ErrorCode.LOGIN_NO_SECOND_FACTOR,
                    f"the role {account.role} signs in with a second factor: set it up with `hoptt user totp`",
                )
            return False
        if not code:
            self.guessing.right(trying)
            raise HopttError(ErrorCode.LOGIN_CODE_NEEDED, "give the code of the second factor", field="code")
        step = self.second_factors.step(account.id, kept, code, after=proof.second_factor_step, now=self.now())
        if step is None or not await self.accounts.use_step(account.id, step):
            raise HopttError(ErrorCode.LOGIN_CODE_WRONG, "the code is wrong, or was used before", field="code")
        return True


def _wrong() -> HopttError:
    return HopttError(ErrorCode.LOGIN_WRONG, "login name or password is wrong", field="password")
