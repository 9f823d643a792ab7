"""A line that loses or is late: others are told, speech goes both ways, and who has it is seen to move (F29).

Pictures towards whoever has it, and a narrow line, are seen in browsers (web/e2e/bad_line.spec.ts):
aiortc waits for what it lost and shows none.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from tests.faults.conftest import LONG, Measured
from tests.faults.test_control_plane import flowing
from tests.support.gathering import a_gathering, after
from tests.support.link import Bursts, LinkModel
from tests.support.pages import until
from tests.support.peers import Peer
from tests.support.udp_relay import UdpRelay

from hoptt.signaling.messages.signals import LinesNow

pytestmark = pytest.mark.engine

SECONDS = 60.0 if LONG else 12.0
SIGN_S, FREEZE_S = 5.0, 3.0
SPEECH = 45.0
"""Of fifty packets a second so many have to arrive where a tenth is lost at most: the decoder covers the rest."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A line, and what is promised of it."""

    model: LinkModel
    told: bool
    """Others are told by a sign."""
    speech: bool = True


LINES = {
    "2 % lost": Bad(LinkModel(delay_s=0.025, loss=0.02), told=False),
    "10 % lost": Bad(LinkModel(delay_s=0.025, jitter_s=0.005, loss=0.1), told=True),
    "20 % lost": Bad(LinkModel(delay_s=0.025, loss=0.2), told=True, speech=False),
    "lost in bursts": Bad(
        LinkModel(delay_s=0.025, loss=Bursts(enter=0.01, leave=0.2, inside=0.9)), told=True, speech=False
    ),
    "half a second there and back": Bad(LinkModel(delay_s=0.25, jitter_s=0.02), told=True),
}
SHORT = ("10 % lost", "half a second there and back")
"""`make test` has time for two; `make faults` brings all."""


def signs(of: Peer, to: Peer) -> list[str]:
    """Give the signs of a line that somebody was told, in their order."""
    told = [line for heard in to.heard if isinstance(heard, LinesNow) for line in heard.lines]
    return [line.sign for line in told if line.participant == of.you]


def longest_freeze(of: Peer, painter: int, since: float) -> float:
    """Give the longest time in which no new frame of a painter was seen, seconds."""
    times = [since, *(at for at, _ in of.frames_of(painter) if at > since), time.monotonic()]
    return max(b - a for a, b in itertools.pairwise(times))


@pytest.mark.parametrize("name", LINES if LONG else SHORT)
async def test_F29_a_bad_line_is_told_and_carries_speech_and_a_picture_that_moves(
    tmp_path: Path, measured: Measured, name: str
) -> None:
    bad = LINES[name]
    async with a_gathering(tmp_path) as gathering:
        chair = await gathering.chair(microphone=True, camera=True)
        rtc = gathering.server.settings["rtc"]["port"]
        async with UdpRelay(("127.0.0.1", rtc), seed=29) as relay:
            guest = await gathering.guest(microphone=True, camera=True, detour=(rtc, relay.port))
            await flowing(chair, guest)
            began = time.monotonic()
            relay.shape(out=bad.model, back=bad.model)
            if bad.told:
                await until(lambda: signs(guest, chair)[-1:] in (["watch"], ["bad"]), "a sign for the others", SIGN_S)
                measured("F29", f"{name}: others see a poor line", time.monotonic() - began)
            await asyncio.sleep(5 - (time.monotonic() - began))  # so long it may take to adapt
            adapted = time.monotonic()
            await asyncio.sleep(SECONDS)
            seconds = time.monotonic() - adapted
            freeze = longest_freeze(chair, guest.number, adapted)
            measured("F29", f"{name}: longest the picture of who has it stands still", freeze)
            assert freeze < FREEZE_S
            for hearer, voice in ((chair, guest), (guest, chair)):
                packets = after(hearer.packets, adapted, "audio")
                if bad.speech:
                    assert len({(p.ssrc, p.number) for p in packets}) / seconds > SPEECH * 0.95
                await until(partial(hearer.hears, voice.hertz), "the voice", 3)
            await guest.hang_up()
