"""Both ways of a line: what came in leaves when its model says so, and every tenth of a second is noted."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.link import HEADERS, Bursts, Link, LinkModel

SAMPLE_S = 0.1
_UDP, _TCP = 17, 6


@dataclass(slots=True)
class Way:
    """One direction."""

    link: Link
    _under_way: list[tuple[float, int, bytes]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)
    bytes_taken: Counter[str] = field(default_factory=Counter)
    """Since the last sample, by what carries them: `udp:PORT` or `tcp:PORT` of where they go."""
    late_s: float = 0.0
    """The latest that a packet left after its time, since the last sample."""

    def take(self, now: float, packet: bytes) -> None:
        """Take a packet of IPv4; the line counts all of it."""
        arrival = self.link.arrival(now, len(packet) - HEADERS)
        if arrival is not None:
            self.bytes_taken[_carrier(packet)] += len(packet)
            heapq.heappush(self._under_way, (arrival, next(self._order), packet))

    def due(self, now: float) -> Iterator[bytes]:
        """Give what is to arrive by now."""
        while self._under_way and self._under_way[0][0] <= now:
            at, _, packet = heapq.heappop(self._under_way)
            self.late_s = max(self.late_s, now - at)
            yield packet

    def next_at(self) -> float | None:
        """Tell when something is to arrive next."""
        return self._under_way[0][0] if self._under_way else None

    def sample(self, now: float) -> dict[str, Any]:
        """Tell what was seen since the last sample, in milliseconds and bytes; counts are those from the beginning."""
        taken, self.bytes_taken = self.bytes_taken, Counter()
        late, self.late_s = self.late_s, 0.0
        counts = self.link.counts
        return {
            "queue_ms": round(self.link.waiting(now) * 1_000, 1),
            "late_ms": round(late * 1_000, 1),
            "bytes": dict(taken),
            "sent": counts.sent,
            "lost": counts.lost,
            "overflowed": counts.overflowed,
        }


def model(wish: Mapping[str, Any]) -> LinkModel:
    """Read what a line is to be; `bursts` instead of `loss` for losses in bursts. Raises TypeError for other words."""
    words = dict(wish)
    bursts = words.pop("bursts", None)
    return LinkModel(**words) if bursts is None else LinkModel(**words, loss=Bursts(**bursts))


def _carrier(packet: bytes) -> str:
    names = {_UDP: "udp", _TCP: "tcp"}
    name = names.get(packet[9]) if len(packet) >= 20 and packet[0] >> 4 == 4 else None
    length = (packet[0] & 0x0F) * 4 if packet else 0
    if name is None or len(packet) < length + 4:
        return "other"
    return f"{name}:{int.from_bytes(packet[length + 2 : length + 4])}"
