"""Makes join tokens for many at once: `tokens.py DATA ROOM` reads wishes as JSON, and prints a list of tokens."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from hoptt.auth.keys import open_keys
from hoptt.auth.tokens import Tokens
from hoptt.ids import RoomSlug
from hoptt.meeting.settings import Name
from hoptt.meeting.words import Role

data, room = sys.argv[1:]
maker = Tokens(open_keys(Path(data) / "keys"))
made = [
    maker.join(
        room=RoomSlug(room),
        person=f"person-{at}",
        role=Role(wish["role"]),
        name=Name(wish["bridgePoint"], wish["name"], wish["unit"]),
        now=datetime.now(UTC),
    )
    for at, wish in enumerate(json.load(sys.stdin))
]
json.dump(made, sys.stdout)
