"""A server's address is read as people copy it."""

from __future__ import annotations

import pytest

from hoptt.probe.target import target_of


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://hop.example.gov.vn", "https://hop.example.gov.vn"),
        ("hop.example.gov.vn", "https://hop.example.gov.vn"),
        ("https://hop.example.gov.vn/duan#token=abc", "https://hop.example.gov.vn"),
        ("http://localhost:8080/duan", "http://localhost:8080"),
        ("https://[2001:db8::7]:8443/", "https://[2001:db8::7]:8443"),
        (" https://HOP.example:443 ", "https://hop.example"),
    ],
)
def test_a_link_is_an_address_too(text: str, origin: str) -> None:
    assert target_of(text).origin == origin


@pytest.mark.parametrize(
    "text", ["", "ftp://a", "https://", "https://a:b", "https://a:99999", "https://u:p@a", "https://[::"]
)
def test_what_is_no_address_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        target_of(text)
