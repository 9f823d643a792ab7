"""The bounds of the floor."""

from __future__ import annotations

from datetime import timedelta

from hoptt.errors import ErrorCode, HopttError

MAX_QUEUE = 1_000
"""Speaking requests that wait: as many as a meeting has seats."""
MAX_AT_ONCE = 10
MIN_TURN_S, MAX_TURN_S = 10, 86_400
"""Of a time per turn."""
MIN_STEP_S, MAX_STEP_S = 10, 3_600
"""Of more or less time for a turn that runs."""
SHORTEST_LEFT = timedelta(seconds=10)
"""What taking time away leaves, and what a restart leaves: whoever speaks can finish a sentence."""
MOST_AWAY = timedelta(seconds=60)
"""So long in all the clock of a turn stands still for a line that is lost; beyond that it counts."""
MAX_SPOKEN = 5_000
"""So many whose speaking time is kept; beyond that the longest known are forgotten."""


def within(field: str, value: int, least: int, most: int) -> int:
    """Give the number, or refuse it with its bounds. Raises HopttError(FLOOR_NUMBER)."""
    if not least <= value <= most:
        raise HopttError(
            ErrorCode.FLOOR_NUMBER,
            f"{field} is to be from {least} to {most}",
            field=field,
            details={"min": least, "max": most},
        )
    return value
