"""Codes of 30 seconds (S30)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from hoptt.auth.second_factor import SecondFactors, provisioning_uri
from hoptt.errors import HopttError
from hoptt.ids import AccountId

AN = AccountId("a_an")
NOON = datetime(2026, 11, 26, 12, 0, 15, tzinfo=UTC)
FACTORS = SecondFactors(b"k" * 32)


@pytest.mark.parametrize(("seconds", "right"), [(-75, False), (-30, True), (0, True), (30, True), (75, False)])
def test_S30_a_code_holds_for_its_half_minute_and_the_ones_beside_it(seconds: int, right: bool) -> None:
    secret, kept = FACTORS.new(AN)
    code = pyotp.TOTP(secret).at(NOON + timedelta(seconds=seconds))
    assert (FACTORS.step(AN, kept, code, after=0, now=NOON) is not None) is right


def test_S30_a_code_opens_nothing_a_second_time() -> None:
    secret, kept = FACTORS.new(AN)
    code = pyotp.TOTP(secret).at(NOON)
    step = FACTORS.step(AN, kept, code, after=0, now=NOON)
    assert step is not None
    assert FACTORS.step(AN, kept, code, after=step, now=NOON) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_S30_what_is_no_code_is_wrong(code: str) -> None:
    _, kept = FACTORS.new(AN)
    assert FACTORS.step(AN, kept, code, after=0, now=NOON) is None


def test_S48_a_secret_is_kept_encrypted_for_its_account_alone() -> None:
    secret, kept = FACTORS.new(AN)
    assert secret not in kept
    for others in ((SecondFactors(b"o" * 32), AN), (FACTORS, AccountId("a_binh"))):
        with pytest.raises(HopttError):
            others[0].step(others[1], kept, "123456", after=0, now=NOON)


def test_an_application_reads_the_secret_from_its_code() -> None:
    assert provisioning_uri("ABCDEFGHIJKLMNOPABCDEFGHIJKLMNOP", "an.nv", "hoptt") == (
        "otpauth://totp/hoptt:an.nv?secret=ABCDEFGHIJKLMNOPABCDEFGHIJKLMNOP&issuer=hoptt"
    )
