"""What the harness and the adapter need to know of another server."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import ClassVar, TypeVar

from aiohttp import ClientSession

from benchmarks.peers.conversation import Conversation, Guest

SETTINGS = Path(__file__).with_name("settings")
PATIENCE_S = 10.0
T = TypeVar("T")


class Peer(ABC):
    """A server, as the harness starts it."""

    name: ClassVar[str]
    variable: ClassVar[str]
    """Of the environment: the path of its program."""
    runs: ClassVar[frozenset[str]]
    """Families of workloads that it can carry, such as W1."""
    repacks: ClassVar[bool] = False
    """It cuts frames into packets of its own, so that their contents and times cannot be compared."""
    port: ClassVar[int]
    """Of its door over TCP: what accepts there is ready."""
    choices: ClassVar[Mapping[str, Mapping[str, str]]] = {"": {}}
    """Where its authors leave a choice that may matter, all of it is measured: what each is called, and what
    the places in its settings hold. The first one has no name."""

    @abstractmethod
    def launch(self, program: str, folder: Path, address: str, chosen: Mapping[str, str]) -> list[str]:
        """Write its settings into a folder, with one of `choices`, and give the words that start it."""

    @abstractmethod
    def version(self, program: str) -> list[str]:
        """Give the words that make it tell its version."""

    def read_version(self, said: Sequence[str]) -> str:
        """Find the version in what it said: the first line, unless it talks more."""
        return said[0]

    @abstractmethod
    def entrance(self, session: ClientSession, address: str) -> Entrance:
        """Give the way in."""


class Entrance(ABC):
    """Brings guests in, for one run."""

    async def open(self) -> None:  # noqa: B027 - most need nothing
        """Make what all guests need, such as a room. The server's door is open."""

    @abstractmethod
    async def enter(self, guest: Guest, talk: Conversation) -> str:
        """Bring a guest in, and give the name under which others may see it. Raises PeerError."""

    async def watch(self, guest: Guest, talk: Conversation) -> None:
        """Let a guest who is in see others. Raises PeerError."""
        raise PeerError(f"guest {guest.number} cannot see anybody here: publishers only send")

    async def follow(self, guest: Guest, talk: Conversation) -> None:  # noqa: B027 - most say nothing
        """Tell a guest who is in which encodings of its picture are wanted, for as long as the server says so."""


class PeerError(Exception):
    """The server refused something."""


class NotYetError(PeerError):
    """What is wanted is not there; a publisher who has just come in may not have been heard yet."""


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again for a while when it is not there yet. Raises PeerError."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await ask()
        except NotYetError:
            if time.monotonic() >= until:
                raise
            await asyncio.sleep(0.1)


def settings(name: str, folder: Path, /, **places: object) -> Path:
    """Write a file of `settings/` into a folder, with its places filled in, and give its path."""
    written = folder / Path(name).name
    written.write_text(Template((SETTINGS / name).read_text()).substitute({k: str(v) for k, v in places.items()}))
    return written


def on_one_core(words: Sequence[str]) -> list[str]:
    """Give the command for a server written in Go: one core is all it has."""
    return ["env", "GOMAXPROCS=1", *words]
