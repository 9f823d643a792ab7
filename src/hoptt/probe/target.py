"""Which server is tried: an address as people copy it, with a room and a token behind it, too."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """A server as browsers reach it."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """The origin of its page."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def secure(self) -> bool:
        return self.scheme == "https"


def target_of(text: str) -> Target:
    """Read an address; without `http://` it is of https. Raises ValueError that says what is wrong."""
    whole = text.strip() if "://" in text else f"https://{text.strip()}"
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError as fault:
        raise ValueError(f"{text!r} is no address ({fault}): give one such as https://hop.example.gov.vn") from fault
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{text!r} is no address: give one such as https://hop.example.gov.vn")
    return Target(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme])
