"""The database of rooms and meetings, open: SQLAlchemy's core in threads, refusing in hoptt's words.

Not its asyncio side, which brings the whole mapper along: a sixth of the start and 8 MB, for nothing that is used here.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from hoptt import patience
from hoptt.errors import ErrorCode, HopttError

BUSY_TIMEOUT_S = patience.DATABASE_BUSY_S
AT_ONCE = 4
"""Threads, each with a connection; whoever comes while all are at work waits."""
MAX_WAITING = 2_000
T = TypeVar("T")


class Database:
    """Made for a database that is migrated. Use as `async with Database(url) as database:`."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=AT_ONCE, max_overflow=0)
        event.listen(self._engine, "connect", _prepare)
        self._threads = ThreadPoolExecutor(AT_ONCE, "hoptt-rooms")
        self._in_hand = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Let some reading be done in a thread. Raises HopttError(NOT_STORED) when the database does not answer."""

        def run() -> T:
            with self._engine.connect() as connection:
                return work(connection)

        return await self._run("be read", run)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Let a transaction be done in a thread, committed at its end, rolled back when anything is raised.

        Raises HopttError(NOT_STORED) when it could not be committed: then nothing of it is kept.
        """

        def run() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return await self._run("be written", run)

    async def _run(self, what: str, work: Callable[[], T]) -> T:
        if self._in_hand >= MAX_WAITING:
            raise HopttError(ErrorCode.NOT_STORED, f"the database cannot {what}: too much is waiting")
        self._in_hand += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except SQLAlchemyError as fault:
            cause = getattr(fault, "orig", None) or type(fault).__name__
            raise HopttError(ErrorCode.NOT_STORED, f"the database cannot {what}: {cause}") from fault
        finally:
            self._in_hand -= 1


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
