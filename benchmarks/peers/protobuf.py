"""As much of protocol buffers as LiveKit's signalling needs: messages of numbers, texts and messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Value = int | str | bytes | list[bytes]
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def encode(fields: Mapping[int, Value]) -> bytes:
    """Write a message: its fields by their numbers, a list for a field that is repeated."""
    out = bytearray()
    for number, value in fields.items():
        match value:
            case int():
                out += _varint(number << 3 | VARINT) + _varint(value)
            case list():
                for one in value:
                    out += _varint(number << 3 | BYTES) + _varint(len(one)) + one
            case _:
                content = value.encode() if isinstance(value, str) else value
                out += _varint(number << 3 | BYTES) + _varint(len(content)) + content
    return bytes(out)


def decode(message: bytes) -> dict[int, int | bytes]:
    """Read a message: the last of each field; texts and messages as bytes. Raises ValueError."""
    return dict(_fields(message))


def repeated(message: bytes, number: int) -> list[bytes]:
    """Read a field that holds messages or texts, as often as it stands there. Raises ValueError."""
    return [content for at, content in _fields(message) if at == number and isinstance(content, bytes)]


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _read_varint(message, at)
            yield number, value
        elif kind == BYTES:
            length, at = _read_varint(message, at)
            yield number, message[at : at + length]
            at += length
        elif kind in (FIXED32, FIXED64):
            at += 4 if kind == FIXED32 else 8
        else:
            raise ValueError(f"a field of kind {kind}")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message):
            raise ValueError("a message that ends within a number")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
