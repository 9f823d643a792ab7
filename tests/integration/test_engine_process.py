"""The real engine as a process: where it starts and where it refuses to, who steers it, how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import stat
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.integration.conftest import MediaNode, connect, open_all, watch
from tests.support.hostile import every_first_byte, from_elsewhere
from tests.support.pages import until
from tests.support.peers import Peer
from tests.support.server import free_media_port

from hoptt.errors import HopttError
from hoptt.sfu import client, engine, process
from hoptt.sfu.client import RefusedByEngineError
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import CreateMeeting, CreateTransport, Done, Hello, Ping, Snapshot, TakeSnapshot, Welcome
from hoptt.sfu.process import EngineFailedError, EngineSettings

pytestmark = pytest.mark.engine


# ---- starting ------------------------------------------------------------------------------------


async def refused(settings: EngineSettings) -> str:
    """Start an engine that must not start, past the control plane's own look; give its words."""
    settings.data_dir.mkdir(mode=0o700, exist_ok=True)
    binary = next(place for place in process._places(settings) if place.is_file())
    words = ("--data-dir", str(settings.data_dir), "--port", str(settings.port), "--shards", str(settings.shards))
    started = await asyncio.create_subprocess_exec(binary, *words, stderr=asyncio.subprocess.PIPE)
    _, said = await asyncio.wait_for(started.communicate(), 10)
    assert started.returncode not in (0, None)
    return said.decode()


@pytest.mark.parametrize("shards", [1, 2])
async def test_a_port_that_another_program_has_is_told_in_a_sentence(
    engine_settings: EngineSettings, shards: int
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # even one that would share it
        other.bind(("0.0.0.0", engine_settings.port))
        said = await refused(replace(engine_settings, shards=shards))
    assert f"UDP port {engine_settings.port} is in use by another program: stop that, or choose another port" in said
    assert not engine_settings.socket.exists()


async def test_a_port_has_one_engine(node: MediaNode, tmp_path: Path) -> None:
    said = await refused(replace(node.settings, data_dir=tmp_path / "other"))
    assert f"UDP port {node.settings.port} belongs to another media engine" in said


async def test_a_data_folder_has_one_engine_and_a_second_one_leaves_it_alone(node: MediaNode) -> None:
    said = await refused(replace(node.settings, port=free_media_port()))
    assert "another media engine runs in" in said
    assert process.running(node.settings) == node.engine.pid
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)


async def test_a_wrong_command_line_is_told_what_to_correct(engine_settings: EngineSettings) -> None:
    assert "--shards wants a number from 1 to 16" in await refused(replace(engine_settings, shards=99))


async def test_S22_nobody_else_can_open_the_engines_socket(node: MediaNode) -> None:
    folder, door = node.settings.data_dir.stat(), node.settings.socket.stat()
    assert (stat.S_IMODE(folder.st_mode), stat.S_IMODE(door.st_mode)) == (0o700, 0o600)


def limit_of(node: MediaNode, name: str) -> tuple[str, str]:
    """Give a limit of the engine's process, as it holds and at most (proc(5), limits)."""
    limits = Path(f"/proc/{node.engine.pid}/limits").read_text()
    found = re.search(rf"^{name} +(\w+) +(\w+) ", limits, re.MULTILINE)
    assert found is not None
    return found[1], found[2]


async def test_S13_no_core_dump_holds_the_engines_keys(node: MediaNode) -> None:
    assert limit_of(node, "Max core file size") == ("0", "0")


async def test_F34_the_engine_uses_all_descriptors_that_it_may_have(node: MediaNode) -> None:
    soft, hard = limit_of(node, "Max open files")
    assert soft == hard


async def test_an_idle_engine_rests(node: MediaNode) -> None:
    def of_kernel(name: str) -> str:
        return Path(f"/proc/{node.engine.pid}/{name}").read_text()

    def used() -> int:
        fields = of_kernel("stat").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    await node.meeting()
    await asyncio.sleep(0.5)
    before = used()
    await asyncio.sleep(4)
    assert (used() - before) / os.sysconf("SC_CLK_TCK") <= 0.005 * 4, "half a percent of a core, pings and all"
    resident = re.search(r"VmRSS:\s+(\d+) kB", of_kernel("status"))
    assert resident is not None
    assert int(resident[1]) < 30 * 1024


# ---- steering ------------------------------------------------------------------------------------


async def test_a_newer_control_plane_supersedes_the_older(node: MediaNode) -> None:
    await node.meeting()
    newer = MediaNode(node.settings, epoch=2)
    await newer.start()
    await asyncio.wait_for(node.engine.superseded.wait(), 2)
    assert newer.engine.pid == node.engine.pid
    with pytest.raises(HopttError):
        await node.engine.ask(Ping(id=0))
    assert isinstance(await newer.engine.ask(Ping(id=0)), Done)
    await newer.engine.leave()


async def test_an_older_control_plane_is_refused_and_disturbs_nobody(node: MediaNode) -> None:
    late = Engine(node.settings, epoch=0)
    with pytest.raises(EngineFailedError, match="higher epoch"):
        await late.start()
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)
    assert node.engine.counts.lost == 0


async def test_F2_an_engine_that_hangs_is_replaced(node: MediaNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(engine, "PING_SECONDS", 0.1)
    monkeypatch.setattr(engine, "PING_ANSWER_SECONDS", 0.5)
    old = node.engine.pid
    assert old is not None
    await asyncio.sleep(0.2)
    os.kill(old, signal.SIGSTOP)
    await until(lambda: node.engine.pid != old and node.engine.up, "another engine", 15)
    assert process.has_ended(old)


async def test_S8_unfinished_handshakes_are_bounded(node: MediaNode) -> None:
    await node.engine.ask(CreateMeeting(id=0, meeting="m"))
    for number in range(2_048):
        await node.engine.ask(CreateTransport(id=0, meeting="m", transport=f"p_{number}/1"))
    with pytest.raises(RefusedByEngineError) as refusal:
        await node.engine.ask(CreateTransport(id=0, meeting="m", transport="one/more"))
    assert refusal.value.reason == "limit"
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)


async def test_a_snapshot_longer_than_any_command_arrives_whole(node: MediaNode) -> None:
    blob = bytes(4_000)
    await node.engine.ask(CreateMeeting(id=0, meeting="m"))
    for number in range(1_500):
        await node.engine.ask(CreateTransport(id=0, meeting="m", transport=f"p_{number}/1", blob=blob))
    successor = Engine(node.settings, epoch=2)
    await successor.start()
    answer = await successor.ask(TakeSnapshot(id=0))
    assert isinstance(answer, Snapshot)
    assert [one.blob for one in answer.transports] == [blob] * 1_500
    await successor.leave()


async def test_S22_a_process_of_somebody_else_is_not_listened_to(node: MediaNode) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    own = Path(tempfile.gettempdir())
    for place in (node.settings.data_dir, *node.settings.data_dir.parents):
        if place.is_relative_to(own) and place != own:
            place.chmod(0o777)  # as if the folder's mode did not keep them out already
    node.settings.socket.chmod(0o777)
    words = (STRANGER, str(node.settings.socket), packed(type="hello", version=1, epoch=9).hex())
    stranger = await asyncio.create_subprocess_exec(
        "/usr/bin/python3", "-c", *words, user=65534, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(stranger.communicate(), 10)
    assert said.decode().strip() == "b''"
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)


STRANGER = """
import socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
try:
    line.sendall(bytes.fromhex(sys.argv[2]))
    print(line.recv(100))
except (BrokenPipeError, ConnectionResetError):
    print(b"")
"""


# ---- nonsense on the control socket --------------------------------------------------------------


def framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


def packed(**keys: object) -> bytes:
    return framed(msgspec.msgpack.encode(keys))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(os.urandom(64), id="noise"),
        pytest.param((4 * 1024 * 1024 + 1).to_bytes(4, "big"), id="too long"),
        pytest.param(b"\xff\xff\xff\xff", id="far too long"),
        pytest.param(framed(b""), id="empty"),
        pytest.param(framed(b"\xc1"), id="no MessagePack"),
        pytest.param(framed(b"\x91" * 100_000), id="deep"),
        pytest.param(framed(b"\xdf\xff\xff\xff\xff"), id="a map that is not there"),
        pytest.param(packed(version=1), id="no type"),
        pytest.param(packed(type="hello"), id="hello without a version"),
        pytest.param(packed(type="hello", version=1, epoch=-1), id="hello with a wrong epoch"),
        pytest.param(packed(type="shutdown", id=1), id="shutdown before hello"),
        pytest.param(packed(type="set_gates", id=1, gates=[]), id="gates before hello"),
        pytest.param(packed(type="open_everything", id=1), id="unknown type"),
    ],
)
async def test_S22_nonsense_on_the_socket_ends_its_connection_and_nothing_else(node: MediaNode, said: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(node.settings.socket)
    writer.write(said)
    assert await asyncio.wait_for(reader.read(), 6) == b""
    writer.close()
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)
    assert node.engine.counts.lost == 0


async def test_S22_who_says_nothing_is_not_waited_for_and_many_of_them_keep_nobody_out(node: MediaNode) -> None:
    silent = [await asyncio.open_unix_connection(node.settings.socket) for _ in range(40)]
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)
    await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in silent)), 8)
    for _, writer in silent:
        writer.close()
    successor = MediaNode(node.settings, epoch=2)
    await successor.start()
    await successor.engine.leave()


async def test_a_version_that_is_not_spoken_is_told_so(node: MediaNode) -> None:
    reader, writer = await asyncio.open_unix_connection(node.settings.socket)
    writer.write(packed(type="hello", version=99, epoch=99, and_much_else=True))
    said = msgspec.msgpack.decode((await asyncio.wait_for(reader.read(), 2))[4:])
    writer.close()
    assert said["type"] == "superseded"
    assert "version" in said["reason"]
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)


async def test_a_frame_may_come_byte_by_byte(engine_settings: EngineSettings) -> None:
    one = MediaNode(engine_settings)
    await one.start()
    await one.engine.leave()
    reader, writer = await asyncio.open_unix_connection(engine_settings.socket)
    for byte in packed(type="hello", version=1, epoch=5, grace_ms=0, of_version_2="skipped"):
        writer.write(bytes([byte]))
        await writer.drain()
    length = int.from_bytes(await asyncio.wait_for(reader.readexactly(4), 2), "big")
    assert msgspec.msgpack.decode(await reader.readexactly(length), type=Welcome | Hello).port == engine_settings.port
    writer.close()
    assert one.engine.pid is not None
    assert await process.ended(one.engine.pid, 5), "its grace was no time at all"


# ---- the end -------------------------------------------------------------------------------------


@pytest.fixture
async def visitor() -> AsyncIterator[Peer]:
    async with Peer("", "", number=1) as one:
        yield one


async def test_without_a_control_plane_the_engine_goes_on_for_its_grace_and_then_hangs_up(
    engine_settings: EngineSettings, visitor: Peer
) -> None:
    node = MediaNode(replace(engine_settings, grace_seconds=2))
    await node.start()
    await connect(await node.meeting(), visitor)
    await until(lambda: visitor.connected, "a connection", 10)
    await node.engine.leave()
    left = time.monotonic()
    await asyncio.sleep(1.5)
    assert visitor.connected, "within the grace media goes on"
    await until(lambda: not visitor.connected, "good-bye", 3)
    assert node.engine.pid is not None
    assert await process.ended(node.engine.pid, 3)
    assert 2 <= time.monotonic() - left < 4
    assert not node.settings.socket.exists()
    assert not node.settings.pid_file.exists()


async def test_who_comes_back_within_the_grace_ends_it(engine_settings: EngineSettings) -> None:
    node = MediaNode(replace(engine_settings, grace_seconds=1))
    await node.start()
    await node.engine.leave()
    successor = MediaNode(replace(node.settings, grace_seconds=60), epoch=2)
    await successor.start()
    await asyncio.sleep(1.3)
    assert isinstance(await successor.engine.ask(Ping(id=0)), Done)
    await successor.engine.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_good_order(engine_settings: EngineSettings, visitor: Peer, number: int) -> None:
    node = MediaNode(engine_settings)
    await node.start()
    await connect(await node.meeting(), visitor)
    await until(lambda: visitor.connected, "a connection", 10)
    pid = node.engine.pid
    assert pid is not None
    await node.engine.leave()
    os.kill(pid, number)
    await until(lambda: not visitor.connected, "good-bye", 2)
    _, status = await asyncio.to_thread(os.waitpid, pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert not node.settings.socket.exists()


async def test_a_terminal_that_goes_does_not_take_the_engine_along(node: MediaNode) -> None:
    assert node.engine.pid is not None
    os.kill(node.engine.pid, signal.SIGHUP)
    await asyncio.sleep(0.1)
    assert isinstance(await node.engine.ask(Ping(id=0)), Done)


# ---- its log -------------------------------------------------------------------------------------


async def test_S49_the_log_names_nobody_and_S2_a_flood_does_not_fill_it(
    engine_settings: EngineSettings, visitor: Peer, capfd: pytest.CaptureFixture[str]
) -> None:
    node = MediaNode(replace(engine_settings, log_level="trace"))
    await node.start()
    meeting = await node.meeting()
    who = await connect(meeting, visitor)
    await until(lambda: visitor.connected, "a connection", 10)
    await open_all(meeting, who)
    await watch(meeting, who)
    began = time.monotonic()
    for _ in range(3):
        await from_elsewhere(node.settings.port, every_first_byte())
    await asyncio.sleep(1.1)
    seconds = time.monotonic() - began
    ufrag, pwd = re.findall(r"a=ice-(?:ufrag|pwd):(\S+)", visitor._peer.remoteDescription.sdp)[:2]  # type: ignore[union-attr]
    await node.engine.stop()
    said = capfd.readouterr().err
    assert "the media engine runs" in said
    for personal in ("127.0.0.1", ufrag, pwd, str(who), "m_test"):
        assert personal not in said
    reasons = re.findall(r"dropped in the last second reason=(\S+)", said)
    assert '"dropped.unknown"' in reasons
    assert all(reasons.count(reason) <= seconds + 1 for reason in reasons)
