"""The whole examination, in the order in which somebody would look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from hoptt.config import load
from hoptt.doctor import words
from hoptt.doctor.certificates import certificate
from hoptt.doctor.folder import data_folder, disk, secrets
from hoptt.doctor.machine import clock, limits, versions
from hoptt.doctor.making import fail, ok
from hoptt.doctor.ports import ports
from hoptt.doctor.reach import line_test, media, outside, page
from hoptt.doctor.relay import relays
from hoptt.doctor.server import server_findings, server_of
from hoptt.errors import HopttError
from hoptt.probe.findings import Finding


async def examine(file: Path | None) -> AsyncIterator[Finding]:
    """Give each finding when it is there; with a configuration that is wrong, that alone."""
    try:
        config = load(file)
    except HopttError as refusal:
        yield fail("config", "config.wrong", words.CONFIG_WRONG, faults=refusal.message)
        return
    right = words.CONFIG_DEFAULTS if file is None else words.CONFIG_RIGHT
    yield ok("config", "config.right", right, file=str(file))
    server = server_of(config)
    for found in (versions(config), data_folder(config), secrets(config), disk(config)):
        for finding in found:
            yield finding
    for found in (limits(None if server is None else server.pid), clock(config), certificate(config)):
        for finding in found:
            yield finding
    async for finding in server_findings(config, server):
        yield finding
    for finding in ports(config, server):
        yield finding
    async for finding in page(config, server):
        yield finding
    test = await line_test(config, server)
    async for finding in media(config, test):
        yield finding
    async for finding in relays(config, test):
        yield finding
    yield outside(config)
