"""Has the database of rooms brought to the newest version before it is opened.

Alembic is needed for that only, and would stay in memory for good: another process does it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hoptt.errors import ErrorCode, HopttError
from hoptt.store.schema import REVISIONS, revision_of, sqlite_path


def prepare(url: str, backups: Path) -> bool:
    """Migrate where needed, with a backup before, and tell whether it was. Raises HopttError(CONFIG_INVALID)."""
    if revision_of(sqlite_path(url)) == REVISIONS[-1]:
        return False
    done = subprocess.run(
        [sys.executable, "-m", "hoptt.store.migrate", url, str(backups)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise HopttError(ErrorCode.CONFIG_INVALID, done.stderr.strip().rpartition("\n")[2])
    return True
