"""What waits to be sent to one page (S36): history in order, of signals the latest.

Nothing here knows a socket. A signal that has not left yet is replaced by a newer one of its kind; where a signal tells
of some participants only, what the older one told of others is kept. Beyond the limit signals go first, then the
reader.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from hoptt.live.deliveries import Delivery, LayersNow, LevelsNow, LinesNow, LobbyNow, ShowsNow, SwitchesNow
from hoptt.signaling.counts import LineCounts

MAX_BYTES = 1024 * 1024
MAX_MERGES = 16
"""So many merges with one signal are kept for others; a page that lags like nobody else makes its own."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A signal that may still be replaced."""

    data: bytes
    signal: Delivery
    gone: bool = False


class Merges:
    """What two signals made that tell of some participants each, kept for the next page that has the same two waiting.

    The pages of a crowd lag alike: made and encoded for each of a thousand, a merge costs a thousand times as much.
    """

    def __init__(self, counts: LineCounts) -> None:
        self._counts = counts
        self._newer: Delivery | None = None
        self._kept: dict[int, tuple[Delivery, Delivery]] = {}
        """By the identity of the older one, which is kept along so that it stays the only one of that identity."""

    def of(self, older: Delivery, newer: Delivery) -> Delivery:
        """Give one signal that says what both do, the newer one where they differ."""
        if self._newer is not newer:
            self._newer = newer
            self._kept.clear()
        kept = self._kept.get(id(older))
        if kept is not None:
            return kept[1]
        merged = _merged(older, newer)
        if merged is not newer and len(self._kept) < MAX_MERGES:
            self._kept[id(older)] = (older, merged)
        self._counts.merged += 1
        return merged


class Outbox:
    """Use: `put` and `signal`; take with `pop`. `full` says that the reader is too slow for what may not be lost."""

    def __init__(self, counts: LineCounts, limit: int = MAX_BYTES, merges: Merges | None = None) -> None:
        self.full = False
        self._counts = counts
        self._merges = merges or Merges(counts)
        self._limit = limit
        self._items: deque[bytes | _Waiting] = deque()
        self._latest: dict[Hashable, _Waiting] = {}
        self._bytes = 0

    def put(self, data: bytes) -> None:
        """Queue what may not be lost."""
        self._add(data, len(data))

    def signal(self, signal: Delivery, encode: Callable[[Delivery], bytes]) -> None:
        """Queue a signal; the older one of its kind, if it is still here, is replaced."""
        key = _key(signal)
        older = self._latest.pop(key, None)
        if older is not None:
            signal = self._merges.of(older.signal, signal)
            self._take_out(older)
            self._counts.superseded += 1
        item = self._latest[key] = _Waiting(encode(signal), signal)
        self._add(item, len(item.data))

    def pop(self) -> bytes | None:
        """Take the next out; None when nothing waits."""
        while self._items:
            item = self._items.popleft()
            if isinstance(item, bytes):
                self._bytes -= len(item)
                return item
            if item.gone:
                continue
            self._bytes -= len(item.data)
            self._latest.pop(_key(item.signal), None)
            return item.data
        return None

    def clear(self) -> None:
        """Forget all that waits."""
        self._items.clear()
        self._latest.clear()
        self._bytes = 0

    def __len__(self) -> int:
        """Bytes that wait."""
        return self._bytes

    def _add(self, item: bytes | _Waiting, size: int) -> None:
        self._items.append(item)
        self._bytes += size
        if self._bytes > self._limit:
            self._drop_signals()
            self.full = self._bytes > self._limit

    def _drop_signals(self) -> None:
        for key, item in list(self._latest.items()):
            if isinstance(item.signal, _MAY_BE_LOST):
                self._take_out(item)
                del self._latest[key]
                self._counts.dropped += 1

    def _take_out(self, item: _Waiting) -> None:
        item.gone = True
        self._bytes -= len(item.data)
        item.data = b""


_MAY_BE_LOST = (LevelsNow, LobbyNow)
"""The next one says it all again. What a slot shows, a switch and a line's sign would not come again."""


def _key(signal: Delivery) -> Hashable:
    """Tell which signals replace each other: those of a kind, of shows those of a slot, of layers those of a source."""
    if isinstance(signal, ShowsNow):
        return (signal.shows.kind, signal.shows.slot)
    if isinstance(signal, LayersNow):
        return signal.layers.source
    return type(signal).__name__


def _merged(older: Delivery, newer: Delivery) -> Delivery:
    match older, newer:
        case SwitchesNow(), SwitchesNow():
            return SwitchesNow({**older.switches, **newer.switches})
        case LinesNow(), LinesNow():
            return LinesNow({**older.lines, **newer.lines})
        case _:
            return newer
