"""aiortc and Pion in every combination that they can do, against the real server and engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from aiortc import rtcdtlstransport
from tests.integration.test_whip import seen_by, token
from tests.interop.matrix import Cell, possible
from tests.interop.media import painters_in, pictures, sound
from tests.interop.pion import Pion, program
from tests.interop.results import note
from tests.support.gathering import Gathering, a_gathering
from tests.support.pages import until
from tests.support.peers import Peer
from tests.support.whip_peers import Encoder, Player

from hoptt.meeting.words import Source
from hoptt.signaling.messages import Tile, View

pytestmark = pytest.mark.engine

NUMBER, HERTZ = 7, 700
LAYERS = {"q": (71, 160, 90), "h": (72, 320, 180), "f": (73, 640, 360)}
"""Each encoding has a painter of its own, so that a picture says which one it is of."""
NAMES = {"gcm": "SRTP_AEAD_AES_256_GCM", "sha1": "SRTP_AES128_CM_SHA1_80"}


@pytest.fixture
async def gathering(tmp_path: Path) -> AsyncIterator[Gathering]:
    async with a_gathering(tmp_path) as one:
        yield one


@pytest.fixture(autouse=True)
def kept(cell: Cell) -> None:
    """Count the cell as red until its test has come to its end, which notes it."""
    note(cell.name, "RED")
    if cell.peer == "Pion":
        program()  # a minute, the first time: nobody who waits for Pion waits for its compiler


def a_cell(*peers: str, way: str) -> pytest.MarkDecorator:
    chosen = [cell for cell in possible(*peers) if cell.way == way]
    return pytest.mark.parametrize("cell", chosen, ids=[cell.name for cell in chosen])


@a_cell("aiortc", way="in")
async def test_aiortc_sends(cell: Cell, gathering: Gathering, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await gathering.chair()
    with monkeypatch.context() as only:
        offer(only, cell.profile)
        async with Encoder(gathering.server.url, await token(gathering, "May quay"), number=NUMBER, hertz=HERTZ) as one:
            assert await one.open() == 201
            await seen_and_heard(page, "May quay")
    note(cell.name)


@a_cell("aiortc", way="out")
async def test_aiortc_receives(cell: Cell, gathering: Gathering, monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = await gathering.guest(microphone=True, camera=True)
    with monkeypatch.context() as only:
        offer(only, cell.profile)
        async with Player(gathering.server.url, await token(gathering, "Man hinh", "observer")) as player:
            assert await player.open() == 201
            await until(lambda: player.sees(speaker.number) and player.hears(speaker.hertz), "both", 20)
    note(cell.name)


@a_cell("Pion", way="in")
async def test_pion_sends(cell: Cell, gathering: Gathering, tmp_path: Path) -> None:
    page = await gathering.chair()
    layers = LAYERS if cell.simulcast else {"": (NUMBER, 320, 180)}
    files = [pictures(tmp_path / f"{rid or 'one'}.ivf", *layer) for rid, layer in layers.items()]
    options = ["-pictures", ",".join(map(str, files)), "-sound", str(sound(tmp_path / "tone.ogg", HERTZ))]
    options += ["-rids", ",".join(layers)] if cell.simulcast else ["-restart"]
    async with pion(gathering, cell, await token(gathering, "Pion"), *options, "-seconds", "14") as run:
        if cell.simulcast:
            await each_tile_gets_its_encoding(page, await seen_by(page, "Pion"))
        else:
            await seen_and_heard(page, "Pion")
            await until(lambda: run.of("restarted"), "ICE began anew", 12)
            before = len(page.packets)
            await until(lambda: len(page.packets) > before + 50, "media goes on", 10)
        assert run.of("connected")[0]["over"] == cell.transport
    note(cell.name)


@a_cell("Pion", way="out")
async def test_pion_receives(cell: Cell, gathering: Gathering, tmp_path: Path) -> None:
    speaker = await gathering.guest(microphone=True, camera=True)
    record = tmp_path / "seen.ivf"
    options = ("-way", "out", "-record", str(record), "-seconds", "6")
    async with pion(gathering, cell, await token(gathering, "Pion", "observer"), *options) as run:
        await until(lambda: run.of("ended"), "the end", 30)
        assert run.of("connected")[0]["over"] == cell.transport
        assert run.of("counted")[0]["packets"]["audio"] > 50
    painters = painters_in(record)
    assert len(painters) > 10
    assert set(painters) == {speaker.number}
    note(cell.name)


# ---- within ----------------------------------------------------------------------------------------


@asynccontextmanager
async def pion(gathering: Gathering, cell: Cell, own: str, *options: str) -> AsyncIterator[Pion]:
    """Run Pion beside the test, to its end unless the test fails."""
    kind = "whip" if cell.way == "in" else "whep"
    more = ["-tcp"] if cell.transport == "tcp" else []
    where = ("-url", f"{gathering.server.url}/{kind}/{gathering.room}", "-token", own)
    run = Pion()
    task = asyncio.get_running_loop().create_task(run.run(*where, "-profile", cell.profile, *more, *options))
    try:
        yield run
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def seen_and_heard(page: Peer, bridge_point: str) -> None:
    await seen_by(page, bridge_point)
    await until(lambda: page.hears(HERTZ) and len(page.frames_of(NUMBER)) > 5, "its sound and its picture", 20)


async def each_tile_gets_its_encoding(page: Peer, who: str) -> None:
    """A small tile gets the smallest picture, a large one the largest."""
    for (width, height), rid in (((160, 90), "q"), ((640, 360), "f"), ((320, 180), "h")):
        tile = Tile(slot=0, participant=who, source=Source.CAMERA, width=width, height=height)
        await page.act(View(id=0, tiles=[tile]))
        painter = LAYERS[rid][0]
        await until(partial(shows, page, painter), f"{rid} in {width} × {height}", 10)


def shows(page: Peer, painter: int) -> bool:
    code = page.last_code(0)
    return code is not None and code.painter == painter


def offer(only: pytest.MonkeyPatch, profile: str) -> None:
    """Let aiortc offer this SRTP profile and no other."""
    chosen = [one for one in rtcdtlstransport.SRTP_PROFILES if profile_name(one) == NAMES[profile]]
    assert chosen, f"aiortc knows no {NAMES[profile]}"
    only.setattr(rtcdtlstransport, "SRTP_PROFILES", chosen)


def profile_name(profile: object) -> str:
    return str(getattr(profile, "openssl_profile", b"").decode())
