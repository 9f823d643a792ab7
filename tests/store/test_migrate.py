"""A database is brought to the newest version with a backup, or refused and left as it is (F16)."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from hoptt.errors import ErrorCode, HopttError
from hoptt.store import migrate as migrating
from hoptt.store.backup import back_up
from hoptt.store.migrate import migrate
from hoptt.store.prepare import prepare
from hoptt.store.schema import APPLICATION, REVISIONS, revision_of
from hoptt.store.tables import metadata


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hoptt.db"


def url(file: Path) -> str:
    return f"sqlite:///{file}"


def execute(file: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_new_database_has_the_newest_version(file: Path) -> None:
    assert prepare(url(file), file.parent / "backups") is True
    assert revision_of(file) == REVISIONS[-1]
    assert prepare(url(file), file.parent / "backups") is False
    assert not (file.parent / "backups").exists()


def test_the_versions_that_are_known_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == REVISIONS


def test_the_migrations_lead_to_the_tables_of_the_code(file: Path) -> None:
    migrate(url(file), file.parent)
    engine = create_engine(url(file))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_rooms_of_the_first_version_are_kept_and_belong_to_no_unit(file: Path) -> None:
    engine = create_engine(url(file))
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO rooms VALUES ('duan', 'Dự án', 'open', NULL, 0, 9, 9, 9, 'anyone', '{}')"
        )
        command.upgrade(config, "head")
        rows = connection.exec_driver_sql("SELECT slug, unit, owner, second_seat, floor FROM rooms").all()
        assert rows == [("duan", None, None, "take_over", '{"kind":"discussion","at_once":10}')], "an open floor"
        command.downgrade(config, "0001")
        assert connection.exec_driver_sql("SELECT slug FROM rooms").all() == [("duan",)]
    engine.dispose()


def test_before_a_migration_a_backup_is_made_that_only_its_owner_reads(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(url(file), file.parent)
    execute(
        file,
        "INSERT INTO rooms VALUES ('duan', 'Dự án', 'open', NULL, 0, 9, 9, 9, 'anyone', '{}', NULL, NULL, 'refuse',"
        " '{}')",
    )
    monkeypatch.setattr(migrating, "REVISIONS", (*REVISIONS, "9999"))
    monkeypatch.setattr(migrating, "_upgrade", lambda _: None)
    backup = migrate(url(file), file.parent / "backups")
    assert backup is not None
    assert backup.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT slug FROM rooms").fetchall() == [("duan",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_migration_that_fails_leaves_the_database_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_: str) -> None:
        raise sqlite3.OperationalError("disk is full")

    monkeypatch.setattr(migrating, "_upgrade", half)
    with pytest.raises(HopttError, match=r"disk is full.*check free space"):
        migrate(url(file), file.parent)
    assert revision_of(file) is None


def _newer(file: Path) -> None:
    migrate(url(file), file.parent)
    execute(file, "UPDATE alembic_version SET version_num = '0999'")


def _torn(file: Path) -> None:
    migrate(url(file), file.parent)
    content = bytearray(file.read_bytes())
    content[4096:12288] = b"\xa5" * 8192
    file.write_bytes(content)


def _cut(file: Path) -> None:
    migrate(url(file), file.parent)
    file.write_bytes(file.read_bytes()[:5000])


def _foreign(file: Path) -> None:
    execute(file, "CREATE TABLE somebody (else_ TEXT)")


def _unfinished(file: Path) -> None:
    execute(file, f"PRAGMA application_id = {APPLICATION}", "CREATE TABLE rooms (slug TEXT)")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_newer, "newer hoptt .version 0999.*install that hoptt again"),
        (_torn, "damaged.*restore it from the last backup"),
        (_cut, "damaged.*restore it from the last backup"),
        (lambda file: file.write_bytes(b"not a database " * 100), "damaged.*restore"),
        (_foreign, "not a database of hoptt"),
        (_unfinished, "not a database of hoptt"),
    ],
)
def test_F16_what_cannot_serve_is_refused_and_not_touched(
    file: Path, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(file)
    before = digest(file)
    with pytest.raises(HopttError, match=words) as refusal:
        prepare(url(file), file.parent / "backups")
    assert refusal.value.code is ErrorCode.CONFIG_INVALID
    assert digest(file) == before


def test_what_another_process_could_not_migrate_is_told_in_its_words(file: Path) -> None:
    with pytest.raises(HopttError, match=r"cannot be migrated .*check free space and rights"):
        prepare(url(file.parent / "missing" / "hoptt.db"), file.parent)


def test_a_backup_never_replaces_another_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(url(file), file.parent)
    first = back_up(file, file.parent / "backups", "x")
    monkeypatch.setattr("hoptt.store.backup._stamp", lambda: first.name.split("-")[1])
    with pytest.raises(HopttError, match="cannot be copied"):
        back_up(file, file.parent / "backups", "x")
