"""Who asks: origins (S34), forwarded headers (S40), and where plain http is served."""

from __future__ import annotations

import ssl
from ipaddress import ip_network
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from hoptt.api.callers import caller_of, is_own_page, normal_origin

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]


def a_request(
    peer: object = ("192.0.2.1", 4711), *headers: tuple[str, str], tls: bool = False, host: str = "hop.example.vn"
) -> Any:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name, default=None: {
        "peername": peer,
        "sslcontext": object() if tls else None,
    }.get(name, default)
    given = CIMultiDict([("Host", host), *headers])
    return make_mocked_request(
        "GET", "/ws", headers=given, transport=transport, sslcontext=ssl.create_default_context() if tls else None
    )


def own(origin: str | None, *, origins: tuple[str, ...] = (), host: str = "hop.example.vn", tls: bool = True) -> Any:
    headers = [] if origin is None else [("Origin", origin)]
    request = a_request(("192.0.2.1", 1), *headers, tls=tls, host=host)
    return is_own_page(request, caller_of(request, ()), origins)


@pytest.mark.parametrize(
    ("origin", "host", "tls"),
    [
        ("https://hop.example.vn", "hop.example.vn", True),
        ("https://HOP.example.VN", "hop.example.vn", True),
        ("https://hop.example.vn:443", "hop.example.vn", True),
        ("https://hop.example.vn", "hop.example.vn:443", True),
        ("https://hop.example.vn:8443", "hop.example.vn:8443", True),
        ("http://localhost:8080", "localhost:8080", False),
        ("http://[::1]:8080", "[::1]:8080", False),
    ],
)
def test_S34_the_page_of_the_own_host_may_ask(origin: str, host: str, tls: bool) -> None:
    assert own(origin, host=host, tls=tls) is True


FOREIGN = [
    "null",
    "",
    "https://",
    "https://evil.example",
    "http://hop.example.vn",
    "https://hop.example.vn:444",
    "https://hop.example.vn.evil.example",
    "https://evil.hop.example.vn",
    "https://hop.example.vn@evil.example",
    "https://user@hop.example.vn",
    "https://hop.example.vn/",
    "https://hop.example.vn/x",
    "https://hop.example.vn?x",
    "https://hop.example.vn?",
    "https://hop.example.vn#",
    "https://hop.example.vn ",
    "https://hop.example.vn\thttps://evil.example",
    "https://hop.example.vn, https://evil.example",
    "https://hop.example.vn.",
    "https://hop-example.vn",
    "https://hợp.example.vn",
    "https://xn--hp-wkc.example.vn",
    "https://hop.example.vn:99999",
    "https://hop.example.vn:x",
    "wss://hop.example.vn",
    "ftp://hop.example.vn",
    "file://",
    "javascript:alert(1)",
    "chrome-extension://abcdef",
    "//hop.example.vn",
    "hop.example.vn",
    "*",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_S34_a_page_of_another_origin_may_not(origin: str) -> None:
    assert own(origin) is False
    assert own(origin, origins=("https://hop.example.vn",)) is False


def test_S34_there_are_thirty_cases() -> None:
    assert len(FOREIGN) >= 30


def test_S34_two_origins_are_none() -> None:
    request = a_request(
        ("192.0.2.1", 1), ("Origin", "https://hop.example.vn"), ("Origin", "https://evil.example"), tls=True
    )
    assert is_own_page(request, caller_of(request, ()), ()) is False


def test_S34_without_an_origin_nothing_is_said() -> None:
    assert own(None) is None


def test_S34_listed_origins_stand_in_the_place_of_the_own_host() -> None:
    origins = ("https://hop.example.gov.vn", "https://hop2.example.gov.vn:8443")
    assert own("https://hop2.example.gov.vn:8443", origins=origins) is True
    assert own("https://hop.example.vn", origins=origins) is False


def test_an_origin_is_compared_with_its_port() -> None:
    assert normal_origin("http://a.example") == normal_origin("http://A.example:80") == "http://a.example:80"


@pytest.mark.parametrize(
    ("peer", "headers", "address", "secure", "allowed"),
    [
        (("192.0.2.1", 1), {}, "192.0.2.1", False, False),
        (("127.0.0.1", 1), {}, "127.0.0.1", False, True),
        (("::1", 1, 0, 0), {}, "::1", False, True),
        (("::ffff:127.0.0.1", 1, 0, 0), {}, "127.0.0.1", False, True),
        (("fe80::1%eth0", 1, 0, 2), {}, "fe80::1", False, False),
        ("", {}, "", False, True),
        # headers of somebody who is no proxy
        (("192.0.2.1", 1), {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}, "192.0.2.1", False, False),
        (("127.0.0.1", 1), {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}, "127.0.0.1", False, True),
        (("192.0.2.1", 1), {"Forwarded": "for=127.0.0.1;proto=https"}, "192.0.2.1", False, False),
        # of a proxy
        (("10.0.0.5", 1), {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}, "203.0.113.9", True, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-Proto": "HTTPS"}, "10.0.0.5", True, True),
        (("10.0.0.5", 1), {"X-Forwarded-Proto": "https, http"}, "10.0.0.5", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}, "203.0.113.9", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.0.0.6"}, "203.0.113.9", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": "203.0.113.9, nonsense"}, "10.0.0.5", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": ""}, "10.0.0.5", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": "203.0.113.9:4711"}, "10.0.0.5", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": "::ffff:203.0.113.9"}, "203.0.113.9", False, True),
        (("2001:db8::5", 1, 0, 0), {"X-Forwarded-For": "2001:470::9"}, "2001:470::9", False, True),
        (("10.0.0.5", 1), {"X-Forwarded-For": "9.9.9.9, " + "10.1.1.1, " * 30 + "10.1.1.1"}, "10.1.1.1", False, True),
    ],
)
def test_S40_forwarded_headers_count_from_the_listed_proxies_alone(
    peer: object,
    headers: dict[str, str],
    address: str,
    secure: bool,
    allowed: bool,
) -> None:
    caller = caller_of(a_request(peer, *headers.items()), PROXIES)
    assert (caller.address, caller.secure, caller.allowed) == (address, secure, allowed)


def test_S40_a_header_that_is_sent_twice_is_one_list() -> None:
    request = a_request(("10.0.0.5", 1), ("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-For", "203.0.113.9"))
    assert caller_of(request, PROXIES).address == "203.0.113.9"


def test_over_tls_everybody_is_served() -> None:
    caller = caller_of(a_request(("192.0.2.1", 1), tls=True), ())
    assert (caller.allowed, caller.secure, caller.origin) == (True, True, "https://hop.example.vn:443")
