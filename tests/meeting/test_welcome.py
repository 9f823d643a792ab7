"""Who was turned away does not come back by a seat they had left before (R18, S26-S28), nor by an old link (R3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.clock import NINE
from tests.support.meetings import (
    OPEN_FLOOR,
    Told,
    a_beginning,
    a_companion,
    a_guest,
    a_link,
    a_meeting,
    a_name,
    an_account,
    an_invitation,
    pid,
    the_chair,
)

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import InvitationId
from hoptt.meeting.commands import (
    Admit,
    Allow,
    Command,
    CorrectName,
    Enter,
    IdentityKind,
    Leave,
    LetTimePass,
    LiftBan,
    Lock,
    Lose,
    Refuse,
    Remove,
    Return,
    SignOut,
    TakeBack,
)
from hoptt.meeting.role_commands import AnswerChair, NameDeputy, OfferChair, SetRole, TakeChair
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Role


def anew(person: Enter, who: str, **changes: Any) -> Enter:
    """The same person or browser at the door once more."""
    return replace(person, participant=pid(who), **changes)


def refusal(told: Told, command: Command, by: str | None = None) -> ErrorCode | None:
    """What a command is refused with; None: it is not."""
    try:
        told.act(command, by)
    except HopttError as one:
        return one.code
    return None


def who_left_and_came_anew(person: Enter, *others: Enter, rules: Rules = OPEN_FLOOR) -> Told:
    """A chair, and `x`, whose first seat `x` was left for a second one, `x2`."""
    told = a_meeting(the_chair(), person, *others, rules=rules)
    told.act(Leave(), "x")
    told.act(anew(person, "x2"))
    return told


# ---- by a seat of before -----------------------------------------------------------------------------


@pytest.mark.parametrize("person", [a_link("x"), an_account("x"), a_guest("x")], ids=["link", "account", "guest"])
@pytest.mark.parametrize(("ban", "code"), [(False, ErrorCode.REMOVED), (True, ErrorCode.BANNED)])
def test_R18_who_was_put_out_does_not_come_back_to_the_seat_before(person: Enter, ban: bool, code: ErrorCode) -> None:
    told = who_left_and_came_anew(person)
    told.act(Remove(pid("x2"), ban=ban), "chair")
    assert refusal(told, Return(0), "x") is code
    assert told.inside == {"chair"}


def test_R18_nor_does_who_was_asleep_all_the_while() -> None:
    told = a_meeting(the_chair(), a_link("x"))
    told.act(Lose(), "x")
    told.act(LetTimePass(), later=61)
    told.act(anew(a_link("x"), "x2"))
    told.act(Remove(pid("x2"), ban=True), "chair")
    assert refusal(told, Return(0), "x") is ErrorCode.BANNED


def test_R18_a_ban_that_was_lifted_leaves_every_token_dead() -> None:
    told = who_left_and_came_anew(a_link("x"))
    told.act(Remove(pid("x2"), ban=True), "chair")
    told.act(LiftBan(pid("x2")), "chair")
    assert refusal(told, Return(0), "x") is ErrorCode.REMOVED
    told.act(anew(a_link("x"), "x3"))
    assert told.waiting == {"x3"}


def test_R18_who_was_refused_in_the_lobby_does_not_come_back_past_the_lock() -> None:
    told = a_meeting(the_chair(), a_guest("x"))
    told.act(Leave(), "x")
    told.act(Lock(locked=True), "chair")
    told.act(anew(a_guest("x"), "x2", knock=True))
    told.act(Refuse(pid("x2"), "không có tên"), "chair")
    assert refusal(told, Return(0), "x") is ErrorCode.LOBBY_REFUSED


def test_who_was_admitted_again_keeps_the_newer_seat() -> None:
    told = who_left_and_came_anew(a_guest("x"))
    told.act(Remove(pid("x2")), "chair")
    told.act(anew(a_guest("x"), "x3"))
    told.act(Admit((pid("x3"),)), "chair")
    told.act(Leave(), "x3")
    assert refusal(told, Return(0), "x3") is None
    assert told.inside == {"chair", "x3"}


def test_two_guests_in_one_browser_both_come_back() -> None:
    told = a_meeting(the_chair(), a_guest("x"), a_guest("y", browser="browser-x"))
    told.act(Leave(), "x")
    told.act(Leave(), "y")
    assert refusal(told, Return(0), "x") is None
    assert refusal(told, Return(0), "y") is None


def test_R18_a_ban_holds_for_the_other_tab_once_it_is_gone() -> None:
    told = a_meeting(the_chair(), a_guest("x"), a_guest("y", browser="browser-x"))
    told.act(Remove(pid("x"), ban=True), "chair")
    told.act(Leave(), "y")
    assert refusal(told, Return(0), "y") is ErrorCode.BANNED


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "gone already"])
def test_S27_an_account_that_signed_out_comes_back_to_no_seat(inside: bool) -> None:
    told = who_left_and_came_anew(an_account("x"))
    if not inside:
        told.act(Leave(), "x2")
    told.act(SignOut("account-x"))
    assert refusal(told, Return(0), "x") is ErrorCode.SIGNED_OUT
    assert refusal(told, Return(0), "x2") is ErrorCode.SIGNED_OUT
    assert told.act(SignOut("account-x")) == (), "once is enough"


def test_S27_others_come_back_after_somebody_signed_out() -> None:
    told = a_meeting(the_chair(), an_account("x"), an_account("y"))
    told.act(Leave(), "y")
    told.act(SignOut("account-x"))
    assert refusal(told, Return(0), "y") is None


# ---- as what one is now ------------------------------------------------------------------------------


def roles(told: Told) -> dict[str, Role]:
    return {who: seat.role for who, seat in told.meeting.participants.items()}


def test_R18_the_chair_s_seat_of_before_is_no_second_chair() -> None:
    told = a_meeting(the_chair(), a_link("binh"))
    told.act(Leave(), "chair")
    told.act(anew(the_chair(), "chair2"))
    told.act(OfferChair(pid("binh")), "chair2")
    told.act(AnswerChair(accept=True), "binh")
    told.act(Leave(), "chair2")
    told.act(Return(0), "chair")
    assert roles(told) == {"binh": Role.CHAIR, "chair": Role.CO_CHAIR}


def test_R18_who_has_the_chair_by_now_speaks_on_the_seat_of_before_too() -> None:
    told = who_left_and_came_anew(a_link("x"), rules=Rules(entry=EntryRule.OPEN))
    told.act(OfferChair(pid("x2")), "chair")
    told.act(AnswerChair(accept=True), "x2")
    told.act(Leave(), "x2")
    told.act(Return(0), "x")
    assert told.seat("x").role is Role.CHAIR
    assert told.seat("x").rights.may_speak


@pytest.mark.parametrize("person", [a_link("x"), a_guest("x")], ids=["link", "guest"])
def test_R18_a_role_that_was_taken_back_is_not_on_the_seat_of_before_either(person: Enter) -> None:
    told = a_meeting(the_chair(), person)
    told.act(SetRole(pid("x"), Role.CO_CHAIR), "chair")
    told.act(Leave(), "x")
    told.act(anew(person, "x2"))
    told.act(SetRole(pid("x2"), Role.OBSERVER), "chair")
    told.act(Leave(), "x2")
    told.act(Return(0), "x")
    assert told.seat("x").role is Role.OBSERVER
    assert not told.seat("x").rights.may_show


def test_R18_a_guest_who_leads_comes_back_as_who_leads_on_that_seat_only() -> None:
    told = a_meeting(the_chair(), a_guest("x"), a_guest("y", browser="browser-x"))
    told.act(SetRole(pid("x"), Role.CO_CHAIR), "chair")
    for who in ("x", "y"):
        told.act(Leave(), who)
        told.act(Return(0), who)
    assert roles(told) == {"chair": Role.CHAIR, "x": Role.CO_CHAIR, "y": Role.ATTENDEE}


def test_R18_a_removed_co_chair_asks_again_past_no_lock() -> None:
    person = a_link("x", Role.CO_CHAIR)
    told = a_meeting(the_chair(), person)
    told.act(Remove(pid("x")), "chair")
    told.act(anew(person, "x2"))
    assert told.waiting == {"x2"}
    told.act(Leave(), "x2")
    told.act(Lock(locked=True), "chair")
    assert refusal(told, anew(person, "x3")) is ErrorCode.ROOM_LOCKED
    told.act(anew(person, "x4", knock=True))
    told.act(Admit((pid("x4"),)), "chair")
    assert told.seat("x4").role is Role.CO_CHAIR, "the link still says so, and the chair let them in"


@pytest.mark.parametrize(("given", "then"), [(Role.CO_CHAIR, Role.ATTENDEE), (Role.OBSERVER, Role.OBSERVER)])
def test_R18_a_removal_ends_what_was_given_to_lead_and_takes_no_silence_away(given: Role, then: Role) -> None:
    told = a_meeting(the_chair(), a_link("x"))
    told.act(SetRole(pid("x"), given), "chair")
    told.act(Remove(pid("x")), "chair")
    told.act(anew(a_link("x"), "x2"))
    told.act(Admit((pid("x2"),)), "chair")
    assert told.seat("x2").role is then


def test_S26_a_companion_does_not_come_back_while_its_owner_waits() -> None:
    told = a_meeting(the_chair(), a_link("x"), a_companion("cam", "x"))
    told.act(Leave(), "cam")
    told.act(Remove(pid("x")), "chair")
    told.act(anew(a_link("x"), "x2"))
    assert told.waiting == {"x2"}
    assert refusal(told, Return(0), "cam") is ErrorCode.SEAT_GONE
    told.act(Admit((pid("x2"),)), "chair")
    assert refusal(told, Return(0), "cam") is None


# ---- links of another list ---------------------------------------------------------------------------


def a_planned(*people: Enter, entry: EntryRule = EntryRule.INVITED) -> Told:
    """A planned meeting that begins at nine, with one chair on its list."""
    rows = (an_invitation("chair", Role.CHAIR), an_invitation("row", Role.ATTENDEE))
    first = a_beginning(Rules(entry=entry), *rows, ad_hoc=None, starts_at=NINE, ends_at=NINE + timedelta(hours=1))
    return a_meeting(*people, first=first)


@pytest.mark.parametrize("role", [Role.CHAIR, Role.CO_CHAIR, Role.SECRETARY])
def test_R3_a_link_of_another_list_leads_nothing(role: Role) -> None:
    told = a_planned(the_chair(invitation="chair"))
    told.act(a_link("x", role, invitation="struck off"))
    assert told.waiting == {"x"}
    told.act(Admit((pid("x"),)), "chair")
    assert told.seat("x").role is Role.ATTENDEE


def test_R3_the_list_says_as_what_a_link_of_its_own_comes() -> None:
    told = a_planned(the_chair(invitation="chair"), a_link("x", Role.CO_CHAIR, invitation="row"))
    assert roles(told) == {"chair": Role.CHAIR, "x": Role.ATTENDEE}


def test_R3_a_link_of_no_list_and_a_meeting_without_one_are_as_before() -> None:
    told = a_planned(a_link("x", Role.CO_CHAIR))
    assert told.seat("x").role is Role.CO_CHAIR
    told = a_meeting(a_link("x", Role.CHAIR, invitation="of this morning"))
    assert told.seat("x").role is Role.CHAIR


# ---- names, browsers, players ------------------------------------------------------------------------


def test_R11_a_name_that_is_proved_stays_in_the_lobby() -> None:
    lobby = Rules(entry=EntryRule.LOBBY)
    told = a_meeting(the_chair(), an_account("x"), a_guest("y"), rules=lobby)
    false_name = a_name("Trần Hồng Hà, Phó Thủ tướng", "Văn phòng Chính phủ", "Chính phủ")
    assert refusal(told, CorrectName(false_name), "x") is ErrorCode.NOT_POSSIBLE
    assert refusal(told, CorrectName(false_name), "y") is None
    unnamed = replace(a_link("z"), typed=True, name=a_name("Lê Văn Dũng", "Xã Mường Tè", "Xã Mường Tè"))
    told.act(replace(unnamed, identity=replace(unnamed.identity, invitation=InvitationId("other"))))
    assert told.meeting.lobby[pid("z")].identity.kind is IdentityKind.LINK
    assert refusal(told, CorrectName(a_name("Lê Văn Dung", "Xã Mường Tè", "Xã Mường Tè")), "z") is None


def test_R18_a_ban_holds_for_a_guest_in_the_same_browser_and_for_no_other_account_there() -> None:
    banned = an_account("x")
    told = a_meeting(the_chair(), replace(banned, identity=replace(banned.identity, ban_key="browser-1")))
    told.act(Remove(pid("x"), ban=True), "chair")
    assert refusal(told, a_guest("g", browser="browser-1")) is ErrorCode.BANNED
    other = an_account("y")
    assert refusal(told, replace(other, identity=replace(other.identity, ban_key="browser-1"))) is None


def test_R12_a_page_that_takes_over_its_player_s_seat_is_who_it_is() -> None:
    told = a_meeting(a_link("other"), a_link("x", Role.OBSERVER))
    assert refusal(told, anew(the_chair("x"), "x2")) is ErrorCode.SEAT_TAKEN
    told.act(anew(the_chair("x"), "x2", take_over=True))
    assert told.seat("x").role is Role.CHAIR
    assert told.seat("x").rights.may_speak


def test_R12_a_page_that_takes_over_its_player_s_seat_is_still_muted() -> None:
    told = a_meeting(the_chair(), a_link("x"), rules=OPEN_FLOOR)
    told.act(TakeBack((pid("x"),)), "chair")
    told.act(Leave(), "x")
    told.act(anew(a_link("x", Role.OBSERVER), "player"))
    told.act(anew(a_link("x"), "x2", take_over=True))
    assert told.seat("player").role is Role.ATTENDEE
    assert not told.seat("player").rights.may_speak
    assert told.seat("player").rights.may_show
    told.act(Allow((pid("player"),)), "chair")
    assert told.seat("player").rights.may_speak


def test_R13_an_observer_by_the_chair_s_word_stays_one_on_every_page() -> None:
    told = a_meeting(the_chair(), a_link("x"))
    told.act(SetRole(pid("x"), Role.OBSERVER), "chair")
    told.act(anew(a_link("x"), "x2", take_over=True))
    assert told.seat("x").role is Role.OBSERVER


def test_R18_a_deputy_made_observer_is_none_and_keeps_nobody_from_the_chair() -> None:
    told = a_meeting(the_chair(), a_link("an"), a_link("binh"))
    told.act(SetRole(pid("binh"), Role.CO_CHAIR), "chair")
    told.act(NameDeputy(pid("an")), "chair")
    told.act(SetRole(pid("an"), Role.OBSERVER), "chair")
    told.act(Lose(), "chair")
    told.act(TakeChair(), "binh")
    assert roles(told)["binh"] is Role.CHAIR
