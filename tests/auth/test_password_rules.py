"""Passwords of accounts (S30)."""

from __future__ import annotations

import unicodedata

import pytest

from hoptt.auth.password_rules import check_new_password
from hoptt.errors import ErrorCode, HopttError

ABOUT = ("an.nv", "Sở TNMT Lai Châu", "Nguyễn Văn An, Chánh Văn phòng")


@pytest.mark.parametrize(
    "password",
    [
        "mùa thu lá bay về đâu",
        "sông núi nước nam vua nam ở",
        "kettle-orbit-7-violet",
        "Ẳ" * 3 + "đò dọc bến xa",
        "x7#Qm2!vLp9z",
    ],
)
def test_S30_several_words_or_random_characters_will_do(password: str) -> None:
    check_new_password(password, least=12, about=ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "ngắn quá",
        "x7#Qm2!vLp9",
        "123456789012",
        "password1234",
        "qwertyuiop123",
        "matkhau123456",
        "Mật khẩu 123456",
        "abcabcabcabcabc",
        "aaaaaaaaaaaaaaaaaaaa",
        "an.nv an.nv an.nv",
        "laichau2026!",
        "x" * 1_025,
    ],
)
def test_S30_what_is_short_or_guessed_early_is_refused(password: str) -> None:
    with pytest.raises(HopttError) as refusal:
        check_new_password(password, least=12, about=ABOUT)
    assert refusal.value.code is ErrorCode.PASSWORD_WEAK


def test_S30_a_long_password_is_taken_without_rules_of_composition() -> None:
    check_new_password("con đường xưa em đi vàng lên mái tóc thề " * 3, least=12)


def test_S30_letters_are_counted_as_they_are_read_not_as_they_are_composed() -> None:
    composed = "ộ" * 11
    with pytest.raises(HopttError):
        check_new_password(unicodedata.normalize("NFD", composed), least=12)


def test_S30_no_setting_goes_below_eight() -> None:
    with pytest.raises(HopttError):
        check_new_password("xQ7#m2!", least=1)
