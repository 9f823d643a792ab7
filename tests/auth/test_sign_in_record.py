"""What is written about signing in, and how much of it (S51)."""

from __future__ import annotations

import pytest
from tests.support.clock import NINE, HandClock
from tests.support.fake_log import FakeLog

from hoptt.auth.sign_in_record import REFUSED_AT_MOST, SignInRecord
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId

AN = AccountId("a_an")


@pytest.fixture
def kept() -> FakeLog:
    return FakeLog()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NINE)


@pytest.fixture
def record(kept: FakeLog, clock: HandClock) -> SignInRecord:
    return SignInRecord(kept, clock.now)


async def _guess(record: SignInRecord, times: int) -> None:
    for _ in range(times):
        await record.refused(AN, ErrorCode.LOGIN_WRONG, address="192.0.2.7")


async def test_S51_whoever_guesses_does_not_fill_the_log_and_what_was_left_out_is_told(
    record: SignInRecord, kept: FakeLog, clock: HandClock
) -> None:
    await _guess(record, REFUSED_AT_MOST + 1_000)
    assert (len(kept.rows), record.left_out) == (REFUSED_AT_MOST, 1_000)
    clock.turn(minutes=1)
    await _guess(record, 1)
    assert kept.rows[-1][1] == {"account": AN, "code": "login.wrong", "left_out": 1_000}
    await _guess(record, 1)
    assert kept.rows[-1][1]["left_out"] == 0, "told once"


async def test_S51_a_refusal_that_could_not_be_stored_is_told_by_the_next_row(
    record: SignInRecord, kept: FakeLog
) -> None:
    kept.full = True
    await _guess(record, 3)
    kept.full = False
    await _guess(record, 1)
    assert kept.rows == [
        ("sign_in_refused", {"account": AN, "code": "login.wrong", "left_out": 3}, {"address": "192.0.2.7"})
    ]
    assert record.failed == 3


async def test_S51_who_cannot_be_put_on_record_is_not_let_in(record: SignInRecord, kept: FakeLog) -> None:
    kept.full = True
    with pytest.raises(HopttError) as refused:
        await record.signed_in(AN, second_factor=False, address="192.0.2.7")
    assert refused.value.code is ErrorCode.NOT_STORED
