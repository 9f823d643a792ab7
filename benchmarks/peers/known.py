"""The servers that there is an adapter for."""

from __future__ import annotations

import os

from benchmarks.peers.galene import Galene
from benchmarks.peers.janus import Janus
from benchmarks.peers.livekit import Livekit
from benchmarks.peers.mediamtx import Mediamtx
from benchmarks.peers.mediasoup import Mediasoup
from benchmarks.peers.peer import Peer

PEERS: dict[str, Peer] = {peer.name: peer for peer in (Janus(), Livekit(), Galene(), Mediamtx(), Mediasoup())}


def present() -> dict[str, str]:
    """Give the programs of those that the environment names. Raises LookupError for a wrong path."""
    found: dict[str, str] = {}
    for name, peer in PEERS.items():
        program = os.environ.get(peer.variable, "")
        if program and not os.access(program, os.X_OK):
            raise LookupError(f"{peer.variable} names {program}, and that is no program")
        if program:
            found[name] = program
    return found
