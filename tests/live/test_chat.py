"""Lines of the chat reach exactly those they are for (R25): at once, in the picture, and after a gap."""

from __future__ import annotations

import asyncio

from tests.support.meetings import a_guest, a_link, the_chair
from tests.support.pages import Page, come, come_back, until

from hoptt.live.deliveries import Happened
from hoptt.live.house import House
from hoptt.live.seat import Joined, Resumed
from hoptt.meeting import chat
from hoptt.meeting.chat_words import ChatTo, CloseChat, Said, Say
from hoptt.meeting.commands import Lock
from hoptt.meeting.words import Role


def texts(page: Page) -> list[str]:
    return [event.text for event in page.events if isinstance(event, Said)]


async def test_R25_private_lines_are_delivered_to_whom_they_are_for_and_to_nobody_else(house: House) -> None:
    chair = await come(house, the_chair())
    secretary = await come(house, a_link("sec", Role.SECRETARY))
    an, binh = await come(house, a_link("an")), await come(house, a_link("binh"))
    mao = await come(house, a_guest("mao"))
    await an.seat.act(Say(ChatTo.LEADS, "cho chủ trì"))
    await binh.seat.act(Say(ChatTo.UNIT, "cho đơn vị"))
    await mao.seat.act(Say(ChatTo.ALL, "cho mọi người"))
    await until(lambda: all("cho mọi người" in texts(p) for p in (chair, secretary, an, binh, mao)), "the last line")
    assert texts(chair) == texts(secretary) == ["cho chủ trì", "cho mọi người"]
    assert texts(an) == ["cho chủ trì", "cho mọi người"]
    assert texts(binh) == ["cho đơn vị", "cho mọi người"]
    assert texts(mao) == ["cho mọi người"]


async def test_one_message_is_made_for_all_who_read_the_same(house: House) -> None:
    chair = await come(house, the_chair())
    an, binh, cuc = [await come(house, a_guest(who)) for who in ("an", "binh", "cuc")]
    await asyncio.sleep(0.12)
    await an.seat.act(Say(ChatTo.LEADS, "cho chủ trì"))
    await chair.seat.act(Lock(locked=True))
    await until(lambda: texts(chair) and texts(an), "the line")
    assert binh.heard[-1] is cuc.heard[-1]
    assert not any(isinstance(e, Said) for p in (binh, cuc) for e in p.events)


async def test_R25_the_picture_of_a_newcomer_holds_the_lines_that_are_theirs(house: House) -> None:
    await come(house, the_chair())
    an = await come(house, a_link("an"))
    await an.seat.act(Say(ChatTo.ALL, "cho mọi người"))
    await an.seat.act(Say(ChatTo.LEADS, "cho chủ trì"))
    late, co = await come(house, a_guest("late")), await come(house, a_link("co", Role.CO_CHAIR))
    assert isinstance(late.answer, Joined)
    assert isinstance(co.answer, Joined)
    assert [line.said.text for line in late.answer.picture.chat] == ["cho mọi người"]
    assert [line.said.text for line in co.answer.picture.chat] == ["cho mọi người", "cho chủ trì"]
    assert (late.answer.picture.unit, co.answer.picture.unit) == ("", "Sở Co")


async def test_R25_nothing_is_lost_over_a_gap_and_nothing_of_others_is_told(house: House) -> None:
    chair = await come(house, the_chair())
    an, mao = await come(house, a_link("an")), await come(house, a_guest("mao"))
    await until(lambda: mao.last_seq == house.meetings()[0].seq, "all told")
    an.seat.lost()
    mao.seat.lost()
    await chair.seat.act(Say(ChatTo.ALL, "một"))
    await chair.seat.act(Say(ChatTo.LEADS, "hai"))
    await chair.seat.act(Say(ChatTo.ALL, "ba"))
    mao = await come_back(house, mao)
    assert isinstance(mao.answer, Resumed)
    assert mao.answer.picture is None
    assert [e.text for e in mao.answer.missed if isinstance(e, Said)] == ["một", "ba"]


async def test_S36_a_gap_with_more_text_than_may_wait_for_a_reader_gets_a_picture(house: House) -> None:
    chair = await come(house, the_chair())
    people = [await come(house, a_guest(f"g{n}")) for n in range(15)]
    mao = await come(house, a_guest("mao"))
    await until(lambda: mao.last_seq == house.meetings()[0].seq, "all told")
    mao.seat.lost()
    for person in people:
        for _ in range(2):
            try:
                await person.seat.act(Say(ChatTo.ALL, "x" * 4_000))
            except Exception:
                break
    written = sum(len(text) for text in texts(chair))
    assert written <= 200 * 400 + 4_000, "all together are slowed"
    mao = await come_back(house, mao)
    assert isinstance(mao.answer, Resumed)
    assert (mao.answer.picture is None) is (written <= chat.MAX_CHARACTERS)


async def test_R25_the_chair_closes_the_chat_and_all_are_told(house: House) -> None:
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(CloseChat(closed=True))
    await until(lambda: any(isinstance(m, Happened) and m.events[-1].type == "chat_closed" for m in an.heard), "it")
    late = await come(house, a_guest("late"))
    assert isinstance(late.answer, Joined)
    assert late.answer.picture.meeting.chat_closed
