"""Credentials of relays are good for minutes, for a seat, and tell nothing about a person."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hoptt.auth.relays import Relays, relays_of
from hoptt.config import Turn
from hoptt.ids import ParticipantId

NOW = 1_795_831_200.7
URLS = ("turns:turn.example.gov.vn:443", "turn:turn.example.gov.vn:3478?transport=udp")
RELAYS = Relays(URLS, "s" * 32, 300, now=lambda: NOW)
AN = ParticipantId("p_k7wq2m5x9d3fhj4n")


def test_a_name_holds_the_end_of_its_time_and_the_seat_and_is_signed() -> None:
    [given] = RELAYS.servers(AN)
    assert (given.urls, given.username) == (URLS, f"1795831500:{AN}")
    signed = hmac.digest(b"s" * 32, given.username.encode(), hashlib.sha1)
    assert base64.b64decode(given.credential) == signed


def test_who_asks_later_gets_others_for_the_same_seat() -> None:
    [later] = Relays(URLS, "s" * 32, 300, now=lambda: NOW + 60).servers(AN)
    [given] = RELAYS.servers(AN)
    assert later.username.partition(":")[2] == given.username.partition(":")[2]
    assert later.credential != given.credential


def test_without_relays_nobody_gets_anything() -> None:
    assert relays_of(Turn()).servers(AN) == ()
