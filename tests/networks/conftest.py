"""What is between a participant and the server: relays, both families, networks with addresses of their own, marks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.networks import MISSING, USABLE, Network
from tests.support.server import Server, a_server, free_media_port, free_port

ROOM = "duan"
EVERYBODY = ["0.0.0.0/0", "::/0"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the means these are skipped, and in CI they fail."""
    if not USABLE and not os.environ.get("CI"):
        here = Path(__file__).parent
        for item in items:
            if item.path.is_relative_to(here):
                item.add_marker(pytest.mark.skip(reason=MISSING))


@dataclass
class House:
    """A server in a network of its own."""

    network: Network
    server: Server

    def start(self) -> None:
        """Serve, with an open room in which everybody may speak."""
        with self.network.entered():
            self.server.start()
            words = ("--name", "Dự án", "--entry", "open", "--open-floor")
            self.server.told("room", "create", ROOM, *words)


@pytest.fixture
def networks() -> Iterator[tuple[Network, Network, Network]]:
    """Three networks, not connected: the server's, one between, and a participant's."""
    with Network() as server, Network() as between, Network() as far:
        yield server, between, far


def listening(address: str, announce: list[str], **rtc: object) -> dict[str, object]:
    """Give the settings of a server whose page is reached at an address, by whoever can."""
    host = f"[{address}]" if ":" in address else address
    return {
        "http": {"listen": f"{host}:{free_port()}", "trusted_proxies": [*EVERYBODY], "trusted_networks": [*EVERYBODY]},
        "rtc": {"port": free_media_port(), "announce": announce, **rtc},
    }


__all__ = ["ROOM", "House", "a_server", "listening"]
