"""The way to the page: each step that fails is named, and says what to do."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.answering import CREDENTIALS, a_stream_server, answering_udp
from tests.support.certificates import put
from tests.support.meetings import a_room
from tests.support.pages import FakeRooms
from tests.support.web_side import serving

from hoptt.app.tls import tls_context
from hoptt.config import Http
from hoptt.errors import ErrorCode, HopttError
from hoptt.probe.findings import Finding
from hoptt.probe.media import ask
from hoptt.probe.run import probe
from hoptt.probe.target import target_of
from hoptt.probe.way import Way
from hoptt.sfu.line_tests import LineTest


async def keys(url: str) -> list[str]:
    return [f"{one.verdict} {one.key}" for one in await findings(url)]


async def findings(url: str) -> list[Finding]:
    return [finding async for finding in probe(target_of(url), seconds=0.3)]


async def test_the_whole_way_to_a_server_that_serves(tmp_path: Path) -> None:
    async with serving(tmp_path, FakeRooms(a_room())) as side, answering_udp() as candidate:
        line = f"1 1 udp 2130706431 {candidate.address} {candidate.port} typ host"
        side.line_tests.made = LineTest(CREDENTIALS.ufrag, CREDENTIALS.password, CREDENTIALS.peer_ufrag, (line,), 20.0)
        assert await keys(f"{side.url}/duan") == [
            "ok tcp.connected",
            "ok http.served",
            "ok websocket.open",
            "ok media.path",
        ]


async def test_S34_a_server_that_expects_another_address_is_named(tmp_path: Path) -> None:
    async with serving(tmp_path, FakeRooms(), Http(origins=("https://hop.example.gov.vn",))) as side:
        assert (await keys(side.url))[-1] == "fail websocket.refused"


@pytest.mark.parametrize(
    ("refusal", "key"),
    [
        (HopttError(ErrorCode.MESSAGE_RATE, "", details={"wait_ms": 20_000}), "warn media.later"),
        (HopttError(ErrorCode.ENGINE_AWAY, ""), "fail media.engine_away"),
    ],
)
async def test_a_line_test_that_is_refused_says_why(tmp_path: Path, refusal: HopttError, key: str) -> None:
    async with serving(tmp_path, FakeRooms()) as side:
        side.line_tests.refusal = refusal
        assert (await keys(side.url))[-1] == key


async def test_a_port_at_which_nobody_is_ends_the_way() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as gone:
        gone.bind(("127.0.0.1", 0))
        assert await keys(f"http://127.0.0.1:{gone.getsockname()[1]}") == ["fail tcp.none"]


async def test_a_name_that_nobody_knows_ends_the_way() -> None:
    assert await keys("https://hop.invalid") == ["fail name.unknown"]


@asynccontextmanager
async def a_proxy(answer: Callable[[bytes], str], context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Give the port of something that answers each request with this status."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {answer(asked)}\r\nContent-Length: 0\r\n\r\n".encode())

    async with a_stream_server(serve, context) as port:
        yield port


async def test_a_certificate_that_nobody_trusts_is_named_and_the_rest_is_tried_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, "localhost")
    context = tls_context(tmp_path / "c.pem", tmp_path / "k.pem")
    async with a_proxy(lambda _: "502 Bad Gateway", context) as port:
        found = await findings(f"https://127.0.0.1:{port}")
    assert [one.key for one in found] == ["tcp.connected", "tls.untrusted", "http.status"]
    assert found[1].values["cause"] == "self-signed certificate"


async def test_a_proxy_that_does_not_pass_websockets_on_is_named() -> None:
    async with a_proxy(lambda asked: "400 Bad Request" if asked.startswith(b"GET /ws") else "200 OK") as port:
        found = await findings(f"http://127.0.0.1:{port}")
    assert found[-1].key == "websocket.cut"
    assert found[-1].values == {"cause": "HTTP 400"}


async def test_a_server_without_line_tests_says_nothing_of_media() -> None:
    way = Way(target_of("http://127.0.0.1:1"))
    async with a_proxy(lambda _: "404 Not Found") as port, way.session() as session:
        answer = await ask(session, f"http://127.0.0.1:{port}")
    assert isinstance(answer, Finding)
    assert answer.key == "media.no_test"
