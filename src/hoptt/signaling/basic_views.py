"""The smallest things as they stand on the wire."""

from __future__ import annotations

from datetime import datetime

from hoptt.meeting.settings import Name
from hoptt.signaling import messages as wire


def ms(at: datetime) -> int:
    """Give a time as the wire has it: milliseconds since 1970 UTC."""
    return round(at.timestamp() * 1000)


def name(shown: Name) -> wire.Name:
    return wire.Name(bridge_point=shown.bridge_point, name=shown.name, unit=shown.unit)
