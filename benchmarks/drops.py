"""What the kernel dropped on a side of the line: neither server nor generator can count it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from benchmarks.rig import Rig, Side

FILES = ("/proc/net/snmp", "/proc/net/dev", "/proc/net/softnet_stat")
MARK = "== "
# Not what comes for a socket that its owner has closed (NoPorts): that is how each round ends.
COUNTED = {
    "Ip": ("InDiscards", "OutDiscards", "InHdrErrors", "OutNoRoutes"),
    "Udp": ("InErrors", "RcvbufErrors", "SndbufErrors", "InCsumErrors", "MemErrors"),
}


@dataclass(frozen=True, slots=True)
class Drops:
    """Counters by name, since the namespace was made; those of all cores together."""

    counts: Mapping[str, int]

    @classmethod
    def parse(cls, snmp: str, devices: str, softnet: str) -> Self:
        """Read the three files."""
        counts: dict[str, int] = {}
        rows = [row.partition(":") for row in snmp.splitlines()]
        for (layer, _, names), (_, _, numbers) in zip(rows[::2], rows[1::2], strict=False):
            found = dict(zip(names.split(), numbers.split(), strict=True))
            counts |= {f"{layer} {name}": int(found[name]) for name in COUNTED.get(layer, ()) if name in found}
        for row in devices.splitlines()[2:]:
            device, _, numbers = row.partition(":")
            fields = [int(number) for number in numbers.split()]
            counts[f"{device.strip()} received"], counts[f"{device.strip()} sent"] = fields[3], fields[11]
        counts["backlog"] = sum(int(row.split()[1], 16) for row in softnet.splitlines())
        return cls(counts)

    @classmethod
    def now(cls, side: Side) -> Self:
        """Read them on that side. Raises RuntimeError."""
        words = side.command(["sh", "-c", "".join(f"echo '{MARK}'; cat {file}; " for file in FILES)])
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the kernel's counters cannot be read: {done.stderr.strip()}")
        _, snmp, devices, softnet = done.stdout.split(f"{MARK}\n")
        return cls.parse(snmp, devices, softnet)

    def since(self, before: Self) -> dict[str, int]:
        """Give what has grown, and by how much."""
        grown = {name: count - before.counts.get(name, 0) for name, count in self.counts.items()}
        return {name: count for name, count in grown.items() if count}


def both(rig: Rig) -> dict[str, Drops]:
    """Read the counters of both sides."""
    return {"server": Drops.now(rig.server), "load": Drops.now(rig.load)}


def grown(later: Mapping[str, Drops], before: Mapping[str, Drops]) -> dict[str, dict[str, int]]:
    """Give what has grown on each side; a side that dropped nothing is left out."""
    found = {side: drops.since(before[side]) for side, drops in later.items()}
    return {side: counts for side, counts in found.items() if counts}
