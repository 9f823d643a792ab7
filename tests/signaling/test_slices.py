"""When writers have their turn (L4): a large meeting's do not keep the loop, nor those of another meeting."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.support.pages import until
from tests.support.web_side import RawLine, WebSide

from hoptt.signaling import slices as module
from hoptt.signaling.slices import AT_ONCE, Slices


@dataclass
class Book:
    """Notes who had a turn, and in which round of the loop."""

    round: int = 0
    turns: list[tuple[int, str]] = field(default_factory=list)

    async def rounds(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)
            self.round += 1


@dataclass
class Noted:
    """A writer who notes that it had its turn."""

    book: Book
    name: str

    def write_on(self) -> None:
        self.book.turns.append((self.book.round, self.name))


def put(slices: Slices, book: Book, among: Hashable, count: int) -> list[str]:
    names = [f"{among}-{number}" for number in range(count)]
    for name in names:
        slices.put(Noted(book, name), among)
    return names


async def test_L4_the_loop_serves_others_between_the_slices_of_a_large_meeting() -> None:
    slices, book = Slices(), Book()
    names = put(slices, book, "large", 3 * AT_ONCE + 1)
    await book.rounds(6)
    assert [name for _, name in book.turns] == names, "each once, in the order in which they asked"
    in_rounds = [sum(at == one for at, _ in book.turns) for one in sorted({at for at, _ in book.turns})]
    assert in_rounds == [AT_ONCE, AT_ONCE, AT_ONCE, 1]


async def test_L4_a_small_meeting_does_not_wait_for_all_of_a_large_one() -> None:
    slices, book = Slices(), Book()
    put(slices, book, "large", 10 * AT_ONCE)
    put(slices, book, "small", 2)
    await book.rounds(3)
    assert {"small-0", "small-1"} <= {name for _, name in book.turns}


async def test_who_has_something_to_write_again_has_another_turn() -> None:
    slices, book = Slices(), Book()
    put(slices, book, "large", AT_ONCE + 1)
    await book.rounds(1)
    put(slices, book, "large", 1)
    await book.rounds(4)
    assert [name for _, name in book.turns][-2:] == [f"large-{AT_ONCE}", "large-0"]


# ---- what pages read of it -----------------------------------------------------------------------

WRITERS, LINES = ("an", "binh", "minh"), 8
ALL = list(range(1, len(WRITERS) * LINES + 1))


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return [event["number"] for event in events if event["type"] == "said"]


async def all_read(line: RawLine, after: int = 0) -> list[int]:
    """Wait until somebody who read so many before has read all there are; gives the numbers read since."""
    await until(lambda: after + len(numbers(line.events)) >= len(ALL), "all lines read")
    return numbers(line.events)


async def cut(line: RawLine) -> None:
    await line.cut()
    await until(lambda: line.closed, "the cut")


async def test_L4_who_stays_comes_and_returns_between_slices_reads_every_line_once(
    side: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    stay = {who: await side.line() for who in (*WRITERS, "hoa", "lan")}
    for who, line in stay.items():
        await line.join(who)
    returns = await side.line()
    came = (await returns.join("dung"))["result"]
    token, seq = came["resume"], came["picture"]["seq"]

    async def writes(line: RawLine) -> None:
        for number in range(LINES):
            assert (await line.ask("say", to="all", text=f"Dòng {number}"))["type"] == "ok"
            await asyncio.sleep(0.03)

    writing = [asyncio.ensure_future(writes(stay[who])) for who in WRITERS]
    late = await side.line()
    seen = [line["number"] for line in (await late.join("mai"))["result"]["picture"]["chat"]]
    read: list[int] = []
    line = returns
    for _ in range(4):
        await asyncio.sleep(0.05)
        await cut(line)
        read += numbers(line.events)
        seq = max([seq, *(one["seq"] for one in line.of("events"))])
        line = await side.line()
        back = (await line.ask("resume", protocol=1, token=token, last_seq=seq))["result"]
        token, missed = back["resume"], back["missed"]
        read += numbers([event for one in missed for event in one["events"]])
        seq = max([seq, *(one["seq"] for one in missed)])
    await asyncio.gather(*writing)
    for who, one in stay.items():
        assert await all_read(one) == ALL, who
    assert read + await all_read(line, after=len(read)) == ALL, "who returned"
    assert seen + await all_read(late, after=len(seen)) == ALL, "who came late"
