"""Logs that releases have written are read for years: each gives the state it gave then.

The log of a release is never edited; the newest one here is that of the release to come, and made anew until then. When
an event changes its shape after its release, raise its version and write an upcaster. The newest log is written with
`python -m tests.store.test_log_releases > tests/store/logs/VERSION.jsonl`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.clock import NINE
from tests.support.meetings import (
    Told,
    a_beginning,
    a_guest,
    a_link,
    a_meeting,
    a_name,
    an_account,
    an_invitation,
    pid,
    the_chair,
)

from hoptt.meeting import commands as c
from hoptt.meeting import role_commands as r
from hoptt.meeting.chat_words import ChatTo, CloseChat, Say
from hoptt.meeting.events import EVENT_TYPES
from hoptt.meeting.evolve import replay
from hoptt.meeting.floor import commands as f
from hoptt.meeting.settings import Rules
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import EntryRule, Layout, MeetingState, Overrun, Role, Source
from hoptt.store.log_codec import decode, encode

LOGS = sorted((Path(__file__).parent / "logs").glob("*.jsonl"))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_release_s_log_gives_the_state_it_gave_then(path: Path) -> None:
    first, *rows = [json.loads(line) for line in path.read_text().splitlines()]
    events = [
        decode(row["type"], row["v"], json.dumps(row["fact"]).encode(), json.dumps(row["personal"]).encode())
        for row in rows
    ]
    meeting = replay(events)
    assert meeting is not None
    assert digest(meeting) == first["state"]


def test_the_newest_log_has_every_event_of_today() -> None:
    rows = [json.loads(line) for line in LOGS[-1].read_text().splitlines()[1:]]
    today = {(kind, event.v) for kind, event in EVENT_TYPES.items()}
    assert {(row["type"], row["v"]) for row in rows} == today


ADDED: dict[str, object] = {
    "companion_of": None,
    "account": None,
    "second_seat": "take_over",
    "resembles": "",
    "branch": "",
    "leads_branch": None,
    "deputy": None,
    "chair_offer": None,
    "stand_in": None,
    "lobby_keeper": None,
    "given": {},
    "layout": "free",
    "stage": [],
    "kind": "conference",
    "turn_s": None,
    "at_once": 1,
    "overrun": "close",
    "floor": {"queue": [], "turns": [], "spoken": {}, "last": None},
    "unit": "",
    "typed": True,
    "chat": {"lines": [], "number": 0, "closed": False, "paces": {}, "pace": None},
}
"""Fields that came after 0.1.0, with what they are where a log says nothing: so they do not change what it says."""


def digest(meeting: Meeting) -> str:
    plain = msgspec.json.decode(msgspec.json.encode(meeting, order="deterministic", enc_hook=dict))
    return hashlib.sha256(msgspec.json.encode(_without_added(plain))).hexdigest()


def _without_added(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_added(each) for each in value]
    if isinstance(value, dict):
        older = {k: _without_added(v) for k, v in value.items()}
        return {k: v for k, v in older.items() if k not in ADDED or v != ADDED[k]}
    return value


def a_long_meeting() -> Told:
    """Everything that can happen, once."""
    rules = Rules(entry=EntryRule.PASSWORD, password_set=True, muted_until_allowed=False)
    told = a_meeting(
        first=a_beginning(
            rules,
            an_invitation("i1", name=a_name("Lê Văn Minh", "Sở Minh")),
            ad_hoc=None,
            state=MeetingState.SCHEDULED,
            starts_at=NINE + timedelta(hours=1),
        )
    )
    told.act(the_chair())
    told.act(c.LetTimePass(), later=1_800)
    for person in (a_link("minh", invitation="i1"), a_link("co", Role.CO_CHAIR), a_guest("an", knock=True)):
        told.act(person)
    told.act(c.OpenMeeting(), "chair")
    told.act(c.Admit((pid("an"),)), "chair")
    told.act(c.Mute(), "chair")
    told.act(c.Allow((pid("an"),)), "co")
    told.act(c.StopSource(pid("an"), Source.CAMERA), "co")
    the_floor_is_passed(told)
    told.act(an_account("dung", password_right=True))
    told.act(c.Leave(), "dung")
    told.act(c.SignOut("account-dung"))
    told.act(c.Lock(locked=True), "chair")
    told.act(c.SetLayout(Layout.CONFERENCE), "chair")
    told.act(c.SetStage((pid("minh"), pid("an"))), "co")
    told.act(Say(ChatTo.ALL, "Đã nhận tài liệu."), "minh")
    told.act(CloseChat(closed=True), "chair")
    told.act(c.Lose(), "minh", later=5)
    told.act(c.Return(0), "minh", later=5)
    told.act(replace(a_link("minh", invitation="i1", take_over=True), participant=pid("minh2")))
    told.act(r.Rename(pid("an"), a_name("Trần Thị Ánh", "Xã Hai", "UBND xã")), "co")
    told.act(r.SetBranch(pid("an"), "Huyện Hai"), "chair")
    told.act(r.SetRole(pid("an"), Role.SECRETARY), "chair")
    told.act(r.NameDeputy(pid("co")), "chair")
    told.act(r.GiveLobby(pid("an")), "chair")
    told.act(r.OfferChair(pid("minh")), "chair")
    told.act(r.AnswerChair(accept=False), "minh")
    told.act(c.Lose(), "chair", later=5)
    told.act(r.TakeChair(), "co", later=30)
    told.act(c.Return(0), "chair", later=5)
    told.act(c.Remove(pid("an"), ban=True, reason="gây ồn"), "chair")
    told.act(c.LiftBan(pid("an")), "chair")
    told.act(c.Restore())
    told.act(c.Return(0), "chair", later=5)
    told.act(c.EndMeeting(), "chair", later=600)
    return told


def the_floor_is_passed(told: Told) -> None:
    """Everything that can happen on the floor, once."""
    told.act(f.SetFloor(120, 2, Overrun.CLOSE), "chair")
    for who in ("an", "minh", "co"):
        told.act(f.AskFloor(), who, later=1)
    told.act(f.MoveRequest(pid("minh"), 0), "chair")
    told.act(f.GrantFloor(pid("minh")), "chair")
    told.act(f.TakeFloor(), "minh", later=4)
    told.act(f.AskMoreTime(60), "minh", later=30)
    told.act(f.ExtendTurn(pid("minh"), 60), "chair")
    told.act(f.HoldTurn(pid("minh")), "chair")
    told.act(f.ResumeTurn(pid("minh")), "chair", later=10)
    told.act(f.RefuseRequest(pid("co"), "để cuối buổi"), "chair")
    told.act(f.EndTurn(), "minh", later=20)
    told.act(a_guest("binh", password_right=True))
    told.act(f.GrantFloor(pid("binh")), "chair")
    told.act(f.TakeFloor(), "binh")
    told.act(c.Leave(), "binh", later=15)
    told.act(a_guest("again", browser="browser-binh", password_right=True))
    told.act(f.GrantFloor(pid("an")), "chair")


if __name__ == "__main__":
    story = a_long_meeting()
    print(json.dumps({"state": digest(story.meeting)}))
    for one in map(encode, story.log):
        parts = json.loads(one.personal or b"{}")
        row = {"type": one.type, "v": one.v, "fact": json.loads(one.fact), "personal": parts}
        json.dump(row, sys.stdout, ensure_ascii=False)
        print()
