"""Certificates for tests: made here, for names and times that a test chooses."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def a_key(*, old_style: bool = False) -> PrivateKey:
    """Give a new key: of an elliptic curve, or RSA."""
    return rsa.generate_private_key(65537, 2048) if old_style else ec.generate_private_key(ec.SECP256R1())


def a_certificate(
    name: str, key: PrivateKey, *, days: float = 90, names: tuple[str, ...] = ("localhost", "127.0.0.1")
) -> x509.Certificate:
    """Give a self-made certificate with this common name, good from an hour ago for so many days from now."""
    now = datetime.now(UTC)
    shown = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(shown)
        .issuer_name(shown)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), critical=False)
        .sign(key, hashes.SHA256())
    )


def put(folder: Path, name: str, *, days: float = 90, old_style: bool = False, **options: tuple[str, ...]) -> None:
    """Lay a certificate and its key into a folder, `c.pem` and `k.pem`, over those that are there."""
    key = a_key(old_style=old_style)
    put_certificate(folder, a_certificate(name, key, days=days, **options))
    put_key(folder, key)


def put_certificate(folder: Path, certificate: x509.Certificate) -> None:
    """Lay a certificate into a folder."""
    _replace(folder / "c.pem", certificate.public_bytes(serialization.Encoding.PEM))


def put_key(folder: Path, key: PrivateKey) -> None:
    """Lay a key into a folder, readable by its owner alone."""
    _replace(
        folder / "k.pem",
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _replace(file: Path, content: bytes) -> None:
    """As certbot and others do it: the file is another one."""
    new = file.with_suffix(".new")
    new.write_bytes(content)
    new.chmod(0o600)
    new.rename(file)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
