"""The whole line test: the way to the page, then the way to the media engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hoptt.probe.checks import SECONDS
from hoptt.probe.findings import Finding
from hoptt.probe.media import media_findings
from hoptt.probe.target import Target
from hoptt.probe.way import Way


async def probe(target: Target, *, seconds: float = SECONDS) -> AsyncIterator[Finding]:
    """Give each finding when it is there. Ends within a few seconds, whatever does not answer."""
    way = Way(target)
    async for finding in way.steps():
        yield finding
    if not way.passed:
        return
    async with way.session() as session:
        async for finding in media_findings(session, target.origin, seconds=seconds):
            yield finding
