"""Addresses to hand out."""

from __future__ import annotations

from hoptt.config import Config


def base(config: Config) -> str:
    """Give the address of this installation: the first origin, else where it listens, as seen from this machine."""
    if config.http.origins:
        return config.http.origins[0]
    https = config.https.listen
    if https is not None:
        return f"https://localhost:{https.port}" if https.port != HTTPS_PORT else "https://localhost"
    if config.http.listen.path is not None:
        return "http://localhost"
    return f"http://localhost:{config.http.listen.port}"


def link(address: str, room: str, token: str | None = None) -> str:
    """Give a room's link; a token travels behind `#`, which a browser does not send (S29)."""
    return f"{address.rstrip('/')}/{room}" + (f"#token={token}" if token else "")


HTTPS_PORT = 443
