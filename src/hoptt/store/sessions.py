"""Sessions of accounts, and the browsers they signed in from.

A session is kept by the hash of what its cookie carries, so that a copy of the file opens none (S27).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from hoptt.ids import AccountId, UnitSlug
from hoptt.meeting.accounts import Account
from hoptt.store.accounts import as_account, is_closed
from hoptt.store.database import Database
from hoptt.store.tables import accounts, known_browsers, sessions

MAX_SESSIONS = 10
"""Of one account; the oldest makes room."""
MAX_BROWSERS = 20


class SessionStore:
    """Implements `auth/sessions.py:KeptSessions`. All methods raise HopttError(NOT_STORED) without the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, session: str, account: AccountId, *, at: datetime) -> bool:
        """Keep a new session; False, and nothing is kept, when the account or a unit above it is disabled."""

        def write(connection: Connection) -> bool:
            usable = select(accounts.c.unit).where(accounts.c.id == account, accounts.c.disabled.is_(False))
            row = connection.execute(usable).first()
            if row is None or (row.unit is not None and is_closed(connection, UnitSlug(row.unit))):
                return False
            values = {"id": session, "account": account, "started_ms": _ms(at), "seen_ms": _ms(at)}
            connection.execute(insert(sessions).values(values))
            newest = (
                select(sessions.c.id)
                .where(sessions.c.account == account)
                .order_by((sessions.c.id == session).desc(), sessions.c.started_ms.desc(), sessions.c.id)
                .limit(MAX_SESSIONS)
            )
            connection.execute(delete(sessions).where(sessions.c.account == account, sessions.c.id.not_in(newest)))
            return True

        return await self._database.write(write)

    async def find(self, session: str) -> tuple[Account, datetime, datetime] | None:
        """Give whose session it is, when it began and when it was last used."""
        wanted = (
            select(accounts, sessions.c.started_ms, sessions.c.seen_ms)
            .join(sessions, sessions.c.account == accounts.c.id)
            .where(sessions.c.id == session, accounts.c.disabled.is_(False))
        )
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return None if row is None else (as_account(row), _at(row.started_ms), _at(row.seen_ms))

    async def touch(self, session: str, *, at: datetime) -> None:
        """Note that a session is used."""
        change = update(sessions).where(sessions.c.id == session).values(seen_ms=_ms(at))
        await self._database.write(lambda connection: connection.execute(change))

    async def end(self, session: str) -> None:
        """Forget a session."""
        await self._database.write(
            lambda connection: connection.execute(delete(sessions).where(sessions.c.id == session))
        )

    async def end_all(self, of: Collection[AccountId]) -> None:
        """Forget every session of these accounts, and from where they signed in: all of it, or nothing."""

        def write(connection: Connection) -> None:
            connection.execute(delete(sessions).where(sessions.c.account.in_(of)))
            connection.execute(delete(known_browsers).where(known_browsers.c.account.in_(of)))

        await self._database.write(write)

    async def sweep(self, *, seen_before: datetime, started_before: datetime) -> int:
        """Forget the sessions whose time is over, and tell how many there were."""
        over = delete(sessions).where(
            (sessions.c.seen_ms < _ms(seen_before)) | (sessions.c.started_ms < _ms(started_before))
        )
        return await self._database.write(lambda connection: connection.execute(over).rowcount)

    # ---- browsers (S33) ----------------------------------------------------------------------------

    async def knows(self, account: AccountId, browser: str) -> bool:
        """Tell whether an account signed in from this browser before."""
        wanted = select(known_browsers.c.browser).where(
            known_browsers.c.account == account, known_browsers.c.browser == browser
        )
        return await self._database.read(lambda connection: connection.execute(wanted).first()) is not None

    async def remember(self, account: AccountId, browser: str, *, at: datetime) -> None:
        """Note from where an account signs in; the browser not used for longest makes room."""

        def write(connection: Connection) -> None:
            ours = known_browsers.c.account == account
            connection.execute(delete(known_browsers).where(ours, known_browsers.c.browser == browser))
            connection.execute(insert(known_browsers).values(account=account, browser=browser, seen_ms=_ms(at)))
            newest = select(known_browsers.c.browser).where(ours).order_by(known_browsers.c.seen_ms.desc())
            connection.execute(
                delete(known_browsers).where(ours, known_browsers.c.browser.not_in(newest.limit(MAX_BROWSERS)))
            )

        await self._database.write(write)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
