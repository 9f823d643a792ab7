"""A log that keeps audit rows in memory, or is full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hoptt.errors import ErrorCode, HopttError


@dataclass
class FakeLog:
    """Stands for the log where only its audit rows are wanted."""

    full: bool = False
    rows: list[tuple[str, dict[str, object], dict[str, str]]] = field(default_factory=list)

    async def audit(
        self, kind: str, *, facts: Mapping[str, str | int | bool | None], personal: Mapping[str, str], at: datetime
    ) -> int:
        if self.full:
            raise HopttError(ErrorCode.NOT_STORED, f"full at {at}")
        self.rows.append((kind, dict(facts), dict(personal)))
        return len(self.rows)
