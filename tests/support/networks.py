"""Networks of their own for tests: namespaces with cards between them, for the test and what it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self

TOOLS = ("ip", "nft", "nsenter", "unshare")
USABLE = os.geteuid() == 0 and all(map(shutil.which, TOOLS))
MISSING = "only root may make networks, with iproute2, nftables and util-linux (scripts/need test)"
CLONE_NEWNET = 0x4000_0000


class Network:
    """A namespace; everything in it ends with the context."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo here; exec sleep infinity"], stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "here\n", "a network namespace can be made"
        self._handle = os.open(f"/proc/{self._holder.pid}/ns/net", os.O_RDONLY)
        self.run("ip", "link", "set", "lo", "up")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
        self._holder.kill()
        self._holder.wait()
        assert self._holder.stdout is not None
        self._holder.stdout.close()

    def run(self, *words: str, given: str | None = None) -> str:
        """Run a command in here and give what it says."""
        entered = ("nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "--", *words)
        done = subprocess.run(entered, capture_output=True, text=True, check=False, input=given, timeout=30)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return done.stdout

    def rules(self, *lines: str) -> None:
        """Lay these lines of nftables into the table `test`."""
        self.run("nft", "-f", "-", given="table inet test {\n" + "\n".join(lines) + "\n}\n")

    def counted(self, name: str) -> int:
        """Give the packets of a named counter of the table `test`."""
        words = self.run("nft", "list", "counter", "inet", "test", name).split()
        return int(words[words.index("packets") + 1])

    def reach(self, other: Network, card: str, mtu: int = 1500) -> None:
        """Lay a cable between the two: a card of this name in both."""
        self.run("ip", "link", "add", card, "type", "veth", "peer", "name", card, "netns", str(other._holder.pid))
        for one in (self, other):
            one.run("ip", "link", "set", card, "mtu", str(mtu), "up")

    def address(self, card: str, *addresses: str) -> None:
        """Give a card addresses with the length of their network; IPv6 ones are good at once."""
        for address in addresses:
            more = ["nodad"] if ":" in address else []
            self.run("ip", "addr", "add", address, "dev", card, *more)

    def route(self, where: str, by: str) -> None:
        """Send what is for there by that neighbour."""
        self.run("ip", "route", "add", where, "via", by)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be in here: sockets that this thread opens and programs that it starts are."""
        with ExitStack() as stack:
            own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            stack.callback(os.close, own)
            stack.callback(_enter, own)
            _enter(self._handle)
            yield


def _enter(handle: int) -> None:
    if _LIBC.setns(handle, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


_LIBC = ctypes.CDLL(None, use_errno=True)
