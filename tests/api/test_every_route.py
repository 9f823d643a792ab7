"""What holds for every route that is served: headers (S38), bounds and silence about ourselves (S42), origins (S34)."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest
from tests.api.test_callers import FOREIGN
from tests.support.meetings import OPEN_FLOOR, a_room
from tests.support.pages import FakeRooms
from tests.support.web_side import WebSide, serving

from hoptt.config import Http

PROXIED = Http(trusted_proxies=(ip_network("127.0.0.0/8"),))
SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
"""Of a browser that comes over TLS, as the proxy tells."""
BODY_BYTES = 2 * 1024 * 1024
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "hoptt",
}


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[WebSide]:
    async with serving(tmp_path, FakeRooms(a_room(OPEN_FLOOR)), PROXIED) as one:
        yield one


@dataclass(frozen=True)
class Answered:
    """One answer, and what was asked."""

    asked: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def faults(self) -> list[str]:
        """Name what an answer may not lack or say (S38, S42)."""
        found = [
            f"{name}: {self.headers.get(name)}" for name, value in ALWAYS.items() if self.headers.get(name) != value
        ]
        policy = self.headers.get("Content-Security-Policy", "")
        if "frame-ancestors 'none'" not in policy or "base-uri 'none'" not in policy:
            found.append(f"policy: {policy}")
        if "camera=(self)" not in self.headers.get("Permissions-Policy", ""):
            found.append("no permissions policy")
        page = self.headers.get("Content-Type", "").startswith("text/html")
        if not page and self.status >= 400 and self.headers.get("Cache-Control") != "no-store":
            found.append(f"kept: {self.headers.get('Cache-Control')}")
        if self.asked.split()[1].startswith("/api/") and self.headers.get("Cache-Control") != "no-store":
            found.append(f"kept: {self.headers.get('Cache-Control')}")
        if re.search(rb"Traceback|aiohttp|RuntimeError|/src/|site-packages", self.body):
            found.append(f"says what it is made of: {self.body[:200]!r}")
        return [f"{self.asked} ({self.status}): {one}" for one in found]


async def ask(side: WebSide, method: str, path: str, body: bytes | None = None, **headers: str) -> Answered:
    """Ask once; a route's `{names}` are filled with something that is there."""
    filled = re.sub(r"\{path[^}]*\}", "", path).replace("{slug}", "duan").replace("{meeting}", "m_none")
    said = {"Origin": side.url, "X-Hoptt": "1", "Content-Type": "application/json", **headers}
    async with side.session.request(
        method, side.url + filled, data=None if body is None else io.BytesIO(body), headers=said, allow_redirects=False
    ) as answer:
        return Answered(f"{method} {filled}", answer.status, dict(answer.headers), await answer.read())


def routes(side: WebSide) -> list[tuple[str, str]]:
    return sorted(side.routes)


async def test_S38_every_route_answers_with_the_headers_whatever_it_answers(side: WebSide) -> None:
    answers = []
    for method, path in routes(side):
        answers += [
            await ask(side, method, path),
            await ask(side, method, path, b"{}"),
            await ask(side, method, path, b"\xff", Origin="https://evil.example"),
            await ask(side, method, path, Authorization="Bearer x.y.z"),
            await ask(side, "DELETE", path),
            await ask(side, method, f"{path}/none"),
        ]
    answers.append(await ask(side, "GET", "/duan/"))
    assert [fault for one in answers for fault in one.faults] == []
    assert {one.status // 100 for one in answers} >= {2, 3, 4}


async def test_S38_a_fault_of_ours_has_the_headers_on_every_route(
    side: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr("hoptt.api.web.caller_of", broken)
    answers = [await ask(side, method, path) for method, path in routes(side)]
    assert {one.status for one in answers} == {500}
    assert [fault for one in answers for fault in one.faults] == []
    assert [one.asked for one in answers if b"1234" in one.body] == []
    side.watching.bugs.clear()


async def test_S38_over_tls_every_route_asks_for_tls_alone(side: WebSide) -> None:
    answers = [await ask(side, method, path, None, **SECURE) for method, path in routes(side)]
    assert [one.asked for one in answers if one.headers.get("Strict-Transport-Security") != "max-age=31536000"] == []


async def test_S42_bodies_are_bounded_on_every_route(side: WebSide) -> None:
    huge = json.dumps({"login": "x" * BODY_BYTES}).encode()
    for method, path in routes(side):
        if method in ("POST", "PUT"):
            one = await ask(side, method, path, huge)
            assert one.status < 500, one.asked
            assert one.faults == []
            if one.status == 200:  # what needs no body reads none
                assert path == "/api/line-test"


@pytest.mark.parametrize("origin", [*FOREIGN, "null", "https://evil.example"])
async def test_S34_a_foreign_origin_is_refused_by_every_route_that_changes_and_by_the_upgrade(
    side: WebSide, origin: str
) -> None:
    """By raw bytes: no client would send some of these."""
    host = side.url.removeprefix("http://")
    changing = [(method, path) for method, path in routes(side) if method in ("POST", "PUT")]
    for method, path in [("GET", "/ws"), *changing]:
        filled = path.replace("{slug}", "duan").replace("{meeting}", "m_none")
        head = f"{method} {filled} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Hoptt: 1\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: 0\r\nOrigin: {origin}\r\n\r\n"
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(head.encode())
        async with asyncio.timeout(5):
            status = (await reader.readline()).split()[1]
        writer.close()
        assert status in (b"403", b"400"), f"{method} {filled} from {origin!r}: {status!r}"
