"""Old versions of events, made into those of today. Pure, and never deleted: old logs are read for years.

An upcaster stands under (type, old version) and gives the next version's type, facts and personal parts.
Parts are None where they were erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hoptt.meeting.events import EVENT_TYPES

Values: TypeAlias = dict[str, Any]
Upcaster: TypeAlias = Callable[[Values, Values | None], tuple[str, Values, Values | None]]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""Empty until the first event changes its shape."""


class UnknownEvent(Exception):
    """A type or version that this build does not know: a newer one wrote it, so the meeting is not taken."""

    def __init__(self, kind: str, v: int) -> None:
        super().__init__(f"event {kind} version {v} was written by a newer hoptt")
        self.kind = kind
        self.v = v


def upcast(
    kind: str,
    v: int,
    facts: Values,
    parts: Values | None,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> tuple[str, Values, Values | None]:
    """Bring a row to today's version. Raises UnknownEvent."""
    while (kind, v) in upcasters:
        kind, facts, parts = upcasters[kind, v](facts, parts)
        v += 1
    today = EVENT_TYPES.get(kind)
    if today is None or today.v != v:
        raise UnknownEvent(kind, v)
    return kind, facts, parts
