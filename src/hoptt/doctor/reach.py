"""What participants reach: the server's names, and the media engine at each address that they are told."""

from __future__ import annotations

import asyncio
import dataclasses
import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from hoptt.app.links import base
from hoptt.config import Config
from hoptt.doctor import words
from hoptt.doctor.making import ok, warn
from hoptt.doctor.server import Server, asking, url_of
from hoptt.probe import words as line_words
from hoptt.probe.candidates import Candidate
from hoptt.probe.causes import cause_of
from hoptt.probe.checks import Credentials, measure
from hoptt.probe.findings import Finding, Verdict
from hoptt.probe.media import ask, judged
from hoptt.probe.target import target_of
from hoptt.probe.way import Way

NAME_S = 3.0
MEASURE_S = 1.0
MAX_ORIGINS = 3


async def names(config: Config) -> AsyncIterator[Finding]:
    """Look up the names of `http.origins`."""
    hosts = [parts.hostname for origin in config.http.origins if (parts := urlsplit(origin)).hostname]
    for host in dict.fromkeys(host for host in hosts if host):
        try:
            async with asyncio.timeout(NAME_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError) as fault:
            yield warn("name", "name.unknown", line_words.NAME_UNKNOWN, host=host, cause=cause_of(fault))
        else:
            addresses = ", ".join(dict.fromkeys(str(one[4][0]) for one in found))
            yield ok("name", "name.found", words.NAME_HERE, host=host, addresses=addresses)


async def page(config: Config, server: Server | None) -> AsyncIterator[Finding]:
    """Go a browser's way to each address of the page; without a server only look its name up.

    Nothing of it is a failure here: a router may not lead a server back to its own public address.
    """
    if server is None:
        async for finding in names(config):
            yield finding
        return
    if not config.http.origins and config.https.listen is None and config.http.listen.path is not None:
        return  # a Unix socket alone: nobody knows by which address the proxy is reached
    for origin in list(config.http.origins[:MAX_ORIGINS]) or [base(config)]:
        async for finding in Way(target_of(origin)).steps():
            failed = finding.verdict is Verdict.FAIL
            yield dataclasses.replace(finding, verdict=Verdict.WARN) if failed else finding


LineTest: TypeAlias = tuple[Credentials, list[Candidate]]


async def line_test(config: Config, server: Server | None) -> LineTest | Finding | None:
    """Open the one line test that everything here uses, or say why there is none; None without a server."""
    if server is None:
        return None
    address = url_of(config.http.listen)
    origin = config.http.origins[0] if config.http.origins else address
    async with asking(config.http.listen, Origin=origin) as session:
        return await ask(session, address)


async def media(config: Config, test: LineTest | Finding | None) -> AsyncIterator[Finding]:
    """Send checks to the engine at each address that participants are told, from this machine."""
    if test is None:
        yield ok("media", "media.not_tried", words.MEDIA_NOT_TRIED)
        return
    if isinstance(test, Finding):
        yield test
        return
    credentials, candidates = test
    measured = await asyncio.gather(*(measure(one, credentials, seconds=MEASURE_S) for one in candidates))
    for finding in judged(measured):
        yield finding
    told = told_to_whom(candidates, config.rtc.port)
    if told is not None:
        yield told


def told_to_whom(candidates: Sequence[Candidate], port: int) -> Finding | None:
    """Say when the addresses that participants are told are good for few of them."""
    hosts = [ipaddress.ip_address(one) for one in dict.fromkeys(candidate.address for candidate in candidates)]
    shown = ", ".join(map(str, hosts))
    if hosts and all(host.is_loopback for host in hosts):
        return warn("media", "media.loopback", words.MEDIA_LOOPBACK, addresses=shown)
    if hosts and not any(host.is_global for host in hosts):
        return warn("media", "media.private", words.MEDIA_PRIVATE, addresses=shown, port=port)
    return None


def outside(config: Config) -> Finding:
    """Say what no look from this machine can tell."""
    return ok("outside", "outside.unseen", words.OUTSIDE, port=config.rtc.port, url=base(config))
