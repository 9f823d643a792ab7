"""Slowed guessing of room passwords (S32). Sans-I/O: `now` is an argument, seconds of any clock that does not go back.

Only wrong tries count, for a minute: per browser, per address and room (a network named trusted has more: a ministry
sits behind one address), and per room. A try is counted when it begins and given back when it was right, so that a
thousand at once are not all let through before the first is known to be wrong. Who has a personal link or a resume
token does not come here, and who is told to wait may still knock.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug

WINDOW_S = 60.0
PER_BROWSER = 5
PER_ADDRESS = 5
PER_TRUSTED_ADDRESS = 60
PER_ROOM = 30
FREE_IN_ROOM = 25
"""So many wrong tries in a room's minute cost nobody a delay."""
STEP_S = 1.0
"""Each one beyond that holds the next back by so much more: 4 s before the thirtieth."""
MAX_KEPT = 20_000
"""Of each table; the oldest make room, and are counted."""

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Try:
    """A try that may be made, after `delay_s`. To be handed back with `right` when it was right."""

    delay_s: float
    left: int
    """So many more this browser and address have in this minute."""
    _keys: tuple[tuple[_Window, str, float], ...] = ()


class Guessing:
    """Counts wrong tries. One for the whole node."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self.waits = 0
        """How many were told to wait: for the metrics."""
        self._trusted = tuple(trusted)
        self._browsers = _Window()
        self._addresses = _Window()
        self._rooms = _Window()

    def trust(self, networks: Sequence[Network]) -> None:
        """Name the networks that are trusted from now on."""
        self._trusted = tuple(networks)

    @property
    def forgotten(self) -> int:
        """How many entries made room before their minute was over: for the metrics."""
        return self._browsers.forgotten + self._addresses.forgotten + self._rooms.forgotten

    def begin(self, *, room: RoomSlug, address: str, browser: str | None, now: float) -> Try:
        """Count a try as wrong until `right` says otherwise. Raises HopttError(PASSWORD_WAIT) with `wait_ms`."""
        network, per_address = self._network(address)
        places = [(self._addresses, f"{network} {room}", per_address), (self._rooms, str(room), PER_ROOM)]
        if browser is not None:
            places.append((self._browsers, browser, PER_BROWSER))
        wait_s = max(window.wait(key, limit, now) for window, key, limit in places)
        if wait_s > 0:
            self.waits += 1
            raise HopttError(
                ErrorCode.PASSWORD_WAIT,
                "too many wrong passwords; wait, or ask the operator",
                field="password",
                details={"wait_ms": max(1, round(wait_s * 1000))},
            )
        wrong = self._rooms.count(str(room), now)
        for window, key, _ in places:
            window.add(key, now)
        left = min(limit - window.count(key, now) for window, key, limit in places)
        return Try(
            max(0, wrong - FREE_IN_ROOM) * STEP_S,
            left,
            tuple((window, key, now) for window, key, _ in places),
        )

    def right(self, done: Try) -> None:
        """Give a try back: only wrong ones count."""
        for window, key, at in done._keys:
            window.take_back(key, at)

    def _network(self, address: str) -> tuple[str, int]:
        """Give what counts as one address (IPv6: a /64), and how many tries it has."""
        try:
            ip = ip_address(address.partition("%")[0])
        except ValueError:
            return address, PER_ADDRESS  # a Unix socket has none: its peers share one
        if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        trusted = any(ip.version == network.version and ip in network for network in self._trusted)
        limit = PER_TRUSTED_ADDRESS if trusted else PER_ADDRESS
        return (str(IPv6Network((ip, 64), strict=False)) if ip.version == 6 else str(ip)), limit


class _Window:
    """Times of tries within the last minute by key; the key touched longest ago goes first when the table is full."""

    def __init__(self) -> None:
        self.forgotten = 0
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, limit: int, now: float) -> float:
        """Tell how long a key has to wait for its next try."""
        tries = self._fresh(key, now)
        return 0.0 if tries is None or len(tries) < limit else tries[len(tries) - limit] + WINDOW_S - now

    def count(self, key: str, now: float) -> int:
        tries = self._fresh(key, now)
        return 0 if tries is None else len(tries)

    def add(self, key: str, now: float) -> None:
        tries = self._tries.setdefault(key, deque(maxlen=PER_TRUSTED_ADDRESS))
        tries.append(now)
        self._tries.move_to_end(key)
        while self._tries and next(iter(self._tries.values()))[-1] + WINDOW_S <= now:
            self._tries.popitem(last=False)
        while len(self._tries) > MAX_KEPT:
            self._tries.popitem(last=False)
            self.forgotten += 1

    def take_back(self, key: str, at: float) -> None:
        tries = self._tries.get(key)
        if tries is not None and at in tries:
            tries.remove(at)
            if not tries:
                del self._tries[key]

    def _fresh(self, key: str, now: float) -> deque[float] | None:
        tries = self._tries.get(key)
        while tries and tries[0] + WINDOW_S <= now:
            tries.popleft()
        if tries is not None and not tries:
            del self._tries[key]
            return None
        return tries
