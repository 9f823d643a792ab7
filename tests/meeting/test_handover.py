"""The chair handed over, and somebody standing in while its line is lost (R18)."""

from __future__ import annotations

import random

import pytest
from tests.support.meetings import TIMES, Told, a_guest, a_link, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting import commands as c
from hoptt.meeting.evolve import replay
from hoptt.meeting.floor.commands import AskFloor, EndTurn, GrantFloor, TakeFloor
from hoptt.meeting.role_commands import (
    AnswerChair,
    NameDeputy,
    OfferChair,
    SetRole,
    TakeChair,
    WithdrawChairOffer,
)
from hoptt.meeting.words import Role

CODE = ErrorCode


def with_a_co_chair() -> Told:
    return a_meeting(the_chair(), a_link("co", Role.CO_CHAIR), a_link("an"), a_guest("binh"))


def refused(told: Told, command: c.Command, by: str) -> ErrorCode:
    with pytest.raises(HopttError) as refusal:
        told.act(command, by)
    return refusal.value.code


def roles(told: Told) -> dict[str, Role]:
    return {p.id: p.role for p in told.meeting.participants.values()}


def chairs(told: Told) -> list[str]:
    return [who for who, role in roles(told).items() if role is Role.CHAIR]


def lost_chair(told: Told) -> Told:
    told.act(c.Lose(), "chair", later=1)
    return told


def test_an_offer_changes_nothing_until_it_is_accepted() -> None:
    told = with_a_co_chair()
    told.act(OfferChair(pid("an")), "chair")
    assert chairs(told) == ["chair"]
    assert refused(told, AnswerChair(accept=True), "co") is CODE.CHAIR_NOT_OFFERED


def test_accepted_both_change_places_and_the_new_chair_may_speak() -> None:
    told = with_a_co_chair()
    told.act(OfferChair(pid("an")), "chair")
    told.act(AnswerChair(accept=True), "an")
    assert chairs(told) == ["an"]
    assert told.seat("chair").role is Role.CO_CHAIR
    assert "an" in told.speakers
    assert told.meeting.chair_offer is None


def test_declined_nothing_has_changed() -> None:
    told = with_a_co_chair()
    told.act(OfferChair(pid("an")), "chair")
    told.act(AnswerChair(accept=False), "an")
    assert chairs(told) == ["chair"]
    assert refused(told, AnswerChair(accept=True), "an") is CODE.CHAIR_NOT_OFFERED


def test_an_offer_withdrawn_or_made_to_somebody_else_is_not_accepted() -> None:
    told = with_a_co_chair()
    told.act(OfferChair(pid("an")), "chair")
    told.act(WithdrawChairOffer(), "chair")
    assert refused(told, AnswerChair(accept=True), "an") is CODE.CHAIR_NOT_OFFERED
    told.act(OfferChair(pid("an")), "chair")
    told.act(OfferChair(pid("co")), "chair")
    assert refused(told, AnswerChair(accept=True), "an") is CODE.CHAIR_NOT_OFFERED
    told.act(AnswerChair(accept=True), "co")
    assert chairs(told) == ["co"]


def test_an_offer_lapses_when_the_chair_leaves() -> None:
    told = with_a_co_chair()
    told.act(OfferChair(pid("an")), "chair")
    told.act(c.Leave(), "chair")
    assert refused(told, AnswerChair(accept=True), "an") is CODE.CHAIR_NOT_OFFERED


@pytest.mark.parametrize("to", ["chair", "watcher", "staff"])
def test_the_chair_is_not_offered_to_oneself_to_observers_or_to_staff(to: str) -> None:
    told = a_meeting(the_chair(), a_link("watcher", Role.OBSERVER), a_link("staff", Role.OPERATOR))
    told.act(c.Admit((pid("staff"),)), "chair")
    assert refused(told, OfferChair(pid(to)), "chair") is CODE.NOT_POSSIBLE
    assert refused(told, NameDeputy(pid(to)), "chair") is CODE.NOT_POSSIBLE


def test_who_handed_the_chair_over_does_not_get_it_back_by_the_own_link() -> None:
    told = with_a_co_chair()
    told.act(OfferChair(pid("an")), "chair")
    told.act(AnswerChair(accept=True), "an")
    told.act(c.Leave(), "chair")
    told.act(the_chair("chair", participant=pid("again")))
    assert told.seat("again").role is Role.CO_CHAIR
    assert chairs(told) == ["an"]


def test_nobody_stands_in_while_the_chair_is_here() -> None:
    assert refused(with_a_co_chair(), TakeChair(), "co") is CODE.CHAIR_PRESENT


def test_any_co_chair_for_the_whole_stands_in_when_no_deputy_is_named() -> None:
    told = lost_chair(with_a_co_chair())
    assert refused(told, TakeChair(), "an") is CODE.NOT_ALLOWED
    told.act(TakeChair(), "co", later=20)
    assert chairs(told) == ["co"]
    assert "co" in told.speakers


def test_the_deputy_comes_before_co_chairs_as_long_as_the_own_line_holds() -> None:
    told = with_a_co_chair()
    told.act(NameDeputy(pid("an")), "chair")
    lost_chair(told)
    assert refused(told, TakeChair(), "co") is CODE.NOT_ALLOWED
    told.act(c.Lose(), "an")
    told.act(TakeChair(), "co")
    assert chairs(told) == ["co"]


@pytest.mark.parametrize("way", ["resume", "link", "after the seat was given up"])
def test_whoever_returns_gets_the_seat_back_and_the_stand_in_is_what_they_were(way: str) -> None:
    told = with_a_co_chair()
    told.act(NameDeputy(pid("an")), "chair")
    lost_chair(told)
    told.act(TakeChair(), "an", later=20)
    back = "chair"
    if way == "resume":
        told.act(c.Return(0), "chair", later=30)
    elif way == "link":
        told.act(the_chair("chair", participant=pid("unused"), take_over=True), later=30)
    else:
        told.act(c.LetTimePass(), None, later=TIMES.chair_seat.total_seconds())
        assert "chair" not in told.inside
        told.act(the_chair("chair", participant=pid("again")), later=1)
        back = "again"
    assert chairs(told) == [back]
    assert told.seat("an").role is Role.ATTENDEE
    assert "an" not in told.speakers, "the right came with the chair, and goes with it"
    assert told.meeting.deputy == "an"


def test_the_seat_of_the_chair_is_kept_as_long_while_somebody_stands_in() -> None:
    told = lost_chair(with_a_co_chair())
    told.act(TakeChair(), "co", later=20)
    told.act(c.LetTimePass(), None, later=120)
    assert "chair" in told.inside
    told.act(c.Restore())
    assert told.seat("chair").lost_until == told.now + TIMES.chair_seat


@pytest.mark.parametrize("act", [c.Remove(pid("chair")), SetRole(pid("chair"), Role.OBSERVER)])
def test_a_lost_line_costs_nobody_the_chair(act: c.Command) -> None:
    told = lost_chair(with_a_co_chair())
    told.act(TakeChair(), "co")
    assert refused(told, act, "co") is CODE.NOT_ALLOWED


def test_who_stands_in_hands_over_only_once_the_seat_of_the_chair_is_given_up() -> None:
    told = lost_chair(with_a_co_chair())
    told.act(TakeChair(), "co")
    assert refused(told, OfferChair(pid("an")), "co") is CODE.NOT_POSSIBLE
    told.act(c.LetTimePass(), None, later=TIMES.chair_seat.total_seconds())
    told.act(OfferChair(pid("an")), "co")
    told.act(AnswerChair(accept=True), "an")
    told.act(c.Return(0), "chair")
    assert chairs(told) == ["an"], "handed over for good"


def test_another_stands_in_when_the_first_one_is_lost_too() -> None:
    told = lost_chair(with_a_co_chair())
    told.act(TakeChair(), "co")
    told.act(SetRole(pid("an"), Role.CO_CHAIR), "co")
    told.act(c.Lose(), "co", later=5)
    told.act(TakeChair(), "an", later=15)
    assert chairs(told) == ["an"]
    told.act(c.Return(0), "co")
    assert told.seat("co").role is Role.CO_CHAIR
    told.act(c.Return(0), "chair")
    assert chairs(told) == ["chair"]


# ---- races: 1,000 random interleavings of each pair --------------------------------------------------

RACES: dict[str, list[list[tuple[c.Command, str]]]] = {
    "hand-over while the chair drops": [
        [(OfferChair(pid("an")), "chair"), (c.Lose(), "chair"), (c.Return(0), "chair")],
        [(AnswerChair(accept=True), "an"), (AnswerChair(accept=True), "an")],
        [(TakeChair(), "co"), (TakeChair(), "co")],
    ],
    "two hand-overs": [
        [(OfferChair(pid("an")), "chair"), (OfferChair(pid("co")), "chair"), (WithdrawChairOffer(), "chair")],
        [(AnswerChair(accept=True), "an"), (OfferChair(pid("binh")), "an")],
        [(AnswerChair(accept=True), "co"), (OfferChair(pid("an")), "co")],
        [(AnswerChair(accept=True), "binh")],
    ],
    "a role given to who leaves": [
        [(SetRole(pid("an"), Role.CO_CHAIR), "chair"), (OfferChair(pid("an")), "chair")],
        [(c.Leave(), "an"), (c.Return(0), "an"), (AnswerChair(accept=True), "an")],
        [(c.Lose(), "chair"), (TakeChair(), "co"), (SetRole(pid("an"), Role.OBSERVER), "co"), (c.Return(0), "chair")],
    ],
    "two co-chairs at once": [
        [(c.Lose(), "chair"), (c.Return(0), "chair")],
        [(TakeChair(), "co"), (c.Lose(), "co"), (c.Return(0), "co")],
        [(TakeChair(), "other"), (SetRole(pid("co"), Role.ATTENDEE), "other")],
    ],
}


@pytest.mark.parametrize("race", RACES)
def test_no_interleaving_leaves_a_half_state(race: str) -> None:
    chance = random.Random(race)
    for _ in range(1_000):
        told = a_meeting(
            the_chair(), a_link("co", Role.CO_CHAIR), a_link("other", Role.CO_CHAIR), a_link("an"), a_guest("binh")
        )
        hands = [list(acts) for acts in RACES[race]]
        while any(hands):
            hand = chance.choice([each for each in hands if each])
            command, by = hand.pop(0)
            before = told.meeting
            try:
                told.act(command, by)
            except HopttError:
                assert told.meeting is before
            _stands_whole(told)
        assert replay(told.log) == told.meeting


def _stands_whole(told: Told) -> None:
    meeting = told.meeting
    here = chairs(told)
    assert len(here) == 1, f"one chair, not {here}"
    assert meeting.participants[pid(here[0])].rights.may_speak
    if meeting.chair_offer is not None:
        assert meeting.chair_offer.by in here
    if meeting.stand_in is not None:
        assert here == [meeting.stand_in.participant]
        away = meeting.participants.get(meeting.stand_in.chair)
        assert away is None or not away.connected


def test_R16_a_chair_for_a_time_speaks_no_longer_than_that() -> None:
    told = lost_chair(with_a_co_chair())
    told.act(TakeChair(), "co")
    told.act(c.Return(0), "chair", later=9)
    assert told.speakers == {"chair"}


def test_R16_who_hands_on_the_chair_may_speak_until_the_right_is_taken() -> None:
    told = with_a_co_chair()
    told.act(OfferChair(pid("an")), "chair")
    told.act(AnswerChair(accept=True), "an")
    assert told.speakers == {"chair", "an"}
    told.act(c.Mute((pid("chair"),)), "an")
    assert told.speakers == {"an"}


# ---- with the floor (R17) ----------------------------------------------------------------------------


def with_a_speaker() -> Told:
    told = with_a_co_chair()
    told.act(GrantFloor(pid("an")), "chair")
    told.act(TakeFloor(), "an")
    return told


def test_R16_who_becomes_the_chair_in_the_own_turn_may_speak_after_it() -> None:
    told = with_a_speaker()
    told.act(OfferChair(pid("an")), "chair")
    told.act(AnswerChair(accept=True), "an")
    told.act(EndTurn(None), "an")
    assert "an" in told.speakers


def test_R16_a_chair_for_a_time_keeps_no_right_of_a_turn() -> None:
    told = with_a_speaker()
    told.act(NameDeputy(pid("an")), "chair")
    lost_chair(told)
    told.act(TakeChair(), "an")
    told.act(EndTurn(None), "an")
    told.act(c.Return(0), "chair", later=5)
    assert told.speakers == {"chair"}


def test_R16_an_observer_has_neither_turn_nor_place_in_the_queue() -> None:
    told = with_a_speaker()
    told.act(AskFloor(), "binh")
    told.act(SetRole(pid("an"), Role.OBSERVER), "chair")
    told.act(SetRole(pid("binh"), Role.OBSERVER), "chair")
    assert told.meeting.floor.turns == ()
    assert told.meeting.floor.queue == ()
    assert told.speakers == {"chair"}
