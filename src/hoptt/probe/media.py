"""The way to the media engine: a line test is asked for, and each of the engine's addresses tried."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp

from hoptt.probe import words
from hoptt.probe.candidates import Candidate, read_candidates
from hoptt.probe.causes import cause_of
from hoptt.probe.checks import SECONDS, Credentials, Measured, measure
from hoptt.probe.findings import Finding, Verdict

PATH = "/api/line-test"
CHANGE = {"X-Hoptt": "1"}
"""What every request has that opens something (docs/protocol.md)."""
LOSSY, BROKEN = 0.02, 0.10
"""Shares of checks that come to nothing: sound suffers, and breaks."""
SLOW_MS = 300.0
"""There and back: from here on people speak at the same time (ITU-T G.114: 150 ms one way)."""
MAX_BODY = 64 * 1024


async def media_findings(
    session: aiohttp.ClientSession, origin: str, *, seconds: float = SECONDS
) -> AsyncIterator[Finding]:
    """Ask for a test and try every candidate at the same time."""
    answer = await ask(session, origin)
    if isinstance(answer, Finding):
        yield answer
        return
    credentials, candidates = answer
    if not candidates:
        yield Finding(Verdict.FAIL, "media", "media.no_candidates", words.NO_CANDIDATES)
        return
    measured = await asyncio.gather(*(measure(one, credentials, seconds=seconds) for one in candidates))
    for finding in judged(measured):
        yield finding


async def ask(session: aiohttp.ClientSession, origin: str) -> tuple[Credentials, list[Candidate]] | Finding:
    """Open a line test, or say why there is none."""
    try:
        async with session.post(origin + PATH, headers=CHANGE) as answer:
            status, body = answer.status, await answer.content.read(MAX_BODY)
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        return Finding(Verdict.FAIL, "media", "media.no_answer", words.NO_ANSWER, {"cause": cause_of(fault)})
    if status == 429:
        seconds = answer.headers.get("Retry-After", "20")
        return Finding(Verdict.WARN, "media", "media.later", words.TEST_LATER, {"seconds": seconds})
    if status == 503:
        return Finding(Verdict.FAIL, "media", "media.engine_away", words.ENGINE_AWAY)
    try:
        told: dict[str, Any] = json.loads(body)
        credentials = Credentials(str(told["ufrag"]), str(told["pwd"]), str(told["peer_ufrag"]))
        return credentials, read_candidates(map(str, told["candidates"]))
    except (ValueError, KeyError, TypeError):
        return Finding(Verdict.WARN, "media", "media.no_test", words.NO_TEST, {"status": status})


def judged(measured: Sequence[Measured]) -> list[Finding]:
    """Say of each address how it is reached, and what that means.

    An address that is not reached is no fault while another of the same protocol is: a server may have several.
    """
    found = [_path(one, [other for other in measured if other.reached]) for one in measured]
    reached = {one.candidate.protocol for one in measured if one.reached}
    if "udp" in reached:
        return found
    if "tcp" in reached:
        udp = ", ".join(str(one.candidate) for one in measured if one.candidate.protocol == "udp")
        return [*found, Finding(Verdict.WARN, "media", "media.no_udp", words.NO_UDP, {"targets": udp})]
    targets = ", ".join(str(one.candidate) for one in measured)
    return [*found, Finding(Verdict.FAIL, "media", "media.none", words.NO_MEDIA, {"targets": targets})]


def _path(one: Measured, reached: Sequence[Measured]) -> Finding:
    values: dict[str, Any] = {"candidate": str(one.candidate), "sent": one.sent}
    if not one.reached:
        values["cause"] = one.fault
        if any(other.candidate.protocol == one.candidate.protocol for other in reached):
            return Finding(Verdict.OK, "media", "media.path_spare", words.PATH_SPARE, values)
        return Finding(Verdict.WARN, "media", "media.path_none", words.PATH_NONE, values)
    values |= {"rtt": round(one.rtt_ms, 1), "jitter": round(one.jitter_ms, 1), "loss": round(one.loss, 4)}
    values["seen_as"] = one.seen_as
    if one.loss >= LOSSY:
        verdict = Verdict.FAIL if min(other.loss for other in reached) >= BROKEN else Verdict.WARN
        return Finding(verdict, "media", "media.path_lossy", words.PATH_LOSSY, {**values, "limit": f"{LOSSY:.0%}"})
    if one.rtt_ms > SLOW_MS:
        slow = {**values, "limit": round(SLOW_MS)}
        return Finding(Verdict.WARN, "media", "media.path_slow", words.PATH_SLOW, slow)
    return Finding(Verdict.OK, "media", "media.path", words.PATH_GOOD, values)
