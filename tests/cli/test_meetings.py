"""`hoptt meeting …`: planned meetings, invitation lists, personal links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import Cli

from hoptt.auth.keys import open_keys
from hoptt.auth.tokens import Tokens
from hoptt.ids import RoomSlug
from hoptt.meeting.commands import IdentityKind
from hoptt.meeting.settings import Name
from hoptt.meeting.words import BridgePointKind, Role

LIST = """bridge_point,name,position,unit,role,kind
UBND tỉnh Lai Châu,Trần Văn Bình,Giám đốc,UBND tỉnh,chair,room
"Sở TNMT, Lai Châu",Nguyễn Văn An,Phó Giám đốc,Sở TNMT,,
Xã Tả Lèng,,,UBND xã,co-chair,room
"""
AHEAD = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
START, END = AHEAD.isoformat(), (AHEAD + timedelta(hours=2)).isoformat()


@pytest.fixture(autouse=True)
def _room(cli: Cli) -> None:
    cli("room", "create", "duan")


def create(*words: str) -> list[str]:
    return ["meeting", "create", "--room", "duan", "--title", "Họp giao ban", "--start", START, *words]


def test_each_row_of_the_list_gets_a_personal_link(cli: Cli, written: Callable[[str], Path]) -> None:
    meeting = cli.told(*create("--end", END, "--invite", str(written(LIST))))
    assert [(i["name"]["bridge_point"], i["name"]["name"], i["role"], i["kind"]) for i in meeting["invited"]] == [
        ("UBND tỉnh Lai Châu", "Trần Văn Bình, Giám đốc", "chair", "room"),
        ("Sở TNMT, Lai Châu", "Nguyễn Văn An, Phó Giám đốc", "attendee", "person"),
        ("Xã Tả Lèng", "Xã Tả Lèng", "co_chair", "room"),
    ]
    first = meeting["invited"][0]
    assert first["link"] == f"http://localhost:8123/duan#token={first['token']}"
    tokens = Tokens(open_keys(cli.folder / "data/keys"))
    bearer = tokens.read_join(first["token"], room=RoomSlug("duan"), now=AHEAD + timedelta(hours=2))
    assert bearer.role is Role.CHAIR
    assert bearer.kind is BridgePointKind.ROOM
    assert bearer.name == Name("UBND tỉnh Lai Châu", "Trần Văn Bình, Giám đốc", "UBND tỉnh")
    assert (bearer.identity.kind, bearer.identity.invitation) == (IdentityKind.LINK, first["id"])


def test_links_are_shown_once(cli: Cli, written: Callable[[str], Path]) -> None:
    meeting = cli.told(*create("--invite", str(written(LIST))))
    shown = cli.told("meeting", "show", meeting["id"])
    assert [i["token"] for i in shown["invited"]] == [None] * 3
    kept = b"".join(p.read_bytes() for p in (cli.folder / "data").glob("*.db*"))
    assert meeting["invited"][0]["token"].encode() not in kept


def test_for_people_there_is_a_table(cli: Cli, written: Callable[[str], Path]) -> None:
    out = cli(*create("--invite", str(written(LIST)))).stdout.splitlines()
    assert out[0].startswith("m_")
    assert out[2].split() == ["BRIDGE", "POINT", "NAME", "ROLE", "LINK"]
    assert "http://localhost:8123/duan#token=ey" in out[3]
    listed = cli("meeting", "list").stdout.splitlines()
    assert listed[0].split() == ["ID", "ROOM", "TITLE", "START", "STATE"]
    assert listed[1].endswith("scheduled")


def test_a_meeting_is_cancelled_once(cli: Cli) -> None:
    meeting = cli.told(*create())["id"]
    assert cli("meeting", "cancel", meeting).exit_code == 0
    assert cli.told("meeting", "show", meeting)["cause"] == "cancelled"
    assert "is over" in cli.refused("meeting", "cancel", meeting)
    assert "there is no meeting m_0" in cli.refused("meeting", "cancel", "m_0")


def test_a_list_of_a_spreadsheet_is_read(cli: Cli, written: Callable[[str], Path]) -> None:
    rows = "Unit ; NAME; bridge_point\nSở TNMT;Nguyễn Văn An;Sở TNMT Lai Châu\n;;\n"
    [only] = cli.told(*create("--invite", str(written(rows))))["invited"]
    assert only["name"] == {"bridge_point": "Sở TNMT Lai Châu", "name": "Nguyễn Văn An", "unit": "Sở TNMT"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "line 1: it names the columns"),
        ("name,phone\nA,1\n", "line 1: there is no column 'phone'; there are bridge_point, name, position"),
        ("name,role\nNguyễn Văn An,boss\n", "line 2: there is no role 'boss'; there are chair, co_chair, secretary"),
        ("name,kind\nNguyễn Văn An,car\n", "line 2: 'car' is not a valid BridgePointKind"),
        ("name,unit\nNguyễn Văn An, Giám đốc, Sở\n", "line 2: more fields than columns"),
        ("name,unit\nA\n,Sở TNMT\n", "line 3: neither bridge point nor name"),
        ("name,unit\nA,B\nA,B\n", "row 2: A stands there twice"),
        ("name\n" + "x" * 201 + "\n", "row 1: the name is longer than 200 characters"),
        ("name\na\u202eb\n", "row 1: the name has characters that cannot be shown"),
        ("name\n" + "\n".join(f"N {n}" for n in range(1001)), "1000 rows at most"),
    ],
)
def test_a_wrong_list_is_refused_with_its_line_and_nothing_is_made(
    cli: Cli, written: Callable[[str], Path], rows: str, said: str
) -> None:
    assert said in cli.refused(*create("--invite", str(written(rows))))
    assert cli.told("meeting", "list") == []


def test_a_list_that_is_not_utf8_says_how_to_save_it(cli: Cli) -> None:
    (cli.folder / "old.csv").write_bytes("name\nNguyễn".encode("cp1258", "replace") + b"\xff")
    assert "is not UTF-8" in cli.refused(*create("--invite", str(cli.folder / "old.csv")))
    assert "cannot be read" in cli.refused(*create("--invite", str(cli.folder / "gone.csv")))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start", "tomorrow"], "'tomorrow' is no time; write it as 2026-12-01T08:00+07:00"),
        (["--end", START], "the meeting ends before it begins"),
        (["--start", "2020-01-01T08:00+07:00"], "the meeting would be over already"),
        (["--room", "khac"], "there is no room khac"),
        (["--entry", "password"], "entry by password needs a --password"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(cli: Cli, words: list[str], said: str) -> None:
    assert said in cli.refused(*create(*words))
    assert cli.told("meeting", "list") == []


def test_a_meeting_may_be_stricter_than_its_room(cli: Cli) -> None:
    meeting = cli.told(*create("--entry", "password", "--password", "thu"))
    assert meeting["entry"] == "password"
    assert cli.told("room", "show", "duan")["entry"] == "lobby"
