"""The served web side: page, headers, door, upgrade (api/web.py)."""

from __future__ import annotations

import asyncio
import gzip
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import aiohttp
import brotli
import msgspec
import pytest
from tests.docs.documents import ROOT, code, read, sections, table
from tests.support.meetings import OPEN_FLOOR, a_room
from tests.support.pages import FakeRooms
from tests.support.web_side import POLICY, WebSide, a_page, serving

from hoptt.api.page import load_page
from hoptt.api.status import STATUS
from hoptt.config import Http
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.words import Role
from hoptt.signaling.messages import Door

PATHS = {
    "/": 200,
    "/duan": 200,
    "/nobody-has-this-room": 200,
    "/robots.txt": 200,
    "/_app/immutable/start.abc.js": 200,
    "/api/rooms/duan/door": 200,
    "/duan/": 308,
    "/duan/room": 200,
    "/nobody-has-this-room/room": 200,
    "/duan/room/": 308,
    "/Duan/room": 404,
    "/room.html": 404,
    "/api/rooms/nobody/door": 404,
    "/_app/immutable/none.js": 404,
    "/index.html": 404,
    "/a/b/c": 404,
    "/Duan": 404,
    "/%2e%2e/%2e%2e/etc/passwd": 404,
    "/api/rooms/%00/door": 404,
    "/ws": 403,
}


async def get(side: WebSide, path: str, **headers: str) -> aiohttp.ClientResponse:
    answer = await side.session.get(side.url + path, headers=headers, allow_redirects=False)
    await answer.read()
    return answer


@pytest.mark.parametrize("path", PATHS)
async def test_S38_every_answer_is_protected(side: WebSide, path: str) -> None:
    answer = await get(side, path)
    assert answer.status == PATHS[path]
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"camera=(self)", "microphone=(self)", "display-capture=(self)"} <= set(
        headers["Permissions-Policy"].split(", ")
    )
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"] or answer.content_type == "text/html"
    assert "Strict-Transport-Security" not in headers, "not over plain http"
    assert "aiohttp" not in headers["Server"].lower()
    if path.startswith("/api/") or answer.status >= 400:
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_S39_nothing_can_be_changed_here(side: WebSide, method: str) -> None:
    for path in ("/duan", "/api/rooms/duan/door", "/ws"):
        async with side.session.request(method, side.url + path) as answer:
            assert answer.status == 405
            assert "Content-Security-Policy" in answer.headers
            assert (await answer.json())["code"] == "message.malformed"


async def test_the_page_brings_the_policy_that_it_was_built_with(side: WebSide) -> None:
    first = await get(side, "/duan")
    assert first.headers["Content-Security-Policy"] == f"{POLICY}; frame-ancestors 'none'"
    again = await get(side, "/duan", **{"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("gzip, br;q=0", "gzip"), ("identity", None), ("BR", "br"), ("bro", None)],
)
async def test_the_page_is_sent_as_the_browser_takes_it(side: WebSide, accepts: str, coding: str | None) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        async with session.get(side.url + "/", headers={"Accept-Encoding": accepts}) as answer:
            body = await answer.read()
        assert answer.headers.get("Content-Encoding") == coding
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    unpack: dict[str | None, Any] = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    assert b"<title>hop</title>" in unpack[coding](body)


async def test_what_never_changes_is_kept_by_browsers_and_the_page_is_asked_for_again(side: WebSide) -> None:
    asset = await get(side, "/_app/immutable/start.abc.js")
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert asset.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (await get(side, "/")).headers["Cache-Control"] == "private, no-cache", "it names the browser"
    assert (await get(side, "/")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/../keys/log.key",
        "/_app/../../keys/log.key",
        "/..%2fkeys%2flog.key",
        "/%2e%2e%5ckeys",
        "//etc/passwd",
        "/_app/immutable/..%2f..%2findex.html",
        "/index.html.br",
        "/mark.svg%00",
        "/_app",
        "/_app/immutable/",
        "/.git/HEAD",
    ],
)
async def test_no_path_leads_out_of_the_page(side: WebSide, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(side.url.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.split()[1] in (b"404", b"400"), answer[:200]


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /duan HTTP/1.1\r\nHost: a\r\nHost : b\r\n\r\n",
        b"GET /duan HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /duan HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET /duan HTTP/1.1\r\nX-A: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
async def test_S38_what_is_no_http_is_refused_as_everything_else_and_names_nobody(
    side: WebSide, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(side.url.rpartition(":")[2]))
    writer.write(raw)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.0 4")
    assert b"X-Content-Type-Options: nosniff" in answer
    assert b"aiohttp" not in answer.lower()
    assert caplog.records == []


async def test_S42_headers_are_bounded(side: WebSide) -> None:
    answer = await get(side, "/duan", **{f"X-{n}": "x" * 1_000 for n in range(20)})
    assert answer.status in (400, 431)


async def test_S42_a_fault_of_ours_says_no_more_than_that(side: WebSide, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(side.house, "door", broken)
    answer = await get(side, "/api/rooms/duan/door")
    assert answer.status == 500
    assert await answer.json() == {
        "code": "internal_error",
        "message": "a fault of the server",
        "field": None,
        "details": {},
    }
    assert "X-Content-Type-Options" in answer.headers
    assert len(side.watching.bugs) == 1
    side.watching.bugs.clear()


async def test_S40_plain_http_is_served_on_this_machine_and_to_proxies(tmp_path: Path) -> None:
    """Everybody here comes from loopback; what a proxy says of others is believed when it is listed."""
    proxied = Http(trusted_proxies=(ip_network("127.0.0.1/32"),))
    async with serving(tmp_path, FakeRooms(a_room(OPEN_FLOOR)), proxied) as side:
        answer = await get(side, "/duan", **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"})
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        door = await get(side, "/api/rooms/duan/door", **{"X-Forwarded-Proto": "https"})
        assert door.headers["Set-Cookie"].startswith("__Host-hoptt-browser=")
        assert "Secure" in door.headers["Set-Cookie"]


async def test_plain_http_from_elsewhere_is_refused(side: WebSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoptt.api.callers._peer", lambda _: ip_network("192.0.2.1/32").network_address)
    answer = await get(side, "/duan")
    assert answer.status == 403
    assert "https" in (await answer.json())["message"]


# ---- the door --------------------------------------------------------------------------------------


async def test_the_door_says_what_the_page_draws(side: WebSide) -> None:
    answer = await get(side, "/api/rooms/duan/door")
    door = msgspec.json.decode(await answer.read(), type=Door)
    assert (door.room.slug, door.state, door.password, door.identity) == ("duan", None, False, None)
    assert answer.headers["Set-Cookie"].startswith("hoptt-browser=")
    assert "Set-Cookie" not in (await get(side, "/api/rooms/duan/door")).headers, "the browser has a pseudonym now"


@pytest.mark.parametrize("path", ["/", "/duan", "/duan/room", "/login"])
async def test_R18_a_page_gives_the_browser_its_pseudonym_before_anything_is_asked(side: WebSide, path: str) -> None:
    answer = await get(side, path)
    assert answer.headers["Set-Cookie"].startswith("hoptt-browser=")
    for later in (path, "/api/rooms/duan/door"):
        assert "Set-Cookie" not in (await get(side, later)).headers


async def test_files_of_the_page_name_no_browser(side: WebSide) -> None:
    assert "Set-Cookie" not in (await get(side, "/_app/immutable/start.abc.js")).headers


async def test_the_door_names_the_bearer_of_a_link(side: WebSide) -> None:
    token = side.token("chair", Role.CO_CHAIR, name="Lê Văn Chung, Thứ trưởng")
    answer = await get(side, "/api/rooms/duan/door", Authorization=f"Bearer {token}")
    door = msgspec.json.decode(await answer.read(), type=Door)
    assert door.identity is not None
    assert (door.identity.role, door.identity.invited) == (Role.CO_CHAIR, True)
    assert door.identity.name is not None
    assert door.identity.name.name == "Lê Văn Chung, Thứ trưởng"


@pytest.mark.parametrize(
    ("said", "status", "code_"),
    [
        ("Bearer nonsense", 401, "token.invalid"),
        ("Basic YTpi", 401, "token.invalid"),
        ("Bearer", 401, "token.invalid"),
        ("", 401, "token.invalid"),
    ],
)
async def test_a_link_that_is_none_is_told_at_the_door(side: WebSide, said: str, status: int, code_: str) -> None:
    answer = await get(side, "/api/rooms/duan/door", Authorization=said)
    assert (answer.status, (await answer.json())["code"]) == (status, code_)


async def test_a_link_of_another_room_opens_no_door(side: WebSide) -> None:
    answer = await get(side, "/api/rooms/duan/door", Authorization=f"Bearer {side.token('an', room='other')}")
    assert answer.status == 401


# ---- the upgrade -----------------------------------------------------------------------------------


async def test_S34_a_foreign_page_is_refused_before_the_upgrade(side: WebSide) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await side.session.ws_connect(side.url + "/ws", headers=headers)
        assert refused.value.status == 403
    assert side.lines.counts.turned_back[ErrorCode.ORIGIN] == 3
    assert side.lines.counts.opened == 0


async def test_S34_a_program_shows_a_token_instead_of_an_origin(side: WebSide) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await side.session.ws_connect(side.url + "/ws", headers={"Authorization": "Bearer nonsense"})
    assert refused.value.status == 401
    token = side.token("program", room="another")
    async with side.session.ws_connect(side.url + "/ws", headers={"Authorization": f"Bearer {token}"}) as socket:
        assert not socket.closed


async def test_S34_a_token_does_not_help_a_foreign_page(side: WebSide) -> None:
    headers = {"Origin": "https://evil.example", "Authorization": f"Bearer {side.token('an')}"}
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await side.session.ws_connect(side.url + "/ws", headers=headers)


async def test_the_upgrade_gives_a_browser_its_pseudonym(side: WebSide) -> None:
    line = await side.line()
    assert line.socket._response.headers["Set-Cookie"].startswith("hoptt-browser=")
    again = await side.line()
    assert "Set-Cookie" not in again.socket._response.headers


async def test_a_request_that_is_no_upgrade_is_told_so(side: WebSide) -> None:
    answer = await get(side, "/ws", Origin=side.url)
    assert answer.status == 400


# ---- what it is made of ----------------------------------------------------------------------------


def test_every_code_has_the_status_that_the_document_says() -> None:
    rows = table(sections(read("protocol.md"), level=2)["Error codes"])
    assert {code(row[0]): int(row[1]) for row in rows} == {str(c): s for c, s in STATUS.items()}
    assert set(STATUS) == set(ErrorCode)


def test_a_page_that_was_not_built_is_told_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(HopttError, match="make page") as refusal:
        load_page(tmp_path)
    assert refusal.value.code is ErrorCode.CONFIG_INVALID


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "<meta http-equiv=\"content-security-policy\" content=\"default-src 'self'; script-src 'unsafe-inline'\">",
        '<meta http-equiv="content-security-policy" content="default-src \'self\'; script-src https:">',
        '<meta http-equiv="content-security-policy" content="default-src *; script-src \'self\'">',
        '<meta http-equiv="content-security-policy" content="default-src \'self\'">',
    ],
)
def test_S38_a_page_whose_policy_allows_too_much_is_not_served(tmp_path: Path, policy: str) -> None:
    folder = a_page(tmp_path / "page")
    (folder / "index.html").write_text(f"<!doctype html>{policy}")
    with pytest.raises(HopttError):
        load_page(folder)


def test_a_link_in_the_page_s_folder_is_not_followed(tmp_path: Path) -> None:
    folder = a_page(tmp_path / "page")
    (tmp_path / "secret").write_text("secret")
    (folder / "mine.txt").symlink_to(tmp_path / "secret")
    assert "/mine.txt" not in load_page(folder).files


def test_the_policy_of_the_real_page_is_taken_as_it_was_built() -> None:
    """The build writes what `_policy` reads; checked where the page is built."""
    built = ROOT / "src/hoptt/page"
    if not built.exists():
        pytest.skip("the page is not built here")
    policy = load_page(built).start.policy or ""
    # WebAssembly of the own origin (the noise filter), but no text that is run as a program
    assert "script-src 'self' 'wasm-unsafe-eval' 'sha256-" in policy
    assert not {"'unsafe-eval'", "'unsafe-inline'"} & set(policy.split())
    assert policy.endswith("frame-ancestors 'none'")
