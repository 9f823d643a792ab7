"""Guessing room passwords is slowed, and nobody else is (S32)."""

from __future__ import annotations

import random
from ipaddress import ip_network
from typing import Any

import pytest

from hoptt.auth import guessing
from hoptt.auth.guessing import PER_ROOM, Guessing, LoginGuessing, Try
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug

ROOM = RoomSlug("duan")


def wrong(
    guesses: Guessing, now: float, *, address: str = "192.0.2.1", browser: str | None = None, room: RoomSlug = ROOM
) -> Try | None:
    """Try a wrong password; None when told to wait."""
    try:
        return guesses.begin(room=room, address=address, browser=browser, now=now)
    except HopttError as refusal:
        if refusal.code is not ErrorCode.PASSWORD_WAIT or not 0 < int(refusal.details["wait_ms"]) <= 60_000:
            raise
        return None


def test_S32_the_sixth_wrong_password_of_an_address_waits_for_the_next_minute() -> None:
    guesses = Guessing()
    assert [wrong(guesses, now) is not None for now in (0, 1, 2, 3, 4, 5, 59.9)] == [True] * 5 + [False] * 2
    assert wrong(guesses, 60.0) is not None
    assert guesses.waits == 2


def test_S32_the_wait_that_is_told_is_the_wait() -> None:
    guesses = Guessing()
    for now in range(5):
        wrong(guesses, now)
    with pytest.raises(HopttError) as refusal:
        guesses.begin(room=ROOM, address="192.0.2.1", browser=None, now=10)
    assert refusal.value.details == {"wait_ms": 50_000}


def test_S32_a_browser_that_changes_its_address_is_still_slowed() -> None:
    guesses = Guessing()
    tries = [wrong(guesses, 0, address=f"192.0.2.{n}", browser="b_1") for n in range(7)]
    assert [one is not None for one in tries] == [True] * 5 + [False] * 2


def test_S32_right_passwords_do_not_count() -> None:
    guesses = Guessing()
    for _ in range(100):
        guesses.right(guesses.begin(room=ROOM, address="192.0.2.1", browser="b_1", now=0))
    assert wrong(guesses, 0, browser="b_1") is not None


def test_S32_a_thousand_at_once_are_not_let_through_before_the_first_is_known_to_be_wrong() -> None:
    guesses = Guessing()
    assert sum(wrong(guesses, 0.0) is not None for _ in range(1_000)) == 5


def test_S32_two_thousand_addresses_try_ten_thousand_in_ten_minutes_and_three_hundred_are_evaluated() -> None:
    guesses, chance = Guessing(), random.Random(32)
    times = sorted(chance.uniform(0, 600) for _ in range(10_000))
    evaluated = sum(
        wrong(guesses, now, address=f"198.18.{n % 2000 // 250}.{n % 250}") is not None for n, now in enumerate(times)
    )
    assert 250 <= evaluated <= 300


def test_S32_twenty_five_offices_behind_one_trusted_address_mistype_and_nobody_waits() -> None:
    guesses = Guessing([ip_network("203.0.113.0/24")])
    tries = [wrong(guesses, n, address="203.0.113.9", browser=f"b_{n}") for n in range(25)]
    assert [one is not None and one.delay_s == 0 for one in tries] == [True] * 25


def test_S32_a_trusted_network_has_sixty_a_minute_in_all_rooms_that_allow_it() -> None:
    guesses = Guessing([ip_network("2001:db8::/32")])
    tried = [
        wrong(guesses, 0, address=f"2001:db8::{n}", room=RoomSlug(f"room{n // PER_ROOM}")) is not None
        for n in range(60)
    ]
    assert all(tried), "the limit of an address holds for each room"


def test_S32_all_addresses_of_an_ipv6_network_are_one() -> None:
    guesses = Guessing()
    tries = [wrong(guesses, 0, address=f"2001:db8:1:2::{n:x}") for n in range(6)]
    assert tries[5] is None
    assert wrong(guesses, 0, address="2001:db8:1:3::1") is not None


def test_S32_an_ipv4_address_written_as_ipv6_is_the_same_address() -> None:
    guesses = Guessing()
    for _ in range(5):
        wrong(guesses, 0)
    assert wrong(guesses, 0, address="::ffff:192.0.2.1") is None
    assert wrong(guesses, 0, address="::ffff:192.0.2.2") is not None


def test_S32_the_delay_in_a_room_grows_with_what_was_wrong() -> None:
    guesses = Guessing()
    delays = [one.delay_s for n in range(PER_ROOM) if (one := wrong(guesses, 0, address=f"192.0.2.{n}")) is not None]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (0, 4)
    assert wrong(guesses, 0, address="192.0.2.99") is None
    assert wrong(guesses, 0, address="192.0.2.99", room=RoomSlug("another")) is not None


def test_how_many_tries_are_left_is_told() -> None:
    guesses = Guessing()
    assert [one.left for _ in range(5) if (one := wrong(guesses, 0)) is not None] == [4, 3, 2, 1, 0]


def test_the_last_try_tells_how_long_there_is_none() -> None:
    guesses = Guessing()
    waits = [one.wait_s for second in range(5) if (one := wrong(guesses, second)) is not None]
    assert waits == [0, 0, 0, 0, 56]


def test_S32_the_tables_are_bounded_and_what_makes_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MAX_KEPT", 100)
    guesses = Guessing()
    for n in range(1_000):
        wrong(guesses, 0, address=f"10.0.{n // 250}.{n % 250}", browser=f"b_{n}", room=RoomSlug(f"r{n}"))
    tables = (guesses._browsers, guesses._addresses, guesses._rooms)
    assert [len(table._tries) for table in tables] == [100] * 3
    assert guesses.forgotten == 2_700


def test_S32_what_is_over_is_forgotten_without_being_asked_for() -> None:
    guesses = Guessing()
    for n in range(1_000):
        wrong(guesses, float(n), address=f"10.0.{n // 250}.{n % 250}", room=RoomSlug(f"r{n}"))
    assert len(guesses._addresses._tries) <= 61
    assert guesses.forgotten == 0


def _login(guessing: LoginGuessing, now: float, **changes: Any) -> None:
    values: dict[str, Any] = {"login": "an", "address": "203.0.113.7", "browser": "b_1", "known": False}
    guessing.begin(**(values | changes), now=now)


def _waits(guessing: LoginGuessing, now: float, **changes: Any) -> bool:
    try:
        _login(guessing, now, **changes)
    except HopttError as refusal:
        return refusal.code is ErrorCode.LOGIN_WAIT
    return False


def test_S33_ten_wrong_ones_and_then_one_a_minute() -> None:
    guessing = LoginGuessing()
    addresses = [f"203.0.113.{n}" for n in range(60)]
    assert not any(_waits(guessing, float(n), address=addresses[n]) for n in range(10))
    assert _waits(guessing, 20.0, address=addresses[11])
    looked_at = sum(not _waits(guessing, 70.0 + n, address=addresses[n % 60]) for n in range(480))
    assert looked_at == 8
    assert guessing.waits == 1 + 480 - 8


def test_S33_whoever_guesses_does_not_lock_the_owner_out() -> None:
    guessing = LoginGuessing()
    for n in range(10):
        _login(guessing, float(n))
    assert _waits(guessing, 10.0)
    assert not _waits(guessing, 10.0, browser="b_own", known=True)


def test_S33_the_owner_s_browser_has_five_tries_a_minute() -> None:
    guessing = LoginGuessing()
    assert [_waits(guessing, 1.0, browser="b_own", known=True) for _ in range(6)] == [False] * 5 + [True]


def test_S33_one_password_tried_on_many_names_is_slowed_too() -> None:
    guessing = LoginGuessing()
    assert sum(not _waits(guessing, 1.0, login=f"user{n}") for n in range(100)) == 30


def test_S33_only_wrong_ones_count() -> None:
    guessing = LoginGuessing()
    for n in range(50):
        guessing.right(guessing.begin(login="an", address="203.0.113.7", browser=None, known=False, now=float(n) / 10))
    assert not _waits(guessing, 5.0)
