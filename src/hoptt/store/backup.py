"""Copies of SQLite databases."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hoptt.errors import HopttError
from hoptt.store.schema import refusal


def back_up(file: Path, folder: Path, word: str) -> Path:
    """Copy a SQLite database, also one that is in use, to a new file in a folder. Raises HopttError."""
    target = folder / f"{file.stem}-{_stamp()}-{word}{file.suffix}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise _not_copied(file, target, fault) from fault
    copy(file, target)
    return target


def copy(file: Path, target: Path, done: Callable[[float], None] | None = None) -> None:
    """Copy a SQLite database, also one that is in use, to a file that is not there yet, and sync it.

    `done` hears the share that is copied, 0 to 1. Raises HopttError; nothing is left of a copy that failed.
    """

    def progress(_: int, remaining: int, total: int) -> None:
        if done is not None:
            done(1 - remaining / max(total, 1))

    made = False
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        made = True
        with (
            contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(target)) as copied,
        ):
            source.backup(copied, pages=PAGES_AT_ONCE, progress=progress)
            copied.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
        sync(target)
    except (sqlite3.Error, OSError) as fault:
        if made:
            for left in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm", "-journal"))):
                left.unlink(missing_ok=True)
        raise _not_copied(file, target, fault) from fault


def sync(path: Path) -> None:
    """Bring a file, and its name, to the disk. Raises OSError."""
    for one in (path, path.parent):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


PAGES_AT_ONCE = 2_000
"""About 8 MB between two reports; a server that writes meanwhile waits for none of them."""


def _not_copied(file: Path, target: Path, fault: Exception) -> HopttError:
    return refusal(file, f"cannot be copied to {target} ({fault})", "make room there; nothing was changed")


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
