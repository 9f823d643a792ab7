"""A page's line to the server: coming in, asking, being told, going (signaling/connection.py)."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from tests.support.pages import until
from tests.support.web_side import WebSide, a_wire_name

from hoptt.meeting.words import Role
from hoptt.signaling import connection
from hoptt.signaling.connection import MAX_AT_ONCE


async def test_two_come_in_and_see_each_other_come_speak_and_go(side: WebSide) -> None:
    an, binh = await side.line(), await side.line()
    joined = await an.join("an", offer="offer")
    assert joined["result"]["answer"] == "answer to offer"
    assert joined["result"]["picture"]["you"] == joined["result"]["picture"]["participants"][0]["id"]
    came = await binh.join("binh", offer="offer")
    binh_id = came["result"]["picture"]["you"]
    assert (await binh.ask("switch", source="microphone", on=True))["type"] == "ok"
    await until(lambda: an.of("switches"), "the switch")
    assert (await binh.ask("leave"))["result"] == {"type": "nothing"}
    assert await binh.close_code() == 1000
    await until(lambda: len(an.events) == 2, "both events")
    assert [e["type"] for e in an.events] == ["participant_joined", "participant_left"]
    assert an.events[0]["participant"]["name"] == a_wire_name("binh")
    assert an.of("switches")[0]["switches"][0]["participant"] == binh_id


async def test_what_is_told_while_coming_in_is_told_after_the_answer(side: WebSide) -> None:
    """The picture of the answer is older than what happens while media is negotiated."""
    an = await side.line()
    await an.join("an", offer="offer")
    side.media.only.slow.clear()
    binh, minh = await side.line(), await side.line()
    coming = asyncio.ensure_future(binh.join("binh", offer="offer"))
    await until(lambda: len(an.events) == 1, "Binh's seat")
    await minh.join("minh")
    await until(lambda: len(an.events) == 2, "Minh's seat")
    assert binh.heard == []
    side.media.only.slow.set()
    await coming
    await until(lambda: binh.events, "Minh's coming")
    assert [one["type"] for one in binh.heard][:2] == ["ok", "events"]
    assert binh.events[0]["participant"]["name"] == a_wire_name("minh")


async def test_a_mute_does_not_wait_for_what_was_asked_before(side: WebSide) -> None:
    chair, binh = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR), offer="offer")
    joined = await binh.join("binh", offer="offer", microphone=True)
    who = joined["result"]["picture"]["you"]
    side.media.only.slow.clear()
    await chair.say({"type": "offer", "id": 50, "sdp": "offer", "fresh": True})
    muted = await chair.ask("mute", participants=[who])
    assert (muted["type"], muted["recorded"]) == ("ok", True)
    assert not any(one.get("id") == 50 for one in chair.heard), "the engine is still at work"
    side.media.only.slow.set()
    assert (await chair.answer(50))["result"]["type"] == "answer"


async def test_commands_begin_in_the_order_in_which_they_came(side: WebSide) -> None:
    chair = await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    for number in range(100, 120):
        await chair.say({"type": "lock", "id": number, "locked": number % 2 == 0})
    await chair.answer(119)
    assert [e["locked"] for e in chair.events] == [True, False] * 10


async def test_a_second_join_on_one_connection_is_refused(side: WebSide) -> None:
    an = await side.line()
    await an.say({"type": "join", "id": 1, "protocol": 1, "room": "duan", "name": a_wire_name("an")})
    await an.say({"type": "join", "id": 2, "protocol": 1, "room": "duan", "name": a_wire_name("binh")})
    assert (await an.answer(2))["code"] == "already_in_meeting"
    assert (await an.answer(1))["type"] == "ok"
    an.last_id = 2
    assert (await an.join("binh"))["code"] == "already_in_meeting"
    assert (await an.ask("resume", protocol=1, token="x", last_seq=0))["code"] == "already_in_meeting"


@pytest.mark.parametrize("type_", ["leave", "view", "offer", "switch", "lock", "end_meeting", "mute"])
async def test_before_coming_in_nothing_can_be_asked(side: WebSide, type_: str) -> None:
    fields: dict[str, dict[str, object]] = {
        "view": {"tiles": []},
        "offer": {"sdp": "offer"},
        "switch": {"source": "microphone", "on": True},
        "lock": {"locked": True},
    }
    line = await side.line()
    answer = await line.ask(type_, **fields.get(type_, {}))
    assert (answer["type"], answer["code"]) == ("refused", "not_in_meeting")
    assert side.house.meetings() == []


async def test_after_leaving_nothing_can_be_asked(side: WebSide) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    await an.join("an")
    await an.say({"type": "leave", "id": 8})
    await an.say({"type": "switch", "id": 9, "source": "camera", "on": True})
    await an.close_code()
    [late] = [one for one in an.heard if one.get("id") == 9]
    assert late["code"] == "not_in_meeting"


async def test_a_refused_join_may_be_tried_again(side: WebSide) -> None:
    an = await side.line()
    refused = await an.join("an", name={"bridge_point": "", "name": "An", "unit": ""})
    assert [fault["field"] for fault in refused["faults"]] == ["bridge_point", "name", "unit"]
    assert refused["code"] == refused["faults"][0]["code"]
    assert (await an.join("an"))["type"] == "ok"


async def test_F42_a_page_of_another_version_is_told_so_at_once(side: WebSide) -> None:
    """An older page and a newer one: a clear word at the first message, which the page answers by loading anew."""
    an = await side.line()
    newer = await an.join("an", protocol=2)
    older = await an.ask("resume", protocol=0, token="x", last_seq=0)
    for answer in (newer, older):
        assert answer["code"] == "protocol.version"
        assert answer["faults"][0]["details"] == {"version": 1}
    assert (await an.join("an"))["type"] == "ok", "nothing was broken by it"


async def test_too_many_commands_at_once_are_refused_and_the_rest_answered(side: WebSide) -> None:
    an = await side.line()
    await an.join("an", offer="offer")
    side.media.only.slow.clear()
    for number in range(100, 100 + MAX_AT_ONCE + 5):
        await an.say({"type": "offer", "id": number, "sdp": "offer", "fresh": True})
    await until(lambda: len(an.of("refused")) == 5, "five refusals")
    assert {one["code"] for one in an.of("refused")} == {"message.rate"}
    side.media.only.slow.set()
    await until(lambda: len(an.of("ok")) == 1 + MAX_AT_ONCE, "the others' answers")


async def test_the_last_word_comes_before_the_close(side: WebSide) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    await an.join("an")
    await chair.ask("end_meeting")
    assert await an.close_code() == 1000
    assert an.heard[-1]["type"] == "turned_away"
    assert an.heard[-1]["code"] == "meeting.ended"
    assert an.heard[-2]["events"][-1]["type"] == "meeting_closed"
    await chair.close_code()


async def test_who_comes_back_is_told_the_switches_that_changed_meanwhile(side: WebSide) -> None:
    an, binh = await side.line(), await side.line()
    joined = await an.join("an")
    you = (await binh.join("binh", microphone=True))["result"]["picture"]["you"]
    await until(lambda: an.of("switches"), "Binh's microphone")
    seq = an.of("events")[-1]["seq"]
    await an.close()
    await binh.ask("switch", source="microphone", on=False)
    again = await side.line()
    back = await again.ask("resume", protocol=1, token=joined["result"]["resume"], last_seq=seq)
    assert back["result"]["picture"] is None
    await until(lambda: again.of("switches"), "the switches as they are")
    now = {one["participant"]: one["microphone"] for one in again.of("switches")[0]["switches"]}
    assert now[you] is False


async def test_a_line_that_breaks_loses_the_seat_and_a_last_word_does_not(side: WebSide) -> None:
    chair, an, binh = await side.line(), await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    await an.join("an")
    gone = (await binh.join("binh"))["result"]["picture"]["you"]
    await an.cut()
    await chair.ask("remove", participant=gone)
    await binh.close_code()
    await until(lambda: len(chair.events) == 4, "two comings, a loss and a removal")
    assert sorted(e["type"] for e in chair.events[2:]) == ["participant_left", "participant_lost"]


async def test_who_goes_away_while_coming_in_loses_the_seat(side: WebSide) -> None:
    chair = await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR), offer="offer")
    side.media.only.slow.clear()
    binh = await side.line()
    await binh.say({"type": "join", "id": 1, "protocol": 1, "room": "duan", "name": a_wire_name("b"), "offer": "o"})
    await until(lambda: chair.events, "the seat")
    await binh.close()
    side.media.only.slow.set()
    await until(lambda: len(chair.events) == 2, "the loss")
    assert chair.events[1]["type"] == "participant_lost"


async def test_when_the_server_stops_every_page_is_told_to_come_back(side: WebSide) -> None:
    an, idle = await side.line(), await side.line()
    await an.join("an")
    await side.lines.say_goodbye()
    assert [await an.close_code(), await idle.close_code()] == [1001, 1001]
    assert [one.heard[-1]["code"] for one in (an, idle)] == ["shutting_down"] * 2
    assert an.heard[-1]["again_after_ms"] > 0
    await asyncio.sleep(0.05)  # so long the meeting has time to note a loss that is none
    [meeting] = side.house.meetings()
    assert [p.connected for p in meeting.state.participants.values()] == [True], "a restart loses no seat"


async def test_L6_a_line_that_is_gone_is_let_go_of_without_a_search_for_cycles(side: WebSide) -> None:
    stays, goes = await side.line(), await side.line()
    await stays.join("an")
    you = (await goes.join("binh", offer="offer"))["result"]["picture"]["you"]
    [gone] = [weakref.ref(line) for line in side.lines._lines if line.participant == you]
    gc.disable()
    try:
        await goes.ask("leave")
        await goes.close_code()
        await until(lambda: gone() is None, "the line is let go of")
    finally:
        gc.enable()


async def test_a_fault_of_ours_while_reading_closes_that_connection_alone(
    side: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    await an.join("an")
    with monkeypatch.context() as broken:
        broken.setattr(connection, "read", lambda _: 1 / 0)
        await an.say("anything")
        assert await an.close_code() == 1011
    assert [type(bug) for bug in side.watching.bugs] == [ZeroDivisionError]
    side.watching.bugs.clear()
    await until(lambda: [e["type"] for e in chair.events][-1:] == ["participant_lost"], "the loss")
    assert (await chair.ask("lock", locked=True))["type"] == "ok"


async def test_a_fault_of_ours_is_answered_and_the_meeting_goes_on(
    side: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    an = await side.line()
    await an.join("an")
    with monkeypatch.context() as broken:
        broken.setattr(connection, "command", lambda _: 1 / 0)
        answer = await an.ask("lock", locked=True)
    assert (answer["code"], answer["message"]) == ("internal_error", "a fault of the server")
    assert [type(bug) for bug in side.watching.bugs] == [ZeroDivisionError]
    side.watching.bugs.clear()
    assert (await an.ask("switch", source="camera", on=False))["type"] == "ok"
