"""`/healthz` and `/readyz`."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from hoptt.telemetry.health import make_watch
from hoptt.telemetry.metrics import Metrics


@pytest.mark.parametrize(("engine", "status"), [(True, 200), (False, 503)])
async def test_it_is_ready_when_everything_is_there(engine: bool, status: int) -> None:
    runner = web.AppRunner(make_watch(Metrics(version="x"), {"engine": lambda: engine}), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{host}:{port}/readyz") as answer:
                assert (answer.status, await answer.json()) == (status, {"ready": engine, "engine": engine})
            async with session.get(f"http://{host}:{port}/healthz") as answer:
                assert answer.status == 200
            async with session.get(f"http://{host}:{port}/metrics") as answer:
                assert answer.headers["Content-Type"] == CONTENT_TYPE_LATEST
    finally:
        await runner.cleanup()
