"""Who did what (R18): the answer to `read_acts`."""

from __future__ import annotations

from hoptt.signaling.messages.basics import Message, Name


class ActPerson(Message, frozen=True, kw_only=True):
    """Somebody as they were shown when it happened."""

    id: str
    name: Name


class ActRow(Message, frozen=True, kw_only=True):
    """One act. Of many concerned the first few are named; `concerned` says how many there are."""

    seq: int
    at: int
    act: str
    actor: ActPerson
    targets: list[ActPerson]
    concerned: int
    reason: str = ""
    details: dict[str, str] = {}


class Acts(Message, frozen=True, kw_only=True, tag="acts"):
    """A page of acts, the newest first. `more`: ask again with the number of the last row for older ones."""

    rows: list[ActRow]
    more: bool
