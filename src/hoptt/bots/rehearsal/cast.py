"""The media of all simulated points: `hoptt-load cast`, a process of its own, directed over its pipes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any, Self

ANSWER_S = 10.0
END_S = 5.0
MAX_LINE = 1024 * 1024


class CastFault(Exception):
    """The process ended, does not answer, or could not do what was asked; the sentence says which."""


class Cast:
    """Made by `begin`. One question of a kind and point at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[tuple[str, int], asyncio.Future[dict[str, Any]]] = {}
        self._task = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def begin(cls, program: str, reel: Path) -> Self:
        """Start the process. Raises OSError when it cannot be started."""
        process = await asyncio.create_subprocess_exec(
            program,
            "cast",
            "--reel",
            str(reel),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE,
        )
        return cls(process)

    async def offer(self, who: int) -> str:
        """Give an SDP offer: one voice and one picture to send. Raises CastFault."""
        told = await self._ask("offer", who, {"do": "offer", "who": who})
        return str(told["sdp"])

    async def answer(self, who: int, sdp: str, near: str | None) -> None:
        """Begin to send as the server answered; `near` is its address, where it is reached. Raises CastFault."""
        await self._ask("begun", who, {"do": "answer", "who": who, "sdp": sdp, "near": near})

    def talk(self, who: int, *, on: bool) -> None:
        """Speak, or be silent."""
        self._say({"do": "talk", "who": who, "on": on})

    def leave(self, who: int) -> None:
        """Stop sending, with a good-bye."""
        self._say({"do": "leave", "who": who})

    def vanish(self, who: int) -> None:
        """Stop sending without a word, as a line that breaks."""
        self._say({"do": "vanish", "who": who})

    async def count(self) -> dict[str, Any]:
        """Tell how many are connected, and what was sent. Raises CastFault."""
        return await self._ask("count", 0, {"do": "count"})

    async def aclose(self) -> None:
        """Let everybody leave, and end the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(self, told: str, who: int, question: dict[str, Any]) -> dict[str, Any]:
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[told, who] = answer
        try:
            self._say(question)
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            raise CastFault("the media process does not answer") from None
        finally:
            self._waiting.pop((told, who), None)

    def _say(self, question: dict[str, Any]) -> None:
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            raise CastFault("the media process has ended")
        stdin.write(json.dumps(question).encode() + b"\n")

    async def _listen(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None, "a pipe was asked for"
        while line := await stdout.readline():
            self._take(json.loads(line))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(CastFault("the media process has ended"))

    def _take(self, told: dict[str, Any]) -> None:
        who = told.get("who") or 0
        if told["told"] == "wrong":
            for (_, about), waiting in self._waiting.items():
                if about == who and not waiting.done():
                    waiting.set_exception(CastFault(str(told["why"])))
            return
        waiting_for = self._waiting.get((told["told"], who))
        if waiting_for is not None and not waiting_for.done():
            waiting_for.set_result(told)
