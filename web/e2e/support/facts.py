"""What the log says of the last meeting of a room: `facts.py DATA ROOM` prints its events as JSON, in their order."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
from pathlib import Path

import msgspec

from hoptt.store.log_codec import decode

data, room = sys.argv[1:]


def facts() -> list[object]:
    with contextlib.closing(sqlite3.connect(f"file:{Path(data) / 'log.db'}?mode=ro", uri=True)) as log:
        found = log.execute(
            "SELECT meeting FROM meetings WHERE room = ? ORDER BY begun_ms DESC LIMIT 1", (room,)
        ).fetchone()
        rows = log.execute(
            "SELECT e.type, e.v, e.fact, p.payload FROM events e LEFT JOIN personal p ON p.chain = e.chain"
            " AND p.seq = e.seq WHERE e.chain = ? ORDER BY e.seq",
            found,
        ).fetchall()
    return [{"type": row[0], **msgspec.to_builtins(decode(*row), enc_hook=dict)} for row in rows]


json.dump(facts(), sys.stdout)
