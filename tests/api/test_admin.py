"""The admin socket: for its owner alone, one request a connection, refusals in words."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.pages import until

from hoptt.api import admin
from hoptt.api.admin import AdminSocket, ask_server
from hoptt.api.office_words import Asked, Done, ListRooms, RoomsTold, ShowRoom, StopEngine, Told
from hoptt.errors import ErrorCode, HopttError


class Office:
    """Tells of no rooms, refuses to show one, and has a bug where the engine is to be stopped."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.slow = asyncio.Event()
        self.slow.set()

    async def do(self, asked: Asked) -> Told:
        self.asked.append(asked)
        await self.slow.wait()
        if isinstance(asked, ShowRoom):
            raise HopttError(ErrorCode.LINK_UNKNOWN, f"there is no room {asked.slug}")
        if isinstance(asked, StopEngine):
            raise ZeroDivisionError
        return RoomsTold(rooms=[]) if isinstance(asked, ListRooms) else Done()


@pytest.fixture
async def office() -> Office:
    return Office()


@pytest.fixture
async def path(tmp_path: Path, office: Office) -> AsyncIterator[Path]:
    door = AdminSocket(tmp_path / "admin.sock", office.do)
    await door.open()
    yield tmp_path / "admin.sock"
    await door.close()
    assert not (tmp_path / "admin.sock").exists()


async def say(path: Path, line: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(line)
        await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""  # cut off with something unread
    finally:
        writer.close()


async def test_an_act_is_carried_out_and_answered(path: Path, office: Office) -> None:
    assert await ask_server(path, ListRooms()) == RoomsTold(rooms=[])
    assert office.asked == [ListRooms()]


async def test_a_refusal_comes_back_with_its_code_and_words(path: Path) -> None:
    with pytest.raises(HopttError, match="there is no room khac") as refusal:
        await ask_server(path, ShowRoom(slug="khac"))
    assert refusal.value.code is ErrorCode.LINK_UNKNOWN


async def test_a_bug_tells_nothing_of_itself_and_the_next_act_works(path: Path) -> None:
    with pytest.raises(HopttError, match="a fault of the server: see its log"):
        await ask_server(path, StopEngine())
    assert await ask_server(path, ListRooms()) == RoomsTold(rooms=[])


async def test_where_no_server_listens_there_is_no_answer(tmp_path: Path) -> None:
    assert await ask_server(tmp_path / "none.sock", ListRooms()) is None
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "left.sock"))
    left.close()
    assert await ask_server(tmp_path / "left.sock", ListRooms()) is None


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"nonsense\n",
        b'{"type": "list_rooms", "more": 1}\n',
        b'{"type": "erase_everything"}\n',
        b'{"type": "create_room"}\n',
        b'{"type": "make_token", "room": "duan", "role": "king", "name": "A"}\n',
    ],
)
async def test_what_is_no_act_is_refused(path: Path, office: Office, line: bytes) -> None:
    assert json.loads(await say(path, line))["refused"]["code"] == ErrorCode.MESSAGE_MALFORMED
    assert office.asked == []


async def test_a_line_without_an_end_is_cut_off(path: Path, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "ASK_SECONDS", 0.1)
    assert await say(path, b"x" * (admin.MAX_LINE + 10)) == b""
    assert await say(path, b'{"type": "list_rooms"}') == b""
    assert office.asked == []


async def test_only_so_many_are_served_at_once(path: Path, office: Office) -> None:
    office.slow.clear()
    waiting = [asyncio.create_task(ask_server(path, ListRooms())) for _ in range(admin.MAX_AT_ONCE)]
    await until(lambda: len(office.asked) == admin.MAX_AT_ONCE, "all that may are served")
    assert await say(path, b'{"type": "list_rooms"}\n') == b""
    office.slow.set()
    assert await asyncio.gather(*waiting) == [RoomsTold(rooms=[])] * admin.MAX_AT_ONCE


def test_its_file_is_its_owners_alone(tmp_path: Path) -> None:
    async def mode() -> int:
        door = AdminSocket(tmp_path / "admin.sock", Office().do)
        await door.open()
        try:
            return (tmp_path / "admin.sock").stat().st_mode & 0o777
        finally:
            await door.close()

    assert asyncio.run(mode()) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as somebody else")
async def test_another_user_is_not_listened_to(office: Office) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "admin.sock"
        door = AdminSocket(path, office.do)
        await door.open()
        os.chmod(folder, 0o711)  # modes are the first wall; this is about the second
        os.chmod(path, 0o666)
        words = [sys.executable, "-c", CLIENT, str(path)]
        done = await asyncio.to_thread(lambda: subprocess.run(words, capture_output=True, text=True, check=False))
        await door.close()
    assert done.stdout.strip() in ("b''", "cut off"), done.stderr
    assert office.asked == []


CLIENT = """
import os, socket, sys
os.setuid(65_534)  # nobody
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
try:
    line.sendall(b'{"type": "list_rooms"}\\n')
    print(line.recv(100))
except ConnectionError:
    print("cut off")
"""
