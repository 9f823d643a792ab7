"""Relays are named to whoever is in a meeting, with each answer about media, and to nobody else (S21, S26)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.meetings import a_room
from tests.support.pages import FakeRooms, until
from tests.support.web_side import WebSide, serving

from hoptt.auth.relays import Relays
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Role

URL = "turns:turn.example.gov.vn:443"


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[WebSide]:
    rooms = FakeRooms(a_room(Rules(entry=EntryRule.LOBBY)))
    async with serving(tmp_path, rooms, relays=Relays((URL,), "s" * 32, now=iter(range(1_000, 2_000)).__next__)) as one:
        yield one


async def test_each_answer_brings_fresh_credentials_of_the_own_seat(side: WebSide) -> None:
    chair = await side.line()
    joined = (await chair.join(token=side.token("chair", Role.CHAIR), offer="offer"))["result"]
    again = (await chair.ask("offer", sdp="offer", fresh=True))["result"]
    names = [answer["ice_servers"][0]["username"] for answer in (joined, again)]
    assert names == [f"{1_300 + n}:{joined['picture']['you']}" for n in range(2)]
    assert joined["ice_servers"][0]["urls"] == [URL]


async def test_S26_who_waits_in_the_lobby_or_is_refused_is_given_no_relay(side: WebSide) -> None:
    chair, guest, stranger = await side.line(), await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    waiting = (await guest.join("binh", offer="offer"))["result"]
    assert waiting["type"] == "waiting"
    assert (await guest.ask("offer", sdp="offer", fresh=True))["type"] == "refused"
    assert (await stranger.ask("offer", sdp="offer", fresh=True))["type"] == "refused"
    assert (await stranger.join("minh", room="khac", offer="offer"))["type"] == "refused"
    assert "turn" not in json.dumps(guest.heard + stranger.heard)

    await chair.ask("admit", applicants=[waiting["applicant"]])
    await until(lambda: guest.of("admitted"), "being let in")
    answer = (await guest.ask("offer", sdp="offer", fresh=True))["result"]
    assert answer["ice_servers"][0]["username"].endswith(f":{waiting['applicant']}")
