"""The database of rooms and meetings, open: an engine of SQLAlchemy that refuses in hoptt's words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from typing import Self

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from hoptt.errors import ErrorCode, HopttError

BUSY_TIMEOUT_S = 2.0
CONNECTIONS = 4
"""Each is a thread of its own (aiosqlite); whoever comes while all are in use waits."""


class Database:
    """Made for a database that is migrated. Use as `async with Database(url) as database:`."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(
            url.replace("sqlite:", "sqlite+aiosqlite:", 1),
            connect_args={"timeout": BUSY_TIMEOUT_S},
            pool_size=1,
            max_overflow=CONNECTIONS - 1,
            pool_timeout=BUSY_TIMEOUT_S * 2,
        )
        event.listen(self._engine.sync_engine, "connect", _prepare)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._engine.dispose()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to read with. Raises HopttError(NOT_STORED) when the database does not answer."""
        try:
            async with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as fault:
            raise _refusal("be read", fault) from fault

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction, committed at the end, or rolled back when anything is raised.

        Raises HopttError(NOT_STORED) when it could not be committed: then nothing of it is kept.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as fault:
            raise _refusal("be written", fault) from fault


def _refusal(what: str, fault: SQLAlchemyError) -> HopttError:
    cause = getattr(fault, "orig", None) or type(fault).__name__
    return HopttError(ErrorCode.NOT_STORED, f"the database cannot {what}: {cause}")


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
