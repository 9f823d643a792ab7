"""SIGHUP: what can be changed while people meet is changed, and the rest is named (F37)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import structlog

from hoptt.app.tls import ServedCertificate
from hoptt.auth.guessing import Guessing
from hoptt.config import Config, Http, described
from hoptt.errors import HopttError
from hoptt.telemetry import logs

AT_RUN_TIME = frozenset(
    {
        "http.origins",
        "http.tls_cert",
        "http.tls_key",
        "http.trusted_networks",
        "http.trusted_proxies",
        "log.format",
        "log.level",
    }
)
"""The keys that a reload changes. All others hold from the next start, which costs no meeting a frame."""

log = structlog.get_logger(__name__)


class InForce:
    """The configuration that holds now."""

    def __init__(self, config: Config, guessing: Guessing, certificate: ServedCertificate | None) -> None:
        self.config = config
        self._guessing = guessing
        self._certificate = certificate

    def http(self) -> Http:
        """Give the section of the doors."""
        return self.config.http

    def reload(self, read: Callable[[], Config]) -> bool:
        """Read the configuration again and take what can be taken; a wrong one is refused whole, and logged."""
        try:
            wanted = read()
            certificate, key = wanted.http.tls_cert, wanted.http.tls_key
            if self._certificate is not None and certificate is not None and key is not None:
                self._certificate.change(certificate, key)
        except HopttError as refusal:
            faults = refusal.message.splitlines()
            log.error("configuration refused: the old one stays in force", faults=faults)  # noqa: TRY400 - no bug
            return False
        changed = [key.name for key in described() if value(wanted, key.name) != value(self.config, key.name)]
        later = [name for name in changed if name not in AT_RUN_TIME]
        self.config = _with(self.config, wanted)
        self._guessing.trust(wanted.http.trusted_networks)
        logs.set_up(wanted.log.level, wanted.log.format)
        log.info("configuration read again", changed=[name for name in changed if name in AT_RUN_TIME])
        if later:
            log.warning("settings that hold from the next start: restart hoptt", settings=later)
        return True


def value(config: Config, name: str) -> Any:
    """Give the value of a key, `http.listen`."""
    found: Any = config
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _with(config: Config, wanted: Config) -> Config:
    """Lay the keys of AT_RUN_TIME over the configuration."""
    sections: dict[str, dict[str, Any]] = {}
    for name in AT_RUN_TIME:
        section, key = name.split(".")
        sections.setdefault(section, {})[key] = value(wanted, name)
    return dataclasses.replace(
        config,
        **{name: dataclasses.replace(getattr(config, name), **values) for name, values in sections.items()},
    )
