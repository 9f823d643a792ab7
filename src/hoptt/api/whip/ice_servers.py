"""STUN and TURN servers as `Link` headers (RFC 9725 §4.6): for programs that cannot read the page's configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hoptt.auth.relays import Relays
from hoptt.ids import ParticipantId


@dataclass(frozen=True, slots=True)
class IceServer:
    """One server. `url` is as RFC 7064 and RFC 7065 write it: `turn:turn.example.gov.vn:3478?transport=udp`."""

    url: str
    username: str = ""
    credential: str = field(default="", repr=False)


IceServersFor: TypeAlias = Callable[[ParticipantId], Sequence[IceServer]]
"""Which servers somebody may use, with credentials of their own."""


def no_ice_servers(_: ParticipantId) -> Sequence[IceServer]:
    """Give none: media goes to the server's own port, over UDP or TCP."""
    return ()


def of_relays(relays: Relays) -> IceServersFor:
    """Give those that pages get, too: each address by itself, as a `Link` names it."""
    return lambda participant: [
        IceServer(url, given.username, given.credential) for given in relays.servers(participant) for url in given.urls
    ]


def link_headers(servers: Iterable[IceServer]) -> list[str]:
    """Give one header value for each."""
    return [_link(server) for server in servers]


def _link(server: IceServer) -> str:
    parts = [f"<{server.url}>", 'rel="ice-server"']
    if server.username:
        parts += [f"username={_quoted(server.username)}", f"credential={_quoted(server.credential)}"]
        parts.append('credential-type="password"')
    return "; ".join(parts)


def _quoted(text: str) -> str:
    """Write a quoted-string (RFC 9110 §5.6.4)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
