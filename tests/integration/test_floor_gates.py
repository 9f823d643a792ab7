"""Gate truth (R16, R17): somebody who never stops sending is heard during the own turn and not a packet beyond."""

from __future__ import annotations

import asyncio
import itertools
import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.support.gathering import Gathering, a_gathering
from tests.support.pages import until
from tests.support.peers import Peer
from tests.support.turns import pass_the_floor, sound

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.words import Source
from hoptt.signaling.messages import EndTurn, GrantFloor, HoldTurn, Leave, Mute, Remove, ResumeTurn, TakeFloor

pytestmark = pytest.mark.engine

TURN_S = 10
"""The shortest there is."""
SEAT_S = 5
AFTERWARDS_S = 0.2
"""The last packet comes at most this long after the act (S19)."""
SETTINGS = {"meeting": {"seat_s": SEAT_S}}


@pytest.fixture
async def gathering(tmp_path: Path) -> AsyncIterator[Gathering]:
    speaking = ("--kind", "conference", "--turn", str(TURN_S))
    async with a_gathering(tmp_path, SETTINGS, speaking=speaking) as one:
        yield one


def counted(gathering: Gathering, name: str) -> int:
    """Give a counter of the engine, as metrics show it."""
    _, text = gathering.server.get(gathering.server.watch("/metrics"))
    found = re.search(rf"^hoptt_engine_{name}(?:_total)? (\d+)", text, re.MULTILINE)
    assert found is not None, f"no counter {name}"
    return int(float(found[1]))


async def forwarded_during(gathering: Gathering, seconds: float) -> int:
    """Give how many packets the engine sent to anybody, by its own counter; it is told once a second."""
    await asyncio.sleep(1.2)
    before, came = counted(gathering, "packets_out"), counted(gathering, "datagrams_in")
    await asyncio.sleep(seconds + 1.2)
    assert counted(gathering, "datagrams_in") > came + 50 * seconds / 2, "it goes on sending"
    return counted(gathering, "packets_out") - before


Ends = Callable[[Peer, Peer], Awaitable[None]]


async def own_end(chair: Peer, speaker: Peer) -> None:
    await speaker.act(EndTurn(id=0))


async def ended(chair: Peer, speaker: Peer) -> None:
    await chair.act(EndTurn(id=0, participant=speaker.you))


async def held(chair: Peer, speaker: Peer) -> None:
    await chair.act(HoldTurn(id=0, participant=speaker.you))


async def muted(chair: Peer, speaker: Peer) -> None:
    await chair.act(Mute(id=0, participants=[speaker.you]))


async def removed(chair: Peer, speaker: Peer) -> None:
    await chair.act(Remove(id=0, participant=speaker.you))


async def left(chair: Peer, speaker: Peer) -> None:
    await speaker.act(Leave(id=0))


@pytest.mark.parametrize("how", [own_end, ended, held, muted, removed, left])
async def test_R16_who_never_stops_sending_is_heard_in_the_own_turn_only(gathering: Gathering, how: Ends) -> None:
    chair, speaker, listener = await gathering.chair(), await gathering.guest(), await gathering.guest()
    await until(lambda: all(peer.connected for peer in gathering.came), "connected peers", 20)
    joined = time.monotonic()
    await chair.act(GrantFloor(id=0, participant=speaker.you))
    assert await forwarded_during(gathering, 0.5) == 0, "granted is not taken"
    with pytest.raises(HopttError) as refusal:
        await speaker.switch(Source.MICROPHONE, on=True)
    assert refusal.value.code is ErrorCode.NOT_ALLOWED
    pressed = time.monotonic()
    assert sound(listener, joined) == []
    await speaker.act(TakeFloor(id=0))
    await until(lambda: len(sound(listener, pressed)) > 25 and len(sound(chair, pressed)) > 25, "half a second", 5)
    acted = time.monotonic()
    await how(chair, speaker)
    await asyncio.sleep(1.0)
    for receiver in (listener, chair):
        assert [at for at in sound(receiver, joined) if at < pressed] == []
        assert [round(at - acted, 3) for at in sound(receiver, acted + AFTERWARDS_S)] == []
    if how not in (removed, left):
        assert await forwarded_during(gathering, 0.5) == 0


async def test_R17_time_over_closes_the_gate_without_any_page(gathering: Gathering) -> None:
    chair, speaker, listener = await gathering.chair(), await gathering.guest(), await gathering.guest()
    await until(lambda: all(peer.connected for peer in gathering.came), "connected peers", 20)
    await chair.act(GrantFloor(id=0, participant=speaker.you))
    pressed = time.monotonic()
    await speaker.act(TakeFloor(id=0))
    await asyncio.sleep(TURN_S + 1.5)
    heard = [at - pressed for at in sound(listener, pressed)]
    assert TURN_S - 0.5 < max(heard) < TURN_S + AFTERWARDS_S + 0.1
    assert len(heard) > 40 * TURN_S
    assert await forwarded_during(gathering, 0.5) == 0


async def test_R24_a_lost_line_keeps_being_heard_until_the_seat_is_given_up(gathering: Gathering) -> None:
    chair, speaker, listener = await gathering.chair(), await gathering.guest(), await gathering.guest()
    await until(lambda: all(peer.connected for peer in gathering.came), "connected peers", 20)
    await chair.act(GrantFloor(id=0, participant=speaker.you))
    await speaker.act(TakeFloor(id=0))
    await until(lambda: sound(listener, 0), "sound", 5)
    cut = time.monotonic()
    speaker.cut()
    await asyncio.sleep(SEAT_S + 2.0)
    heard = [at - cut for at in sound(listener, cut)]
    assert SEAT_S - 1.0 < max(heard) < SEAT_S + 1.0, "the clock of the turn stood, the seat's did not"
    assert await forwarded_during(gathering, 0.5) == 0


async def test_R24_back_in_time_the_gate_never_closed(gathering: Gathering) -> None:
    chair, speaker, listener = await gathering.chair(), await gathering.guest(), await gathering.guest()
    await until(lambda: all(peer.connected for peer in gathering.came), "connected peers", 20)
    await chair.act(GrantFloor(id=0, participant=speaker.you))
    await speaker.act(TakeFloor(id=0))
    await until(lambda: sound(listener, 0), "sound", 5)
    cut = time.monotonic()
    speaker.cut()
    await asyncio.sleep(2.0)
    await speaker.resume()
    await asyncio.sleep(1.0)
    heard = [cut, *sound(listener, cut), time.monotonic()]
    assert max(b - a for a, b in itertools.pairwise(heard)) < 0.5


async def test_R17_resumed_the_gate_opens_by_the_own_press_only(gathering: Gathering) -> None:
    chair, speaker, listener = await gathering.chair(), await gathering.guest(), await gathering.guest()
    await until(lambda: all(peer.connected for peer in gathering.came), "connected peers", 20)
    await chair.act(GrantFloor(id=0, participant=speaker.you))
    await speaker.act(TakeFloor(id=0))
    await until(lambda: sound(listener, 0), "sound", 5)
    await chair.act(HoldTurn(id=0, participant=speaker.you))
    await asyncio.sleep(0.5)
    resumed = time.monotonic()
    await chair.act(ResumeTurn(id=0, participant=speaker.you))
    await asyncio.sleep(1.0)
    assert sound(listener, resumed) == []
    await speaker.act(TakeFloor(id=0))
    await until(lambda: sound(listener, resumed), "sound after the own press", 5)


async def test_R17_the_floor_passes_quickly(gathering: Gathering) -> None:
    times = await pass_the_floor(gathering, 7)
    assert statistics.median(times.press_to_first) <= 0.150, times.told()
    *most, _ = sorted(times.end_to_last)  # the receiver shares its core, and may look once late
    assert max(most) <= AFTERWARDS_S, times.told()
