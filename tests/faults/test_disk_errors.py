"""A write or a sync of the log fails with EIO: nothing acknowledged is missing, and the file is whole (F13)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.documents import ROOT
from tests.faults.conftest import LONG

from hoptt.ids import MeetingId
from hoptt.store.log import EventLog
from hoptt.store.log_verify import verify

KEY = b"k" * 32
M = MeetingId("m")
APPENDS = 12

WRITER = f"""
import asyncio, sys
from pathlib import Path
from hoptt.errors import HopttError
from hoptt.ids import MeetingId
from hoptt.meeting.events import DoorsOpened
from hoptt.store.log import EventLog
from tests.support.clock import NINE

async def main():
    async with EventLog(Path(sys.argv[1]), {KEY!r}) as log:
        seq = 0
        for _ in range({APPENDS}):
            try:
                seq = await log.append(MeetingId("m"), [DoorsOpened(NINE)] * 3, after=seq)
                print(seq, flush=True)
            except HopttError as refusal:
                print(refusal.code, flush=True)

try:
    asyncio.run(main())
except HopttError as refusal:
    print(refusal.code, flush=True)
"""


def cases() -> list[tuple[str, int]]:
    """Each call that puts something onto the disk, and which of its turns fails: twenty of them, or two hundred."""
    upto = {"pwrite64": 140, "fdatasync": 30, "ftruncate": 2, "unlink": 2} if LONG else {"pwrite64": 14, "fdatasync": 6}
    return [(call, n) for call, most in upto.items() for n in range(1, most + 1)]


STRACE = ["strace", "-f", "-qq", "-o"]


def watched(path: Path) -> list[str]:
    """Give the files whose calls are to fail: the log, and what it is made as."""
    names = (path.name, f"{path.name}.new")
    return [word for name in names for end in ("", "-wal") for word in ("-P", str(path.with_name(name + end)))]


def run(under: list[str], path: Path) -> subprocess.CompletedProcess[str]:
    """Write a log in a process of its own."""
    return subprocess.run(
        [*under, sys.executable, "-c", WRITER, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )


@pytest.mark.skipif(shutil.which("strace") is None and not os.environ.get("CI"), reason="strace is not installed")
@pytest.mark.parametrize(("call", "turn"), cases())
async def test_F13_when_a_write_or_a_sync_fails_nothing_acknowledged_is_missing(
    tmp_path: Path, call: str, turn: int
) -> None:
    path, trace = tmp_path / "log.db", tmp_path / "trace"
    inject = f"inject={call}:error=EIO:when={turn}"
    done = await asyncio.to_thread(
        run, [*STRACE, str(trace), *watched(path), "-e", f"trace={call}", "-e", inject], path
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.split()
    acknowledged = max((int(word) for word in said if word.isdigit()), default=0)
    refused = [word for word in said if not word.isdigit()]
    if "INJECTED" in trace.read_text():
        assert set(refused) <= {"not_stored", "config.invalid"}
    else:
        assert len(said) == APPENDS
    async with EventLog(path, KEY) as log:  # the next start finds it whole, and goes on
        stored = len(await log.read(M))
        assert stored >= acknowledged
        assert stored % 3 == 0, "a batch is in the file whole or not at all"
    assert verify(path, KEY).bad == ()
    with contextlib.closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
