"""What is around a server fails: the wall clock is moved, descriptors run out, names cannot be looked up."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import os
import re
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from tests.faults.conftest import LONG
from tests.faults.test_control_plane import flowing, longest_gap
from tests.support.gathering import a_gathering, after
from tests.support.pages import until
from tests.support.peers import Turned
from tests.support.server import Server

from hoptt.signaling.messages import Mute, Resumed

pytestmark = pytest.mark.engine

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.mark.skipif(LIBRARY is None and not os.environ.get("CI"), reason="faketime is not installed")
async def test_F23_a_wall_clock_that_jumps_disturbs_nobody(tmp_path: Path) -> None:
    """An hour on, and two back: no deadline fires, tokens stay good, and the log takes what happens."""
    hands = tmp_path / "hands"
    hands.write_text("+0")
    fake = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(hands),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    async with a_gathering(tmp_path, environment=fake) as gathering:
        chair = await gathering.chair(microphone=True, camera=True)
        guest = await gathering.guest(microphone=True, camera=True)
        await flowing(chair, guest)
        for hours, seconds in JUMPS.items():
            moved = time.monotonic()
            hands.write_text(hours)
            await asyncio.sleep(3 if LONG else 1.5)
            assert abs(await its_clock(gathering.server) - time.time() - seconds) < 60
            for one in (chair, guest):
                assert longest_gap(one.packets, moved, time.monotonic(), "video") < 0.5
                assert not one.visitor.closed.is_set()
                assert one.latest(Turned) is None
            guest.cut()
            back = await guest.resume()
            assert isinstance(back, Resumed)
            assert back.media
            await gathering.guest()  # a newcomer, with a token made at this time
            await chair.act(Mute(id=0, participants=[guest.you]))
        assert len(set(gathering.came)) == 5
        done = await asyncio.to_thread(gathering.server.cli, "log", "verify")
        assert done.returncode == 0, done.stderr


JUMPS = {"+1h": 3_600, "-1h": -3_600, "+0": 0}


async def its_clock(server: Server) -> float:
    """Give the server's wall clock, as its answers tell it."""
    async with aiohttp.ClientSession() as visitor, visitor.get(server.url) as answer:
        return email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()


@contextlib.contextmanager
def descriptors(pid: int, count: int) -> Iterator[None]:
    """Leave a process so many file descriptors, as `ulimit -n` does."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (count, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def cpu_s(pid: int) -> float:
    """Give the processor time of a process so far, seconds (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_F34_when_descriptors_run_out_nobody_inside_is_disturbed_and_the_server_does_not_spin(
    tmp_path: Path,
) -> None:
    async with a_gathering(tmp_path) as gathering:
        chair = await gathering.chair(microphone=True)
        guest = await gathering.guest(microphone=True)
        await until(lambda: chair.hears(guest.hertz), "sound", 20)
        server = gathering.server
        host, _, port = server.settings["http"]["listen"].rpartition(":")
        with descriptors(server.pid, 256):
            crowd = await asyncio.gather(*(asyncio.open_connection(host, int(port)) for _ in range(300)))
            await asyncio.sleep(1)
            assert len(os.listdir(f"/proc/{server.pid}/fd")) >= 250, "they have run out"
            began, used = time.monotonic(), cpu_s(server.pid)
            await asyncio.sleep(2)
            assert (cpu_s(server.pid) - used) / (time.monotonic() - began) < 0.3, "the accept loop spins"
            asked = time.monotonic()
            await chair.act(Mute(id=0, participants=[guest.you]))
            assert time.monotonic() - asked < 1
            await asyncio.sleep(0.3)
            assert after(chair.packets, asked + 0.2, "audio") == []
            for _, writer in crowd:
                writer.close()
            freed = time.monotonic()
            newcomer = await gathering.guest()
            assert newcomer.you
            assert time.monotonic() - freed < 5
        said = server.output.read_text()
        assert said.count("Traceback") < 20, "a line a second at most"


@pytest.mark.skipif(shutil.which("strace") is None and not os.environ.get("CI"), reason="strace is not installed")
async def test_F35_a_network_that_refuses_to_send_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    """Every tenth datagram of the engine is refused with ENOBUFS for some seconds."""
    async with a_gathering(tmp_path) as gathering:
        server = gathering.server
        chair = await gathering.chair(microphone=True, camera=True)
        guest = await gathering.guest(microphone=True, camera=True)
        await flowing(chair, guest)
        engine = server.engine_pid
        calls = "sendto,sendmsg,sendmmsg"
        words = (
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            f"trace={calls}",
            "-e",
            f"inject={calls}:error=ENOBUFS:when=3+10",
        )
        strace = await asyncio.create_subprocess_exec("strace", *words, "-p", str(engine))
        await asyncio.sleep(4)
        strace.terminate()
        await strace.wait()
        await asyncio.sleep(1.2)  # the engine tells its counts once a second
        text = server.get(server.watch("/metrics"))[1]
        [refused] = re.findall(r'^hoptt_engine_dropped_total\{reason="send_no_room"\} (\S+)$', text, re.MULTILINE)
        assert float(refused) > 10
        assert "hoptt_engine_faults_total 0.0" in text
        assert server.engine_pid == engine
        ended = time.monotonic()
        await until(lambda: chair.hears(guest.hertz) and guest.hears(chair.hertz), "sound both ways", 5)
        await until(lambda: any(p.kind == "video" and p.at > ended for p in chair.packets), "pictures", 5)


SILENT_DNS = """
import pathlib, socket, time
pathlib.Path(__file__).with_name("loaded").touch()
real = socket.getaddrinfo
def asked(host, *rest, **more):
    if host and host[0].isalpha() and host != "localhost":
        time.sleep(30)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return real(host, *rest, **more)
socket.getaddrinfo = asked
"""


async def test_F38_with_dead_name_service_a_server_starts_and_people_come_in(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SILENT_DNS)
    async with a_gathering(tmp_path, environment={"PYTHONPATH": str(tmp_path)}) as gathering:
        began = time.monotonic()
        chair = await gathering.chair(microphone=True)
        guest = await gathering.guest(microphone=True)
        await until(lambda: chair.hears(guest.hertz), "sound", 20)
        assert time.monotonic() - began < 25
        assert (tmp_path / "loaded").exists()


def test_a_missing_tool_is_a_failure_in_ci() -> None:
    if os.environ.get("CI"):
        assert shutil.which("strace")
        assert LIBRARY is not None
