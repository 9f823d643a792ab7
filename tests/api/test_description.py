"""The REST doors and their OpenAPI document say the same, and nothing that a client sends is a fault of ours (I15)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from tests.support.people import AN, fill
from tests.support.served import Served
from tests.support.web_side import WebSide

from hoptt.api.description import ROUTES, as_text, document
from hoptt.signaling.signing_out import SigningOut
from hoptt.store.sessions import MAX_SESSIONS

ROOT = Path(__file__).parents[2]
REQUESTS = int(os.environ.get("HOPTT_REQUESTS", "20"))
"""Of each door and each caller: the same at each run; with a number given they are new ones."""
CALLERS = ("stranger", "link", "user", "unit admin", "unit admin at home")
"""The last one speaks of a room and a unit that there are."""
SCHEMA = schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("rest"))
    yield served
    served.end()


@pytest.fixture
def caller(request: pytest.FixtureRequest, served: Served) -> tuple[str, dict[str, str]]:
    """Give a caller and what they send along."""
    return request.param, served.headers(request.param)


async def test_the_file_is_what_the_code_says() -> None:
    """When this fails: `python -m hoptt.api.description > protocol/openapi.json`."""
    assert (ROOT / "protocol/openapi.json").read_text(encoding="utf-8") == as_text()


async def test_S27_the_newest_session_holds_though_eleven_began_at_once(side: WebSide) -> None:
    known = side.known
    await fill(known.store, known.office(SigningOut(known.sessions, side.house, side.lines, known.record)))
    for _ in range(2 * MAX_SESSIONS):
        cookie = await known.sessions.start(AN.account, now=side.clock.now())
        assert await known.sessions.find(cookie, now=side.clock.now()) is not None


async def test_every_route_that_is_served_is_described(side: WebSide) -> None:
    told = {(route.method.upper(), route.path) for route in ROUTES}
    assert {(how, path) for how, path in side.routes if path.startswith("/api/") and how != "HEAD"} == told


@pytest.mark.parametrize("caller", CALLERS, indirect=True)
@SCHEMA.parametrize()
@settings(
    max_examples=REQUESTS, deadline=None, derandomize="HOPTT_REQUESTS" not in os.environ,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_I15_whatever_is_sent_is_answered_as_described(
    case: Any, caller: tuple[str, dict[str, str]], served: Served
) -> None:
    who, headers = caller
    if who.endswith("at home"):
        _at_home(case)
    answer = case.call(base_url=served.side.url, headers=headers, timeout=5)
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    case.validate_response(answer, checks=_CHECKS)
    assert served.side.watching.bugs == []


def _at_home(case: Any) -> None:
    """Let a request speak of what there is, so that it comes further than to a refusal."""
    for place, known in ((case.path_parameters, {"slug": "duan"}), (case.body, {"unit": AN.unit, "room": "duan"})):
        if isinstance(place, dict):
            place.update({name: value for name, value in known.items() if isinstance(place.get(name), str)})


_CHECKS = [
    schemathesis.checks.not_a_server_error,
    *(
        check
        for check in schemathesis.checks.CHECKS.get_all()
        if check.__name__ in ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
    ),
]
