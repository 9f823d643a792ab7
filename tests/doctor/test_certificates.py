"""The doctor looks at the certificate as browsers will."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doctor.support import keys
from tests.support.certificates import a_certificate, a_key, put, put_certificate

from hoptt.config import Config, load
from hoptt.doctor.certificates import certificate


def configured(folder: Path, *origins: str) -> Config:
    listed = "[" + ", ".join(f'"{one}"' for one in origins) + "]"
    return load(
        None,
        {
            "HOPTT__HTTPS__LISTEN": "127.0.0.1:8443",
            "HOPTT__HTTP__TLS_CERT": str(folder / "c.pem"),
            "HOPTT__HTTP__TLS_KEY": str(folder / "k.pem"),
            "HOPTT__HTTP__ORIGINS": listed,
        },
    )


def test_without_https_a_proxy_does_tls() -> None:
    assert keys(certificate(load(None, {}))) == ["ok tls.by_proxy"]


@pytest.mark.parametrize(
    ("days", "found"),
    [(-3, "fail tls.over"), (0.5, "fail tls.soon"), (6, "warn tls.soon"), (29, "warn tls.soon")],
)
def test_the_end_of_a_certificate_is_told_in_time(tmp_path: Path, days: float, found: str) -> None:
    put(tmp_path, "hop", days=days)
    assert keys(certificate(configured(tmp_path)))[0] == found


@pytest.mark.parametrize(
    ("names", "origin", "fits"),
    [
        (("hop.example.gov.vn",), "https://hop.example.gov.vn", True),
        (("*.example.gov.vn",), "https://hop.example.gov.vn", True),
        (("*.gov.vn",), "https://hop.example.gov.vn", False),
        (("*.example.gov.vn",), "https://example.gov.vn", False),
        (("localhost",), "https://hop.example.gov.vn", False),
        (("192.0.2.7",), "https://192.0.2.7", True),
    ],
)
def test_a_certificate_has_to_be_for_the_names_of_the_origins(
    tmp_path: Path, names: tuple[str, ...], origin: str, fits: bool
) -> None:
    put(tmp_path, "hop", names=names)
    assert ("fail tls.names" not in keys(certificate(configured(tmp_path, origin)))) is fits


def test_a_certificate_that_this_machine_does_not_trust_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    put(tmp_path / "other", "other")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other/c.pem"))
    put(tmp_path, "hop")
    [finding] = certificate(configured(tmp_path))
    assert (finding.key, finding.values["cause"]) == ("tls.chain", "self-signed certificate")


def test_a_certificate_that_this_machine_trusts_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "hop")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "c.pem"))
    assert keys(certificate(configured(tmp_path))) == ["ok tls.right"]


def test_a_pair_that_does_not_fit_is_a_fault(tmp_path: Path) -> None:
    put(tmp_path, "hop")
    put_certificate(tmp_path, a_certificate("hop", a_key()))
    assert keys(certificate(configured(tmp_path))) == ["fail tls.unusable"]
