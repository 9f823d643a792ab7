"""Who asks: from which address, over TLS or not, and whether from a page that may (S34, S40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from aiohttp import web

from hoptt.config import keys

MAX_HOPS = 20
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's other side."""

    address: str
    """Of the browser, as the last proxy that is trusted sees it; empty on a Unix socket."""
    secure: bool
    """Between browser and server, or its proxy, is TLS."""
    allowed: bool
    """Plain http is served to loopback, to a Unix socket, and to trusted proxies only."""
    origin: str
    """The origin of our own page as this caller sees it."""


def caller_of(request: web.Request, proxies: Sequence[keys.Network]) -> Caller:
    """Tell who asks. Forwarded headers count only from the listed proxies (S40)."""
    peer = _peer(request)
    scheme = request.scheme
    address = peer
    trusted = peer is not None and within(peer, proxies)
    if trusted and peer is not None:
        address = _forwarded_for(request, peer, proxies)
        said = request.headers.getall("X-Forwarded-Proto", [])
        if said:
            scheme = "https" if said[-1].rpartition(",")[2].strip().lower() == "https" else "http"
    secure = scheme == "https"
    allowed = request.secure or peer is None or peer.is_loopback or trusted
    return Caller("" if address is None else str(address), secure, allowed, normal_origin(f"{scheme}://{request.host}"))


def is_own_page(request: web.Request, caller: Caller, origins: Sequence[str]) -> bool | None:
    """Tell whether a request comes from a page that may ask; None when it does not say where it comes from (S34)."""
    said = request.headers.getall("Origin", [])
    if not said:
        return None
    if len(said) != 1:
        return False
    origin = normal_origin(said[0])
    return bool(origin) and origin in ([normal_origin(one) for one in origins] or [caller.origin])


def normal_origin(text: str) -> str:
    """Give an origin in lower case and with its port; empty for what is none (`null`, a path, user information)."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return ""
    if "@" in parts.netloc or not text.isascii() or any(c.isspace() for c in text) or text.endswith(("?", "#")):
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port or DEFAULT_PORTS[parts.scheme]}"


def _peer(request: web.Request) -> IPv4Address | IPv6Address | None:
    """Give the address at the other end of the socket; None for a Unix socket."""
    if request.transport is None:
        return None
    name = request.transport.get_extra_info("peername")
    if not isinstance(name, tuple):
        return None
    return _plain(ip_address(name[0].partition("%")[0]))


def _forwarded_for(
    request: web.Request, peer: IPv4Address | IPv6Address, proxies: Sequence[keys.Network]
) -> IPv4Address | IPv6Address:
    """Walk back from the proxy before us to the first address that is no proxy: what stands left of it is hearsay."""
    address = peer
    hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    for hop in reversed(hops[-MAX_HOPS:]):
        try:
            address = _plain(ip_address(hop.strip()))
        except ValueError:
            break
        if not within(address, proxies):
            break
    return address


def within(address: IPv4Address | IPv6Address, networks: Sequence[keys.Network]) -> bool:
    """Tell whether an address is of one of these networks."""
    return any(address.version == network.version and address in network for network in networks)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
