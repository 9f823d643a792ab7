"""The floor passed between real peers, timed: from the press to the first packet, from the chair's act to the last."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field

from tests.support.gathering import Gathering
from tests.support.pages import until
from tests.support.peers import Peer

from hoptt.signaling.messages import EndTurn, GrantFloor, TakeFloor

QUIET_S = 0.3
"""Without a packet for so long nobody is heard any more: a microphone sends fifty a second."""


@dataclass
class Times:
    """Seconds, one for each turn."""

    press_to_first: list[float] = field(default_factory=list)
    end_to_last: list[float] = field(default_factory=list)

    def told(self) -> dict[str, float | int]:
        """Give medians and extremes in milliseconds."""
        return {
            "turns": len(self.press_to_first),
            "press_to_first_packet_ms_median": round(1000 * statistics.median(self.press_to_first), 1),
            "press_to_first_packet_ms_most": round(1000 * max(self.press_to_first), 1),
            "end_to_last_packet_ms_median": round(1000 * statistics.median(self.end_to_last), 1),
            "end_to_last_packet_ms_most": round(1000 * max(self.end_to_last), 1),
        }


def sound(receiver: Peer, since: float) -> list[float]:
    """Give when sound came to a receiver after a moment of time.monotonic()."""
    return [packet.at for packet in receiver.packets_since(since, "audio")]


async def pass_the_floor(gathering: Gathering, turns: int) -> Times:
    """Give the floor and take it away again and again to a guest who never stops sending; a second one listens."""
    chair, speaker, listener = [await gathering.chair(), await gathering.guest(), await gathering.guest()]
    await until(lambda: all(peer.connected for peer in gathering.came), "connected peers", 20)
    times = Times()
    for _ in range(turns):
        await chair.act(GrantFloor(id=0, participant=speaker.you))
        pressed = time.monotonic()
        await speaker.act(TakeFloor(id=0))
        times.press_to_first.append(await _first_sound(listener, pressed) - pressed)
        await asyncio.sleep(0.2)
        ended = time.monotonic()
        await chair.act(EndTurn(id=0, participant=speaker.you))
        times.end_to_last.append(max(0.0, await _last_sound(listener) - ended))
    return times


async def _first_sound(listener: Peer, since: float) -> float:
    """Wait for sound; give when it came first after a moment."""
    await until(lambda: sound(listener, since), "sound of the speaker", 5)
    return sound(listener, since)[0]


async def _last_sound(listener: Peer) -> float:
    """Wait for silence; give when the last sound came."""
    await until(lambda: time.monotonic() - sound(listener, 0)[-1] > QUIET_S, "silence", 5)
    return sound(listener, 0)[-1]
