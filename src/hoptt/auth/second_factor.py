"""The second factor (S30): codes of 30 seconds as authenticator applications make them (TOTP, RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import os
import re
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId

STEP_S = 30
LEEWAY_STEPS = 1
"""A clock that is half a minute wrong, and slow typing."""
_NONCE = 12


class SecondFactors:
    """Makes and checks secrets. They are kept encrypted, under a key that lies outside the database (S48)."""

    def __init__(self, key: bytes) -> None:
        self._sealing = AESGCM(hmac.digest(key, b"second factor", "sha256"))

    def new(self, account: AccountId) -> tuple[str, str]:
        """Make a secret: as it is shown once (base 32), and as it is kept."""
        secret = pyotp.random_base32()
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._sealing.encrypt(nonce, secret.encode(), account.encode())
        return secret, base64.b64encode(sealed).decode()

    def step(self, account: AccountId, kept: str, code: str, *, after: int, now: datetime) -> int | None:
        """Give the step of a right code, to be kept as the newest that was used; None for a wrong or used one.

        `after`: the newest step that was used. A code that somebody looked at opens nothing a second time.
        """
        code = code.replace(" ", "")
        if not _CODE.fullmatch(code):
            return None
        totp = pyotp.TOTP(self._open(account, kept))
        here = int(now.timestamp()) // STEP_S
        found = None
        for step in range(here - LEEWAY_STEPS, here + LEEWAY_STEPS + 1):
            if hmac.compare_digest(totp.at(step * STEP_S), code) and step > after:
                found = step
        return found

    def _open(self, account: AccountId, kept: str) -> str:
        sealed = base64.b64decode(kept)
        try:
            return self._sealing.decrypt(sealed[:_NONCE], sealed[_NONCE:], account.encode()).decode()
        except InvalidTag as fault:
            raise HopttError(
                ErrorCode.INTERNAL, "a second factor that is kept cannot be read: was keys/accounts.key exchanged?"
            ) from fault


def provisioning_uri(secret: str, login: str, issuer: str) -> str:
    """Give what an authenticator application reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


_CODE = re.compile(r"[0-9]{6}")
