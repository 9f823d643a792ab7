"""The last values of something, and how high most of them were."""

from __future__ import annotations

from collections import deque

KEPT = 1_000


class Recent:
    """The last thousand values. Adding is safe from any thread."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=KEPT)

    def add(self, value: float) -> None:
        """Note a value; the oldest makes room."""
        self._values.append(value)

    def quantile(self, share: float) -> float:
        """Give the value that this share of the last ones does not exceed; 0 when there are none."""
        values = sorted(self._values.copy())
        return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0
