"""Values that no log shows (S49)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
HIDDEN = "‹hidden›"


@dataclass(frozen=True, slots=True, repr=False)
class Private(Generic[T]):
    """A token, an address, a name, an SDP on its way through code that logs: however it is printed, it is hidden."""

    value: T

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, _: str) -> str:
        return HIDDEN
