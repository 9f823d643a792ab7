"""Who can what: every cell of peer × way × transport × SRTP profile × simulcast, and for each that is none, why.

The page docs/interop.md is made of this and of what a run has seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

PEERS = ("Chromium", "Firefox", "aiortc", "Pion")
WAYS = ("in", "out")
"""WHIP, WHEP."""
TRANSPORTS = ("udp", "tcp")
PROFILES = ("gcm", "sha1")


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination."""

    peer: str
    way: str
    transport: str
    profile: str
    simulcast: bool = False

    @property
    def name(self) -> str:
        layers = "-simulcast" if self.simulcast else ""
        return f"{self.peer}-{self.way}-{self.transport}-{self.profile}{layers}"

    @property
    def not_possible(self) -> str:
        """Why the peer cannot do this; empty when it can."""
        for reason, holds in _reasons(self).items():
            if holds:
                return reason
        return ""


def _reasons(cell: Cell) -> Mapping[str, bool]:
    browser = cell.peer in ("Chromium", "Firefox")
    return {
        "simulcast is for who sends": cell.simulcast and cell.way == "out",
        "sends one encoding only": cell.simulcast and cell.peer == "aiortc",
        "has no ICE-TCP (aioice)": cell.peer == "aiortc" and cell.transport == "tcp",
        "offers GCM in any case, and hoptt takes it": browser and cell.profile == "sha1",
    }


def cells() -> Iterator[Cell]:
    """Give all of them."""
    for peer, way, transport, profile, simulcast in product(PEERS, WAYS, TRANSPORTS, PROFILES, (False, True)):
        yield Cell(peer, way, transport, profile, simulcast)


def possible(*peers: str) -> list[Cell]:
    """Give the cells that these peers can do."""
    return [cell for cell in cells() if cell.peer in peers and not cell.not_possible]


def as_table(seen: Mapping[str, str]) -> str:
    """Write the whole matrix; `seen` is what a run found in each cell."""
    rows = [
        "| Peer | Way | UDP, GCM | UDP, CM-SHA1 | TCP, GCM | TCP, CM-SHA1 | Simulcast |",
        "|---|---|---|---|---|---|---|",
    ]
    for peer, way in product(PEERS, WAYS):
        plain = [Cell(peer, way, transport, profile) for transport, profile in product(TRANSPORTS, PROFILES)]
        words = [cell.not_possible or seen.get(cell.name, "not run") for cell in plain]
        layered = [Cell(peer, way, transport, profile, True) for transport, profile in product(TRANSPORTS, PROFILES)]
        able = [cell for cell in layered if not cell.not_possible]
        results = {seen.get(cell.name, "not run") for cell in able}
        words.append("; ".join(sorted(results)) if able else layered[0].not_possible)
        rows.append(f"| {peer} | {'WHIP' if way == 'in' else 'WHEP'} | {' | '.join(words)} |")
    return "\n".join(rows)
