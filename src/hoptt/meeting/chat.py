"""The chat (R25): who may write and read what, how fast, and how much of it is kept in mind (S35, S36).

A line is for everybody, for those who lead, or for the own unit. What proves a unit is an invitation or an account
(`Identity.unit`): a typed one would let anybody read along.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.chat_words import Chat, ChatClosed, ChatEvent, ChatTo, CloseChat, Line, Pace, Said, Say
from hoptt.meeting.commands import Identity
from hoptt.meeting.state import LEADS, Meeting, Participant
from hoptt.meeting.words import Role

MAX_TEXT = 4_000
"""Characters of a line."""
MAX_LINES, MAX_CHARACTERS = 200, 100_000
"""So much is kept in mind and shown to those who come; all of it stays in the log.

Both bind: 200 of the longest lines would be more than a slow reader is allowed to leave waiting (S36).
"""
DESK = LEADS | {Role.SECRETARY}
"""Who reads what is said to those who lead, and may write while the chat is closed."""


@dataclass(frozen=True, slots=True)
class _Limit:
    rate: float
    burst: float


_OF_ONE = _Limit(5.0, 20.0)
_OF_ALL = _Limit(50.0, 200.0)
"""What a meeting reads at once stays a fraction of what may wait for one reader."""
_CHARACTERS_A_LINE = 400
"""A longer line counts as several: else a burst of long ones would cut slow readers off."""


def say(meeting: Meeting, command: Say, by: ParticipantId, now: datetime) -> tuple[Said, ...]:
    """Write a line: in time, not too long, and to readers that there are."""
    seat, chat = meeting.participants[by], meeting.chat
    text = cleaned(command.text)
    if not text:
        raise HopttError(ErrorCode.CHAT_EMPTY, "there is nothing in it to read", field="text")
    if len(text) > MAX_TEXT:
        raise HopttError(
            ErrorCode.CHAT_TOO_LONG,
            f"a line has {MAX_TEXT} characters at most ({len(text)})",
            field="text",
            details={"max_length": MAX_TEXT, "length": len(text)},
        )
    if chat.closed and seat.role not in DESK:
        raise HopttError(ErrorCode.CHAT_CLOSED, "the chair has closed the chat")
    unit = unit_key(seat.identity) if command.to is ChatTo.UNIT else ""
    if command.to is ChatTo.UNIT and not unit:
        raise HopttError(
            ErrorCode.CHAT_NO_UNIT, "only an invitation or an account proves a unit: write to all, or to the chair"
        )
    _check_pace(chat, by, len(text), now)
    return (Said(now, by, command.to, text, chat.number + 1, unit),)


def close(meeting: Meeting, command: CloseChat, by: ParticipantId, now: datetime) -> tuple[ChatClosed, ...]:
    """Close the chat, or open it again; what was written stays."""
    return (ChatClosed(now, command.closed, by),) if command.closed is not meeting.chat.closed else ()


def evolve_chat(meeting: Meeting, event: ChatEvent) -> Meeting:
    """Give the meeting after a line, or after the chat was closed or opened."""
    chat = meeting.chat
    match event:
        case ChatClosed():
            return replace(meeting, chat=replace(chat, closed=event.closed))
        case Said():
            seat = meeting.participants.get(event.participant)
            if seat is None:
                return meeting
            return replace(meeting, chat=_with_line(chat, Line(event, seat.name), event.at))
        case _:
            assert_never(event)


def may_read(said: Said, reader: ParticipantId, *, at_the_desk: bool, unit: str) -> bool:
    """Tell whether a line is for this reader. Who wrote it reads it."""
    match said.to:
        case ChatTo.ALL:
            return True
        case ChatTo.LEADS:
            return at_the_desk or said.participant == reader
        case ChatTo.UNIT:
            return (unit != "" and said.unit == unit) or said.participant == reader
        case _:
            assert_never(said.to)


def unit_of(seat: Participant) -> str:
    """Give the proved unit of a seat as it is written; empty for guests, and for companions: they sit with a seat."""
    return "" if seat.role is Role.COMPANION else seat.identity.unit


def unit_key(identity: Identity) -> str:
    """Give a proved unit as it is compared: without case, in NFC, one space."""
    return " ".join(unicodedata.normalize("NFC", identity.unit).casefold().split())


def cleaned(text: str) -> str:
    """Give a text as it is kept: in NFC, without what moves other text about (S41).

    Controls, overrides of the writing direction and piles of marks change how the lines around look; line breaks and
    tabs stay.
    """
    kept: list[str] = []
    pile = 0
    for character in unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")):
        category = unicodedata.category(character)
        if character in _DIRECTIONS or (category in ("Cc", "Cs", "Co", "Cn") and character not in "\n\t"):
            continue
        pile = pile + 1 if category in ("Mn", "Me") else 0
        if pile <= _MAX_PILE:
            kept.append(character)
    return "".join(kept).strip()


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
_MAX_PILE = 4
"""Marks on one letter: Vietnamese needs two, no living script more than these."""


def _check_pace(chat: Chat, who: ParticipantId, length: int, now: datetime) -> None:
    wait = max(
        _wait(chat.paces.get(who), _OF_ONE, length, now),
        _wait(chat.pace, _OF_ALL, length, now),
    )
    if wait > 0:
        raise HopttError(
            ErrorCode.CHAT_RATE, "too much is written at once; try again", details={"wait_ms": round(wait * 1000) + 1}
        )


def _with_line(chat: Chat, line: Line, now: datetime) -> Chat:
    said = line.said
    mine = _taken(chat.paces.get(said.participant), _OF_ONE, len(said.text), now)
    paces = {who: pace for who, pace in chat.paces.items() if _saved(pace, _OF_ONE, now) < _OF_ONE.burst}
    lines = [*chat.lines, line][-MAX_LINES:]
    characters = sum(len(one.said.text) for one in lines)
    while characters > MAX_CHARACTERS:
        characters -= len(lines.pop(0).said.text)
    return replace(
        chat,
        lines=tuple(lines),
        number=said.number,
        paces=MappingProxyType({**paces, said.participant: mine}),
        pace=_taken(chat.pace, _OF_ALL, len(said.text), now),
    )


def _saved(pace: Pace | None, limit: _Limit, now: datetime) -> float:
    if pace is None:
        return limit.burst
    return min(limit.burst, pace.saved + max(0.0, (now - pace.at).total_seconds()) * limit.rate)


def _wait(pace: Pace | None, limit: _Limit, length: int, now: datetime) -> float:
    """Give the seconds until a line of this length may be written."""
    return (_cost(length) - _saved(pace, limit, now)) / limit.rate


def _taken(pace: Pace | None, limit: _Limit, length: int, now: datetime) -> Pace:
    return Pace(_saved(pace, limit, now) - _cost(length), now)


def _cost(length: int) -> float:
    return max(1.0, length / _CHARACTERS_A_LINE)
