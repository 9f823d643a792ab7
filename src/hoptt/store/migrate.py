"""The process that migrates the rooms' database, started by `prepare`: `python -m hoptt.store.migrate URL BACKUPS`."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, exc

from hoptt.errors import HopttError
from hoptt.store.backup import back_up
from hoptt.store.schema import APPLICATION, REVISIONS, refusal, revision_of, sqlite_path


def migrate(url: str, backups: Path) -> Path | None:
    """Migrate, and give the backup that was made before; None when there was nothing to keep.

    Raises HopttError(CONFIG_INVALID) with a sentence; the database is then as it was.
    """
    file = sqlite_path(url)
    before = revision_of(file)
    if before == REVISIONS[-1]:
        return None
    backup = None if before is None else back_up(file, backups, f"before-{REVISIONS[-1]}")
    try:
        _upgrade(url)
    except (sqlite3.Error, OSError) as fault:
        raise refusal(file, f"cannot be migrated ({fault})", "check free space and rights of its folder") from fault
    return backup


def _upgrade(url: str) -> None:
    """Run the migrations in one transaction, so that a version is there as a whole or not at all."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver would commit before each CREATE TABLE

    @event.listens_for(engine, "begin")
    def _(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]  # SQLAlchemy's Connection

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except exc.DBAPIError as fault:
        raise sqlite3.OperationalError(str(fault.orig)) from fault
    finally:
        engine.dispose()


def main() -> int:
    """Be the process that migrates."""
    try:
        migrate(sys.argv[1], Path(sys.argv[2]))
    except HopttError as fault:
        print(fault.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
