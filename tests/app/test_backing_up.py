"""A backup of a server that serves, and its restoring (F43)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.meetings import a_beginning
from tests.support.server import Server, a_server, fake_engine

from hoptt.auth.keys import open_keys
from hoptt.ids import MeetingId
from hoptt.store.log import EventLog
from hoptt.store.log_verify import verify


def an_installation(folder: Path) -> contextlib.AbstractContextManager[Server]:
    folder.mkdir(exist_ok=True)
    return a_server(folder, {"rtc": {"binary": str(fake_engine(folder))}})


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installation that has a room and a meeting, and its backup, made while it served."""
    folder = tmp_path_factory.mktemp("backed-up")
    with an_installation(folder / "old") as server:
        server.start()
        assert server.cli("room", "create", "duan", "--name", "Dự án").returncode == 0
        words = ["--room", "duan", "--title", "Giao ban", "--start", "2027-01-01T08:00+07:00"]
        assert server.cli("meeting", "create", *words).returncode == 0
        done = server.cli("backup", str(folder / "copy"), "--keys", str(folder / "keys"))
        assert done.returncode == 0, done.stderr
        assert server.get(server.watch("/readyz"))[0] == 200
    return folder


@pytest.fixture
def backup(tmp_path: Path, backed_up: Path) -> Path:
    """The backup, its keys and what it is of: copies that a test may change."""
    shutil.copytree(backed_up, tmp_path, ignore=shutil.ignore_patterns("*.sock"), dirs_exist_ok=True)
    return tmp_path / "copy"


def test_F43_what_was_backed_up_while_it_served_serves_again_elsewhere(tmp_path: Path, backup: Path) -> None:
    with an_installation(tmp_path / "new") as server:
        restored = server.told("restore", str(backup), "--keys", str(tmp_path / "keys"))
        assert restored["log"]["bad"] == []
        server.start()
        assert [room["slug"] for room in server.told("room", "list")] == ["duan"]
        assert [meeting["title"] for meeting in server.told("meeting", "list")] == ["Giao ban"]
        assert verify(server.data / "log.db", open_keys(server.data / "keys").log).bad == ()


def test_S48_a_backup_is_its_owner_s_alone_and_holds_no_keys(tmp_path: Path, backup: Path) -> None:
    assert {path.name for path in backup.iterdir()} == {"hoptt.db", "log.db", "backup.json"}
    for folder in (backup, tmp_path / "keys"):
        assert [path for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077] == []


def test_keys_that_would_lie_beside_the_databases_are_refused(tmp_path: Path, backup: Path) -> None:
    with an_installation(tmp_path / "old") as server:
        done = server.cli("backup", str(tmp_path / "both"), "--keys", str(tmp_path / "both"))
    assert (done.returncode, "keep the keys apart" in done.stderr) == (1, True)


def test_a_backup_goes_into_a_folder_of_its_own(tmp_path: Path, backup: Path) -> None:
    with an_installation(tmp_path / "old") as server:
        done = server.cli("backup", str(backup))
    assert (done.returncode, done.stderr.endswith("is not empty: each backup has one of its own\n")) == (1, True)


def test_where_nothing_was_ever_kept_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with an_installation(tmp_path / "empty") as server:
        done = server.cli("backup", str(tmp_path / "copy"))
    assert (done.returncode, "is this the right --config?" in done.stderr) == (1, True)
    assert not (tmp_path / "copy").exists()


def _flip(backup: Path) -> None:
    whole = bytearray((backup / "log.db").read_bytes())
    whole[-100] ^= 1
    (backup / "log.db").write_bytes(bytes(whole))


def _newer(backup: Path) -> None:
    with contextlib.closing(sqlite3.connect(backup / "hoptt.db", isolation_level=None)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    _listed(backup)


def _listed(backup: Path) -> None:
    """Let the list say what the files are now."""
    from hashlib import sha256  # noqa: PLC0415 - only here

    told: dict[str, Any] = json.loads((backup / "backup.json").read_bytes())
    told["files"] = {name: sha256((backup / name).read_bytes()).hexdigest() for name in told["files"]}
    (backup / "backup.json").write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda backup: (backup / "log.db").unlink(), "the backup is not whole"),
        (_flip, "the backup is torn or was changed"),
        (lambda backup: (backup / "backup.json").unlink(), "is no backup"),
        (lambda backup: (backup / "backup.json").write_text("{}"), "is no list of a backup"),
        (_newer, "was written by a newer hoptt"),
    ],
    ids=["missing", "changed", "unlisted", "list", "newer"],
)
def test_F43_a_backup_that_is_not_whole_is_refused_and_nothing_is_written(
    tmp_path: Path, backup: Path, harm: Callable[[Path], object], says: str
) -> None:
    harm(backup)
    with an_installation(tmp_path / "new") as server:
        done = server.cli("restore", str(backup))
        assert (done.returncode, says in done.stderr) == (1, True), done.stderr
        assert not server.data.exists() or [p.name for p in server.data.iterdir() if p.suffix == ".db"] == []


def test_what_is_there_is_not_written_over(tmp_path: Path, backup: Path) -> None:
    with an_installation(tmp_path / "old") as server:
        before = (server.data / "hoptt.db").read_bytes()
        done = server.cli("restore", str(backup))
        assert (done.returncode, "is there already" in done.stderr) == (1, True)
        assert (server.data / "hoptt.db").read_bytes() == before


async def _a_meeting(data: Path) -> None:
    async with EventLog(data / "log.db", open_keys(data / "keys").log) as log:
        await log.append(MeetingId("m"), [a_beginning()], after=0)


def test_S51_a_log_that_was_changed_in_the_backup_does_not_verify(tmp_path: Path) -> None:
    backup = tmp_path / "copy"
    with an_installation(tmp_path / "old") as server:
        assert server.cli("room", "create", "duan").returncode == 0
        asyncio.run(_a_meeting(server.data))
        assert server.cli("backup", str(backup), "--keys", str(tmp_path / "keys")).returncode == 0
    with contextlib.closing(sqlite3.connect(backup / "log.db", isolation_level=None)) as opened:
        changed = opened.execute("UPDATE events SET at_ms = at_ms + 1").rowcount
    _listed(backup)
    with an_installation(tmp_path / "new") as server:
        done = server.cli("restore", str(backup), "--keys", str(tmp_path / "keys"))
    assert (done.returncode, changed > 0) == (2, True), done.stderr


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, backup: Path) -> None:
    shutil.rmtree(backup)
    with an_installation(tmp_path / "old") as server:
        (server.data / "log.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
        done = server.cli("backup", str(backup))
    assert (done.returncode, "cannot be copied" in done.stderr) == (1, True)
    assert {path.name for path in backup.iterdir()} <= {"hoptt.db"}
