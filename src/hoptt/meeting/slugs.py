"""Addresses of rooms (R1)."""

from __future__ import annotations

import re

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug

MIN_LENGTH, MAX_LENGTH = 2, 64
RESERVED = frozenset(
    {
        "account",
        "accounts",
        "admin",
        "api",
        "app",
        "assets",
        "auth",
        "calendar",
        "download",
        "downloads",
        "favicon",
        "health",
        "healthz",
        "help",
        "home",
        "host",
        "hoptt",
        "index",
        "livez",
        "login",
        "logout",
        "media",
        "meeting",
        "meetings",
        "metrics",
        "new",
        "office",
        "page",
        "readyz",
        "record",
        "recordings",
        "report",
        "reports",
        "robots",
        "room",
        "rooms",
        "rtc",
        "settings",
        "sign-in",
        "sign-out",
        "static",
        "status",
        "unit",
        "units",
        "upload",
        "uploads",
        "user",
        "users",
        "whep",
        "whip",
        "ws",
    }
)
"""Words that the server needs for itself, now or in a version to come."""


_LOOKS_LIKE = str.maketrans({"0": "o", "1": "l"})
"""Among the characters of an address, by Unicode TS 39; `rn` and `m`, `vv` and `w` are the pairs of letters."""


def looks_like(address: RoomSlug) -> str:
    """Give what an address is read as: two that give the same are taken for each other (S47)."""
    return address.translate(_LOOKS_LIKE).replace("rn", "m").replace("vv", "w")


def slug(text: str) -> RoomSlug:
    """Give the address that a text is.

    Raises HopttError: SLUG_INVALID for any other shape, SLUG_RESERVED for a word that the server needs.
    """
    if not re.fullmatch(rf"[a-z0-9](?:[a-z0-9-]{{{MIN_LENGTH - 2},{MAX_LENGTH - 2}}}[a-z0-9])", text):
        raise HopttError(
            ErrorCode.SLUG_INVALID,
            f"an address has {MIN_LENGTH} to {MAX_LENGTH} lower-case letters (a to z), digits and hyphens, "
            "and begins and ends with a letter or digit",
            field="slug",
        )
    if text in RESERVED:
        raise HopttError(ErrorCode.SLUG_RESERVED, f"{text} is kept for the server itself", field="slug")
    return RoomSlug(text)
