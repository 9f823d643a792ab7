"""How long is waited for what, in one place; docs/reliability.md lists it. Settings may replace those of a meeting.

Whoever waits keeps a name of their own for it beside the code that waits, and takes the value from here.
"""

from __future__ import annotations

from datetime import timedelta

# A page
WEBSOCKET_PING_S, WEBSOCKET_DEAD_S = 5.0, 15.0
"""Between two pings; without a frame for so long a line is dead, and its seat lost (P9)."""
FIRST_MESSAGE_S = 15.0

# A meeting
SEAT = timedelta(seconds=60)
"""A lost participant's seat (P9)."""
CHAIR_SEAT = timedelta(minutes=10)
LOBBY_PLACE = timedelta(minutes=10)
EMPTY = timedelta(seconds=300)
"""An ad-hoc meeting in which no seat is held closes."""
TURN_TAKEN = timedelta(seconds=60)
"""A turn that was granted and is not taken lapses (R17)."""

# The engine
WATCHDOG_PING_S, WATCHDOG_ANSWER_S, WATCHDOG_UNANSWERED = 1.0, 2.0, 2
"""The process watchdog asks each second; an engine that leaves two questions running unanswered hangs: 5 s (F2).

One alone says nothing: when our own loop stood still its time was over before the answer was looked at (F5).
"""
ENGINE_ANSWER_S = 5.0
"""A command that takes longer is taken as not done, and an engine that greets nobody for so long is taken for hung."""
ENGINE_GRACE_S = 120.0
"""Without a control plane the engine goes on for so long (P2)."""

# The disk
DATABASE_BUSY_S = 2.0
"""A locked database is waited for; then what was to be stored is refused (F15)."""
