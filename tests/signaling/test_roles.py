"""Every message × every standing, through the door (S25): the table one reads here beside what the server does."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.support.fake_socket import FakePage
from tests.support.web_side import WebSide, a_wire_name

from hoptt.meeting.roles import Standing
from hoptt.meeting.words import Role
from hoptt.signaling.messages import FromPage

# columns: outside lobby | observer companion operator technician attendee secretary co_chair chair
TABLE = """
join          +  -   -  -  -  -  -  -  -  -
resume        +  -   -  -  -  -  -  -  -  -
offer         -  -   +  +  +  +  +  +  +  +
switch        -  -   +  +  +  +  +  +  +  +
view          -  -   +  +  +  +  +  +  +  +
correct_name  -  +   -  -  -  -  -  -  -  -
admit         -  -   -  -  -  -  -  -  +  +
refuse        -  -   -  -  -  -  -  -  +  +
remove        -  -   -  -  -  -  -  -  +  +
lift_ban      -  -   -  -  -  -  -  -  +  +
allow         -  -   -  -  -  -  -  -  +  +
take_back     -  -   -  -  -  -  -  -  +  +
mute          -  -   -  -  -  -  -  -  +  +
lift_mute     -  -   -  -  -  -  -  -  +  +
stop_source   -  -   -  -  -  -  -  -  +  +
allow_source  -  -   -  -  -  -  -  -  +  +
set_layout    -  -   -  -  -  -  -  -  +  +
set_stage     -  -   -  -  -  -  -  -  +  +
lock          -  -   -  -  -  -  -  -  -  +
open_meeting  -  -   -  -  -  -  -  -  -  +
end_meeting   -  -   -  -  -  -  -  -  -  +
rename        -  -   -  -  -  -  -  +  +  +
set_branch    -  -   -  -  -  -  -  -  +  +
set_role      -  -   -  -  -  -  -  -  -  +
offer_chair   -  -   -  -  -  -  -  -  -  +
withdraw_chair_offer  -  -   -  -  -  -  -  -  -  +
answer_chair  -  -   -  -  -  +  +  +  +  +
name_deputy   -  -   -  -  -  -  -  -  -  +
take_chair    -  -   -  -  -  +  +  +  +  +
give_lobby    -  -   -  -  -  -  -  -  -  +
read_acts     -  -   -  -  -  -  -  +  +  +
ask_floor       -  -   -  -  -  -  +  +  +  +
withdraw_floor  -  -   -  -  -  -  +  +  +  +
take_floor      -  -   -  -  +  +  +  +  +  +
decline_floor   -  -   -  -  +  +  +  +  +  +
end_turn        -  -   -  -  +  +  +  +  +  +
ask_more_time   -  -   -  -  +  +  +  +  +  +
grant_floor     -  -   -  -  -  -  -  -  +  +
extend_turn     -  -   -  -  -  -  -  -  +  +
hold_turn       -  -   -  -  -  -  -  -  +  +
resume_turn     -  -   -  -  -  -  -  -  +  +
refuse_request  -  -   -  -  -  -  -  -  +  +
skip_request    -  -   -  -  -  -  -  -  +  +
move_request    -  -   -  -  -  -  -  -  +  +
set_floor       -  -   -  -  -  -  -  -  +  +
say           -  -   -  -  -  +  +  +  +  +
close_chat    -  -   -  -  -  -  -  -  +  +
leave         -  +   +  +  +  +  +  +  +  +
"""
ORDER = [
    Standing.OUTSIDE,
    Standing.LOBBY,
    Standing.OBSERVER,
    Standing.COMPANION,
    Standing.OPERATOR,
    Standing.TECHNICIAN,
    Standing.ATTENDEE,
    Standing.SECRETARY,
    Standing.CO_CHAIR,
    Standing.CHAIR,
]
"""Those who may do most come last: nobody's act is in another's way."""
EXPECTED = {
    name: {standing for standing, sign in zip(ORDER, signs, strict=True) if sign == "+"}
    for name, *signs in (line.split() for line in TABLE.strip().splitlines())
}
NOT_FOR_THEM = {"not_allowed", "not_in_meeting", "already_in_meeting"}


def test_S25_every_message_has_a_row() -> None:
    assert set(EXPECTED) == {str(kind.__struct_config__.tag) for kind in get_args(FromPage)}


@pytest.mark.parametrize("type_", EXPECTED)
async def test_S25_each_message_is_for_whom_the_table_says(side: WebSide, type_: str) -> None:
    pages = await a_full_house(side)
    target, waiting = pages.pop("target"), pages.pop("waiting")
    fields = _fields(target.line._you, waiting.line._you)
    allowed = set()
    for standing in ORDER:
        page = pages[standing]
        answer = await page.ask(type_, **fields.get(type_, {}))
        if answer["type"] == "ok" or answer["code"] not in NOT_FOR_THEM:
            allowed.add(standing)
    assert allowed == EXPECTED[type_]
    for page in (*pages.values(), target, waiting):
        await page.drop()


async def a_full_house(side: WebSide) -> dict[Any, FakePage]:
    """One page of each standing, somebody to act on and somebody to admit."""
    pages: dict[Any, FakePage] = {key: FakePage(side.lines._doors) for key in (*ORDER, "target", "waiting")}
    chair = pages[Standing.CHAIR]
    await join(chair, token=side.token("chair", Role.CHAIR), offer="offer")
    for role in Role:
        if role not in (Role.CHAIR, Role.COMPANION):
            await join(pages[Standing(role.value)], token=side.token(role.value.replace("_", ""), role), offer="offer")
    await join(pages[Standing.COMPANION], token=side.companion_token("attendee"), offer="offer")
    await chair.ask("admit", applicants=[pages[Standing(r)].line._you for r in ("operator", "technician")])
    await join(pages["target"], name=a_wire_name("target"))
    await chair.ask("lock", locked=True)
    for key in (Standing.LOBBY, "waiting"):
        await join(pages[key], name=a_wire_name(str(key)), knock=True)
    return pages


async def join(page: FakePage, **fields: Any) -> None:
    answer = await page.ask("join", protocol=1, room="duan", **fields)
    assert answer["type"] == "ok", answer


def _fields(target: str, waiting: str) -> dict[str, dict[str, Any]]:
    return {
        "join": {"protocol": 1, "room": "duan", "name": a_wire_name("new"), "knock": True},
        "resume": {"protocol": 1, "token": "a token that is none", "last_seq": 0},
        "offer": {"sdp": "offer", "fresh": True},
        "switch": {"source": "microphone", "on": False},
        "view": {"tiles": []},
        "correct_name": {"name": a_wire_name("corrected")},
        "admit": {"applicants": [waiting]},
        "refuse": {"applicant": waiting},
        "remove": {"participant": target},
        "lift_ban": {"participant": target},
        "allow": {"participants": [target]},
        "take_back": {"participants": [target]},
        "mute": {"participants": [target]},
        "stop_source": {"participant": target, "source": "camera"},
        "allow_source": {"participant": target, "source": "camera"},
        "set_layout": {"layout": "grid"},
        "set_stage": {"participants": [target]},
        "lock": {"locked": False},
        "set_role": {"participant": target, "role": "secretary"},
        "set_branch": {"participant": target, "branch": "Huyện Tam Đường"},
        "rename": {"participant": target, "name": a_wire_name("renamed")},
        "offer_chair": {"participant": target},
        "answer_chair": {"accept": True},
        "name_deputy": {"participant": target},
        "give_lobby": {"participant": None},
        "ask_more_time": {"seconds": 60},
        "grant_floor": {"participant": target},
        "extend_turn": {"participant": target, "seconds": 60},
        "hold_turn": {"participant": target},
        "resume_turn": {"participant": target},
        "refuse_request": {"participant": target},
        "skip_request": {"participant": target},
        "move_request": {"participant": target, "place": 0},
        "set_floor": {"turn_s": 180, "at_once": 2, "overrun": "warn"},
        "say": {"to": "all", "text": "Đã nhận tài liệu."},
        "close_chat": {"closed": True},
    }
