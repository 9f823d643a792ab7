"""What a join proves: tokens, passwords, and how guessing is slowed (S24, S28, S31, S32, R3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.clock import NINE
from tests.support.meetings import a_name, a_plan, a_room, an_invitation
from tests.support.pages import FakeRooms, until
from tests.support.web_side import QUICK, WebSide, a_wire_name, serving

from hoptt.auth.passwords import Passwords
from hoptt.ids import InvitationId
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Role

SECRET = "mùa thu 2026"
GUARDED = Rules(entry=EntryRule.PASSWORD, password_set=True, muted_until_allowed=False)


@pytest.fixture
def rooms() -> FakeRooms:
    rooms = FakeRooms(a_room(GUARDED))
    rooms.hashes[a_room().slug] = QUICK.hash(SECRET)
    return rooms


@pytest.fixture
async def side(tmp_path: Path, rooms: FakeRooms) -> AsyncIterator[WebSide]:
    async with serving(tmp_path, rooms) as side:
        yield side


async def test_R3_the_right_password_lets_a_guest_in(side: WebSide) -> None:
    an = await side.line()
    assert (await an.join("an", password=SECRET))["result"]["type"] == "joined"


async def test_R11_a_wrong_password_is_told_together_with_everything_else(side: WebSide) -> None:
    an = await side.line()
    answer = await an.join("an", password="mùa xuân", name={"bridge_point": "Sở", "name": "An", "unit": ""})
    assert [fault["code"] for fault in answer["faults"]] == ["name.too_short", "name.unit_missing", "password.wrong"]
    assert answer["faults"][-1]["field"] == "password"
    assert answer["faults"][-1]["details"] == {"attempts_left": 4}
    assert side.house.meetings() == [], "a wrong password begins no meeting"


@pytest.mark.parametrize("password", [None, ""])
async def test_R3_without_the_password_a_guest_is_asked_for_it_and_may_knock(
    side: WebSide, password: str | None
) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    assert (await an.join("an", password=password))["code"] == "password.missing"
    assert (await an.join("an", password=password, knock=True))["result"]["type"] == "waiting"
    await until(lambda: chair.events, "the lobby")
    assert chair.events[0]["applicant"]["without_password"] is True


async def test_S32_the_sixth_wrong_password_waits_and_may_still_knock(side: WebSide) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    refusals = [await an.join("an", password=f"wrong {n}") for n in range(6)]
    assert [refusal["code"] for refusal in refusals] == ["password.wrong"] * 5 + ["password.wait"]
    last = refusals[4]["faults"][0]["details"]
    assert (last["attempts_left"], last["wait_ms"] > 0) == (0, True)
    late = await an.join("an", password=SECRET)
    assert (late["code"], late["faults"][0]["details"]["wait_ms"] > 0) == ("password.wait", True)
    assert (await an.join("an", password=SECRET, knock=True))["result"]["type"] == "waiting"


async def test_S32_whoever_has_a_link_is_not_delayed_by_those_who_guess(side: WebSide) -> None:
    guesser, chair = await side.line(), await side.line()
    for number in range(6):
        await guesser.join("an", password=f"wrong {number}")
    assert (await chair.join(token=side.token("chair", Role.CHAIR), password="x"))["result"]["type"] == "joined"


async def test_S32_guesses_at_once_are_not_all_looked_at(side: WebSide) -> None:
    lines = [await side.line() for _ in range(20)]
    answers = await asyncio.gather(*(line.join("an", password=f"wrong {n}") for n, line in enumerate(lines)))
    assert sorted(answer["code"] for answer in answers) == ["password.wait"] * 15 + ["password.wrong"] * 5


async def test_S31_coming_back_hashes_nothing(side: WebSide, monkeypatch: pytest.MonkeyPatch) -> None:
    an = await side.line()
    joined = await an.join("an", password=SECRET)
    await an.close()
    monkeypatch.setattr(Passwords, "verify", lambda *_: pytest.fail("hashed"))
    again = await side.line()
    back = await again.ask("resume", protocol=1, token=joined["result"]["resume"], last_seq=0)
    assert back["result"]["type"] == "resumed"


async def test_S31_a_full_queue_of_passwords_counts_no_guess(side: WebSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoptt.auth.passwords.MAX_WAITING", -10)
    an = await side.line()
    assert [(await an.join("an", password=SECRET))["code"] for _ in range(7)] == ["password.wait"] * 7
    monkeypatch.undo()
    assert (await an.join("an", password=SECRET))["type"] == "ok"


async def test_R3_a_link_of_another_list_gives_the_password_or_waits(side: WebSide, rooms: FakeRooms) -> None:
    def a_link(person: str) -> str:
        return side.tokens.join(
            room=a_room().slug,
            person=person,
            role=Role.ATTENDEE,
            name=a_name(),
            now=NINE,
            seat=InvitationId("another list"),
        )

    chair, right, wrong, none = [await side.line() for _ in range(4)]
    await chair.join(token=side.token("chair", Role.CHAIR))
    assert (await right.join(token=a_link("a"), password=SECRET))["result"]["type"] == "joined"
    assert (await wrong.join(token=a_link("b"), password="x"))["result"]["type"] == "waiting"
    assert (await none.join(token=a_link("c")))["result"]["type"] == "waiting"


async def test_R4_an_invited_person_comes_in_without_the_password(tmp_path: Path) -> None:
    invitation = an_invitation("row-7", name=a_name())
    rooms = FakeRooms(a_room(GUARDED), plans=(a_plan(invitation, rules=GUARDED),))
    async with serving(tmp_path, rooms) as side:
        token = side.tokens.join(
            room=a_room().slug,
            person="row-7",
            role=Role.ATTENDEE,
            name=a_name(),
            now=NINE,
            ttl=timedelta(days=1),
            seat=InvitationId("row-7"),
        )
        line = await side.line()
        joined = await line.join(token=token)
        assert joined["result"]["picture"]["participants"][0]["invited"] is True


async def test_S24_the_token_says_who_and_as_what_whatever_the_message_says(side: WebSide) -> None:
    line = await side.line()
    token = side.token("binh", Role.SECRETARY, name="Lê Thị Bình, Chánh văn phòng")
    joined = await line.join(token=token, name=a_wire_name("minh"))
    [seat] = joined["result"]["picture"]["participants"]
    assert (seat["role"], seat["name"]["name"]) == ("secretary", "Lê Thị Bình, Chánh văn phòng")


@pytest.mark.parametrize("field", ["role", "identity", "invited", "password_right", "participant"])
async def test_S24_a_message_cannot_say_who_one_is(side: WebSide, field: str) -> None:
    line = await side.line()
    assert (await line.join("an", password=SECRET, **{field: "chair"}))["code"] == "message.malformed"


async def test_S28_a_token_for_another_room_lets_nobody_in(side: WebSide) -> None:
    line = await side.line()
    assert (await line.join(token=side.token("an", room="other")))["code"] == "token.invalid"
    assert (await line.join(token="nonsense"))["code"] == "token.invalid"


async def test_S28_a_token_of_one_kind_is_none_of_the_other(side: WebSide) -> None:
    line = await side.line()
    link = side.token("an")
    joined = await line.join(token=link)
    other = await side.line()
    assert (await other.join(token=joined["result"]["resume"]))["code"] == "token.invalid"
    assert (await other.ask("resume", protocol=1, token=link, last_seq=0))["code"] == "token.invalid"


async def test_S27_a_removed_participant_s_token_is_dead_and_the_line_closes(side: WebSide) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    joined = await an.join("an", password=SECRET)
    await chair.ask("remove", participant=joined["result"]["picture"]["you"], reason="ồn")
    assert await an.close_code() == 1000
    assert (an.heard[-1]["code"], an.heard[-1]["details"]) == ("removed", {"reason": "ồn"})
    again = await side.line()
    assert (await again.ask("resume", protocol=1, token=joined["result"]["resume"], last_seq=0))["code"] == "removed"


async def test_R18_a_ban_finds_a_guest_by_the_browser_and_not_by_the_address(side: WebSide) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    joined = await an.join("an", password=SECRET)
    await chair.ask("remove", participant=joined["result"]["picture"]["you"], ban=True)
    again = await side.line()
    assert (await again.join("binh", password=SECRET))["code"] == "banned"
    side.session.cookie_jar.clear()
    neighbour = await side.line()
    assert (await neighbour.join("binh", password=SECRET))["type"] == "ok"


async def test_R18_a_ban_on_a_link_holds_for_a_guest_in_its_browser(side: WebSide) -> None:
    chair, an = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    joined = await an.join(token=side.token("an"))
    await chair.ask("remove", participant=joined["result"]["picture"]["you"], ban=True)
    again = await side.line()
    assert (await again.join("binh", password=SECRET))["code"] == "banned"


async def test_R12_a_second_page_of_one_person_is_asked_and_takes_the_seat_over(side: WebSide) -> None:
    first, second = await side.line(), await side.line()
    token = side.token("an")
    joined = await first.join(token=token)
    assert (await second.join(token=token))["code"] == "seat.taken"
    taken = await second.join(token=token, take_over=True)
    assert taken["result"]["picture"]["you"] == joined["result"]["picture"]["you"]
    assert await first.close_code() == 1000
    assert first.heard[-1]["code"] == "taken_over"
    third = await side.line()
    dead = await third.ask("resume", protocol=1, token=joined["result"]["resume"], last_seq=0)
    assert dead["code"] == "seat.taken"
