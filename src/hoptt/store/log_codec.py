"""Events to rows and back. What is personal goes into a part of its own, so that it can be erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from hoptt.meeting.events import EVENT_TYPES, Event
from hoptt.store.log_upcast import UnknownEvent, upcast


@dataclass(frozen=True, slots=True)
class Encoded:
    """One event as the log keeps it. `personal` is empty when nothing in it is personal."""

    type: str
    v: int
    at_ms: int
    fact: bytes
    personal: bytes


def encode(event: Event) -> Encoded:
    """Give the row of an event."""
    fact = msgspec.to_builtins(event, enc_hook=_plain)
    personal = {}
    for path in event.personal:
        holder, key = _find(fact, path)
        personal[path] = holder.pop(key)
    return Encoded(
        event.type,
        event.v,
        int(event.at.timestamp() * 1000),
        msgspec.json.encode(fact, order="deterministic"),
        msgspec.json.encode(personal, order="deterministic") if personal else b"",
    )


def encode_audit(
    kind: str, facts: Mapping[str, str | int | bool | None], personal: Mapping[str, str], *, at_ms: int
) -> Encoded:
    """Give a row of the audit chain about the installation itself."""
    erasable = msgspec.json.encode(personal, order="deterministic") if personal else b""
    return Encoded(kind, 1, at_ms, msgspec.json.encode(facts, order="deterministic"), erasable)


def decode(kind: str, v: int, fact: bytes, personal: bytes | None) -> Event:
    """Give the event of a row; `personal` is None when it was erased. Raises UnknownEvent."""
    values: dict[str, Any] = msgspec.json.decode(fact)
    parts: dict[str, Any] | None = None
    if personal:
        parts = msgspec.json.decode(personal)
    kind, values, parts = upcast(kind, v, values, parts)
    event_type = EVENT_TYPES.get(kind)
    if event_type is None:
        raise UnknownEvent(kind, v)
    for path, erased in event_type.personal.items():
        holder, key = _find(values, path)
        if parts is None:
            holder[key] = erased
        elif path in parts:  # a part that came later is not there: its default holds
            holder[key] = parts[path]
    return msgspec.convert(values, event_type)


def _find(values: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    *above, key = path.split(".")
    for name in above:
        values = values[name]
    return values, key


def _plain(value: object) -> object:
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(f"{type(value)} is no part of an event")
