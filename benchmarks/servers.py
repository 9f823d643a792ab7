"""The servers of a run: hoptt, and whichever others the environment names."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import hoptt_server
from benchmarks.peers.known import PEERS, present
from benchmarks.peers.peer import Peer
from benchmarks.programs import daemon, program
from benchmarks.rig import Rig
from benchmarks.under_test import OURS, UnderTest
from benchmarks.workloads import Workload

Start = Callable[[Rig, Path, Workload], AbstractContextManager[UnderTest]]

VOICES = frozenset({"W3", "W3T"})
"""Families of workloads in which nothing but voices is sent."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that can be started."""

    name: str
    version: str
    runs: frozenset[str] | None
    """Families of workloads that it can carry; all of them when nothing is said."""
    start: Start
    repacks: bool = False
    """Contents of its packets cannot be compared."""

    def carries(self, workload: Workload) -> bool:
        """Whether it can be put under this load at all."""
        return self.runs is None or workload.family in self.runs


def servers(*, alone: bool) -> list[Server]:
    """Give hoptt, and unless it is to be alone with other settings and others that are there. Raises LookupError."""
    found = [Server(OURS, "this commit", None, hoptt_server.server)]
    if not alone:
        gathers = functools.partial(hoptt_server.server, gathers=True)
        settings = f"this commit, with rtc: {{{hoptt_server.GATHERS}}}"
        found.append(Server(f"{OURS}, voices gathered", settings, VOICES, gathers))
    for name, path in ({} if alone else present()).items():
        peer = PEERS[name]
        version = _version(peer, path)
        for choice, chosen in peer.choices.items():
            called = ", ".join(filter(None, (name, choice)))
            found.append(Server(called, version, peer.runs, _start(peer, path, chosen), peer.repacks))
    return found


def absent() -> dict[str, str]:
    """Give the others that are not there, with the variable that would name them."""
    return {name: peer.variable for name, peer in PEERS.items() if name not in present()}


def _start(peer: Peer, path: str, chosen: Mapping[str, str]) -> Start:
    @contextlib.contextmanager
    def start(rig: Rig, folder: Path, _: Workload) -> Iterator[UnderTest]:
        address, at = rig.server.address, folder / "adapter.sock"
        log = folder / "server.log"
        words = [sys.executable, "-m", "benchmarks.peers.adapter", peer.name, "--at", str(at), "--server", address]
        launch = peer.launch(path, folder, address, chosen)
        # Some wait for their guests to leave before they end, and nothing of theirs is to be kept.
        with daemon(rig.server, launch, log, gently=False) as pid, program(rig.load, *words) as adapter:
            try:
                adapter.wait_for("ready")
            except RuntimeError as fault:
                raise RuntimeError(f"{fault}\n{log.read_text(errors='replace')[-2_000:]}") from None
            yield UnderTest(peer.name, f"adapter={at}", rig.server, pid)

    return start


def _version(peer: Peer, path: str) -> str:
    done = subprocess.run(peer.version(path), capture_output=True, text=True, check=False, timeout=20)
    said = (done.stdout + done.stderr).strip().splitlines()
    return peer.read_version(said) if said else "?"
