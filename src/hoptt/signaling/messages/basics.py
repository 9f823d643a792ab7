"""What every message is made of."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from hoptt.meeting.words import Source

PROTOCOL = 1
MAX_MESSAGE_BYTES = 64 * 1024
MAX_SDP_MESSAGE_BYTES = 512 * 1024
MAX_SDP = 384 * 1024
MAX_LIST = 1_000
MAX_NUMBER = 2**53

# What a command may hold (S35, S37). Names and reasons may be longer than any rule lets them: the rule then says so.
Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Ids: TypeAlias = Annotated[list[Id], Meta(max_length=MAX_LIST)]
Text: TypeAlias = Annotated[str, Meta(max_length=1_000)]
Sdp: TypeAlias = Annotated[str, Meta(max_length=MAX_SDP)]
Token: TypeAlias = Annotated[str, Meta(max_length=8_192)]
Number: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
Pixels: TypeAlias = Annotated[int, Meta(ge=0, le=16_384)]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything on the wire."""


class Command(Message, frozen=True, kw_only=True):
    """Something the page asks; `id` is any number unique within the connection."""

    id: Number


class Name(Message, frozen=True, kw_only=True):
    """How a participant is shown (R11). `name` is "Họ và tên, chức vụ": after the first comma comes the position."""

    bridge_point: Text
    name: Text
    unit: Text


class Tile(Message, frozen=True, kw_only=True):
    """What the page shows in one of its video slots, in device pixels."""

    slot: Annotated[int, Meta(ge=0, le=1_000)]
    participant: Id
    source: Source
    width: Pixels
    height: Pixels
