"""The door: who comes in, who waits, who is sent away (R3, R4, R6, R12, R13, R18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.clock import NINE
from tests.support.meetings import (
    MUTED,
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

from hoptt.errors import ErrorCode, HopttError, Refusals
from hoptt.meeting.commands import Admit, CorrectName, EndMeeting, Enter, Leave, LiftBan, Lock, Lose, Refuse, Remove
from hoptt.meeting.events import LobbyEntered, LobbyLeft, MeetingOpened, ParticipantJoined, SeatTakenOver
from hoptt.meeting.settings import Name, Rules
from hoptt.meeting.words import AdHoc, EntryRule, LobbyOutcome, MeetingState, Role

IN, LOBBY = "in", "lobby"
MISSING, UNINVITED = ErrorCode.PASSWORD_MISSING, ErrorCode.NOT_INVITED

INVITED_LINK = a_link("minh", invitation="i1")
INVITED_ACCOUNT = an_account("minh", invitation="i1")
ACCOUNT = an_account("minh")
GUEST = a_guest("minh")
GUEST_RIGHT = replace(GUEST, password_right=True)
GUEST_KNOCKS = replace(GUEST, knock=True)


def outcome(told: Told, command: Enter) -> str | ErrorCode:
    try:
        told.act(command)
    except HopttError as refusal:
        return refusal.code
    return IN if command.participant in told.inside else LOBBY


@pytest.mark.parametrize(
    ("entry", "password", "who", "what"),
    [
        # the rows of R3, with a password set on the room where the row knows one
        (EntryRule.OPEN, True, INVITED_LINK, IN),
        (EntryRule.OPEN, True, INVITED_ACCOUNT, IN),
        (EntryRule.OPEN, True, ACCOUNT, IN),
        (EntryRule.OPEN, True, GUEST_RIGHT, IN),
        (EntryRule.OPEN, True, GUEST, IN),
        (EntryRule.PASSWORD, True, INVITED_LINK, IN),
        (EntryRule.PASSWORD, True, INVITED_ACCOUNT, IN),
        (EntryRule.PASSWORD, True, replace(ACCOUNT, password_right=True), IN),
        (EntryRule.PASSWORD, True, ACCOUNT, LOBBY),
        (EntryRule.PASSWORD, True, GUEST_RIGHT, IN),
        (EntryRule.PASSWORD, True, GUEST, MISSING),
        (EntryRule.PASSWORD, True, GUEST_KNOCKS, LOBBY),
        (EntryRule.LOBBY, True, INVITED_LINK, IN),
        (EntryRule.LOBBY, True, INVITED_ACCOUNT, IN),
        (EntryRule.LOBBY, True, ACCOUNT, LOBBY),
        (EntryRule.LOBBY, True, GUEST_RIGHT, LOBBY),
        (EntryRule.LOBBY, True, GUEST, MISSING),
        (EntryRule.LOBBY, True, GUEST_KNOCKS, MISSING),
        (EntryRule.LOBBY, False, GUEST, LOBBY),
        (EntryRule.INVITED, True, INVITED_LINK, IN),
        (EntryRule.INVITED, True, INVITED_ACCOUNT, IN),
        (EntryRule.INVITED, True, ACCOUNT, LOBBY),
        (EntryRule.INVITED, True, GUEST_RIGHT, LOBBY),
        (EntryRule.INVITED, True, GUEST, MISSING),
        (EntryRule.INVITED, True, GUEST_KNOCKS, MISSING),
        (EntryRule.INVITED, False, GUEST, UNINVITED),
        # a link of no list counts as invited, one of another meeting's list does not
        (EntryRule.INVITED, False, a_link("minh"), IN),
        (EntryRule.LOBBY, False, a_link("minh", invitation="of another meeting"), LOBBY),
        # technicians ask, whatever the table says (R13)
        (EntryRule.OPEN, False, a_link("minh", Role.OPERATOR), LOBBY),
        (EntryRule.OPEN, False, a_link("minh", Role.TECHNICIAN), LOBBY),
    ],
)
def test_R3_the_entry_table(entry: EntryRule, password: bool, who: Enter, what: str | ErrorCode) -> None:
    rules = Rules(entry=entry, password_set=password)
    told = a_meeting(first=a_beginning(rules, an_invitation("i1", name=a_name("Lê Văn Minh", "Sở Minh"))))
    assert outcome(told, who) == what


def test_a_guest_is_never_an_invited_person_whatever_is_typed() -> None:
    told = a_meeting(first=a_beginning(MUTED, an_invitation("i1")))
    with pytest.raises(Refusals) as refusal:
        told.act(a_guest("x", name=a_name()))
    assert [(f.code, f.field) for f in refusal.value.faults] == [
        (ErrorCode.NAME_IMPERSONATES, "bridge_point"),
        (ErrorCode.NAME_IMPERSONATES, "name"),
    ]


@pytest.mark.parametrize(
    "name",
    ["Nguyễn Văn An", "NGUYỄN VĂN AN, Giám đốc", "nguyễn  văn  an", "Nguyễn-Văn An"],
)
def test_S47_an_invited_name_is_found_without_case(name: str) -> None:
    told = a_meeting(first=a_beginning(MUTED, an_invitation("i1")))
    with pytest.raises(Refusals) as refusal:
        told.act(a_guest("x", name=a_name(name, "Điểm khác")))
    assert refusal.value.code is ErrorCode.NAME_IMPERSONATES


def test_S47_an_invited_name_without_its_marks_waits_and_the_chair_is_told_whose_it_resembles() -> None:
    told = a_meeting(first=a_beginning(Rules(entry=EntryRule.OPEN), an_invitation("i1")))
    assert outcome(told, a_guest("x", name=a_name("Nguyen Van An", "Điểm khác"))) == LOBBY
    assert told.meeting.lobby[pid("x")].resembles == an_invitation("i1").name.name
    assert outcome(told, a_guest("y", name=a_name("Trần Thị Yến", "Điểm nữa"))) == IN


def test_S47_a_corrected_name_is_looked_at_again() -> None:
    told = a_meeting(first=a_beginning(Rules(entry=EntryRule.OPEN), an_invitation("i1")))
    told.act(a_guest("x", name=a_name("Nguyen Van An", "Điểm khác")))
    told.act(CorrectName(a_name("Nguyen Van Anh", "Điểm khác")), "x")
    assert told.meeting.lobby[pid("x")].resembles == ""


def test_S47_a_second_guest_of_one_name_at_one_bridge_point_waits() -> None:
    told = a_meeting(first=a_beginning(Rules(entry=EntryRule.OPEN)))
    name = a_name("Trần Thị Yến", "Sở TNMT Lào Cai")
    assert outcome(told, a_guest("x", name=name)) == IN
    assert outcome(told, a_guest("y", name=name)) == LOBBY
    assert told.meeting.lobby[pid("y")].resembles
    assert outcome(told, a_guest("z", name=a_name("Trần Thị Yến", "Sở TNMT Lai Châu"))) == IN


def test_S47_the_lobby_tells_nothing_of_the_list_to_who_gave_no_password() -> None:
    told = a_meeting(first=a_beginning(Rules(entry=EntryRule.PASSWORD, password_set=True), an_invitation("i1")))
    assert outcome(told, a_guest("x", name=a_name("Nguyen Van An", "Điểm khác"), knock=True)) == LOBBY


def test_S47_nobody_takes_the_name_of_somebody_who_is_in_by_a_link() -> None:
    told = a_meeting(the_chair(name=a_name("Phạm Thị Chủ", "Hà Nội")))
    with pytest.raises(Refusals):
        told.act(a_guest("x", name=a_name("Phạm Thị Chủ", "Nơi khác")))


def test_an_invited_person_may_type_the_own_name() -> None:
    told = a_meeting(first=a_beginning(MUTED, an_invitation("i1")))
    told.act(an_account("minh", invitation="i1", name=a_name(), typed=True))
    assert told.inside == {"minh"}


def test_without_the_password_the_invitation_list_is_not_told() -> None:
    told = a_meeting(first=a_beginning(Rules(entry=EntryRule.PASSWORD, password_set=True), an_invitation("i1")))
    with pytest.raises(Refusals) as refusal:
        told.act(a_guest("x", name=a_name()))
    assert [f.code for f in refusal.value.faults] == [ErrorCode.PASSWORD_MISSING]


def test_a_knock_without_the_password_tells_nothing_of_the_list_either() -> None:
    told = a_meeting(first=a_beginning(Rules(entry=EntryRule.PASSWORD, password_set=True), an_invitation("i1")))
    assert outcome(told, a_guest("x", name=a_name(), knock=True)) == LOBBY


def test_all_faults_of_a_form_are_told_at_once() -> None:
    told = a_meeting(rules=Rules(entry=EntryRule.PASSWORD, password_set=True))
    with pytest.raises(Refusals) as refusal:
        told.act(a_guest("x", name=Name("", "An★", "")))
    assert [(f.code, f.field) for f in refusal.value.faults] == [
        (ErrorCode.NAME_PART_MISSING, "bridge_point"),
        (ErrorCode.NAME_SCRIPT, "name"),
        (ErrorCode.NAME_TOO_SHORT, "name"),
        (ErrorCode.NAME_UNIT_MISSING, "unit"),
        (ErrorCode.PASSWORD_MISSING, "password"),
    ]


def test_a_knock_without_the_password_is_marked_for_the_chair() -> None:
    told = a_meeting(rules=Rules(entry=EntryRule.PASSWORD, password_set=True))
    told.act(a_guest("x", knock=True))
    assert told.meeting.lobby[pid("x")].without_password


# ---- doors ---------------------------------------------------------------------------------------


def a_scheduled(rules: Rules = MUTED) -> Told:
    return a_meeting(
        first=a_beginning(rules, ad_hoc=None, state=MeetingState.SCHEDULED, starts_at=NINE + timedelta(hours=2))
    )


def test_R6_before_the_doors_open_attendees_are_told_when() -> None:
    with pytest.raises(HopttError) as refusal:
        a_scheduled().act(a_link("minh"))
    assert refusal.value.code is ErrorCode.MEETING_NOT_OPEN
    assert refusal.value.details["doors_at"] == int((NINE + timedelta(hours=1.5)).timestamp() * 1000)


def test_R6_the_chair_may_enter_any_time() -> None:
    told = a_scheduled()
    told.act(the_chair())
    assert told.inside == {"chair"}
    assert told.meeting.opened_at is None, "coming in opens no scheduled meeting"


@pytest.mark.parametrize(
    ("ad_hoc", "who", "opened"),
    [
        (AdHoc.ANYONE, a_guest("x"), True),
        (AdHoc.CHAIR, a_guest("x"), False),
        (AdHoc.CHAIR, the_chair("x"), True),
        (AdHoc.CHAIR, a_link("x", Role.CO_CHAIR), True),
    ],
)
def test_R6_an_ad_hoc_meeting_begins_with_whom_the_room_lets_begin_it(ad_hoc: AdHoc, who: Enter, opened: bool) -> None:
    told = a_meeting(who, first=a_beginning(MUTED, ad_hoc=ad_hoc))
    assert told.inside == {"x"}
    assert any(isinstance(e, MeetingOpened) for e in told.log) is opened


def test_lobby_entrants_before_the_chair_wait_and_begin_nothing() -> None:
    told = a_meeting(a_guest("x"), first=a_beginning(Rules(entry=EntryRule.LOBBY)))
    assert told.waiting == {"x"}
    assert told.meeting.opened_at is None


# ---- lock, seats, lobby places ---------------------------------------------------------------------


def test_a_lock_keeps_newcomers_out_even_invited_ones() -> None:
    told = a_meeting(the_chair())
    told.act(Lock(locked=True), "chair")
    assert outcome(told, a_link("minh")) == ErrorCode.ROOM_LOCKED
    assert outcome(told, a_guest("an")) == ErrorCode.ROOM_LOCKED


def test_who_knocks_at_a_locked_room_waits_for_the_chair() -> None:
    told = a_meeting(the_chair())
    told.act(Lock(locked=True), "chair")
    assert outcome(told, a_guest("an", knock=True)) == LOBBY
    told.act(Admit((pid("an"),)), "chair")
    assert "an" in told.inside


def test_whoever_leads_passes_a_lock_and_a_full_house() -> None:
    told = a_meeting(the_chair(), rules=replace(MUTED, capacity=1))
    told.act(Lock(locked=True), "chair")
    assert outcome(told, a_link("second", Role.CHAIR)) == IN
    assert outcome(told, a_link("third", Role.CO_CHAIR)) == IN


def test_R37_the_41st_is_refused_with_the_number_of_seats() -> None:
    told = a_meeting(*(a_guest(f"g{n}") for n in range(40)), rules=replace(MUTED, capacity=40))
    with pytest.raises(HopttError) as refusal:
        told.act(a_guest("more"))
    assert refusal.value.code is ErrorCode.ROOM_FULL
    assert refusal.value.details == {"capacity": 40}


def test_a_seat_in_its_grace_is_a_seat() -> None:
    told = a_meeting(a_guest("an"), rules=replace(MUTED, capacity=1))
    told.act(Lose(), "an")
    assert outcome(told, a_guest("more")) == ErrorCode.ROOM_FULL


def test_the_lobby_has_an_end_too() -> None:
    told = a_meeting(a_guest("an"), rules=Rules(entry=EntryRule.LOBBY, lobby_capacity=1))
    assert outcome(told, a_guest("more")) == ErrorCode.LOBBY_FULL


# ---- the chair's hand on the lobby -----------------------------------------------------------------


def a_lobby(*people: Enter) -> Told:
    return a_meeting(the_chair(), *people, rules=Rules(entry=EntryRule.LOBBY))


def test_admitting_gives_a_seat_under_the_same_id() -> None:
    told = a_lobby(a_guest("an"))
    events = told.act(Admit((pid("an"),)), "chair")
    assert [type(e) for e in events] == [LobbyLeft, ParticipantJoined]
    assert told.inside == {"chair", "an"}
    assert told.waiting == set()


def test_admit_all_invited_leaves_the_others_waiting() -> None:
    told = a_meeting(
        the_chair(),
        first=a_beginning(Rules(entry=EntryRule.OPEN), an_invitation("i1", name=a_name("Lê Văn Minh", "Sở Minh"))),
    )
    told.act(Lock(locked=True), "chair")
    told.act(a_link("minh", invitation="i1", knock=True))
    told.act(a_guest("an", knock=True))
    told.act(Admit(all_invited=True), "chair")
    assert told.inside == {"chair", "minh"}
    assert told.waiting == {"an"}


def test_admitting_beyond_the_seats_is_refused_whole() -> None:
    told = a_meeting(the_chair(), rules=Rules(entry=EntryRule.LOBBY, capacity=2))
    told.act(a_guest("an"))
    told.act(a_guest("binh"))
    with pytest.raises(HopttError) as refusal:
        told.act(Admit((pid("an"), pid("binh"))), "chair")
    assert refusal.value.code is ErrorCode.ROOM_FULL
    assert told.waiting == {"an", "binh"}


def test_admitting_somebody_who_left_says_so() -> None:
    told = a_lobby(a_guest("an"))
    told.act(Leave(), "an")
    with pytest.raises(HopttError) as refusal:
        told.act(Admit((pid("an"),)), "chair")
    assert refusal.value.code is ErrorCode.PARTICIPANT_UNKNOWN


def test_who_was_refused_may_knock_again() -> None:
    told = a_lobby(a_guest("an"))
    told.act(Refuse(pid("an"), "chưa rõ đơn vị"), "chair")
    assert told.log[-1] == LobbyLeft(NINE, pid("an"), LobbyOutcome.REFUSED, pid("chair"), "chưa rõ đơn vị")
    assert outcome(told, a_guest("an2", browser="browser-an")) == LOBBY


def test_asking_again_by_the_same_link_keeps_the_place_in_the_lobby() -> None:
    told = a_lobby(an_account("minh"), an_account("an"))
    told.act(Lose(), "minh")
    again = told.act(an_account("other id", identity=an_account("minh").identity), later=300)
    [event] = again
    assert isinstance(event, LobbyEntered)
    assert (event.applicant.id, event.applicant.since) == ("minh", NINE)
    assert list(told.meeting.lobby) == ["minh", "an"]


def test_correcting_the_name_keeps_the_place_and_is_checked() -> None:
    told = a_lobby(a_guest("an"), a_guest("binh"))
    told.act(CorrectName(a_name("Trần Thị Ánh", "Xã Ba", "UBND")), "an", later=60)
    assert told.meeting.lobby[pid("an")].name.name == "Trần Thị Ánh"
    assert told.meeting.lobby[pid("an")].since == NINE
    assert list(told.meeting.lobby) == ["an", "binh"]
    with pytest.raises(Refusals):
        told.act(CorrectName(a_name("An")), "an")


# ---- one person, one seat --------------------------------------------------------------------------


def test_R12_the_same_link_twice_is_refused_with_the_time() -> None:
    told = a_meeting(a_link("minh"))
    with pytest.raises(HopttError) as refusal:
        told.act(a_link("minh", participant=pid("again")))
    assert refusal.value.code is ErrorCode.SEAT_TAKEN
    assert refusal.value.details == {"since": int(NINE.timestamp() * 1000)}


def test_R12_taking_over_keeps_the_seat() -> None:
    told = a_meeting(a_link("minh"))
    events = told.act(a_link("minh", participant=pid("again"), take_over=True))
    assert [type(e) for e in events] == [SeatTakenOver]
    assert told.inside == {"minh"}


def test_R12_a_lost_seat_is_found_again_by_the_link_without_asking() -> None:
    told = a_meeting(a_link("minh"))
    told.act(Lose(), "minh")
    told.act(a_link("minh", participant=pid("again")))
    assert told.seat("minh").connected


# ---- removed, banned -------------------------------------------------------------------------------


def test_who_was_removed_asks_the_chair_again_even_where_entry_is_open() -> None:
    told = a_meeting(the_chair(), a_guest("an"))
    told.act(Remove(pid("an")), "chair")
    assert outcome(told, a_guest("an2", browser="browser-an")) == LOBBY
    told.act(Admit((pid("an2"),)), "chair")
    told.act(Leave(), "an2")
    assert outcome(told, a_guest("an3", browser="browser-an")) == IN, "admitted once more, the removal is forgiven"


@pytest.mark.parametrize("knock", [False, True])
def test_a_ban_holds_for_the_same_link_and_the_same_browser(knock: bool) -> None:
    told = a_meeting(the_chair(), a_guest("an"), a_link("minh"))
    told.act(Remove(pid("an"), ban=True), "chair")
    told.act(Remove(pid("minh"), ban=True), "chair")
    assert outcome(told, a_guest("an2", browser="browser-an", knock=knock)) == ErrorCode.BANNED
    assert outcome(told, a_link("minh", participant=pid("minh2"), knock=knock)) == ErrorCode.BANNED
    assert outcome(told, a_guest("binh")) == IN


def test_a_lifted_ban_lets_them_knock() -> None:
    told = a_meeting(the_chair(), a_guest("an"))
    told.act(Remove(pid("an"), ban=True), "chair")
    told.act(LiftBan(pid("an")), "chair")
    assert outcome(told, a_guest("an2", browser="browser-an")) == LOBBY


def test_after_the_end_nobody_comes_in() -> None:
    told = a_meeting(the_chair())
    told.act(EndMeeting(), "chair")
    assert outcome(told, the_chair("second")) == ErrorCode.MEETING_ENDED


def test_the_order_is_that_of_the_invitation_list_then_that_of_coming_in() -> None:
    told = a_meeting(
        first=a_beginning(
            MUTED,
            an_invitation("i1", name=a_name("Lê Văn Một", "Sở Một")),
            an_invitation("i2", name=a_name("Lê Văn Hai", "Sở Hai")),
        )
    )
    for person in (a_guest("an"), a_link("hai", invitation="i2"), a_guest("binh"), a_link("mot", invitation="i1")):
        told.act(person)
    assert sorted(told.inside, key=lambda who: told.seat(who).order) == ["mot", "hai", "an", "binh"]
