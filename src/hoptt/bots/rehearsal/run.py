"""A rehearsal: everybody comes in, the script is played, all leave, and the chair reads how it went."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from rich.console import Console

from hoptt.bots.rehearsal.actor import Actor, Standing
from hoptt.bots.rehearsal.cast import Cast
from hoptt.bots.rehearsal.incidents import End, Outcome, play
from hoptt.bots.rehearsal.points import Point, points
from hoptt.bots.rehearsal.reel import reel
from hoptt.bots.rehearsal.script import Incident, Script, What
from hoptt.errors import ErrorCode, HopttError
from hoptt.signaling.messages import Name

APART_S = 0.15
"""Between two who come in."""
COMING_S = 180.0
"""So long the chair is waited for: the points come in when the meeting lets them."""
FROM_OUTSIDE = (What.KNOCK, What.KNOCK_STRANGE)

GONE_AFTER = (*FROM_OUTSIDE, What.DISTURB, What.LEAVE_EARLY)
"""Kinds that make a point useless for others."""

Mint = Callable[[Name], Awaitable[str]]
"""Makes a join token for a name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for."""

    url: str
    room: str
    points: int
    minutes: float
    script: Script
    program: str
    """The path of `hoptt-load`."""


@dataclass(slots=True)
class Report:
    """How it went."""

    points: int
    came: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    wrongly_removed: list[str] = field(default_factory=list)
    """Bridge points that were put out though they did nothing."""

    @property
    def for_the_chair(self) -> list[Outcome]:
        """Give those in which the chair had something to do."""
        return [one for one in self.outcomes if one.end is not End.BY_ITSELF]

    @property
    def handled(self) -> int:
        return sum(one.end is End.HANDLED for one in self.for_the_chair)

    def median_s(self, what: What) -> float | None:
        """Give the median time until incidents of a kind were handled."""
        times = [one.after_s for one in self.outcomes if one.what is what and one.end is End.HANDLED and one.after_s]
        return median(times) if times else None


class Rehearsal:
    """Made once, `run` once."""

    def __init__(self, plan: Plan, mint: Mint, console: Console) -> None:
        self.report = Report(plan.points)
        self._plan = plan
        self._mint = mint
        self._console = console
        self._people = points(plan.points)
        self._inside: list[Actor] = []
        self._busy: set[int] = set()
        """Numbers of points that play an incident, or are gone by one."""
        self._playing = 0
        self._stop = asyncio.Event()

    async def run(self) -> Report:
        """Play it; ends by itself, or with Ctrl-C. Raises HopttError when nobody could come in."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self._stop.set)
        try:
            with tempfile.TemporaryDirectory(prefix="hoptt-rehearsal-") as folder:
                file = Path(folder) / "reel"
                file.write_bytes(await asyncio.to_thread(reel))
                near = await _address(self._plan.url)
                async with await Cast.begin(self._plan.program, file) as cast:
                    await self._play(lambda point: Actor(
                        point, url=self._plan.url, room=self._plan.room, cast=cast, near=near
                    ))  # fmt: skip
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(sign)
        return self.report

    async def _play(self, make: Callable[[Point], Actor]) -> None:
        outside = self._outside()
        coming, later = self._people[: len(self._people) - outside], self._people[len(self._people) - outside :]
        knocking = [make(point) for point in later]
        with self._console.status("") as line:
            telling = asyncio.get_running_loop().create_task(self._tell(line.update))
            try:
                await self._come(coming, make)
                began = asyncio.get_running_loop().time()
                self._ends_at = began + self._plan.minutes * 60
                async with asyncio.TaskGroup() as group:
                    for incident in sorted(self._plan.script.incidents, key=lambda one: one.at):
                        group.create_task(self._later(began, incident, knocking))
                    ending = group.create_task(self._until_over())
                    await ending
            finally:
                telling.cancel()
                self._see_removals()
                await asyncio.gather(*(actor.close() for actor in [*self._inside, *knocking]), return_exceptions=True)

    _ends_at: float | None = None

    def _outside(self) -> int:
        """Give how many are kept back to knock: never so many that nobody is in."""
        wanted = sum(one.count for one in self._plan.script.incidents if one.what in FROM_OUTSIDE)
        return min(wanted, self._plan.points - 1)

    async def _come(self, coming: Sequence[Point], make: Callable[[Point], Actor]) -> None:
        """Bring in all but those who will knock, and wait until the meeting lets them."""
        for point in coming:
            actor = make(point)
            self._inside.append(actor)
            actor.come(await self._mint(point.name))
            await asyncio.sleep(APART_S)
            if self._stop.is_set():
                return
        loop = asyncio.get_running_loop()
        until = loop.time() + COMING_S
        while loop.time() < until and not self._stop.is_set():
            states = Counter(actor.standing for actor in self._inside)
            if not states[Standing.COMING]:
                break
            await asyncio.sleep(0.5)
        self.report.came = sum(actor.standing in (Standing.IN, Standing.WAITING) for actor in self._inside)
        if not self.report.came and not self._stop.is_set():
            whys = sorted({actor.why for actor in self._inside if actor.why}) or [ErrorCode.MEETING_NOT_OPEN.value]
            raise HopttError(
                ErrorCode.NOT_POSSIBLE,
                f"nobody could come in within {COMING_S:.0f} s ({', '.join(whys)}): the chair enters first",
            )

    async def _until_over(self) -> None:
        assert self._ends_at is not None, "it has begun"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._ends_at):
                await self._stop.wait()
        self._stop.set()

    async def _later(self, began: float, incident: Incident, knocking: list[Actor]) -> None:
        """Wait for an incident's time, and play it with as many as it has; ends when the rehearsal does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(began + incident.at):
                await self._stop.wait()
        if self._stop.is_set():
            return
        await asyncio.gather(*(self._one(incident, actor) for actor in self._take(incident, knocking)))

    def _take(self, incident: Incident, knocking: list[Actor]) -> list[Actor]:
        """Give actors who are free for it: from outside in their order, from inside those who are in."""
        if incident.what in FROM_OUTSIDE:
            taken, knocking[:] = knocking[: incident.count], knocking[incident.count :]
            self._inside += taken
        else:
            free = [a for a in self._inside if a.standing is Standing.IN and a.point.number not in self._busy]
            taken = free[: incident.count]
        self._busy |= {actor.point.number for actor in taken}
        return taken

    async def _one(self, incident: Incident, actor: Actor) -> None:
        self._playing += 1
        playing = asyncio.ensure_future(play(incident, actor, self._people[actor.point.number // 2]))
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait([playing, stopping], return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                self.report.outcomes.append(playing.result())
            else:
                name = actor.point.name.bridge_point
                self.report.outcomes.append(Outcome(incident.what, name, End.MISSED, None, "the rehearsal ended"))
        finally:
            self._playing -= 1
            for task in (playing, stopping):
                task.cancel()
            if incident.what not in GONE_AFTER:
                self._busy.discard(actor.point.number)

    def _see_removals(self) -> None:
        meant = {one.point for one in self.report.outcomes if one.what in (What.DISTURB, What.KNOCK_STRANGE)}
        self.report.wrongly_removed = sorted(
            actor.point.name.bridge_point
            for actor in self._inside
            if actor.why in (ErrorCode.REMOVED, ErrorCode.BANNED) and actor.point.name.bridge_point not in meant
        )

    async def _tell(self, update: Callable[[str], None]) -> None:
        while True:
            update(self.progress(asyncio.get_running_loop().time()))
            await asyncio.sleep(1.0)

    def progress(self, now: float) -> str:
        """Say in one line how it goes."""
        states = Counter(actor.standing for actor in self._inside)
        people = ", ".join(f"{states[state]} {state}" for state in Standing if states[state]) or "nobody yet"
        report = self.report
        done = f"{report.handled} of {len(report.for_the_chair)} handled, {self._playing} going on"
        if self._ends_at is None:
            return f"{people}; the chair enters first – Ctrl-C ends"
        left = max(0, round(self._ends_at - now))
        return f"{left // 60:02}:{left % 60:02} left · {people} · {done} – Ctrl-C ends"


async def _address(url: str) -> str | None:
    """Give the address at which the server is reached: its media is sent there, where it offers that."""
    parts = urlsplit(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return None
    return str(found[0][4][0]) if found else None
