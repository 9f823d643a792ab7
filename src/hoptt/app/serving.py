"""`hoptt serve`: from the configuration to the exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

import structlog
import uvloop

from hoptt.app.rubbish import look_seldom
from hoptt.app.running import running
from hoptt.config import Config
from hoptt.errors import HopttError
from hoptt.sfu.engine import Engine
from hoptt.telemetry import logs

log = structlog.get_logger(__name__)


def serve(config: Config, read: Callable[[], Config], *, leave_engine: bool, demo: bool) -> int:
    """Serve until a signal and give the exit code: 0 when it was told to end, 1 when it could not serve.

    SIGHUP calls `read` for the configuration as it is then (F37).
    """
    logs.set_up(config.log.level, config.log.format)
    try:
        return uvloop.run(_serve(config, read, leave_engine=leave_engine, demo=demo))
    except HopttError as refusal:
        print(f"hoptt: {refusal.message}", file=sys.stderr)
        return 1


async def _serve(config: Config, read: Callable[[], Config], *, leave_engine: bool, demo: bool) -> int:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, told.set)
    if demo:
        from hoptt.app import demo as shown  # noqa: PLC0415 - QR codes cost memory that serving needs

        config = shown.demo_config(config)
    on_terminal = _has_terminal()
    async with running(config, leave_engine=leave_engine) as server:

        def hung_up() -> None:
            if on_terminal and not _has_terminal():
                told.set()  # its window was closed
            else:
                server.in_force.reload(lambda: shown.demo_config(read()) if demo else read())

        loop.add_signal_handler(signal.SIGHUP, hung_up)
        look_seldom()
        if demo:
            print(await shown.welcome(server), flush=True)
        if await _superseded(told, server.engine):
            log.error("another hoptt has taken the media engine: this one ends")
            return 1
    return 0


def _has_terminal() -> bool:
    """Tell whether somebody's window belongs to this process: closing it sends SIGHUP too."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


async def _superseded(told: asyncio.Event, engine: Engine) -> bool:
    """Wait to be told to end, or for another control plane that takes the engine (True)."""
    loop = asyncio.get_running_loop()
    waits = [loop.create_task(told.wait()), loop.create_task(engine.superseded.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not told.is_set()
