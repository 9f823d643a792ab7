"""The pseudonym of a browser: given by the server alone, and leading back to no cookie."""

from __future__ import annotations

import pytest

from hoptt.auth.browsers import Browsers, cookie_name, set_cookie


def test_a_browser_keeps_its_pseudonym() -> None:
    browsers = Browsers(b"k" * 32)
    cookie = browsers.new()
    assert browsers.pseudonym(cookie) == Browsers(b"k" * 32).pseudonym(cookie)
    assert len({browsers.pseudonym(browsers.new()) for _ in range(100)} - {None}) == 100


def test_a_pseudonym_does_not_hold_the_cookie() -> None:
    browsers = Browsers(b"k" * 32)
    cookie = browsers.new()
    pseudonym = browsers.pseudonym(cookie)
    assert pseudonym is not None
    assert pseudonym not in cookie
    assert Browsers(b"j" * 32).pseudonym(cookie) is None, "another server knows nobody by it"


@pytest.mark.parametrize("cookie", [None, "", "x" * 38, "A" * 37, "A" * 39, "ü" * 38, "../" * 12 + "ab"])
def test_a_cookie_of_ones_own_is_nobody(cookie: str | None) -> None:
    assert Browsers(b"k" * 32).pseudonym(cookie) is None


def test_a_changed_cookie_is_nobody() -> None:
    browsers = Browsers(b"k" * 32)
    cookie = browsers.new()
    changed = ("B" if cookie[0] != "B" else "C") + cookie[1:]
    assert browsers.pseudonym(changed) is None


def test_S27_over_https_the_cookie_is_bound_to_the_host() -> None:
    header = set_cookie("x", secure=True)
    assert header.startswith("__Host-hoptt-browser=x; Path=/;")
    assert {"HttpOnly", "SameSite=Lax", "Secure"} <= {part.strip() for part in header.split(";")}
    assert "Domain" not in header
    assert "Secure" not in set_cookie("x", secure=False)
    assert cookie_name(secure=False) in set_cookie("x", secure=False)
