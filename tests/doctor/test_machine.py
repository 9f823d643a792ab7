"""The doctor looks at versions, limits and the clock."""

from __future__ import annotations

import asyncio
import os
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.doctor.support import keys
from tests.support.meetings import a_beginning

from hoptt.config import load
from hoptt.doctor import machine
from hoptt.doctor.machine import clock, limits, synchronised, versions
from hoptt.ids import MeetingId
from hoptt.store.log import EventLog


def test_an_engine_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    config = load(None, {"HOPTT__RTC__BINARY": str(tmp_path / "gone")})
    assert "fail version.no_engine" in keys(versions(config))


@pytest.mark.parametrize(
    ("said", "found"),
    [("hoptt-media 0.1.0 (protocol 1)", "ok version.engine"), ("hoptt-media 0.0.9", "warn version.engine")],
)
def test_an_engine_of_another_version_is_named(tmp_path: Path, said: str, found: str) -> None:
    program = tmp_path / "hoptt-media"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    assert found in keys(versions(load(None, {"HOPTT__RTC__BINARY": str(program)})))


def test_an_installation_without_a_page_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PAGE", tmp_path)
    assert "fail version.no_page" in keys(versions(load(None, {})))


def test_few_descriptors_are_told_in_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 1_024))
    [files, *_] = limits(None)
    assert (files.verdict, files.key, files.values["people"]) == ("warn", "limits.files", 896)


def test_of_a_running_server_its_own_limit_counts() -> None:
    own = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    [files, *_] = limits(os.getpid())
    assert files.values["limit"] == own


async def _a_log(folder: Path) -> None:
    async with EventLog(folder / "log.db", b"k" * 32) as log:
        await log.append(MeetingId("m"), [a_beginning()], after=0)


def test_F23_a_clock_that_went_back_behind_the_log_is_a_fault(tmp_path: Path) -> None:
    asyncio.run(_a_log(tmp_path))
    config = load(None, {"HOPTT__DATA__DIR": str(tmp_path)})
    entry = machine._last_entry(tmp_path / "log.db")
    assert entry is not None
    assert keys(clock(config, entry - timedelta(hours=1))) == ["fail clock.back"]
    assert "clock.back" not in " ".join(keys(clock(config, entry + timedelta(hours=1))))


@pytest.mark.parametrize(
    ("kept", "found"), [(True, "ok clock.kept"), (False, "warn clock.alone"), (None, "ok clock.unknown")]
)
def test_whether_a_time_service_keeps_the_clock_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool | None, found: str
) -> None:
    monkeypatch.setattr(machine, "synchronised", lambda: kept)
    assert keys(clock(load(None, {"HOPTT__DATA__DIR": str(tmp_path)}), datetime.now(UTC))) == [found]


def test_the_kernel_tells_whether_its_clock_is_kept() -> None:
    assert synchronised() in (True, False)


def test_the_buffers_wanted_are_those_that_the_engine_asks_for() -> None:
    source = (Path(__file__).parents[2] / "media/io/src/udp/mod.rs").read_text()
    assert "const SOCKET_BUFFER_BYTES: usize = 8 * 1024 * 1024;" in source
    assert machine.WANTED_BUFFER_BYTES == 8 * 1024 * 1024
