"""What the WebSocket door counts, for /metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hoptt.errors import ErrorCode


@dataclass(slots=True)
class LineCounts:
    """Of all connections of this node. Keys come from fixed lists: close codes and error codes (S49)."""

    open: int = 0
    opened: int = 0
    closed: Counter[int] = field(default_factory=Counter)
    """By close code; 1006 where nobody said one."""
    turned_back: Counter[ErrorCode] = field(default_factory=Counter)
    """Refused before the upgrade: `origin`, and `message.rate` when there were too many."""
    refused: Counter[ErrorCode] = field(default_factory=Counter)
    """Commands refused, by code."""
    messages: int = 0
    """Taken in."""
    sent: int = 0
    superseded: int = 0
    """Signals that a newer one replaced before a slow reader got them."""
    merged: int = 0
    """Signals made of two that tell of some participants each."""
    dropped: int = 0
    """Signals dropped for a slow reader."""
    slowed: int = 0
    """Times that reading waited because too much came."""
