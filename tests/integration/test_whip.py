"""Encoders and players that are not ours, over a real server and its real engine: aiortc by WHIP and WHEP."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.gathering import Gathering, a_gathering
from tests.support.pages import until
from tests.support.peers import Peer
from tests.support.whip_peers import Encoder, Player

from hoptt.meeting.words import Source
from hoptt.signaling.messages import Allow, Mute, ParticipantJoined, Remove, SetStage, TakeBack

pytestmark = pytest.mark.engine

SEAT_S = 5
AFTERWARDS_S = 0.2
"""The last packet comes at most this long after the act (S19)."""


@pytest.fixture
async def gathering(tmp_path: Path) -> AsyncIterator[Gathering]:
    async with a_gathering(tmp_path, {"meeting": {"seat_s": SEAT_S}}) as one:
        yield one


@pytest.fixture
async def muted(tmp_path: Path) -> AsyncIterator[Gathering]:
    async with a_gathering(tmp_path, speaking=("--muted-until-allowed",)) as one:
        yield one


async def token(gathering: Gathering, name: str, role: str = "attendee") -> str:
    """Make a token as an operator does."""
    words = ("token", "--room", gathering.room, "--role", role, "--name", name, "--bridge-point", name)
    made = await asyncio.to_thread(gathering.server.cli, *words)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


async def seen_by(page: Peer, bridge_point: str) -> str:
    """Wait until a page knows who came, show them, and give their id."""

    def joined() -> list[str]:
        new = [event.participant for event in page.events if isinstance(event, ParticipantJoined)]
        return [one.id for one in new if one.name.bridge_point == bridge_point]

    await until(joined, f"{bridge_point} comes in", 10)
    await page.show((joined()[0], Source.CAMERA))
    return joined()[0]


async def test_what_an_encoder_sends_a_page_sees_and_hears(gathering: Gathering) -> None:
    page = await gathering.chair()
    async with Encoder(gathering.server.url, await token(gathering, "May quay"), number=7, hertz=700) as encoder:
        assert await encoder.open() == 201
        await seen_by(page, "May quay")
        await until(lambda: page.hears(700) and len(page.frames_of(7)) > 5, "its sound and its picture", 15)
        assert await encoder.delete() == 200
        await until(lambda: encoder.state == "closed", "its media is closed too", 10)


async def test_a_player_shows_and_plays_who_speaks(gathering: Gathering) -> None:
    await gathering.chair()
    speaker = await gathering.guest(microphone=True, camera=True)
    async with Player(gathering.server.url, await token(gathering, "Man hinh", "observer")) as player:
        assert await player.open() == 201
        await until(lambda: player.sees(speaker.number) and player.hears(speaker.hertz), "picture and sound", 15)


async def test_an_encoder_s_picture_comes_out_at_a_player(gathering: Gathering) -> None:
    url = gathering.server.url
    await gathering.chair()
    async with (
        Encoder(url, await token(gathering, "May quay"), number=7, hertz=700) as encoder,
        Player(url, await token(gathering, "Man hinh", "observer")) as player,
    ):
        assert await encoder.open() == 201
        assert await player.open() == 201
        await until(lambda: player.sees(7) and player.hears(700), "WHIP in, WHEP out", 15)


async def test_R16_a_muted_encoder_is_not_heard_until_it_is_allowed(muted: Gathering) -> None:
    chair = await muted.chair()
    async with Encoder(muted.server.url, await token(muted, "May quay"), number=7, hertz=700) as encoder:
        assert await encoder.open() == 201
        who = await seen_by(chair, "May quay")
        await until(lambda: len(chair.frames_of(7)) > 5, "its picture", 15)
        await asyncio.sleep(1)
        assert chair.packets_since(0, "audio") == []
        await chair.act(Allow(id=0, participants=[who]))
        await until(lambda: chair.hears(700), "heard once it is allowed", 5)
        await chair.act(TakeBack(id=0, participants=[who]))
        taken = time.monotonic()
        await asyncio.sleep(1)
        assert chair.packets_since(taken + AFTERWARDS_S, "audio") == []


async def test_R23_a_player_follows_the_chair_s_stage(gathering: Gathering) -> None:
    chair = await gathering.chair(camera=True)
    other = await gathering.guest(camera=True)
    async with Player(gathering.server.url, await token(gathering, "Man hinh", "observer")) as player:
        assert await player.open() == 201
        await until(lambda: player.sees(chair.number), "the chair", 15)
        await chair.act(SetStage(id=0, participants=[other.you]))
        await until(lambda: player.sees(other.number), "whom the chair brought to the stage", 5)


async def test_R18_a_removed_encoder_is_cut_off(gathering: Gathering) -> None:
    chair = await gathering.chair()
    async with Encoder(gathering.server.url, await token(gathering, "May quay"), number=7, hertz=700) as encoder:
        assert await encoder.open() == 201
        who = await seen_by(chair, "May quay")
        await until(lambda: chair.hears(700), "its sound", 15)
        await chair.act(Remove(id=0, participant=who))
        await until(lambda: encoder.state == "closed", "its media is closed", 5)
        assert await encoder.delete() == 404


async def test_R24_an_encoder_that_hangs_up_without_a_word_finds_its_seat_again(gathering: Gathering) -> None:
    chair = await gathering.chair()
    own, url = await token(gathering, "May quay"), gathering.server.url
    async with Encoder(url, own) as first:
        assert await first.open() == 201
        who = await seen_by(chair, "May quay")
        await until(lambda: len(chair.frames_of(7)) > 5, "its picture", 15)
    async with Encoder(url, own, number=8) as second:
        await until_open(second)
        await chair.act(Mute(id=0, participants=[who]))
        await until(lambda: len(chair.frames_of(8)) > 5, "its picture in the same place", 15)


async def until_open(encoder: Encoder) -> None:
    """Try as an encoder does that is told that its seat is in use."""
    async with asyncio.timeout(10):
        while await encoder.open() != 201:
            await asyncio.sleep(0.2)


async def test_P2_a_restart_of_the_control_plane_leaves_encoders_and_players_where_they_are(
    gathering: Gathering,
) -> None:
    """Killed, and away for less than its seats last; then for longer than that nothing is lost."""
    url = gathering.server.url
    async with (
        Encoder(url, await token(gathering, "May quay"), number=7, hertz=700) as encoder,
        Player(url, await token(gathering, "Man hinh", "observer")) as player,
    ):
        assert await encoder.open() == 201
        assert await player.open() == 201
        await until(lambda: player.sees(7) and player.hears(700), "WHIP in, WHEP out", 15)
        await asyncio.to_thread(gathering.server.stop, signal.SIGKILL)
        await asyncio.to_thread(gathering.server.start)
        await asyncio.sleep(SEAT_S + 3)
        seen = len(player.pictures[0].frames)
        await until(lambda: len(player.pictures[0].frames) > seen + 5, "the picture goes on", 5)
        assert await encoder.delete() == 200
        assert await player.delete() == 200
