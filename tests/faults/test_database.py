"""The database is locked or full while a real meeting goes on in the real engine (F12, F15, P5)."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.conftest import LONG, Measured
from tests.support.gathering import Gathering, a_gathering, after, camera_of
from tests.support.hostile import every_first_byte, from_elsewhere
from tests.support.pages import until
from tests.support.peers import Peer
from tests.support.server import Server

from hoptt.errors import ErrorCode, HopttError
from hoptt.signaling.messages import Allow, EndMeeting, Mute, Remove

pytestmark = pytest.mark.engine

LOCKED_S = 30.0 if LONG else 4.0
ACTS_WITHIN_S = 0.2
"""From the chair's act to the last packet at any receiver."""
LISTENS_S = 1.0


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a database's write lock, as another program does."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def causes(path: Path) -> list[str | None]:
    """Give why each meeting of a log was closed; None for one that goes on."""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as log:
        return [cause for [cause] in log.execute("SELECT cause FROM meetings")]


def last_after(witnesses: list[Peer], since: float, kind: str, slot: int | None = None) -> float:
    """Give how many seconds after a moment the last packet came to any of them; 0 when none came."""
    times = [p.at for one in witnesses for p in after(one.packets, since, kind, slot)]
    return max(times, default=since) - since


async def test_F15_while_the_database_is_locked_mute_remove_and_end_hold_at_the_receivers(
    gathering: Gathering, measured: Measured
) -> None:
    chair = await gathering.chair()
    speaker = await gathering.guest(microphone=True)
    shown = await gathering.guest(camera=True)
    stays = await gathering.guest(camera=True)
    witnesses = [chair, stays]
    await chair.show(camera_of(shown), camera_of(stays))
    await stays.show(camera_of(shown))
    await until(lambda: all(one.hears(speaker.hertz) for one in witnesses), "sound at both", 20)
    await until(lambda: all(one.frames_of(shown.number) for one in witnesses), "pictures at both", 20)
    await until(lambda: len(chair.frames_of(stays.number)) > 5, "the one who stays", 20)

    acts: list[asyncio.Task[None]] = []
    with held(gathering.server.data / "log.db"):
        locked_at = time.monotonic()

        assert all(after(one.packets, time.monotonic() - 0.2, "audio") for one in witnesses), "it is heard until then"
        muted_at = time.monotonic()
        acts.append(asyncio.ensure_future(chair.act(Mute(id=0, participants=[speaker.you]))))
        await asyncio.sleep(LISTENS_S)
        muted = last_after(witnesses, muted_at, "audio")

        assert all(after(one.packets, time.monotonic() - 0.2, "video", 0) for one in witnesses), "seen until then"
        removed_at = time.monotonic()
        acts.append(asyncio.ensure_future(chair.act(Remove(id=0, participant=shown.you))))
        await asyncio.sleep(LISTENS_S)
        removed = max(last_after([chair], removed_at, "video", 0), last_after([stays], removed_at, "video", 0))
        assert after(chair.packets, removed_at + ACTS_WITHIN_S, "video", 1), "who stays is still seen"

        with pytest.raises(HopttError) as refusal:
            await gathering.guest()
        assert refusal.value.code is ErrorCode.NOT_STORED
        await asyncio.sleep(max(0.0, locked_at + LOCKED_S - time.monotonic()))
        assert after(chair.packets, time.monotonic() - 0.5, "video", 1), "the meeting goes on all along"

        ended_at = time.monotonic()
        acts.append(asyncio.ensure_future(chair.act(EndMeeting(id=0))))
        await asyncio.sleep(LISTENS_S)
        ended = last_after([chair], ended_at, "video")

    for act, seconds in (("mute", muted), ("remove", removed), ("end", ended)):
        measured("F15", act, seconds)
        assert seconds < ACTS_WITHIN_S, f"{act} took {seconds:.3f} s to the last packet"
    await asyncio.gather(*acts, return_exceptions=True)
    assert after(chair.packets, muted_at + ACTS_WITHIN_S, "audio") == []
    # what was done without the disk is written when there is one
    await until(lambda: causes(gathering.server.data / "log.db") == ["ended"], "the end is recorded", 10)
    assert "Traceback" not in gathering.server.output.read_text()


@contextlib.contextmanager
def full(pid: int) -> Iterator[None]:
    """Let a process write nothing to any file, as on a full disk; sockets are not touched."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


async def test_F12_on_a_full_disk_the_meeting_goes_on_and_what_is_stored_is_whole(gathering: Gathering) -> None:
    chair = await gathering.chair()
    speaker = await gathering.guest(microphone=True, camera=True)
    await chair.show(camera_of(speaker))
    await until(lambda: chair.hears(speaker.hertz) and chair.frames_of(speaker.number), "sound and picture", 20)
    log = gathering.server.data / "log.db"
    with full(gathering.server.pid):
        muted_at = time.monotonic()
        with contextlib.suppress(HopttError):  # held, and not recorded yet
            await chair.act(Mute(id=0, participants=[speaker.you]))
        with pytest.raises(HopttError) as refusal:
            await gathering.guest()
        assert refusal.value.code is ErrorCode.NOT_STORED
        with pytest.raises(HopttError) as refusal:
            await chair.act(Allow(id=0, participants=[speaker.you]))
        assert refusal.value.code is ErrorCode.NOT_STORED
        assert after(chair.packets, muted_at + ACTS_WITHIN_S, "audio") == []
        assert after(chair.packets, time.monotonic() - 0.5, "video"), "the picture goes on"
        status, _ = await asyncio.to_thread(gathering.server.get, gathering.server.watch("/healthz"))
        assert status == 200
    newcomer = await gathering.guest()
    assert newcomer.you
    done = await asyncio.to_thread(gathering.server.cli, "log", "verify")
    assert done.returncode == 0, done.stderr
    with contextlib.closing(sqlite3.connect(f"{log.as_uri()}?mode=ro", uri=True)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_F12_a_log_file_on_a_full_disk_stops_neither_server_nor_engine(tmp_path: Path) -> None:
    """What is said on standard error goes to a file, too, and that disk is full: /dev/full takes nothing."""
    async with a_gathering(tmp_path, {"log": {"level": "debug"}}, output=Path("/dev/full")) as gathering:
        chair = await gathering.chair(microphone=True)
        guest = await gathering.guest(microphone=True)
        await until(lambda: chair.hears(guest.hertz) and guest.hears(chair.hertz), "sound both ways", 20)
        engine = gathering.server.engine_pid
        await from_elsewhere(gathering.server.settings["rtc"]["port"], every_first_byte())
        await asyncio.sleep(1.2)  # the engine's once-a-second lines about what it drops
        assert chair.hears(guest.hertz)
        assert gathering.server.engine_pid == engine
        assert "hoptt_log_lines_lost_total 0.0" not in metrics(gathering.server)
        assert "hoptt_engine_faults_total 0.0" in metrics(gathering.server)


def metrics(server: Server) -> str:
    return server.get(server.watch("/metrics"))[1]
