"""The chat (R25): what is written, and what its readers get."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from hoptt.meeting.chat_words import ChatTo
from hoptt.signaling.messages.basics import Command, Message, Name

LineText: TypeAlias = Annotated[str, Meta(max_length=16_384)]
"""Longer than a line may be: the rule then says so, and how much is too much."""


class Say(Command, frozen=True, kw_only=True, tag="say"):
    """Write a line: `all`, `leads` (chair, co-chairs and secretary), or `unit` (the own one, where it is proved)."""

    to: ChatTo
    text: LineText


class CloseChat(Command, frozen=True, kw_only=True, tag="close_chat"):
    """Close the chat for all but chair, co-chairs and secretary, or open it again."""

    closed: bool


class Said(Message, frozen=True, kw_only=True, tag="said"):
    """A line, to those it is for. `number` counts the lines of the meeting, also those for others."""

    at: int
    participant: str
    to: ChatTo
    text: str
    number: int


class ChatClosed(Message, frozen=True, kw_only=True, tag="chat_closed"):
    """The chat was closed, or opened again. What was written stays."""

    at: int
    closed: bool
    by: str | None


class ChatLine(Message, frozen=True, kw_only=True):
    """A line in the picture, with the name that its writer had."""

    at: int
    participant: str
    to: ChatTo
    text: str
    number: int
    name: Name


ChatEvent: TypeAlias = Said | ChatClosed
