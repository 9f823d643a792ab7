"""The certificate of `https.listen`: usable, for which names, trusted, and for how long."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from hoptt.app.tls import WARN_DAYS, tls_context
from hoptt.config import Config
from hoptt.doctor import words
from hoptt.doctor.making import fail, ok, warn
from hoptt.errors import HopttError
from hoptt.probe.findings import Finding


def certificate(config: Config, now: datetime | None = None) -> Iterator[Finding]:
    """Look at it as the server and as browsers do."""
    file, key = config.http.tls_cert, config.http.tls_key
    if config.https.listen is None or file is None or key is None:
        yield ok("tls", "tls.by_proxy", words.TLS_BY_PROXY)
        return
    try:
        tls_context(file, key)
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except HopttError as fault:
        yield fail("tls", "tls.unusable", words.TLS_UNUSABLE, cause=fault.message)
        return
    except (OSError, ValueError) as fault:
        yield fail("tls", "tls.unusable", words.TLS_UNUSABLE, cause=str(fault))
        return
    names = names_of(chain[0])
    shown = ", ".join(names) or "?"
    wanted = [host for origin in config.http.origins if (host := urlsplit(origin).hostname)]
    missing = [host for host in wanted if not any(_is_for(name, host) for name in names)]
    days = (min(one.not_valid_after_utc for one in chain) - (now or datetime.now(UTC))).days
    if days < 0:
        yield fail("tls", "tls.over", words.TLS_OVER, days=-days)
    elif days <= WARN_DAYS[-1]:
        yield fail("tls", "tls.soon", words.TLS_SOON, days=days)
    elif days <= WARN_DAYS[0]:
        yield warn("tls", "tls.soon", words.TLS_SOON, days=days)
    if missing:
        yield fail("tls", "tls.names", words.TLS_NAMES, names=shown, missing=", ".join(missing))
    fault_of_trust = None if days < 0 or missing else untrusted(file, key, (wanted or names or ["localhost"])[0])
    if fault_of_trust is not None:
        yield warn("tls", "tls.chain", words.TLS_CHAIN, cause=fault_of_trust)
    elif days > WARN_DAYS[0] and not missing:
        yield ok("tls", "tls.right", words.TLS_RIGHT, names=shown, days=days)


def names_of(one: x509.Certificate) -> list[str]:
    """Give the names and addresses that a certificate is for."""
    try:
        found = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]


def untrusted(file: Path, key: Path, name: str) -> str | None:
    """Say why a client of this machine would not trust the pair; None when it would, or knows no authorities at all.

    The two sides shake hands in memory.
    """
    client = ssl.create_default_context()
    if not client.cert_store_stats()["x509"]:
        return None
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name.replace("*", "any"))
    far = tls_context(file, key).wrap_bio(to_server, to_client, server_side=True)
    for _ in range(MOST_FLIGHTS):
        for side in (near, far):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as fault:
                return fault.verify_message or str(fault)
    return None


MOST_FLIGHTS = 5
"""Of a handshake, each way; TLS 1.3 takes two."""


def _is_for(name: str, host: str) -> bool:
    """RFC 6125 §6.4: a star stands for the whole first label."""
    name, host = name.lower(), host.lower()
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2] != "")
