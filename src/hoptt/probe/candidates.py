"""Where media goes: the engine's candidates as the server names them (RFC 8839 §5.1)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

MAX_CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """One address of the media engine."""

    protocol: str
    """`udp` or `tcp`."""
    address: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}/{self.protocol}"


def read_candidates(lines: Iterable[str]) -> list[Candidate]:
    """Give what can be tried: hosts by address, over UDP or as the passive side of TCP (RFC 6544)."""
    found = []
    for line in lines:
        words = line.split()
        try:
            _, _, protocol, _, address, port, *more = words
            ipaddress.ip_address(address)
            number = int(port)
        except ValueError:
            continue
        protocol = protocol.lower()
        passive = protocol == "tcp" and "passive" in more
        if (protocol == "udp" or passive) and 0 < number < 65536:
            found.append(Candidate(protocol, address, number))
    return list(dict.fromkeys(found))[:MAX_CANDIDATES]
