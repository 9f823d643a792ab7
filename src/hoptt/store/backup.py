"""Copies of SQLite databases."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from hoptt.store.schema import refusal


def back_up(file: Path, folder: Path, word: str) -> Path:
    """Copy a SQLite database, also one that is in use, to a new file in a folder. Raises HopttError."""
    target = folder / f"{file.stem}-{_stamp()}-{word}{file.suffix}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except (sqlite3.Error, OSError) as fault:
        raise refusal(
            file, f"cannot be copied to {target} ({fault})", "make room there; nothing was changed"
        ) from fault
    return target


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
