"""The listener for those who watch: `/metrics`, `/healthz` (the loop turns), `/readyz` (people can be served)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from hoptt.telemetry.metrics import Metrics

Checks = Mapping[str, Callable[[], bool]]
"""What has to be there, by name."""


def make_watch(metrics: Metrics, checks: Checks) -> web.Application:
    """Give the application; without a password, so it listens on loopback or behind something that asks."""

    async def metrics_now(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_: web.Request) -> web.Response:
        states = {name: bool(check()) for name, check in checks.items()}
        return web.json_response({"ready": all(states.values()), **states}, status=200 if all(states.values()) else 503)

    application = web.Application(client_max_size=1024)
    application.add_routes([web.get("/metrics", metrics_now), web.get("/healthz", alive), web.get("/readyz", ready)])
    return application
