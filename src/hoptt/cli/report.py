"""Findings on the terminal as they come, or as JSON, and the exit code that they make."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

from hoptt.cli.shared import print_json
from hoptt.probe.findings import Finding, Language, Text, Verdict, language_of, shown, told

LOOKING = Text("still looking, {seconds} s", "đang kiểm tra, {seconds} giây")
SOON_S = 1.0
CLEAR = "\r\x1b[K"
"""Back to the beginning of the line, and the line away (ECMA-48 EL)."""


async def report(findings: AsyncIterator[Finding], *, as_json: bool) -> int:
    """Print them and give 1 when one of them is a failure, else 0."""
    language = language_of()
    seen: list[dict[str, Any]] = []
    failed = False
    waiting = _Waiting(language, shows=sys.stderr.isatty())
    async for finding in waiting.over(findings):
        failed = failed or finding.verdict is Verdict.FAIL
        if as_json:
            seen.append(told(finding, language))
        else:
            print(shown(finding, language), flush=True)
    if as_json:
        print_json({"ok": not failed, "findings": seen})
    return int(failed)


class _Waiting:
    """On a terminal, says on standard error that something is still looked at, and takes the line away again."""

    def __init__(self, language: Language, *, shows: bool) -> None:
        self._language = language
        self._shows = shows

    async def over(self, findings: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
        """Give what comes."""
        while True:
            coming = asyncio.ensure_future(anext(findings, None))
            seconds = 0
            while self._shows and not (await asyncio.wait([coming], timeout=SOON_S))[0]:
                seconds += 1
                self._say(CLEAR + LOOKING.said(self._language, {"seconds": seconds})[0])
            finding = await coming
            if seconds:
                self._say(CLEAR)
            if finding is None:
                return
            yield finding

    def _say(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
