"""The file of the log: its tables, how it is opened, and when it is refused."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from hoptt import patience
from hoptt.errors import ErrorCode, HopttError

SCHEMA = 1
APPLICATION = 0x686F7074
"""`hopt`: says that the file is ours (PRAGMA application_id)."""
BUSY_TIMEOUT_S = patience.DATABASE_BUSY_S

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    chain TEXT NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    type TEXT NOT NULL, v INTEGER NOT NULL, fact BLOB NOT NULL, digest BLOB NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
CREATE TABLE personal (
    chain TEXT NOT NULL, seq INTEGER NOT NULL, salt BLOB NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
CREATE TABLE heads (chain TEXT PRIMARY KEY, seq INTEGER NOT NULL, mac BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE meetings (
    meeting TEXT PRIMARY KEY, room TEXT NOT NULL, begun_ms INTEGER NOT NULL,
    ad_hoc INTEGER NOT NULL, closed_ms INTEGER, cause TEXT
) WITHOUT ROWID;
CREATE INDEX meetings_of_room ON meetings (room, closed_ms);
CREATE INDEX meetings_running ON meetings (meeting) WHERE closed_ms IS NULL;
INSERT INTO meta VALUES ('epoch', 0);
"""


def open_log(path: Path) -> sqlite3.Connection:
    """Open the log for writing, making the file when there is none.

    Raises HopttError(CONFIG_INVALID) with a sentence that says what to do when the file is torn, not a log of hoptt,
    or of a newer version; nothing is written then.
    """
    if not path.exists() or path.stat().st_size == 0:
        _make(path)
    _check(path)
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as cause:
        raise _refusal(path, f"cannot be opened ({cause})", "check that the folder exists and is writable") from cause
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # NORMAL survives a killed process, FULL a power cut too
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error as cause:
        connection.close()
        raise _refusal(path, f"cannot be written ({cause})", "check free space and rights of the folder") from cause
    return connection


def _make(path: Path) -> None:
    """Make the file beside its place and move it there whole: a disk that fails meanwhile leaves none (F13)."""
    half = path.with_name(f"{path.name}.new")
    try:
        for left in path.parent.glob(f"{half.name}*"):
            left.unlink()
        with contextlib.closing(sqlite3.connect(half, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION};"
                f" PRAGMA user_version = {SCHEMA}; {_TABLES} COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
            )
        half.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (sqlite3.Error, OSError) as cause:
        remedy = "check that the folder exists, its rights and free space"
        raise _refusal(path, f"cannot be made ({cause})", remedy) from cause


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a log for reading only."""
    _check(path)
    return sqlite3.connect(_address(path), uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)


def _check(path: Path) -> None:
    """Look at the file without changing it."""
    try:
        connection = sqlite3.connect(_address(path), uri=True, timeout=BUSY_TIMEOUT_S)
        try:
            [application] = connection.execute("PRAGMA application_id").fetchone()
            [version] = connection.execute("PRAGMA user_version").fetchone()
            connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as cause:
        raise _refusal(path, f"is damaged ({cause})", "restore it from the last backup") from cause
    if application != APPLICATION:
        raise _refusal(path, "is not a log of hoptt", "name another file")
    if version > SCHEMA:
        raise _refusal(
            path,
            f"was written by a newer hoptt (version {version}, this one knows {SCHEMA})",
            "install that hoptt again, or restore the backup made before the upgrade",
        )


def _address(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


def _refusal(path: Path, fault: str, remedy: str) -> HopttError:
    return HopttError(ErrorCode.CONFIG_INVALID, f"the event log {path} {fault}: {remedy}")
