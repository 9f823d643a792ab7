"""Tokens, keys, the log, the configuration, help."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.cli.conftest import Cli
from tests.support.clock import NINE
from tests.support.meetings import a_beginning
from typer.main import get_command
from typer.testing import CliRunner

from hoptt.auth.keys import open_keys
from hoptt.auth.sign_in_record import SignedOutBy, SignInRecord
from hoptt.auth.tokens import Tokens
from hoptt.cli.main import app
from hoptt.errors import HopttError
from hoptt.ids import AccountId, MeetingId, RoomSlug
from hoptt.meeting.settings import Name
from hoptt.meeting.words import Role
from hoptt.store.log import EventLog


def bearer_of(cli: Cli, token: str, after: timedelta = timedelta()) -> object:
    tokens = Tokens(open_keys(cli.folder / "data/keys"))
    return tokens.read_join(token, room=RoomSlug("duan"), now=datetime.now(UTC) + after)


def test_a_token_is_for_one_person_and_room_and_nothing_else_is_printed(cli: Cli) -> None:
    cli("room", "create", "duan")
    done = cli("token", "--room", "duan", "--role", "co-chair", "--name", "Lê Minh, Phó phòng", "--unit", "Sở")
    [token] = done.stdout.split("\n")[:-1]
    bearer = Tokens(open_keys(cli.folder / "data/keys")).read_join(token, room=RoomSlug("duan"), now=datetime.now(UTC))
    assert bearer.role is Role.CO_CHAIR
    assert bearer.name == Name("Lê Minh", "Lê Minh, Phó phòng", "Sở")
    with pytest.raises(HopttError):
        Tokens(open_keys(cli.folder / "data/keys")).read_join(token, room=RoomSlug("khac"), now=datetime.now(UTC))


def test_two_tokens_are_two_people(cli: Cli) -> None:
    cli("room", "create", "duan")
    words = ["token", "--room", "duan", "--name", "Lê Minh"]
    tokens = Tokens(open_keys(cli.folder / "data/keys"))
    first, second = (
        tokens.read_join(cli(*words).stdout.strip(), room=RoomSlug("duan"), now=datetime.now(UTC)) for _ in range(2)
    )
    assert first.identity.person != second.identity.person


def test_a_token_holds_as_long_as_was_said(cli: Cli) -> None:
    cli("room", "create", "duan")
    words = ["token", "--room", "duan", "--name", "Lê Minh"]
    bearer_of(cli, cli(*words).stdout.strip(), timedelta(hours=11, minutes=59))
    short = cli(*words, "--ttl", "60").stdout.strip()
    bearer_of(cli, short, timedelta(seconds=59))
    with pytest.raises(HopttError, match="time is over"):
        bearer_of(cli, short, timedelta(seconds=120))


def test_a_link_is_printed_when_asked_for(cli: Cli) -> None:
    cli("room", "create", "duan")
    told = cli.told("token", "--room", "duan", "--name", "Lê Minh")
    assert told["link"] == f"http://localhost:8123/duan#token={told['token']}"
    assert cli("token", "--room", "duan", "--name", "A", "--link").stdout.startswith(
        "http://localhost:8123/duan#token="
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--name", "A", "--role", "boss"], "there is no role 'boss'; there are chair, co_chair"),
        (["--name", " "], "a link is for somebody: give a --name"),
        (["--name", "A", "--ttl", "0"], "ttl is a number from 1 to"),
        (["--name", "A", "--room", "khac"], "there is no room khac"),
    ],
)
def test_a_token_for_nobody_is_refused(cli: Cli, words: list[str], said: str) -> None:
    cli("room", "create", "duan")
    assert said in cli.refused("token", "--room", "duan", *words)


def test_an_api_key_is_shown_once_and_signs(cli: Cli) -> None:
    made = cli.told("key", "create", "lich-hop")
    assert open_keys(cli.folder / "data/keys").api_key("lich-hop") == made["secret"].encode()
    assert "there is a key lich-hop already" in cli.refused("key", "create", "lich-hop")


async def _a_log(cli: Cli) -> None:
    async with EventLog(cli.folder / "data/log.db", open_keys(cli.folder / "data/keys").log) as log:
        await log.append(MeetingId("m"), [a_beginning()], after=0)


def test_S51_verifying_the_log_names_the_row_that_was_changed(cli: Cli) -> None:
    cli("room", "list")  # makes the data folder
    asyncio.run(_a_log(cli))
    assert cli.told("log", "verify")["bad"] == []
    with contextlib.closing(sqlite3.connect(cli.folder / "data/log.db", isolation_level=None)) as opened:
        opened.execute("UPDATE events SET at_ms = at_ms + 1 WHERE chain = 'm'")
    done = cli("log", "verify")
    assert done.exit_code == 2
    assert "m row 1: was changed, or is not where it was written" in done.stdout


def test_S51_the_audit_rows_are_shown_the_newest_last(cli: Cli) -> None:
    cli("room", "list")  # makes the data folder
    asyncio.run(_a_log(cli))
    asyncio.run(_some_audit_rows(cli))
    told = cli.told("log", "audit", "--last", "2")
    assert [(row["seq"], row["kind"], row["facts"], row["personal"]) for row in told] == [
        (2, "signed_in", {"account": "a_an", "second_factor": True}, {"address": "192.0.2.7"}),
        (3, "signed_out", {"account": "a_an", "by": "asked"}, None),
    ]
    table = cli("log", "audit").stdout.splitlines()
    assert table[0].split() == ["ROW", "TIME", "WHAT", "FACTS", "ADDRESS"]
    assert table[2].split()[-3:] == ["account=a_an", "second_factor=True", "192.0.2.7"]


async def _some_audit_rows(cli: Cli) -> None:
    async with EventLog(cli.folder / "data/log.db", open_keys(cli.folder / "data/keys").log) as log:
        record = SignInRecord(log, lambda: NINE)
        await record.signed_in(AccountId("a_an"), second_factor=True, address="192.0.2.7")
        await record.signed_out(AccountId("a_an"), SignedOutBy.ASKED)


def test_check_config_says_yes_or_every_fault(cli: Cli) -> None:
    assert cli("check-config").stdout.endswith("hoptt.yaml: right\n")
    (cli.folder / "hoptt.yaml").write_text("rtc: {port: x}\nlgo: {}\n")
    done = cli("check-config")
    assert (done.exit_code, done.stdout) == (1, "")
    assert [line.partition(": ")[0].rpartition(", ")[2] for line in done.stderr.splitlines()] == ["line 1", "line 2"]


def test_migrate_makes_what_is_missing_and_then_has_nothing_to_do(cli: Cli) -> None:
    assert cli("migrate").stdout == "migrated\n"
    assert cli("migrate").stdout.startswith("nothing to do")


def _commands(command: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give every command with the words that call it."""
    below = getattr(command, "commands", {})
    found = {} if below else {" ".join(path): command}
    for name, one in below.items():
        found |= _commands(one, (*path, name))
    return found


COMMANDS = _commands(get_command(app))


def test_a_key_is_made_and_deleted(cli: Cli) -> None:
    made = cli.told("key", "create", "lich-hop")
    assert open_keys(cli.folder / "data/keys").api_key("lich-hop") == made["secret"].encode()
    assert cli("key", "delete", "lich-hop").exit_code == 0
    assert open_keys(cli.folder / "data/keys").api_key("lich-hop") is None
    assert "there is no key lich-hop" in cli.refused("key", "delete", "lich-hop")


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_and_option_says_what_it_does(words: str) -> None:
    command = COMMANDS[words]
    assert command.help
    assert [one.name for one in command.params if not one.help and one.name != "help"] == []
    assert CliRunner().invoke(app, [*words.split(), "--help"]).exit_code == 0


def test_the_commands_are_those_that_scripts_rely_on() -> None:
    assert set(COMMANDS) == {
        "serve",
        "rehearse",
        "check-config",
        "migrate",
        "room create",
        "room set",
        "room list",
        "room show",
        "room delete",
        "room lines",
        "meeting create",
        "meeting list",
        "meeting show",
        "meeting acts",
        "meeting cancel",
        "unit create",
        "unit list",
        "unit disable",
        "unit enable",
        "user create",
        "user list",
        "user disable",
        "user enable",
        "user password",
        "user totp",
        "token",
        "key create",
        "key delete",
        "bots",
        "engine stop",
        "loadtest",
        "probe",
        "doctor",
        "backup",
        "restore",
        "log audit",
        "log verify",
    }
