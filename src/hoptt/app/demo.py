"""What `make serve` shows to somebody who has never seen hoptt: a room, links, https for a second device."""

from __future__ import annotations

import contextlib
import io
import socket
from dataclasses import replace

import segno

from hoptt.api.office_words import CreateRoom, MakeToken, TokenTold
from hoptt.app.certificate import self_made
from hoptt.app.data_dir import data_dir
from hoptt.app.links import link
from hoptt.app.running import Running
from hoptt.config import Config, Listen
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.words import AdHoc, EntryRule, Role

ROOM = "duan"
HTTPS_LISTEN = Listen("0.0.0.0", 8443)
CHAIR_TTL_S = 30 * 24 * 3600


def demo_config(config: Config) -> Config:
    """Add https with a certificate made here, unless the configuration has a certificate."""
    if config.http.tls_cert is not None:
        return config
    certificate, key = self_made(data_dir(config).tls, [own_address() or "127.0.0.1"])
    return replace(
        config,
        http=replace(config.http, tls_cert=certificate, tls_key=key),
        https=replace(config.https, listen=config.https.listen or HTTPS_LISTEN),
    )


async def welcome(server: Running) -> str:
    """See that the demo room is there, and give what is printed."""
    try:
        await server.office.do(
            CreateRoom(slug=ROOM, name="Dự án", entry=EntryRule.OPEN, muted_until_allowed=False, ad_hoc=AdHoc.ANYONE)
        )
    except HopttError as refusal:
        if refusal.code is not ErrorCode.ROOM_EXISTS:
            raise
    chair = await server.office.do(
        MakeToken(room=ROOM, role=Role.CHAIR, name="Chủ trì", bridge_point="Điểm cầu trung tâm", ttl_s=CHAIR_TTL_S)
    )
    assert isinstance(chair, TokenTold), "a token was asked for"
    config = server.config
    near = f"http://localhost:{config.http.listen.port}"
    lines = [
        "",
        f"  A participant      {link(near, ROOM)}",
        f"  The chair          {link(near, ROOM, chair.token)}",
    ]
    address = own_address()
    if config.https.listen is not None and address is not None:
        far = link(f"https://{address}:{config.https.listen.port}", ROOM)
        lines += [
            f"  A second device    {far}",
            "                     (the certificate is made here, so its browser asks once whether to go on)",
            "",
            _qr(far),
        ]
    lines += [
        "  Company            make bots     in another terminal: six synthetic participants",
        "  The end            Ctrl+C",
        "",
    ]
    return "\n".join(lines)


def own_address() -> str | None:
    """Give the address by which others reach this machine; None without a network. Sends nothing."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: belongs to nobody; only the route is looked up
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _qr(text: str) -> str:
    drawn = io.StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True, border=2)
    return drawn.getvalue()
