"""Two sides on one machine: the server under test on CPU 0, the load on CPU 1, and a line between them.

With root: two network namespaces and a veth pair, made for the run and gone with it. Otherwise loopback, and the
result says so: its figures compare with those of other loopback runs only.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SERVER_CPU, LOAD_CPU = 0, 1


@dataclass(frozen=True, slots=True)
class Side:
    """One end of the line."""

    address: str
    cpu: int
    namespace: str = ""

    def command(self, words: Sequence[str]) -> list[str]:
        """Give the command that runs these words on this side."""
        inside = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        return [*inside, "taskset", "-c", str(self.cpu), *words]


@dataclass(frozen=True, slots=True)
class Rig:
    """Both ends."""

    kind: str
    server: Side
    load: Side
    segmentation_offload: bool
    """Whether the line takes trains as they are (`tx-udp-segmentation`)."""


@contextlib.contextmanager
def rig(*, segmentation_offload: bool = False) -> Iterator[Rig]:
    """Make the line, and take it away at the end. Raises RuntimeError on a machine with one core."""
    if len(os.sched_getaffinity(0)) < 2:
        raise RuntimeError("a benchmark needs two cores: one for the server, one for the load")
    if os.geteuid() != 0:
        print("benchmarks: not root, so over loopback: the figures compare with loopback runs only", file=sys.stderr)
        yield Rig("loopback", Side("127.0.0.1", SERVER_CPU), Side("127.0.0.2", LOAD_CPU), segmentation_offload=True)
        return
    server = Side("10.98.0.1", SERVER_CPU, f"hoptt-server-{os.getpid()}")
    load = Side("10.98.0.2", LOAD_CPU, f"hoptt-load-{os.getpid()}")
    with contextlib.ExitStack() as undo:
        for side in (server, load):
            _do("ip", "netns", "add", side.namespace)
            undo.callback(_do, "ip", "netns", "delete", side.namespace)  # takes its end of the pair along
        _do("ip", "link", "add", "hoptt0", "netns", server.namespace, "type", "veth",
            "peer", "name", "hoptt0", "netns", load.namespace)  # fmt: skip
        for side in (server, load):
            inside = ("ip", "-n", side.namespace)
            _do(*inside, "address", "add", f"{side.address}/24", "dev", "hoptt0")
            # Without an address of IPv6: who binds every address would find one that is not ready yet.
            _do(*inside, "link", "set", "hoptt0", "addrgenmode", "none")
            for device in ("lo", "hoptt0"):
                _do(*inside, "link", "set", device, "up")
            switch = "on" if segmentation_offload else "off"
            _do(*f"ip netns exec {side.namespace} ethtool -K hoptt0 tx-udp-segmentation {switch}".split())
        yield Rig("namespaces", server, load, segmentation_offload)


def _do(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(words)}` failed: {done.stderr.strip()}")
