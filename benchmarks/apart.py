"""How far the server's core and the load's are apart: as far as the host of a virtual machine has put them just now.

Each packet's memory goes from one core to the other and back, and where that takes four times as long a server takes
up to a third more. No network makes it do so, and servers do not suffer alike: they are compared where cores are near.
"""

from __future__ import annotations

import contextlib
import math
import statistics
from collections.abc import Iterator, Sequence

from benchmarks.programs import FLOOR, program
from benchmarks.rig import LOAD_CPU, SERVER_CPU, Side

FAR = 1.5
"""Times the nearest that was seen; the way there and back takes 75 or 350 ns on one machine."""
MAX_FAR_SHARE = 0.2
"""Of a round."""


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
        self._nearest = math.inf

    def note(self, ns: Sequence[int]) -> str | None:
        """Take another round's, and say why it does not count beside those before it."""
        if ns:
            self._nearest = min(self._nearest, statistics.median(ns))
        return self.fault(ns)

    def fault(self, ns: Sequence[int]) -> str | None:
        """Say why a round does not count beside the others."""
        far = [one for one in ns if one > FAR * self._nearest]
        if len(far) <= MAX_FAR_SHARE * len(ns):
            return None
        return (
            f"the cores were far apart for {len(far) / len(ns):.0%} of the time: "
            f"{statistics.median(far):.0f} ns there and back instead of {self._nearest:.0f}"
        )
