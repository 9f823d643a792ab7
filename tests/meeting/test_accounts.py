"""Units and accounts (R2)."""

from __future__ import annotations

import pytest

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, UnitSlug
from hoptt.meeting.accounts import (
    MAX_DEPTH,
    Account,
    AccountRole,
    Unit,
    a_unit,
    branch,
    check_place,
    is_closed,
    login_name,
    manages,
    may_sign_in,
    tree,
)
from hoptt.meeting.settings import Name

BO = Unit(UnitSlug("bo"), "Bộ TNMT", None)
SO = Unit(UnitSlug("so"), "Sở TNMT Lai Châu", BO.slug)
PHONG = Unit(UnitSlug("phong"), "Văn phòng Sở", SO.slug)
KHAC = Unit(UnitSlug("khac"), "Sở TNMT Lào Cai", BO.slug)
UNITS = tree([BO, SO, PHONG, KHAC])


def an_account(role: AccountRole, unit: Unit | None = SO) -> Account:
    return Account(AccountId("a"), "an", Name("Sở", "Nguyễn Văn An", "Sở"), None if unit is None else unit.slug, role)


def test_R2_a_unit_s_administrator_manages_the_own_branch_and_nothing_else() -> None:
    assert manages(an_account(AccountRole.UNIT_ADMIN), UNITS) == {SO.slug, PHONG.slug}


@pytest.mark.parametrize("role", [AccountRole.USER, AccountRole.OPERATOR])
def test_R2_others_manage_nothing(role: AccountRole) -> None:
    assert manages(an_account(role), UNITS) == frozenset()


def test_R2_who_owns_the_installation_manages_all() -> None:
    assert manages(an_account(AccountRole.ADMIN, None), UNITS) == set(UNITS)


def test_a_disabled_unit_closes_with_everything_below_it() -> None:
    units = tree([BO, Unit(SO.slug, SO.name, BO.slug, disabled=True), PHONG, KHAC])
    assert [is_closed(units, u) for u in (BO.slug, SO.slug, PHONG.slug, KHAC.slug)] == [False, True, True, False]
    assert not may_sign_in(an_account(AccountRole.USER, PHONG), units)
    assert may_sign_in(an_account(AccountRole.USER, KHAC), units)


def test_a_tree_that_runs_in_a_circle_ends_all_the_same() -> None:
    units = tree([Unit(UnitSlug("a"), "A", UnitSlug("b")), Unit(UnitSlug("b"), "B", UnitSlug("a"))])
    assert branch(units, UnitSlug("a")) == {"a", "b"}


@pytest.mark.parametrize(
    ("key", "name", "parent", "code"),
    [
        ("so", "Sở", None, ErrorCode.UNIT_EXISTS),
        ("Sở", "Sở", None, ErrorCode.SLUG_INVALID),
        ("api", "Sở", None, ErrorCode.SLUG_RESERVED),
        ("moi", "  ", None, ErrorCode.ACCOUNT_INVALID),
        ("moi", "a\u202eb", None, ErrorCode.ACCOUNT_INVALID),
        ("moi", "x" * 201, None, ErrorCode.ACCOUNT_INVALID),
        ("moi", "Sở", "khong-co", ErrorCode.UNIT_UNKNOWN),
    ],
)
def test_a_unit_that_cannot_be_is_refused(key: str, name: str, parent: str | None, code: ErrorCode) -> None:
    with pytest.raises(HopttError) as refusal:
        a_unit(UNITS, key, name, parent)
    assert refusal.value.code is code


def test_the_tree_has_no_more_levels_than_an_administration() -> None:
    units = tree(Unit(UnitSlug(f"u{n}"), str(n), UnitSlug(f"u{n - 1}") if n else None) for n in range(MAX_DEPTH))
    with pytest.raises(HopttError) as refusal:
        a_unit(units, "moi", "Mới", f"u{MAX_DEPTH - 1}")
    assert refusal.value.code is ErrorCode.NOT_POSSIBLE


@pytest.mark.parametrize(("typed", "kept"), [("An.NV", "an.nv"), (" an ", "an"), ("a@b.gov.vn", "a@b.gov.vn")])
def test_a_login_name_is_kept_in_lower_case(typed: str, kept: str) -> None:
    assert login_name(typed) == kept


@pytest.mark.parametrize("text", ["", "a", ".an", "an.", "ân", "a n", "a\u200bn", "x" * 65, "аn"])
def test_S46_a_login_name_is_plain_letters_and_digits(text: str) -> None:
    with pytest.raises(HopttError) as refusal:
        login_name(text)
    assert refusal.value.code is ErrorCode.ACCOUNT_INVALID


def test_only_staff_of_the_installation_stands_beside_the_tree() -> None:
    for role in AccountRole:
        if role in (AccountRole.OPERATOR, AccountRole.ADMIN):
            check_place(role, None)
            continue
        with pytest.raises(HopttError):
            check_place(role, None)
