"""What may stand behind a key of the configuration: kinds of value, each with its reader and what it allows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen: `HOST:PORT`, or `unix:PATH` where that makes sense."""

    host: str = ""
    port: int = 0
    path: Path | None = None
    """Of a Unix socket; then host and port mean nothing."""

    @property
    def loopback(self) -> bool:
        """Tell whether only this machine can come here."""
        if self.path is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value. `read` raises ValueError for what is not one."""

    allowed: str
    """Reads after "allowed: "."""
    read: Callable[[object], Any]
    text: bool = False
    """A value from the environment is taken as it stands, not read as JSON."""
    secret: bool = False
    """A wrong value is not shown (S48)."""


def key(kind: Kind, default: object = None, *, about: str, optional: bool = False) -> Any:
    """Declare a key of a section: its kind, its default, and what it does."""
    metadata = {"kind": kind, "about": about, "optional": optional}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def whole(least: int, most: int) -> Kind:
    """A whole number within limits."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
        return value

    return Kind(f"a whole number from {least} to {most}", read)


def switch() -> Kind:
    """true or false."""

    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError  # noqa: TRY004  # one exception says "not of this kind"
        return value

    return Kind("true or false", read)


def one_of(*words: str) -> Kind:
    """One of a list of words."""

    def read(value: object) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return Kind("one of " + ", ".join(words), read, text=True)


def several_of(*words: str) -> Kind:
    """A list of some of the words."""

    def read(value: object) -> tuple[str, ...]:
        given = _list(value)
        if any(one not in words for one in given) or len(set(given)) != len(given):
            raise ValueError
        return tuple(given)

    return Kind("a list of " + ", ".join(words) + ", each at most once", read)


def words(pattern: str, allowed: str) -> Kind:
    """A list of words of one shape."""

    def read(value: object) -> tuple[str, ...]:
        given = _list(value)
        if not all(re.fullmatch(pattern, one) for one in given):
            raise ValueError
        return tuple(given)

    return Kind(allowed, read)


def text(allowed: str, pattern: str, *, secret: bool = False) -> Kind:
    """Some text of a certain shape."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return Kind(allowed, read, text=True, secret=secret)


def path() -> Kind:
    """A path; a relative one counts from the folder in which hoptt is started."""

    def read(value: object) -> Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError
        return Path(value).expanduser()

    return Kind("a path", read, text=True)


def listen(*, unix: bool) -> Kind:
    """An address to listen at."""

    def read(value: object) -> Listen:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004  # one exception says "not of this kind"
        if unix and value.startswith("unix:") and len(value) > len("unix:"):
            return Listen(path=Path(value.removeprefix("unix:")))
        host, colon, port = value.rpartition(":")
        if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > MAX_PORT:
            raise ValueError
        if host.startswith("[") and host.endswith("]"):
            return Listen(str(ipaddress.IPv6Address(host[1:-1])), int(port))
        if host == "localhost" or re.fullmatch(r"[0-9.]+", host):
            return Listen(host if host == "localhost" else str(ipaddress.IPv4Address(host)), int(port))
        raise ValueError

    shapes = "ADDRESS:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080"
    return Kind(shapes + (", or unix:PATH" if unix else ""), read, text=True)


def networks() -> Kind:
    """A list of networks."""

    def read(value: object) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(one) for one in _list(value))

    return Kind("a list of addresses or networks, such as [10.0.0.5, 172.16.0.0/12]", read)


def addresses() -> Kind:
    """A list of addresses."""

    def read(value: object) -> tuple[Address, ...]:
        found = tuple(ipaddress.ip_address(one) for one in _list(value))
        if any(one.is_unspecified or one.is_multicast for one in found):
            raise ValueError
        return found

    return Kind("a list of addresses that browsers can reach, such as [203.0.113.7]", read)


def origins() -> Kind:
    """A list of web origins."""
    return words(
        r"https?://[^/\s@?#*]+", "a list of origins without a path, such as [https://hoptructuyen.example.gov.vn]"
    )


def relays() -> Kind:
    """A list of TURN URIs (RFC 7065 §3.1). TLS goes over TCP: over UDP no browser speaks it."""
    where = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?"
    return words(
        rf"turn:{where}(?:\?transport=(?:udp|tcp))?|turns:{where}(?:\?transport=tcp)?",
        "a list of TURN addresses, such as [turns:turn.example.gov.vn:443, turn:turn.example.gov.vn?transport=udp]",
    )


MAX_PORT = 65_535


def _list(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError
    return list(value)
