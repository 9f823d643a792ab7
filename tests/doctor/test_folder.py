"""The doctor looks at data folder, secrets and disk, and leaves nothing there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.doctor.support import keys

from hoptt.auth.keys import open_keys
from hoptt.config import Config, load
from hoptt.doctor import folder
from hoptt.doctor.folder import data_folder, disk, in_bytes, secrets


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "data").mkdir(mode=0o700)
    return load(None, {"HOPTT__DATA__DIR": str(tmp_path / "data")})


def test_a_folder_of_its_owner_alone_is_right(config: Config) -> None:
    open_keys(config.data.dir / "keys")
    assert keys(data_folder(config)) == ["ok data.right"]
    assert keys(secrets(config)) == ["ok secrets.right"]


def test_a_folder_that_is_not_there_yet_is_not_made(config: Config) -> None:
    config.data.dir.rmdir()
    assert keys(data_folder(config)) == ["ok data.to_be"]
    assert keys(secrets(config)) == ["ok secrets.none"]
    assert [one.split(" ")[1] for one in keys(disk(config))] in (["disk.right"], ["disk.slow"], ["disk.little"])
    assert not config.data.dir.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root makes folders anywhere")
def test_a_folder_that_cannot_be_made_is_a_fault() -> None:
    assert keys(data_folder(load(None, {"HOPTT__DATA__DIR": "/proc/none/data"}))) == ["fail data.not_made"]


def test_a_folder_that_others_reach_is_a_fault(config: Config) -> None:
    config.data.dir.chmod(0o750)
    [finding] = data_folder(config)
    assert (finding.key, finding.values["mode"]) == ("data.open", "0750")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_folder_of_another_user_is_named_with_its_owner(config: Config) -> None:
    os.chown(config.data.dir, 65_000, -1)
    [finding] = data_folder(config)
    assert (finding.key, finding.values["owner"]) == ("data.of_another", "65000")


@pytest.mark.parametrize(
    ("name", "mode", "wanted"), [("log.key", 0o640, "600"), ("log.key", 0o604, "600"), (".", 0o755, "700")]
)
def test_S48_a_secret_that_others_can_read_is_named(config: Config, name: str, mode: int, wanted: str) -> None:
    open_keys(config.data.dir / "keys")
    (config.data.dir / "keys" / name).chmod(mode)
    [finding] = secrets(config)
    assert finding.key == "secrets.open"
    assert finding.values["wanted"] == wanted
    assert finding.values["file"] == str(config.data.dir / "keys" / name)


@pytest.mark.parametrize(
    ("free", "found"),
    [(10 * 1024**2, "fail disk.full"), (500 * 1024**2, "warn disk.little"), (50 * 1024**3, "ok disk.right")],
)
def test_a_disk_that_fills_up_is_told(config: Config, monkeypatch: pytest.MonkeyPatch, free: int, found: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free))
    monkeypatch.setattr(folder, "sync_ms", lambda _: 3.0)
    assert keys(disk(config)) == [found]


def test_a_disk_that_is_slow_is_told(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "sync_ms", lambda _: 200.0)
    assert "warn disk.slow" in keys(disk(config))


def _refuse(_: Path) -> float:
    raise PermissionError(13, "Permission denied")


def test_a_disk_that_this_user_may_not_write_is_not_judged(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt: Callable[[Path], float] = _refuse
    monkeypatch.setattr(folder, "sync_ms", attempt)
    assert "ok disk.not_tried" in keys(disk(config))


def test_measuring_the_disk_leaves_no_file(config: Config) -> None:
    assert folder.sync_ms(config.data.dir) > 0
    assert list(config.data.dir.iterdir()) == []


@pytest.mark.parametrize(
    ("count", "text"), [(512, "512 B"), (2_048, "2.0 KiB"), (50 * 1024**2, "50 MiB"), (3 * 1024**4, "3.0 TiB")]
)
def test_bytes_are_shown_as_people_read_them(count: int, text: str) -> None:
    assert in_bytes(count) == text
