"""The log: kept before anybody is told, whole after any fault (S51, F12, F15, F16)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.clock import NINE
from tests.support.meetings import OPEN_FLOOR, Told, a_guest, a_meeting, pid, the_chair
from tests.support.pages import until

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId
from hoptt.meeting.commands import EndMeeting, Mute
from hoptt.meeting.events import DoorsOpened, Event, MeetingClosed, ParticipantJoined, RoomLocked
from hoptt.meeting.evolve import replay
from hoptt.meeting.words import Cause
from hoptt.store.log import EventLog
from hoptt.store.log_schema import SCHEMA
from hoptt.store.log_upcast import UnknownEvent, upcast
from hoptt.store.log_verify import verify

KEY = b"k" * 32
M = MeetingId("m")


def a_story() -> Told:
    told = a_meeting(the_chair(), a_guest("an"), a_guest("binh"), rules=OPEN_FLOOR)
    told.act(Mute((pid("an"),)), "chair")
    return told


def locked(on: bool = True) -> RoomLocked:
    return RoomLocked(NINE, on, pid("chair"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the write lock of the file, as a backup gone wrong does."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_what_is_read_is_what_was_written(path: Path) -> None:
    told = a_story()
    async with EventLog(path, KEY) as log:
        assert await log.append(M, told.log, after=0) == len(told.log)
        rows = await log.read(M)
        assert rows == list(enumerate(told.log, 1))
        assert replay(event for _, event in rows) == told.meeting


async def test_it_lists_running_and_closed_meetings(path: Path) -> None:
    told = a_story()
    async with EventLog(path, KEY) as log:
        await log.append(M, told.log, after=0)
        assert await log.running() == [M]
        assert await log.closing(M) is None
        told.act(EndMeeting(), "chair", later=60)
        await log.append(M, told.log[-1:], after=len(told.log) - 1)
        assert await log.running() == []
        closing = await log.closing(M)
        assert closing is not None
        assert (closing.at, closing.cause, closing.ad_hoc) == (NINE + timedelta(seconds=60), Cause.ENDED, True)
        assert await log.closed_since(told.meeting.room, NINE) == [closing]
        assert await log.closings([M, MeetingId("unknown")]) == {M: closing}
        assert await log.closings([]) == {}
        assert await log.closed_since(told.meeting.room, NINE + timedelta(hours=1)) == []


async def test_after_its_end_one_file_is_left(path: Path) -> None:
    """Whoever closes it last tidies up, which the one that only reads cannot."""
    async with EventLog(path, KEY) as log:
        await log.append(M, a_story().log, after=0)
        assert await log.running() == [M]
    assert [file.name for file in path.parent.glob(f"{path.name}*")] == [path.name]


async def test_a_connection_that_failed_is_made_anew(path: Path) -> None:
    async with EventLog(path, KEY) as log:
        await log.append(M, a_story().log, after=0)
        assert await log.running() == [M]
        kept = log._endings._connection
        assert kept is not None, "it is not made for each question"
        kept.close()
        with pytest.raises(sqlite3.Error):
            await log.running()
        assert await log.running() == [M]


async def test_events_out_of_step_are_not_stored(path: Path) -> None:
    async with EventLog(path, KEY) as log:
        await log.append(M, a_story().log, after=0)
        with pytest.raises(HopttError) as refusal:
            await log.append(M, [locked()], after=2)
        assert refusal.value.code is ErrorCode.NOT_STORED


async def test_many_meetings_are_committed_together(path: Path) -> None:
    commits: list[float] = []
    async with EventLog(path, KEY, commit_seen=commits.append) as log:
        with held(path):  # so that all of them stand in the queue
            first = asyncio.ensure_future(log.append(MeetingId("m0"), [locked()], after=0))
            await asyncio.sleep(0.05)
            rest = [asyncio.ensure_future(log.append(MeetingId(f"m{n}"), [locked()], after=0)) for n in range(1, 50)]
            await asyncio.sleep(0.05)
        await asyncio.gather(first, *rest)
        assert len(commits) == 2
        assert all(seconds > 0 for seconds in commits)


async def test_each_commit_is_synced_to_the_disk(path: Path) -> None:
    """A power cut is survived only with FULL (NORMAL syncs the write-ahead log at checkpoints only)."""
    async with EventLog(path, KEY) as log:
        await log.append(M, [locked()], after=0)
        connection = log._writer._connection
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_the_write_ahead_log_is_emptied_when_nothing_is_to_do(path: Path) -> None:
    wal = path.with_name("log.db-wal")
    async with EventLog(path, KEY) as log:
        await log.append(M, a_story().log, after=0)
        assert wal.stat().st_size > 0
        async with asyncio.timeout(5):
            while wal.stat().st_size > 0:
                await asyncio.sleep(0.05)


# ---- faults ----------------------------------------------------------------------------------------


async def test_F15_a_locked_database_is_not_stored_within_the_busy_time_and_stores_again_after(path: Path) -> None:
    async with EventLog(path, KEY) as log:
        seq = await log.append(M, a_story().log, after=0)
        with held(path):
            started = time.monotonic()
            with pytest.raises(HopttError) as refusal:
                await log.append(M, [locked()], after=seq)
            assert refusal.value.code is ErrorCode.NOT_STORED
            assert 1.5 < time.monotonic() - started < 4
        assert await log.append(M, [locked()], after=seq) == seq + 1
    assert verify(path, KEY).bad == ()


async def test_whoever_waits_no_longer_for_the_disk_keeps_nothing_else_from_being_stored(path: Path) -> None:
    told = a_story()
    async with EventLog(path, KEY) as log:
        with held(path):
            waiting = asyncio.create_task(log.append(M, told.log, after=0))
            await asyncio.sleep(0)  # it is handed over
            await until(log._writer._queue.empty, "the writer has begun with it")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with asyncio.timeout(10):
            assert await log.audit("kept", facts={}, personal={}, at=NINE) > 0
        assert [event for _, event in await log.read(M)] == told.log, "what was handed over is stored"


async def test_F12_a_full_disk_stores_nothing_by_half_and_goes_on_when_there_is_space(path: Path) -> None:
    async with EventLog(path, KEY) as log:
        story = a_story().log
        await log.append(M, story, after=0)
        connection = log._writer._connection
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        seq, refused = len(story), None
        while refused is None:
            try:
                seq = await log.append(M, story[1:] * 20, after=seq)
            except HopttError as refusal:
                refused = refusal
        assert refused.code is ErrorCode.NOT_STORED
        assert len(await log.read(M)) == seq
        connection.execute("PRAGMA max_page_count = 1073741823")
        assert await log.append(M, [locked()], after=seq) == seq + 1
    assert verify(path, KEY).bad == ()


WRITER = """
import asyncio, sys
from pathlib import Path
from hoptt.ids import MeetingId
from hoptt.meeting.events import DoorsOpened
from hoptt.store.log import EventLog
from tests.support.clock import NINE
async def main():
    log = EventLog(Path(sys.argv[1]), b"k" * 32)
    seq = 0
    while True:
        seq = await log.append(MeetingId("m"), [DoorsOpened(NINE)] * 3, after=seq)
        print(seq, flush=True)
asyncio.run(main())
"""


async def test_P2_what_was_acknowledged_survives_kill_9(path: Path) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert writer.stdout is not None
    acknowledged = 0
    async with asyncio.timeout(30):
        while acknowledged < 60:
            acknowledged = int(await writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    rest = (await writer.stdout.read()).split()
    await writer.wait()
    acknowledged = int(rest[-1]) if rest else acknowledged
    async with EventLog(path, KEY) as log:
        stored = len(await log.read(M))
        assert stored >= acknowledged
        assert stored % 3 == 0, "a batch is in the file whole or not at all"
        await log.append(M, [locked()], after=stored)
    assert verify(path, KEY).bad == ()


async def test_an_older_owner_can_no_longer_write(path: Path) -> None:
    async with EventLog(path, KEY) as old, EventLog(path, KEY) as new:
        assert new.epoch == old.epoch + 1
        with pytest.raises(HopttError) as refusal:
            await old.append(M, [locked()], after=0)
        assert refusal.value.code is ErrorCode.NOT_STORED
        await new.append(M, [locked()], after=0)


def test_F16_a_newer_log_is_refused_and_not_touched(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.executescript(
            f"PRAGMA application_id = 1752133748; PRAGMA user_version = {SCHEMA + 1};CREATE TABLE meta (name, value);"
        )
    before = path.read_bytes()
    with pytest.raises(HopttError, match=r"newer hoptt.*restore the backup"):
        EventLog(path, KEY)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be looked at" * 20, b"SQLite format 3\0torn"]
)
def test_F16_a_torn_file_is_refused_and_not_touched(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(HopttError, match="restore it from the last backup"):
        EventLog(path, KEY)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE meta (name, value)")
    with pytest.raises(HopttError, match="not a log of hoptt"):
        EventLog(path, KEY)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HopttError, match=r"cannot be made.*folder exists"):
        EventLog(tmp_path / "missing" / "log.db", KEY)


# ---- erasing, versions -----------------------------------------------------------------------------


async def test_S51_erasing_leaves_the_chain_whole_and_no_name_in_the_file(path: Path) -> None:
    told = a_story()
    async with EventLog(path, KEY) as log:
        await log.append(M, told.log, after=0)
        gone = await log.erase(M, rule="retention: five years", at=NINE)
        assert gone > 0
        read = [event for _, event in await log.read(M)]
        joined = [e for e in read if isinstance(e, ParticipantJoined)]
        assert [e.participant.name.name for e in joined] == ["", "", ""]
        assert [e.participant.id for e in joined] == ["chair", "an", "binh"]
    report = verify(path, KEY)
    assert report.bad == ()
    assert report.erased == gone
    for file in path.parent.iterdir():
        assert "Trần Thị".encode() not in file.read_bytes(), file


def test_a_version_nobody_knows_is_not_read() -> None:
    with pytest.raises(UnknownEvent):
        upcast("doors_opened", 2, {}, None)
    with pytest.raises(UnknownEvent):
        upcast("teleported", 1, {}, None)


def test_old_versions_pass_through_their_upcasters() -> None:
    def doors_v0(facts: dict[str, object], parts: object) -> tuple[str, dict[str, object], None]:
        return "doors_opened", {"at": facts["time"]}, None

    upcasters = {("doors", 0): doors_v0}
    assert upcast("doors", 0, {"time": "x"}, None, upcasters) == ("doors_opened", {"at": "x"}, None)


# ---- S51: the chain --------------------------------------------------------------------------------


@pytest.fixture
async def whole(path: Path) -> Path:
    """Two meetings, one of them closed, and somebody who signed in."""
    async with EventLog(path, KEY) as log:
        for name in ("m", "n"):
            await log.append(MeetingId(name), a_story().log, after=0)
        events: list[Event] = [DoorsOpened(NINE), MeetingClosed(NINE, None, Cause.EMPTY)]
        await log.append(M, events, after=len(a_story().log))
        await log.audit("signed_in", facts={"account": "a_an"}, personal={"address": "192.0.2.7"}, at=NINE)
    assert verify(path, KEY).bad == ()
    return path


MUTATIONS = {
    "a fact changed": (
        "UPDATE events SET fact = replace(CAST(fact AS TEXT), 'an', 'xx') WHERE chain='m' AND seq=7",
        "m",
        7,
    ),
    "a time changed": ("UPDATE events SET at_ms = at_ms + 1 WHERE chain='m' AND seq=2", "m", 2),
    "a type changed": ("UPDATE events SET type = 'muted' WHERE chain='n' AND seq=1", "n", 1),
    "a row removed": ("DELETE FROM events WHERE chain='m' AND seq=4", "m", 4),
    "rows swapped": (
        "UPDATE events SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE chain='m' AND seq IN (3, 4);"
        "UPDATE events SET seq = -seq WHERE seq < 0",
        "m",
        3,
    ),
    "the end cut off": ("DELETE FROM events WHERE chain='m' AND seq>7", "m", 8),
    "the end cut off with its head": (
        "DELETE FROM events WHERE chain='m' AND seq>7; DELETE FROM heads WHERE chain='m'",
        "m",
        7,
    ),
    "a name changed": (
        "UPDATE personal SET payload = replace(CAST(payload AS TEXT), 'Lê', 'Vũ') WHERE chain='m'",
        "m",
        3,
    ),
    "a salt changed": ("UPDATE personal SET salt = zeroblob(16) WHERE chain='m' AND seq=3", "m", 3),
    "a meeting removed": ("DELETE FROM events WHERE chain='n'; DELETE FROM heads WHERE chain='n'", "n", 0),
    "a meeting removed without trace": (
        "DELETE FROM events WHERE chain='n'; DELETE FROM heads WHERE chain='n'; DELETE FROM meetings WHERE meeting='n'",
        "n",
        1,
    ),
    "a row added": (
        "INSERT INTO events SELECT chain, 99, epoch, at_ms, type, v, fact, digest, hash FROM events"
        " WHERE chain='m' AND seq=2",
        "m",
        10,
    ),
    "who signed in changed": ("UPDATE events SET fact = '{}' WHERE chain='audit' AND seq=4", "audit", 4),
    "from where they did changed": ("UPDATE personal SET payload = '{}' WHERE chain='audit'", "audit", 4),
    "a sign-in removed": ("DELETE FROM events WHERE chain='audit' AND seq=4", "audit", 4),
    "the audit chain cut off": ("DELETE FROM events WHERE chain='audit' AND seq=3", "audit", 3),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_S51_the_first_bad_row_is_named(whole: Path, name: str) -> None:
    script, chain, seq = MUTATIONS[name]
    with contextlib.closing(sqlite3.connect(whole)) as file:
        file.executescript(script)
    bad = verify(whole, KEY).bad
    assert [(row.chain, row.seq) for row in bad][:1] == [(chain, seq)], bad


COLUMNS = {
    "events": ["chain", "seq", "epoch", "at_ms", "type", "v", "fact", "digest", "hash"],
    "personal": ["chain", "seq", "salt", "payload"],
    "heads": ["chain", "seq", "mac"],
}


def test_S51_a_thousand_seeded_mutations_are_all_found(whole: Path) -> None:
    chance = random.Random(51)
    untouched = whole.read_bytes()
    for _ in range(1_000):
        table = chance.choices(list(COLUMNS), weights=[8, 4, 1])[0]
        column = chance.choice(COLUMNS[table])
        value = chance.choice(["zeroblob(32)", "'x'", "-1", f"CAST({column} || 'x' AS BLOB)", f"{column} + 1000"])
        act = chance.choice(["DELETE FROM {t}", *["UPDATE {t} SET {c} = {v}"] * 4]).format(t=table, c=column, v=value)
        with contextlib.closing(sqlite3.connect(whole, isolation_level=None)) as file:
            chain, seq = chance.choice(file.execute(f"SELECT chain, seq FROM {table} ORDER BY 1, 2").fetchall())
            file.execute(f"{act} WHERE chain = ? AND seq = ?", (chain, seq))
        changed = whole.read_bytes() != untouched
        assert verify(whole, KEY).bad or not changed, f"{act}: {chain} {seq}"
        whole.write_bytes(untouched)


def test_S51_another_key_verifies_nothing(whole: Path) -> None:
    assert len(verify(whole, b"x" * 32).bad) == 3
