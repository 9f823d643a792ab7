"""`POST /api/line-test`: for whoever may open a WebSocket, a few at a time (R7, S26, S34)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from tests.support.pages import FakeRooms
from tests.support.web_side import WebSide, serving

from hoptt.config import Http
from hoptt.errors import ErrorCode, HopttError

PROXY = Http(trusted_proxies=(ip_network("127.0.0.0/8"),), trusted_networks=(ip_network("10.20.0.0/16"),))


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[WebSide]:
    async with serving(tmp_path, FakeRooms(), PROXY) as one:
        yield one


async def ask(side: WebSide, origin: str | None = None, **headers: str) -> tuple[int, dict[str, Any], str | None]:
    said = {"Origin": origin if origin is not None else side.url, "X-Hoptt": "1", **headers}
    async with side.session.post(f"{side.url}/api/line-test", headers={k: v for k, v in said.items() if v}) as answer:
        return answer.status, await answer.json(), answer.headers.get("Retry-After")


async def test_a_tester_is_told_where_to_send_checks_and_with_what(side: WebSide) -> None:
    status, told, _ = await ask(side)
    assert status == 200
    assert told == {
        "ufrag": "SFU7",
        "pwd": "s" * 24,
        "peer_ufrag": "abcd",
        "candidates": ["1 1 udp 2130706431 203.0.113.7 7882 typ host"],
        "seconds": 20.0,
    }


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_S34_a_foreign_page_gets_no_line_test(side: WebSide, origin: str) -> None:
    status, told, _ = await ask(side, origin)
    assert (status, told["code"]) == (403, "origin")
    assert side.line_tests.asked == []


async def test_S39_without_the_header_of_a_change_there_is_none(side: WebSide) -> None:
    status, told, _ = await ask(side, **{"X-Hoptt": ""})
    assert (status, told["code"]) == (403, "origin")


async def test_too_many_are_told_when_to_come_again(side: WebSide) -> None:
    side.line_tests.refusal = HopttError(ErrorCode.MESSAGE_RATE, "too many", details={"wait_ms": 20_000})
    assert (await ask(side))[::2] == (429, "20")


@pytest.mark.parametrize(
    ("address", "place", "at_once"),
    [
        ("203.0.113.9", "203.0.113.9", 2),
        ("10.20.3.4", "10.20.3.4", 16),
        ("2001:db8::1:2:3:4", "2001:db8::/64", 2),
    ],
)
async def test_tests_are_counted_by_place_and_trusted_networks_have_more(
    side: WebSide, address: str, place: str, at_once: int
) -> None:
    await ask(side, **{"X-Forwarded-For": address})
    assert side.line_tests.asked == [(place, at_once)]
