"""`hoptt room …`."""

from __future__ import annotations

import contextlib
import re
import sqlite3

import pytest
from argon2 import PasswordHasher
from tests.cli.conftest import Cli

from hoptt.api.office_words import LinesTold, LineTold
from hoptt.cli import room
from hoptt.meeting.settings import Name


def test_a_room_is_made_shown_listed_and_deleted(cli: Cli) -> None:
    assert cli("room", "create", "duan", "--name", "Dự án").stdout == "http://localhost:8123/duan\n"
    assert [r["slug"] for r in cli.told("room", "list")] == ["duan"]
    shown = cli("room", "show", "duan").stdout
    assert shown.startswith("Dự án\nhttp://localhost:8123/duan\nentry lobby, password none, muted until allowed")
    assert cli("room", "delete", "duan").exit_code == 0
    assert cli.told("room", "list") == []


def test_what_is_not_said_is_as_the_configuration_has_it(cli: Cli) -> None:
    (cli.folder / "hoptt.yaml").write_text(
        f"data: {{dir: {cli.folder}/data}}\n"
        "meeting: {entry: invited, capacity: 7, ad_hoc: never, doors_before_s: 60}\n"
    )
    room = cli.told("room", "create", "duan")
    assert (room["entry"], room["capacity"], room["ad_hoc"], room["doors_before_s"]) == ("invited", 7, "never", 60)
    assert cli.told("room", "create", "khac", "--entry", "open", "--open-floor", "--capacity", "9") == {
        **room,
        "slug": "khac",
        "name": "khac",
        "entry": "open",
        "muted_until_allowed": False,
        "capacity": 9,
        "kind": "discussion",
        "turn_s": None,
        "at_once": 10,
    }


def test_a_room_is_changed_where_something_is_said_and_stays_elsewhere(cli: Cli) -> None:
    made = cli.told("room", "create", "duan", "--name", "Dự án", "--entry", "password", "--password", "mùa thu 2026")
    changes = ["--capacity", "60", "--kind", "conference", "--turn", "120", "--ad-hoc", "never", "--doors-before", "60"]
    changed = cli.told("room", "set", "duan", *changes)
    assert changed == {
        **made,
        "capacity": 60,
        "kind": "conference",
        "turn_s": 120,
        "ad_hoc": "never",
        "doors_before_s": 60,
    }
    assert cli.told("room", "show", "duan") == changed
    assert "a --password" in cli.refused("room", "set", "duan", "--password", "")
    opened = cli.told("room", "set", "duan", "--password", "", "--entry", "open", "--open-floor", "--turn", "0")
    assert (opened["password_set"], opened["entry"], opened["turn_s"]) == (False, "open", None)
    assert "from 1 to 1000" in cli.refused("room", "set", "duan", "--capacity", "0")
    assert cli.told("room", "show", "duan") == opened
    assert "there is no room khac" in cli.refused("room", "set", "khac")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["D"], "hoptt: an address has 2 to 64 lower-case letters"),
        (["duán"], "hoptt: an address has 2 to 64 lower-case letters"),
        (["-duan-"], "No such option"),
        (["duan-"], "begins and ends with a letter or digit"),
        (["x" * 65], "hoptt: an address has 2 to 64"),
        (["api"], "hoptt: api is kept for the server itself"),
        (["duan", "--entry", "password"], "hoptt: entry by password needs a --password"),
        (["duan", "--entry", "everybody"], "'everybody' is not one of 'open', 'password', 'lobby', 'invited'"),
        (["duan", "--capacity", "0"], "hoptt: capacity is a number from 1 to 1000"),
        (["duan", "--name", "a\u202eb"], "hoptt: the name has characters that cannot be shown"),
        (["duan", "--password", "x" * 1025], "hoptt: a password has 1 to 1024 characters"),
    ],
)
def test_a_room_that_cannot_be_is_refused_with_what_to_correct(cli: Cli, words: list[str], said: str) -> None:
    assert said in cli.refused("room", "create", *words)
    assert cli.told("room", "list") == []


def test_an_address_is_taken_once(cli: Cli) -> None:
    cli("room", "create", "duan")
    assert cli.refused("room", "create", "duan") == "hoptt: there is a room duan already\n"


@pytest.mark.parametrize("command", [["room", "show"], ["room", "delete"], ["room", "lines"]])
def test_a_room_that_is_not_there_is_named(cli: Cli, command: list[str]) -> None:
    assert "hoptt: there is no room khac" in cli.refused(*command, "khac")


def test_lines_are_shown_with_what_is_known_of_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        LineTold(
            participant="p_an",
            name=Name("Sở TNMT", "Nguyễn Văn An", ""),
            rtt_ms=101.4,
            loss_up=0.0,
            loss_down=0.051,
            estimate_bps=612_345,
        ),
        LineTold(
            participant="p_lan", name=Name("Xã", "Lan", ""), rtt_ms=None, loss_up=0, loss_down=0, estimate_bps=None
        ),
    ]
    monkeypatch.setattr(room, "do", lambda *_: LinesTold(lines=lines))
    _, *rows = cli("room", "lines", "duan").stdout.splitlines()
    assert [re.split(r" {2,}", row) for row in rows] == [
        ["Sở TNMT", "Nguyễn Văn An", "101 ms", "0.0%", "5.1%", "612 kbit/s"],
        ["Xã", "Lan", "–", "0.0%", "0.0%", "–"],
    ]


def test_of_a_password_only_an_argon2id_hash_is_kept(cli: Cli) -> None:
    cli("room", "create", "duan", "--password", "mùa thu 2026", "--entry", "password")
    assert cli.told("room", "show", "duan")["password_set"] is True
    with contextlib.closing(sqlite3.connect(cli.folder / "data/hoptt.db")) as opened:
        [[kept]] = opened.execute("SELECT password_hash FROM rooms")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PasswordHasher().verify(kept, "mùa thu 2026")
    assert "mùa thu".encode() not in b"".join(p.read_bytes() for p in (cli.folder / "data").rglob("*") if p.is_file())


def test_S48_a_password_can_be_given_without_showing_it_in_the_list_of_processes(cli: Cli) -> None:
    assert cli("room", "create", "duan", "--password", "-", typed="mùa thu 2026\n").exit_code == 0
    with contextlib.closing(sqlite3.connect(cli.folder / "data/hoptt.db")) as opened:
        [[kept]] = opened.execute("SELECT password_hash FROM rooms")
    assert PasswordHasher().verify(kept, "mùa thu 2026")
