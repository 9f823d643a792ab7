"""One direction of a line: how long a datagram takes, and whether it arrives. The model is that of media/sim."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bursts:
    """Loss in bursts (Gilbert 1960, Elliott 1963): chances to enter and to leave one, and to lose a datagram inside."""

    enter: float
    leave: float
    inside: float


@dataclass(frozen=True, slots=True)
class LinkModel:
    """What a line does to datagrams. Without anything said it is a perfect one."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    """Up to so much more, evenly spread; the order stays."""
    loss: float | Bursts = 0.0
    """Each by itself with this probability, or in bursts."""
    reorder: float = 0.0
    """So probable is it that a datagram is overtaken."""
    reorder_by_s: float = 0.015
    rate_bps: float = 0.0
    """Bits a second; 0: any number."""
    queue_s: float = 0.3
    """So long a datagram waits for others at most; what would wait longer is lost."""


HEADERS = 28
"""Of IPv4 and UDP: they take their part of a line."""


@dataclass(slots=True)
class LinkCounts:
    sent: int = 0
    lost: int = 0
    """On the way, or because too many waited."""
    overflowed: int = 0
    """Those of them that met a full queue."""


@dataclass(slots=True)
class Link:
    """A line with its dice: the same seed and the same datagrams give the same fate."""

    model: LinkModel
    seed: int
    counts: LinkCounts = field(default_factory=LinkCounts)
    _dice: random.Random = field(init=False)
    _in_burst: bool = False
    _last_arrival: float = 0.0
    _free_at: float = 0.0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def arrival(self, now: float, size: int = 0) -> float | None:
        """Take a datagram of so many bytes and tell when it arrives; None when it does not."""
        self.counts.sent += 1
        begins = max(now, self._free_at)
        if self.model.rate_bps and begins - now > self.model.queue_s:
            self.counts.lost += 1
            self.counts.overflowed += 1
            return None
        if self.model.rate_bps:
            begins = self._free_at = begins + 8 * (size + HEADERS) / self.model.rate_bps
        if self._is_lost():  # it took its time on the line
            self.counts.lost += 1
            return None
        arrival = begins + self.model.delay_s + self.model.jitter_s * self._dice.random()
        if self._dice.random() < self.model.reorder:
            return arrival + self.model.reorder_by_s
        self._last_arrival = max(arrival, self._last_arrival)
        return self._last_arrival

    def waiting(self, now: float) -> float:
        """Tell how long a datagram would wait that came now."""
        return max(self._free_at - now, 0.0)

    def become(self, now: float, model: LinkModel) -> None:
        """Be another line: what is on its way arrives as it would have, what comes waits for the bytes in the queue."""
        if self.model.rate_bps and model.rate_bps:
            self._free_at = now + self.waiting(now) * self.model.rate_bps / model.rate_bps
        self.model = model

    def _is_lost(self) -> bool:
        match self.model.loss:
            case Bursts(enter, leave, inside):
                chance = 1.0 - leave if self._in_burst else enter
                self._in_burst = self._dice.random() < chance
                return self._in_burst and self._dice.random() < inside
            case even:
                return self._dice.random() < even
