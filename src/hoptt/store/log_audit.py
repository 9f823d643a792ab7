"""Reading the audit chain: what happened to the installation itself (S51)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hoptt.store import log_chain as chains
from hoptt.store.log_schema import open_for_reading

MAX_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row, for people and programs to read."""

    seq: int
    at_ms: int
    kind: str
    facts: dict[str, Any]
    personal: dict[str, str] | None
    """None when there is none, or when it was erased."""


def read_audit(path: Path, *, last: int = MAX_ROWS) -> list[AuditRow]:
    """Give the last rows of the audit chain, the oldest first. They are not verified: that is `log_verify`'s."""
    with contextlib.closing(open_for_reading(path)) as connection:
        found = connection.execute(
            "SELECT e.seq, e.at_ms, e.type, CAST(e.fact AS BLOB), CAST(p.payload AS BLOB) FROM events e"
            " LEFT JOIN personal p ON p.chain = e.chain AND p.seq = e.seq"
            " WHERE e.chain = ? ORDER BY e.seq DESC LIMIT ?",
            (chains.AUDIT, last),
        ).fetchall()
    return [
        AuditRow(seq, at_ms, kind, _facts(fact), None if payload is None else msgspec.json.decode(payload))
        for seq, at_ms, kind, fact, payload in reversed(found)
    ]


def _facts(fact: bytes) -> dict[str, Any]:
    """Read what a row says: an object, or the words of one about a meeting's chain."""
    if fact.startswith(b"{"):
        facts: dict[str, Any] = msgspec.json.decode(fact)
        return facts
    chain, *words = fact.decode().split(" ")
    return {"chain": chain, "words": " ".join(words)}
