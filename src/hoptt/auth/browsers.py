"""The pseudonym of a browser: by it a ban finds a guest again, and guesses are counted (never by address alone).

A cookie carries 128 random bits and a tag that only this server can make, so that nobody can take another browser's
place or fill tables with names of their own. What is written to the log is made from it with a key, and leads back to
no cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

COOKIE, SECURE_COOKIE = "hoptt-browser", "__Host-hoptt-browser"
"""The second over https: a browser takes that name from the own host over TLS only (RFC 6265bis §4.1.3.2)."""
MAX_AGE_S = 365 * 24 * 3600


class Browsers:
    """Makes and reads the cookie."""

    def __init__(self, key: bytes) -> None:
        self._tagging = hmac.digest(key, b"cookie", "sha256")
        self._naming = hmac.digest(key, b"pseudonym", "sha256")

    def new(self) -> str:
        """Make the value of a cookie."""
        value = secrets.token_bytes(16)
        return _text(value + self._tag(value))

    def pseudonym(self, cookie: str | None) -> str | None:
        """Give the pseudonym of a browser; None for a cookie that this server has not made."""
        if cookie is None or not _SHAPE.fullmatch(cookie):
            return None
        raw = base64.urlsafe_b64decode(cookie + "==")
        value, tag = raw[:16], raw[16:]
        if not hmac.compare_digest(tag, self._tag(value)):
            return None
        return "b_" + hmac.digest(self._naming, value, "sha256")[:10].hex()

    def _tag(self, value: bytes) -> bytes:
        return hmac.digest(self._tagging, value, hashlib.sha256)[:12]


def cookie_name(*, secure: bool) -> str:
    """Give the cookie's name."""
    return SECURE_COOKIE if secure else COOKIE


def set_cookie(value: str, *, secure: bool) -> str:
    """Give the Set-Cookie header. Lax: whoever follows a link from elsewhere is known too."""
    flags = "; Secure" if secure else ""
    return f"{cookie_name(secure=secure)}={value}; Path=/; Max-Age={MAX_AGE_S}; HttpOnly; SameSite=Lax{flags}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


_SHAPE = re.compile(r"[A-Za-z0-9_-]{38}")
