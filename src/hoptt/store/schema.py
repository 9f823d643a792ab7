"""The database of rooms: which version a file has, and when it is refused. Looks only; `migrate.py` changes.

A file that is torn, not ours, or of a newer hoptt is refused with a sentence, and nothing is written to it (F16).
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from hoptt import patience
from hoptt.errors import ErrorCode, HopttError

REVISIONS = ("0001", "0002", "0003", "0004")
"""All versions this hoptt knows, in order; a test compares them with the migrations. Reading them costs no alembic."""
APPLICATION = 0x686F7072
"""`hopr`: says that the file is ours (PRAGMA application_id)."""


def sqlite_path(url: str) -> Path:
    """Give the file of a `sqlite:///…` URL."""
    return Path(url.removeprefix("sqlite:///"))


def revision_of(file: Path) -> str | None:
    """Tell the version of a database; None when there is no file yet.

    Raises HopttError(CONFIG_INVALID) for a file that cannot serve.
    """
    if not file.exists() or file.stat().st_size == 0:
        return None
    try:
        with contextlib.closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=patience.DATABASE_BUSY_S)
        ) as opened:
            [application] = opened.execute("PRAGMA application_id").fetchone()
            tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            [sound] = opened.execute("PRAGMA quick_check(1)").fetchone()
            versions = (
                [v for (v,) in opened.execute("SELECT version_num FROM alembic_version")]
                if "alembic_version" in tables
                else []
            )
    except sqlite3.DatabaseError as fault:
        raise refusal(file, f"is damaged or cannot be read ({fault})", "restore it from the last backup") from fault
    if application != APPLICATION or len(versions) != 1:
        raise refusal(file, "is not a database of hoptt", "name another file with database.url")
    if sound != "ok":
        raise refusal(file, f"is damaged ({sound})", "restore it from the last backup")
    [version] = versions
    if version not in REVISIONS:
        raise refusal(
            file,
            f"was written by a newer hoptt (version {version}, this one knows {REVISIONS[-1]})",
            "install that hoptt again, or restore the backup made before the upgrade",
        )
    return str(version)


def refusal(file: Path, fault: str, remedy: str) -> HopttError:
    """Say what is wrong with a database, and what to do."""
    return HopttError(ErrorCode.CONFIG_INVALID, f"the database {file} {fault}: {remedy}")
