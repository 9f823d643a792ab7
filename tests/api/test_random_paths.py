"""Whatever path, identifier or range is asked for is answered, without a fault of ours, from the own house (I18)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.amounts import random_input
from tests.support.served import Served
from tests.support.web_side import LOG_KEY

PIECES = st.sampled_from(
    [
        *("..", ".", "%2e%2e", "%2f", "%5c", "..%2f", "\\..", "%00", "%", "%zz", "%c0%af", "%u002e", "~", "*", ";", ""),
        *("_app", "immutable", "start.abc.js", "index.html", "index.html.br", "keys", "log.key", "log.db", "page"),
        *("api", "door", "rooms", "meetings", "office", "duan", "whip", "whep", "ws", "healthz", "readyz", "metrics"),
        *("m_none", "p_1", "-1", "0", "9" * 40, "duan?token=x", "duan#x", "DUAN", "du%C3%A1n", "a" * 300, "con"),
    ]
) | st.text(max_size=12).map(lambda text: quote(text, safe="!$&'()*+,;=:@-._~", errors="surrogatepass"))
PATHS = st.lists(PIECES, min_size=1, max_size=7).map(lambda pieces: "/" + "/".join(pieces))
NUMBERS = st.sampled_from(["", "0", "1", "5", "-1", "99999999999999999999", "x", " "])
RANGES = st.none() | st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4).map(
    lambda parts: "bytes=" + ",".join(f"{first}-{last}" for first, last in parts)
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("paths")
    served = Served(folder)
    yield served
    served.end()


@random_input(150)
@given(st.sampled_from(["GET", "HEAD", "POST", "DELETE", "PATCH", "OPTIONS"]), PATHS, RANGES)
def test_I18_any_path_and_range_is_answered_from_the_own_house(
    served: Served, method: str, path: str, wanted: str | None
) -> None:
    asked = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n"
    asked += f"Range: {wanted}\r\n\r\n" if wanted else "\r\n"
    with socket.create_connection(("127.0.0.1", int(served.side.url.rpartition(":")[2])), timeout=5) as line:
        line.sendall(asked.encode())
        answer = bytearray()
        while some := line.recv(65_536):
            answer += some
    status = int(answer.split(b" ", 2)[1])
    assert status < 500, bytes(answer[:300])
    assert LOG_KEY not in answer
    assert b"SQLite format" not in answer
    assert b"Traceback" not in answer
    assert served.side.watching.bugs == []
