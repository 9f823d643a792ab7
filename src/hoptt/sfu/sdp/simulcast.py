"""Several encodings of one source at once, by name (RFC 8851, RFC 8853)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

MAX_ENCODINGS = 4
"""Of one source; what an offer lists beyond is not taken."""


def encodings(simulcast: str, rids: Collection[str]) -> tuple[str, ...]:
    """Give the names in the list of an `a=simulcast:send`, in its order; of alternatives the first one.

    Names without an `a=rid` are not taken (RFC 8853 §5.1). A single encoding needs no name.
    """
    names: list[str] = []
    for alternatives in simulcast.split(";"):
        name = alternatives.partition(",")[0].removeprefix("~")  # `~`: it begins paused
        if name in rids and name not in names:
            names.append(name)
    return tuple(names[:MAX_ENCODINGS]) if len(names) > 1 else ()


def answered(rids: tuple[str, ...]) -> Iterator[str]:
    """Write the lines with which an answer takes these encodings."""
    if rids:
        yield from (f"a=rid:{rid} recv" for rid in rids)
        yield f"a=simulcast:recv {';'.join(rids)}"
