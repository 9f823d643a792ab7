"""Slowed guessing of room passwords (S32) and of accounts' (S33).

Sans-I/O: `now` is an argument, seconds of any clock that does not go back.

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
ACCOUNT_WINDOW_S = 600.0
PER_ACCOUNT = 10
SIGN_INS_PER_ADDRESS = 30
SIGN_INS_PER_TRUSTED_ADDRESS = PER_TRUSTED_ADDRESS
"""Wrong ones a minute, whatever the account: against one password tried on many names."""
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
    wait_s: float = 0.0
    """How long there is none, once none is left."""


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
        network, per_address = network_of(address, self._trusted, PER_ADDRESS, PER_TRUSTED_ADDRESS)
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
            max(window.wait(key, limit, now) for window, key, limit in places),
        )

    def right(self, done: Try) -> None:
        """Give a try back: only wrong ones count."""
        for window, key, at in done._keys:
            window.take_back(key, at)


class LoginGuessing:
    """Counts wrong passwords and codes of accounts (S33). One for the whole node.

    Ten wrong ones in ten minutes, then one a minute: so nobody is locked out for good, and the browser from which an
    account signed in before is held to its own tries only. Login names that do not exist are counted like the others.
    """

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self.waits = 0
        """How many were told to wait: for the metrics."""
        self._trusted = tuple(trusted)
        self._accounts = _Window(ACCOUNT_WINDOW_S, PER_ACCOUNT)
        self._browsers = _Window()
        self._addresses = _Window()

    @property
    def forgotten(self) -> int:
        """How many entries made room before their time was over: for the metrics."""
        return self._accounts.forgotten + self._browsers.forgotten + self._addresses.forgotten

    def begin(self, *, login: str, address: str, browser: str | None, known: bool, now: float) -> Try:
        """Count a try as wrong until `right` says otherwise. Raises HopttError(LOGIN_WAIT) with `wait_ms`.

        `known`: the account signed in from this browser before.
        """
        if known and browser is not None:
            places = [(self._browsers, f"{browser} {login}", PER_BROWSER)]
            wait_s = self._browsers.wait(places[0][1], PER_BROWSER, now)
        else:
            network, limit = network_of(address, self._trusted, SIGN_INS_PER_ADDRESS, SIGN_INS_PER_TRUSTED_ADDRESS)
            places = [(self._accounts, login, PER_ACCOUNT), (self._addresses, network, limit)]
            last = self._accounts.last(login, now)
            slowed = last is not None and self._accounts.count(login, now) >= PER_ACCOUNT
            wait_s = max(
                last + WINDOW_S - now if slowed and last is not None else 0.0,
                self._addresses.wait(network, limit, now),
            )
        if wait_s > 0:
            self.waits += 1
            raise HopttError(
                ErrorCode.LOGIN_WAIT,
                "too many wrong passwords for this account or from this place: wait, or ask the operator",
                field="password",
                details={"wait_ms": max(1, round(wait_s * 1000))},
            )
        for window, key, _ in places:
            window.add(key, now)
        return Try(0.0, 0, tuple((window, key, now) for window, key, _ in places))

    def right(self, done: Try) -> None:
        """Give a try back: only wrong ones count."""
        for window, key, at in done._keys:
            window.take_back(key, at)


def network_of(address: str, trusted: Sequence[Network], limit: int, of_trusted: int) -> tuple[str, int]:
    """Give what counts as one address (IPv6: a /64), and how many tries it has."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address, limit  # a Unix socket has none: its peers share one
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    many = any(ip.version == network.version and ip in network for network in trusted)
    shown = str(IPv6Network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
    return shown, of_trusted if many else limit


class _Window:
    """Times of tries within the last minute (or so) by key; the key touched longest ago goes first in a full table."""

    def __init__(self, seconds: float = WINDOW_S, most: int = PER_TRUSTED_ADDRESS) -> None:
        """`most`: so many times of one key are kept; no limit asked for is higher."""
        self.forgotten = 0
        self._seconds = seconds
        self._most = most
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, limit: int, now: float) -> float:
        """Tell how long a key has to wait for its next try."""
        tries = self._fresh(key, now)
        return 0.0 if tries is None or len(tries) < limit else tries[len(tries) - limit] + self._seconds - now

    def count(self, key: str, now: float) -> int:
        tries = self._fresh(key, now)
        return 0 if tries is None else len(tries)

    def last(self, key: str, now: float) -> float | None:
        """Tell when the last try was; None when none counts."""
        tries = self._fresh(key, now)
        return None if tries is None else tries[-1]

    def add(self, key: str, now: float) -> None:
        tries = self._tries.setdefault(key, deque(maxlen=self._most))
        tries.append(now)
        self._tries.move_to_end(key)
        while self._tries and next(iter(self._tries.values()))[-1] + self._seconds <= now:
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
        while tries and tries[0] + self._seconds <= now:
            tries.popleft()
        if tries is not None and not tries:
            del self._tries[key]
            return None
        return tries
