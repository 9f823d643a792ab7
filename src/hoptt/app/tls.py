"""The certificate of the https listener: read again when its files are replaced, and watched for its end (F36)."""

from __future__ import annotations

import asyncio
import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography import x509

from hoptt.config import readable_by_others
from hoptt.errors import ErrorCode, HopttError

LOOK_S = 1.0
"""Between two looks at the files."""
WARN_DAYS = (30, 7, 1)
"""Before its end; each is said once."""
DAY_S = 24 * 3600
CHANGE_IT = "http.tls_cert is a chain in PEM, http.tls_key its key without a passphrase"

log = structlog.get_logger(__name__)


class ServedCertificate:
    """Give `context` to the listener once: new connections get whatever certificate is in force when they come.

    A pair that cannot be used is refused and logged, and the one before stays in force; open sockets keep theirs.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raise HopttError(CONFIG_INVALID) when the pair cannot be used."""
        self._files = (certificate, key)
        self._seen = _state(self._files)
        self._broken: object = None
        self._warned: int | None = None
        self._current, self.expires_at = _pair(certificate, key)
        self.context = tls_context(certificate, key)
        self.context.sni_callback = self._choose

    def change(self, certificate: Path, key: Path) -> None:
        """Serve another pair from now on. Raises HopttError(CONFIG_INVALID); then nothing has changed."""
        seen = _state((certificate, key))
        self._current, self.expires_at = _pair(certificate, key)
        self._files, self._seen, self._broken, self._warned = (certificate, key), seen, None, None

    def look(self) -> None:
        """Take files that were replaced since the last look.

        Two files are replaced one after the other: a pair that does not fit is refused when it is still so at the next.
        """
        seen = _state(self._files)
        if seen == self._seen:
            return
        try:
            self.change(*self._files)
        except HopttError as refusal:
            if self._broken == seen:
                self._seen, self._broken = seen, None
                log.error("certificate refused: the old one stays", reason=refusal.message)  # noqa: TRY400 - no bug
            else:
                self._broken = seen
        else:
            log.info("certificate replaced", expires_at=self.expires_at.isoformat())

    def warn(self, now: datetime) -> None:
        """Say that its end is near, once for each of WARN_DAYS."""
        left_s = self.left_s(now)
        passed = [days for days in WARN_DAYS if left_s <= days * DAY_S]
        if not passed or passed[-1] == self._warned:
            return
        self._warned = passed[-1]
        say = log.error if passed[-1] == WARN_DAYS[-1] else log.warning
        word = "certificate has expired" if left_s <= 0 else "certificate expires soon"
        say(word, expires_at=self.expires_at.isoformat(), days_left=int(left_s // DAY_S))

    def left_s(self, now: datetime) -> float:
        """Tell how long it holds; less than nothing when it has expired."""
        return (self.expires_at - now).total_seconds()

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _: ssl.SSLContext) -> None:
        connection.context = self._current


async def watch_certificate(served: ServedCertificate) -> None:
    """Look again and again. Ends when cancelled."""
    while True:
        served.look()
        served.warn(datetime.now(UTC))
        await asyncio.sleep(LOOK_S)


def tls_context(certificate: os.PathLike[str], key: os.PathLike[str]) -> ssl.SSLContext:
    """Give a context of the https listener: TLS 1.2 at least. Raises HopttError(CONFIG_INVALID)."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ssl.SSLError) as fault:
        raise _unusable(certificate, key, str(fault)) from fault
    return context


def ends_at(certificate: Path) -> datetime:
    """Tell when a chain stops to be good: with the first of its certificates. Raises OSError, ValueError."""
    return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(certificate.read_bytes()))


def _pair(certificate: Path, key: Path) -> tuple[ssl.SSLContext, datetime]:
    try:
        if readable_by_others(key):
            raise _unusable(certificate, key, f"others can read the key: chmod o= {key}")
        return tls_context(certificate, key), ends_at(certificate)
    except (OSError, ValueError) as fault:
        raise _unusable(certificate, key, str(fault)) from fault


def _unusable(certificate: os.PathLike[str], key: os.PathLike[str], why: str) -> HopttError:
    return HopttError(
        ErrorCode.CONFIG_INVALID,
        f"the certificate {os.fspath(certificate)} with the key {os.fspath(key)} cannot be used ({why}): {CHANGE_IT}",
    )


def _state(files: tuple[Path, Path]) -> tuple[object, ...]:
    """Tell two states of the files apart; links are followed, as certbot lays them."""
    found: list[object] = []
    for file in files:
        try:
            status = file.stat()
        except OSError as fault:
            found.append(fault.errno)
        else:
            found.append((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode))
    return tuple(found)
