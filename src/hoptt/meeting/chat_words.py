"""The words of the chat (R25): what may be asked, what happened, and what of it a meeting keeps in mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from hoptt.ids import ParticipantId
from hoptt.meeting.event import Recorded
from hoptt.meeting.settings import Name


class ChatTo(StrEnum):
    """For whom a line is."""

    ALL = "all"
    LEADS = "leads"
    """Chair, co-chairs and secretary."""
    UNIT = "unit"
    """Those whose invitation or account names the same unit."""


# ---- asked ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Write a line."""

    to: ChatTo
    text: str


@dataclass(frozen=True, slots=True)
class CloseChat:
    """Close the chat for all but chair, co-chairs and secretary, or open it again."""

    closed: bool


# ---- happened ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said(Recorded):
    """A line was written."""

    type: ClassVar[str] = "said"
    personal: ClassVar[Mapping[str, object]] = {"text": "", "unit": ""}

    at: datetime
    participant: ParticipantId
    to: ChatTo
    text: str
    number: int
    """Of the lines of this meeting, the private ones counted."""
    unit: str = ""
    """Of `to: unit`: whose, as it is compared. A line whose unit was erased is nobody's."""


@dataclass(frozen=True, slots=True)
class ChatClosed(Recorded):
    """The chat was closed, or opened again."""

    type: ClassVar[str] = "chat_closed"

    at: datetime
    closed: bool
    by: ParticipantId | None


ChatEvent: TypeAlias = Said | ChatClosed


# ---- kept -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A line with the name that its writer had."""

    said: Said
    name: Name


@dataclass(frozen=True, slots=True)
class Pace:
    """A bucket that fills by itself: how much may be said at once, as it was left at a time."""

    saved: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """The last lines of a meeting, and how fast those go who write just now."""

    lines: tuple[Line, ...] = ()
    number: int = 0
    """Of the last line; how many are no longer kept is seen from the first one's."""
    closed: bool = False
    paces: Mapping[ParticipantId, Pace] = field(default_factory=lambda: MappingProxyType({}))
    """Of those whose bucket is not full again."""
    pace: Pace | None = None
    """Of the whole meeting."""
