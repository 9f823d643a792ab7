"""`hoptt meeting acts`: who did what, read from the log."""

from __future__ import annotations

import asyncio

from tests.cli.conftest import Cli
from tests.support.meetings import OPEN_FLOOR, Told, a_guest, a_meeting, pid, the_chair

from hoptt.auth.keys import open_keys
from hoptt.meeting import commands as c
from hoptt.store.log import EventLog


def written_log(cli: Cli, reason: str = "gây ồn") -> Told:
    told = a_meeting(the_chair(), a_guest("an"), a_guest("binh"), rules=OPEN_FLOOR)
    told.act(c.Mute((pid("an"),)), "chair", later=60)
    told.act(c.Remove(pid("binh"), ban=True, reason=reason), "chair", later=60)

    async def write() -> None:
        keys = open_keys(cli.folder / "data/keys")
        async with EventLog(cli.folder / "data/log.db", keys.log) as log:
            await log.append(told.meeting.id, told.log, after=0)

    asyncio.run(write())
    return told


def test_R18_who_did_what_is_read_from_the_log_the_newest_first(cli: Cli) -> None:
    cli("room", "create", "duan")
    told = written_log(cli)
    acts = cli.told("meeting", "acts", told.meeting.id)
    assert [(a["act"], a["targets"][0]["name"]["name"], a["reason"]) for a in acts[:2]] == [
        ("banned", "Trần Thị Binh", "gây ồn"),
        ("muted", "Trần Thị An", ""),
    ]
    shown = cli("meeting", "acts", told.meeting.id, "--search", "tran thi an").stdout
    assert "muted" in shown
    assert "banned" not in shown


def test_S41_a_reason_that_was_kept_commands_no_terminal(cli: Cli) -> None:
    cli("room", "create", "duan")
    told = written_log(cli, "\x1b]0;owned\x07a\nb\u202egnp.exe \x9b2J🙂")
    shown = cli("meeting", "acts", told.meeting.id).stdout
    assert "\\x1b]0;owned\\x07a\\nb\\u202egnp.exe \\x9b2J🙂" in shown
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(shown)


def test_a_meeting_that_has_not_begun_is_said_to_be_unknown(cli: Cli) -> None:
    cli("room", "create", "duan")
    assert "no meeting has begun here" in cli.refused("meeting", "acts", "m_none")
    written_log(cli)
    assert "has not begun" in cli.refused("meeting", "acts", "m_none")
