"""How far the server's core and the load's are apart: as far as the host of a virtual machine has put them just now.

Each packet's memory goes from one core to the other and back, and where that takes four times as long a server takes
up to a quarter more. No network makes it do so, and servers do not suffer alike: they are compared where cores are
near.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator, Sequence

from benchmarks.programs import FLOOR, program
from benchmarks.rig import LOAD_CPU, SERVER_CPU, Side

FAR_NS = 160
"""There and back: two cores of one cache take 60 to 100 ns, and those of two caches or sockets 200 to 400."""
MAX_FAR_SHARE = 0.2
"""Of a round."""
TRIES = 3
"""At most, of what would not count."""


class Watch:
    """What was measured while a block lasted, each half second in which neither core was too busy for it."""

    def __init__(self) -> None:
        self.ns: list[int] = []


@contextlib.contextmanager
def watching(side: Side) -> Iterator[Watch]:
    """Measure while the block lasts. Raises RuntimeError when it cannot be measured."""
    watch = Watch()
    with program(side, FLOOR, "apart", "--cpus", f"{SERVER_CPU},{LOAD_CPU}") as running:
        yield watch
        running.close_input()
        watch.ns += running.wait_for("apart")["ns"]


class Distances:
    """All that was seen of the rounds that are compared."""

    def __init__(self) -> None:
        self._near: list[int] = []

    def note(self, ns: Sequence[int]) -> str | None:
        """Take another round's, and say why it does not count beside those before it."""
        if _far_share(ns) <= MAX_FAR_SHARE:
            self._near += [one for one in ns if one <= FAR_NS]
        return self.fault(ns)

    def fault(self, ns: Sequence[int]) -> str | None:
        """Say why a round does not count beside the others. Where the cores are always far apart it does."""
        share = _far_share(ns)
        if share <= MAX_FAR_SHARE or not self._near:
            return None
        far = statistics.median(one for one in ns if one > FAR_NS)
        near = statistics.median(self._near)
        return (
            f"the cores were far apart for {share:.0%} of the time: {far:.0f} ns there and back instead of {near:.0f}"
        )


def _far_share(ns: Sequence[int]) -> float:
    return sum(one > FAR_NS for one in ns) / max(len(ns), 1)
