"""What every event has besides its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Recorded:
    """Common to all events: the type, the version, and nothing personal unless said."""

    __slots__ = ()
    type: ClassVar[str]
    v: ClassVar[int] = 1
    personal: ClassVar[Mapping[str, object]] = {}
