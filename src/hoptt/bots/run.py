"""`hoptt bots`: bring synthetic company into a room, and take it away again with Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rich.console import Console

from hoptt.bots.bot import Bot, BotState, Persona
from hoptt.meeting.words import Role
from hoptt.signaling.messages import Name

APART_SECONDS = 0.2
"""Between two who come in: a stage that fills is nicer to look at than one that bursts."""

PLACES = (
    "phường An Bình",
    "xã Hòa Sơn",
    "phường Tân Phú",
    "xã Bình Minh",
    "xã Vĩnh Thịnh",
    "phường Đông Hải",
    "xã Phú Lâm",
    "xã Quang Trung",
    "phường Nam Cường",
    "xã Long Thành",
)
POSITIONS = ("Chủ tịch UBND", "Phó Chủ tịch UBND", "Chánh Văn phòng", "Công chức địa chính", "Bí thư Đoàn")

Mint = Callable[[str, Role, Name], Awaitable[str]]
"""Makes a join token for a room, a role and a name."""


@dataclass(frozen=True, slots=True)
class Company:
    """What is asked for."""

    url: str
    room: str
    count: int


def name_of(number: int) -> Name:
    """Give a bridge point and a position, and nobody's name: bots are not people."""
    place = PLACES[number % len(PLACES)]
    again = "" if number < len(PLACES) else f" {number // len(PLACES) + 1}"
    return Name(
        bridge_point=f"UBND {place}{again}",
        name=f"Đại biểu mô phỏng {number + 1}, {POSITIONS[number % len(POSITIONS)]}",
        unit=f"UBND {place}{again}",
    )


async def run(company: Company, mint: Mint, console: Console | None = None) -> int:
    """Stay until Ctrl-C or until everybody was turned away; gives the exit code."""
    console = console or Console(stderr=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    bots: list[Bot] = []
    tasks: list[asyncio.Task[None]] = []
    with console.status("") as line:
        for number in range(company.count):
            token = await mint(company.room, Role.ATTENDEE, name_of(number))
            bots.append(Bot(company.url, company.room, Persona(number, token), company.count))
            tasks.append(loop.create_task(bots[-1].run()))
            line.update(progress(company, bots))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), APART_SECONDS)
            if stop.is_set():
                break
        while not stop.is_set() and not all(task.done() for task in tasks):
            line.update(progress(company, bots))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)
        line.update(f"leaving {company.room} …")
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(sign)
    return _report(console, bots, results)


def progress(company: Company, bots: Sequence[Bot]) -> str:
    """Say in one line how the company does."""
    states = Counter(bot.state for bot in bots)
    parts = [f"{states[state]} {state.value}" for state in BotState if states[state]]
    return f"{company.room} at {company.url}: {', '.join(parts) or 'nobody yet'} – Ctrl-C ends"


def _report(console: Console, bots: Sequence[Bot], results: Sequence[BaseException | None]) -> int:
    """Say why bots were turned away, each reason once."""
    for why in sorted({bot.why for bot in bots if bot.why}):
        console.print(f"turned away: {why}")
    faults = [one for one in results if one is not None and not isinstance(one, asyncio.CancelledError)]
    for fault in faults:
        console.print(f"a bot failed: {fault!r}")
    return 1 if faults or all(bot.why for bot in bots) else 0
