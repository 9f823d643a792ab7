"""`hoptt unit …` and `hoptt user …`."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from tests.cli.conftest import Cli

GOOD = "mùa thu lá bay về đâu"


@pytest.fixture
def house(cli: Cli) -> Cli:
    """Two units, one below the other, and an account."""
    assert cli("unit", "create", "bo", "--name", "Bộ TNMT").stdout == "bo\n"
    assert cli("unit", "create", "so", "--name", "Sở TNMT Lai Châu", "--parent", "bo").exit_code == 0
    made = cli(
        *("user", "create", "An.NV", "--name", "Nguyễn Văn An, Chánh Văn phòng", "--unit", "so"),
        *("--role", "unit_admin", "--password-file", "-"),
        typed=f"{GOOD}\n",
    )
    assert made.stdout == "an.nv\n", made.output
    return cli


def test_units_are_listed_as_a_tree(house: Cli) -> None:
    listed = house("unit", "list").stdout.splitlines()
    assert listed[1].split() == ["bo", "Bộ", "TNMT", "open"]
    assert "    Sở TNMT Lai Châu" in listed[2]


def test_a_disabled_unit_closes_what_is_below(house: Cli) -> None:
    assert house("unit", "disable", "bo").exit_code == 0
    assert [(u["slug"], u["closed"]) for u in house.told("unit", "list")] == [("bo", True), ("so", True)]
    assert house("unit", "enable", "bo").exit_code == 0
    assert [u["closed"] for u in house.told("unit", "list")] == [False, False]


def test_an_account_is_shown_with_its_unit_s_official_name(house: Cli) -> None:
    [user] = house.told("user", "list", "--unit", "bo")
    assert user["name"] == {
        "bridge_point": "Nguyễn Văn An",
        "name": "Nguyễn Văn An, Chánh Văn phòng",
        "unit": "Sở TNMT Lai Châu",
    }
    assert (user["role"], user["disabled"], user["second_factor"]) == ("unit_admin", False, False)


def test_an_account_is_disabled_and_enabled(house: Cli) -> None:
    assert house("user", "disable", "AN.nv").exit_code == 0
    assert [u["disabled"] for u in house.told("user", "list")] == [True]
    assert house("user", "enable", "an.nv").exit_code == 0
    assert [u["disabled"] for u in house.told("user", "list")] == [False]


def test_S30_no_account_is_there_by_itself(cli: Cli) -> None:
    assert cli.told("user", "list") == []
    assert cli.told("unit", "list") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["an.nv", "--name", "An", "--unit", "so"], "hoptt: there is an account an.nv already"),
        (["ân", "--name", "An", "--unit", "so"], "hoptt: a login name has 2 to 64 letters"),
        (["binh", "--name", "An", "--unit", "khong-co"], "hoptt: there is no unit khong-co"),
        (["binh", "--name", "An"], "hoptt: an account with the role user belongs to a unit"),
        (["binh", "--name", "", "--unit", "so"], "hoptt: name is missing"),
        (["binh", "--name", "Nguyễn Vаn", "--unit", "so"], "hoptt: bridge_point has characters that are not allowed"),
    ],
)
def test_an_account_that_cannot_be_is_refused(house: Cli, words: list[str], said: str) -> None:
    done = house("user", "create", *words, "--password-file", "-", typed=f"{GOOD}\n")
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(house.told("user", "list")) == 1


def test_S30_a_weak_password_is_refused_with_what_to_do(house: Cli) -> None:
    done = house("user", "password", "an.nv", "--password-file", "-", typed="matkhau123456\n")
    assert done.stderr == ("hoptt: this password is easy to guess: choose several words that do not belong together\n")


def test_S48_a_password_file_that_others_can_read_is_refused(house: Cli, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{GOOD} xa\n")
    file.chmod(0o644)
    assert f"hoptt: others can read {file}" in house.refused("user", "password", "an.nv", "--password-file", str(file))
    file.chmod(0o600)
    assert house("user", "password", "an.nv", "--password-file", str(file)).exit_code == 0


def test_S48_a_password_is_never_asked_for_where_nobody_can_type(house: Cli) -> None:
    assert "--password-file" in house.refused("user", "password", "an.nv")


def test_S31_of_a_password_only_an_argon2id_hash_is_kept(house: Cli) -> None:
    with contextlib.closing(sqlite3.connect(house.folder / "data/hoptt.db")) as opened:
        [[kept]] = opened.execute("SELECT password_hash FROM accounts")
    assert PasswordHasher().verify(kept, GOOD)


def test_S48_a_second_factor_is_shown_once_and_kept_encrypted(house: Cli) -> None:
    told = house.told("user", "totp", "an.nv")
    assert told["uri"] == f"otpauth://totp/hoptt:an.nv?secret={told['secret']}&issuer=hoptt"
    data = [p.read_bytes() for p in (house.folder / "data").rglob("*") if p.is_file()]
    assert told["secret"].encode() not in b"".join(data)
    assert house.told("user", "list")[0]["second_factor"] is True
    assert house("user", "totp", "an.nv", "--remove").exit_code == 0
    assert house.told("user", "list")[0]["second_factor"] is False


def test_a_second_factor_is_shown_as_a_code_to_photograph(house: Cli) -> None:
    shown = house("user", "totp", "an.nv").stdout
    assert "█" in shown
    assert "otpauth://totp/hoptt:an.nv" in shown


def test_who_owns_the_installation_is_told_of_the_second_factor(cli: Cli) -> None:
    done = cli(*("user", "create", "chu", "--name", "Lê Thị Bình", "--role", "admin"), "--no-password")
    assert "hoptt user totp chu" in done.stderr
