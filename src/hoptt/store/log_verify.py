"""Looking whether the log was changed behind hoptt's back (S51)."""

from __future__ import annotations

import contextlib
import hmac
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hoptt.store import log_chain as chains
from hoptt.store.log_schema import open_for_reading


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first row of a chain that is not as it was written."""

    chain: str
    seq: int
    fault: str

    def __str__(self) -> str:
        return f"{self.chain} row {self.seq}: {self.fault}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong with it."""

    chains: int
    rows: int
    erased: int
    """Rows whose personal part was erased."""
    bad: tuple[BadRow, ...]


def verify(path: Path, key: bytes) -> Report:
    """Walk all chains and name the first bad row of each: changed, removed, swapped, added or cut off."""
    with contextlib.closing(open_for_reading(path)) as connection:
        connection.text_factory = lambda text: text.decode(errors="replace")  # whatever somebody wrote there
        connection.execute("BEGIN")  # one picture of a log that may be written meanwhile
        return _Walk(connection, key).report()


class _Walk:
    def __init__(self, connection: sqlite3.Connection, key: bytes) -> None:
        self._connection = connection
        self._key = key
        self._rows = 0
        self._erased = 0
        self._may_be_erased = {
            str(facts).split(" ")[0]
            for (facts,) in connection.execute(
                "SELECT CAST(fact AS TEXT) FROM events WHERE chain = ? AND type = 'erased'", (chains.AUDIT,)
            )
        }

    def report(self) -> Report:
        names = [
            name
            for (name,) in self._connection.execute(
                "SELECT chain FROM events UNION SELECT chain FROM heads UNION SELECT meeting FROM meetings ORDER BY 1"
            )
        ]
        bad = [fault for name in names for fault in self._chain(name)]
        if chains.AUDIT in names and not any(b.chain == chains.AUDIT for b in bad):
            bad += self._audited()
        return Report(len(names), self._rows, self._erased, tuple(bad))

    def _chain(self, name: str) -> Iterator[BadRow]:
        """Give the first fault of a chain, if there is one."""
        before, last = chains.START, 0
        for row, personal in self._rows_of(name):
            last += 1
            if row.seq != last:
                yield BadRow(name, last, "is missing")
                return
            if not hmac.compare_digest(row.hash, chains.hash_of(self._key, before, row)):
                yield BadRow(name, row.seq, "was changed, or is not where it was written")
                return
            if personal is not None and chains.digest_of(personal) != row.digest:
                yield BadRow(name, row.seq, "its personal part was changed")
                return
            if personal is None and row.digest and name not in self._may_be_erased:
                yield BadRow(name, row.seq, "its personal part is gone, and no audit row says that it was erased")
                return
            self._rows += 1
            self._erased += bool(row.digest) and personal is None
            before = row.hash
        head = self._connection.execute("SELECT seq, CAST(mac AS BLOB) FROM heads WHERE chain = ?", (name,)).fetchone()
        if head is None:
            yield BadRow(name, last, "the end of the chain is not recorded")
        elif head[0] != last or not hmac.compare_digest(head[1], chains.head_mac(self._key, name, last, before)):
            yield BadRow(name, last + 1, "rows at the end are missing")

    def _rows_of(self, name: str) -> Iterator[tuple[chains.Row, chains.Personal | None]]:
        for *fields, salt, payload in self._connection.execute(
            "SELECT e.chain, e.seq, e.epoch, e.at_ms, e.type, e.v, CAST(e.fact AS BLOB), CAST(e.digest AS BLOB),"
            " CAST(e.hash AS BLOB), CAST(p.salt AS BLOB), CAST(p.payload AS BLOB)"
            " FROM events e LEFT JOIN personal p ON p.chain = e.chain AND p.seq = e.seq"
            " WHERE e.chain = ? ORDER BY e.seq",
            (name,),
        ):
            yield chains.Row(*fields), None if salt is None else chains.Personal(salt, payload)

    def _audited(self) -> Iterator[BadRow]:
        """Compare the meetings with what the audit chain says of their first and last rows."""
        seen = set()
        for seq, kind, facts in self._connection.execute(
            "SELECT seq, type, CAST(fact AS BLOB) FROM events WHERE chain = ? ORDER BY seq", (chains.AUDIT,)
        ):
            if kind not in ("meeting_begun", "meeting_closed"):
                continue
            meeting, number, digest = bytes(facts).decode().split(" ")
            seen.add(meeting)
            found = self._connection.execute(
                "SELECT CAST(hash AS BLOB) FROM events WHERE chain = ? AND seq = ?", (meeting, int(number))
            ).fetchone()
            if found is None or found[0].hex() != digest:
                yield BadRow(meeting, int(number), f"is not the row that audit row {seq} names")
        for (meeting,) in self._connection.execute(
            "SELECT DISTINCT chain FROM events WHERE chain <> ?", (chains.AUDIT,)
        ):
            if meeting not in seen:
                yield BadRow(meeting, 1, "the audit chain does not know this meeting")
