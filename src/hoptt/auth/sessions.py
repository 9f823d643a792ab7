"""Sessions of accounts (S27): a cookie of 256 random bits, new at each signing in, kept by its hash."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from hoptt.ids import AccountId
from hoptt.meeting.accounts import Account

COOKIE, SECURE_COOKIE = "hoptt-session", "__Host-hoptt-session"
"""The second over https. Plain http is served to this machine only, and there a browser takes no `Secure` cookie."""
TOUCH = timedelta(minutes=1)
"""Use is noted so often at most: not each request is a write."""


class KeptSessions(Protocol):
    """Where sessions are kept."""

    async def start(self, session: str, account: AccountId, *, at: datetime) -> bool:
        """Keep a new session; False, and nothing is kept, when the account is disabled."""
        ...

    async def find(self, session: str) -> tuple[Account, datetime, datetime] | None:
        """Give whose session it is, when it began and when it was last used."""
        ...

    async def touch(self, session: str, *, at: datetime) -> None:
        """Note that a session is used."""
        ...

    async def end(self, session: str) -> None:
        """Forget a session."""
        ...

    async def end_all(self, of: Collection[AccountId]) -> None:
        """Forget every session of these accounts: all of it, or nothing."""
        ...

    async def sweep(self, *, seen_before: datetime, started_before: datetime) -> int:
        """Forget the sessions whose time is over, and tell how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in."""

    id: str
    """Its hash: names the session, and opens nothing."""
    account: Account


class Sessions:
    """Makes and reads them."""

    def __init__(self, kept: KeptSessions, *, idle: timedelta, most: timedelta) -> None:
        self._kept = kept
        self._idle = idle
        self._most = most

    async def start(self, account: Account, *, now: datetime) -> str | None:
        """Give the cookie of a new session; None for an account that was disabled meanwhile."""
        await self._kept.sweep(seen_before=now - self._idle, started_before=now - self._most)
        cookie = secrets.token_urlsafe(32)
        return cookie if await self._kept.start(_id(cookie), account.id, at=now) else None

    async def find(self, cookie: str | None, *, now: datetime) -> Session | None:
        """Tell whose cookie it is; None for one that opens nothing, or no longer."""
        if cookie is None or not _SHAPE.fullmatch(cookie):
            return None
        session = _id(cookie)
        found = await self._kept.find(session)
        if found is None:
            return None
        account, started, seen = found
        if now - started >= self._most or now - seen >= self._idle:
            return None
        if now - seen >= TOUCH:
            await self._kept.touch(session, at=now)
        return Session(session, account)

    async def end(self, session: Session) -> None:
        """End one session."""
        await self._kept.end(session.id)

    async def end_all(self, of: Collection[AccountId]) -> None:
        """End every session of these accounts."""
        await self._kept.end_all(of)


def session_cookie_name(*, secure: bool) -> str:
    """Give the cookie's name."""
    return SECURE_COOKIE if secure else COOKIE


def set_session_cookie(value: str, *, secure: bool) -> str:
    """Give the Set-Cookie header. The browser forgets it when it is closed; empty: it forgets it now.

    Lax: whoever follows a link to a meeting is signed in there. Changes ask for a header besides (S39).
    """
    flags = "; Secure" if secure else ""
    over = "" if value else "; Max-Age=0"
    return f"{session_cookie_name(secure=secure)}={value}; Path=/; HttpOnly; SameSite=Lax{flags}{over}"


def _id(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
