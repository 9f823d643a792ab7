"""Hundreds in one meeting: who comes costs all the others little, and every page knows the same in the end."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.fake_media import FakeMedia
from tests.support.meetings import a_guest, the_chair
from tests.support.pages import Page, come, until

from hoptt.ids import ParticipantId
from hoptt.live import fanout
from hoptt.live.deliveries import Happened, LevelsNow, ShowsNow, SwitchesNow
from hoptt.live.fanout import HEARERS_S, INTERVAL_S, PAGE_S
from hoptt.live.house import House
from hoptt.live.seat import Joined
from hoptt.meeting.chat_words import ChatTo, Said, Say
from hoptt.meeting.events import ParticipantJoined
from hoptt.meeting.words import Source
from hoptt.sfu.contract import Heard, SlotShows
from hoptt.sfu.frames import Kind

MANY = 150
A_WHILE_S = 3 * MANY * PAGE_S


async def a_crowd(house: House, many: int = MANY) -> list[Page]:
    """Bring so many in, and wait until nothing is held back."""
    pages = await asyncio.gather(*(come(house, a_guest(f"g{n}")) for n in range(many)))
    await asyncio.sleep(A_WHILE_S)
    return list(pages)


def known_to(page: Page) -> list[ParticipantId]:
    """Give whom a page knows: of its picture, then of what it was told."""
    assert isinstance(page.answer, Joined)
    told = [event.participant.id for event in page.events if isinstance(event, ParticipantJoined)]
    return [seat.id for seat in page.answer.picture.participants] + told


async def test_each_page_of_a_crowd_knows_everybody_once(house: House) -> None:
    chair = await come(house, the_chair())
    pages = [chair, *await a_crowd(house)]
    everybody = sorted(page.who for page in pages)
    for page in pages:
        assert sorted(known_to(page)) == everybody


async def test_who_comes_into_a_crowd_is_told_in_few_messages_that_are_made_once(house: House) -> None:
    pages = await a_crowd(house)
    before = [len(page.heard) for page in pages]
    loop = asyncio.get_running_loop()
    began = loop.time()
    for n in range(30):
        await come(house, a_guest(f"late{n}"))
        await asyncio.sleep(0.01)
    await asyncio.sleep(A_WHILE_S)
    meant = (loop.time() - began) / (MANY * PAGE_S) + 2
    told = [message for page, n in zip(pages, before, strict=True) for message in page.heard[n:]]
    assert all(isinstance(message, Happened) for message in told), "nothing but that they came"
    assert all(len(page.heard) - n <= meant for page, n in zip(pages, before, strict=True))
    assert len({id(message) for message in told}) <= meant
    assert all(len(known_to(page)) == MANY + 30 for page in pages)


async def test_a_newcomer_with_all_switches_off_is_told_without_them(house: House) -> None:
    chair = await come(house, the_chair())
    silent, heard = await come(house, a_guest("an")), await come(house, a_guest("binh"), mic=True)
    await until(lambda: chair.switches_of(heard.who) is not None, "the switches of who speaks")
    assert [list(told.switches) for told in chair.of(SwitchesNow)] == [[heard.who]]
    assert silent.who in known_to(chair)


async def test_a_line_of_the_chat_does_not_wait_for_who_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = await a_crowd(house)
    await come(house, a_guest("late1"))  # told at once: the last is long ago
    monkeypatch.setattr(fanout, "PAGE_S", 0.01)
    await come(house, a_guest("late2"))
    await asyncio.sleep(0)
    assert len(known_to(pages[0])) == MANY + 1, "the second waits"
    await pages[1].seat.act(Say(ChatTo.ALL, "xin chào"))
    await until(lambda: isinstance(pages[0].events[-1], Said), "the line", 1.5 * INTERVAL_S)
    assert isinstance(pages[0].events[-2], ParticipantJoined), "in order"


async def test_a_slot_names_nobody_whom_its_page_does_not_know(house: House, media: FakeMedia) -> None:
    viewer, other, *_ = await a_crowd(house)
    await come(house, a_guest("late1"))
    late = await come(house, a_guest("late2"))
    await asyncio.sleep(0)

    def show(who: ParticipantId | None) -> None:
        media.only.hear(SlotShows(viewer.who, Kind.AUDIO, 0, who, Source.MICROPHONE, 1))

    show(other.who)
    show(None)
    assert len(viewer.of(ShowsNow)) == 2
    assert late.who not in known_to(viewer), "whom it knows, or nobody, is shown at once"
    show(late.who)
    joined, shown = viewer.heard[-2:]
    assert isinstance(joined, Happened)
    assert isinstance(shown, ShowsNow)
    assert late.who in known_to(viewer)
    assert late.who not in known_to(other)


async def test_who_is_heard_is_told_to_a_crowd_less_often_and_the_last_word_counts(
    house: House, media: FakeMedia
) -> None:
    pages = await a_crowd(house)
    who = pages[0].who
    for level in (90, 30, 91, 31, 92, 32):
        media.only.hear(Heard({who: level}, who))
    await until(lambda: pages[1].of(LevelsNow)[-1].levels[who] == 32, "that they ended")
    assert [told.levels[who] for told in pages[1].of(LevelsNow)] == [90, 32]


async def test_who_only_hears_is_told_of_voices_less_often_than_those_with_a_microphone(
    house: House, media: FakeMedia
) -> None:
    pages = await a_crowd(house)
    speaker, hearer = pages[0], pages[1]
    level = 90
    until_s = asyncio.get_running_loop().time() + 3 * HEARERS_S
    while asyncio.get_running_loop().time() < until_s:
        level = 120 - level  # speech and silence in turn
        media.only.hear(Heard({speaker.who: level}, speaker.who))
        await asyncio.sleep(INTERVAL_S)
    assert 2 <= len(hearer.of(LevelsNow)) <= 4
    assert len(speaker.of(LevelsNow)) >= 2 * len(hearer.of(LevelsNow))
    media.only.hear(Heard({}, speaker.who))
    await until(lambda: all(page.of(LevelsNow)[-1].levels == {} for page in pages), "that nobody is heard any more")


async def test_who_is_sent_away_was_told_all_that_happened_before(house: House) -> None:
    pages = await a_crowd(house)
    await come(house, a_guest("late1"))
    late = await come(house, a_guest("late2"))
    again = Page()
    assert pages[0].answer is not None
    again.answer = await house.resume(pages[0].answer.resume, pages[0].last_seq, again)
    assert pages[0].word is not None
    assert late.who in known_to(pages[0])
