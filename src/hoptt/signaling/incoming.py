"""Text of the page to a message, strictly (S35, S37)."""

from __future__ import annotations

import json
from typing import get_args

import msgspec

from hoptt.errors import ErrorCode, HopttError
from hoptt.signaling.messages import MAX_MESSAGE_BYTES, FromPage, Join, Offer

UNREADABLE, TOO_LARGE = 1002, 1009


class ProtocolFault(Exception):
    """The connection is to close with this code: the message cannot be answered."""

    def __init__(self, close_code: int, why: str) -> None:
        super().__init__(why)
        self.close_code = close_code
        self.why = why


class Malformed(Exception):
    """A message that cannot be read as its type, but answered: `id` is known."""

    def __init__(self, number: int, refusal: HopttError) -> None:
        super().__init__(refusal.message)
        self.number = number
        self.refusal = refusal


def read(text: str) -> FromPage:
    """Give the message. Raises Malformed, to be refused, or ProtocolFault.

    Of a key that is given twice the last one counts, and nothing of what came travels on but what was parsed (S24).
    """
    try:
        message: FromPage = _DECODER.decode(text)
    except msgspec.ValidationError as fault:
        raise _malformed(text, str(fault)) from fault
    except (msgspec.DecodeError, RecursionError, UnicodeError) as fault:
        raise _malformed(text, "it is no JSON") from fault
    if not isinstance(message, (Join, Offer)) and is_large(text):
        raise ProtocolFault(TOO_LARGE, f"more than {MAX_MESSAGE_BYTES} bytes without SDP")
    return message


def is_large(text: str) -> bool:
    """Tell whether a text is larger than a message without SDP may be."""
    if len(text) * 4 <= MAX_MESSAGE_BYTES:
        return False
    return len(text) > MAX_MESSAGE_BYTES or len(text.encode()) > MAX_MESSAGE_BYTES


def _malformed(text: str, why: str) -> Malformed | ProtocolFault:
    """Find out whether a message can be answered: NaN and half characters are read here, and refused."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ProtocolFault(UNREADABLE, "it is no JSON")
    if not isinstance(value, dict):
        return ProtocolFault(UNREADABLE, "it is no object")
    kind, number = value.get("type"), value.get("id")
    if not isinstance(kind, str) or kind not in _TYPES:
        return ProtocolFault(UNREADABLE, "its type is not known")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 2**53:
        return ProtocolFault(UNREADABLE, "it has no id")
    if kind not in _WITH_SDP and is_large(text):
        return ProtocolFault(TOO_LARGE, f"more than {MAX_MESSAGE_BYTES} bytes without SDP")
    return Malformed(number, HopttError(ErrorCode.MESSAGE_MALFORMED, why))


_DECODER: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)
_TYPES = frozenset(str(kind.__struct_config__.tag) for kind in get_args(FromPage))
_WITH_SDP = frozenset({"join", "offer"})
