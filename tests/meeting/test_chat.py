"""The chat (R25): who writes, who reads, how fast, how much is kept (S35, S36, S41)."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from tests.support.meetings import MUTED, Told, a_companion, a_guest, a_link, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting import chat
from hoptt.meeting.audience import Reader, reader_of, sift
from hoptt.meeting.chat_words import ChatTo, CloseChat, Said, Say
from hoptt.meeting.commands import Leave
from hoptt.meeting.evolve import replay
from hoptt.meeting.settings import Name
from hoptt.meeting.words import Role
from hoptt.store.log_codec import decode, encode

HELLO = Say(ChatTo.ALL, "Điểm cầu đã nhận tài liệu.")


def a_talk() -> Told:
    """Chair, secretary, two of a unit, one of another, a guest who types the unit's name, an observer, a companion."""
    told = a_meeting(
        the_chair(),
        a_link("sec", Role.SECRETARY),
        a_link("co", Role.CO_CHAIR),
        a_link("an"),
        a_link("binh"),
        a_link("cuc"),
        a_guest("mao"),
        a_link("obs", Role.OBSERVER),
    )
    told.act(a_companion("tv", "an"))
    return told


def readers(told: Told, said: Said) -> set[str]:
    """Give those who are told of a line."""
    return {who for who, seat in told.meeting.participants.items() if sift([said], reader_of(seat))}


def say(told: Told, by: str, to: ChatTo, text: str = "Xin chào", *, later: float = 1.0) -> Said:
    [said] = told.act(Say(to, text), by, later=later)
    assert isinstance(said, Said)
    return said


def refused(told: Told, by: str, command: Say, *, later: float = 0.0) -> HopttError:
    before = told.meeting
    with pytest.raises(HopttError) as refusal:
        told.act(command, by, later=later)
    assert told.meeting is before
    return refusal.value


def same_unit(told: Told, *people: str) -> None:
    """Let the invitations of these name one unit, written with other case and spaces."""
    spellings = ["Sở TNMT  Lai Châu", "sở tnmt lai châu", "SỞ TNMT LAI CHÂU "]
    for who, unit in zip(people, spellings, strict=False):
        told.act(Leave(), who)
        link = a_link(who)
        identity = type(link.identity)(link.identity.kind, person=f"link-{who}", unit=unit)
        told.act(a_link(who, identity=identity))


def test_R25_a_line_to_all_is_for_everybody_inside() -> None:
    told = a_talk()
    assert readers(told, say(told, "mao", ChatTo.ALL)) == told.inside


def test_R25_a_line_to_those_who_lead_is_for_chair_co_chairs_secretary_and_its_writer() -> None:
    told = a_talk()
    assert readers(told, say(told, "an", ChatTo.LEADS)) == {"chair", "co", "sec", "an"}


def test_R25_a_line_to_the_own_unit_is_for_those_whose_invitation_names_it() -> None:
    told = a_talk()
    same_unit(told, "an", "binh")
    assert readers(told, say(told, "an", ChatTo.UNIT)) == {"an", "binh"}


def test_S24_a_typed_unit_reads_nothing_and_writes_to_nobody() -> None:
    told = a_talk()
    told.act(a_guest("lan", name=Name("Xã Lan", "Trần Thị Lan", told.seat("an").name.unit)))
    assert refused(told, "lan", Say(ChatTo.UNIT, "Cho tôi xem")).code is ErrorCode.CHAT_NO_UNIT
    assert "lan" not in readers(told, say(told, "an", ChatTo.UNIT))


def test_R12_a_companion_reads_what_is_for_all_and_nothing_of_the_units() -> None:
    told = a_talk()
    device = told.seat("tv")
    assert reader_of(device) == Reader(pid("tv"), reader_of(told.seat("obs")).audience)
    assert "tv" not in readers(told, say(told, "an", ChatTo.UNIT))


def test_R25_a_closed_chat_is_open_to_those_at_the_desk_alone() -> None:
    told = a_talk()
    say(told, "an", ChatTo.ALL)
    told.act(CloseChat(closed=True), "co")
    assert refused(told, "an", HELLO).code is ErrorCode.CHAT_CLOSED
    assert refused(told, "an", Say(ChatTo.LEADS, "Xin mở lại")).code is ErrorCode.CHAT_CLOSED
    for who in ("chair", "co", "sec"):
        told.act(HELLO, who)
    assert told.meeting.chat.lines[0].said.participant == "an", "what was written stays"
    assert told.act(CloseChat(closed=True), "chair") == (), "closed already"
    told.act(CloseChat(closed=False), "chair")
    told.act(HELLO, "an")


def test_S35_a_line_has_four_thousand_characters_at_most() -> None:
    told = a_talk()
    say(told, "an", ChatTo.ALL, "ộ" * chat.MAX_TEXT)
    refusal = refused(told, "binh", Say(ChatTo.ALL, "ộ" * (chat.MAX_TEXT + 1)))
    assert refusal.code is ErrorCode.CHAT_TOO_LONG
    assert refusal.details == {"max_length": 4_000, "length": 4_001}


@pytest.mark.parametrize("nothing", ["", "  \n\t ", "\u202e", "\x00\x07"])
def test_a_line_with_nothing_to_read_is_refused(nothing: str) -> None:
    assert refused(a_talk(), "an", Say(ChatTo.ALL, nothing)).code is ErrorCode.CHAT_EMPTY


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Mục 1\r\nMục 2", "Mục 1\nMục 2"),
        ("Lai Cha\u0302u", "Lai Châu"),
        ("an\u202egpj.exe", "angpj.exe"),
        ("a\x1b[31mb\x00", "a[31mb"),
        ("o" + "\u0336" * 10_000, "o" + "\u0336" * 4),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("🙂 👨‍👩‍👧", "🙂 👨‍👩‍👧"),
    ],
)  # fmt: skip
def test_S41_what_would_move_other_text_about_is_not_kept(given: str, kept: str) -> None:
    assert chat.cleaned(given) == kept


def test_S36_twenty_lines_at_once_then_five_a_second() -> None:
    told = a_talk()
    for _ in range(20):
        say(told, "an", ChatTo.ALL, later=0)
    refusal = refused(told, "an", HELLO)
    assert refusal.code is ErrorCode.CHAT_RATE
    assert 150 < float(refusal.details["wait_ms"]) <= 201
    say(told, "binh", ChatTo.ALL, later=0)
    for _ in range(10):
        say(told, "an", ChatTo.ALL, later=0.2)
    assert refused(told, "an", HELLO, later=0.1).code is ErrorCode.CHAT_RATE


def test_S36_a_long_line_counts_as_several() -> None:
    told = a_talk()
    say(told, "an", ChatTo.ALL, "x" * 4_000, later=0)
    say(told, "an", ChatTo.ALL, "x" * 4_000, later=0)
    assert refused(told, "an", HELLO).code is ErrorCode.CHAT_RATE


def test_S36_all_together_write_no_faster_than_slow_readers_can_take() -> None:
    told = a_meeting(the_chair(), *(a_guest(f"g{n}") for n in range(30)))
    written = 0
    for n in range(30):
        for _ in range(20):
            with contextlib.suppress(HopttError):
                told.act(Say(ChatTo.ALL, "x" * 400), f"g{n}")
                written += 1
    assert written == 200
    assert refused(told, "g29", HELLO).code is ErrorCode.CHAT_RATE


def test_S36_who_leaves_and_comes_back_has_not_saved_up_anew() -> None:
    told = a_talk()
    for _ in range(20):
        say(told, "an", ChatTo.ALL, later=0)
    told.act(Leave(), "an")
    told.act(a_link("an"))
    assert refused(told, "an", HELLO).code is ErrorCode.CHAT_RATE


def test_paces_are_kept_of_those_alone_who_write_just_now() -> None:
    told = a_talk()
    for who in ("an", "binh", "cuc"):
        say(told, who, ChatTo.ALL)
    say(told, "mao", ChatTo.ALL, later=60)
    assert set(told.meeting.chat.paces) == {"mao"}


def test_the_last_two_hundred_lines_are_kept_in_mind_and_no_more_text_than_a_reader_can_take() -> None:
    told = a_talk()
    for n in range(230):
        say(told, "an", ChatTo.ALL, f"dòng {n}")
    kept = told.meeting.chat.lines
    assert (len(kept), kept[0].said.number, told.meeting.chat.number) == (200, 31, 230)
    for _ in range(40):
        say(told, "binh", ChatTo.ALL, "x" * 4_000, later=10)
    assert sum(len(line.said.text) for line in told.meeting.chat.lines) <= chat.MAX_CHARACTERS
    assert len(told.meeting.chat.lines) == 25


def test_a_line_keeps_the_name_its_writer_had() -> None:
    told = a_talk()
    name = told.seat("an").name
    say(told, "an", ChatTo.ALL)
    told.act(Leave(), "an")
    assert told.meeting.chat.lines[-1].name == name


def test_the_log_gives_the_chat_and_what_was_erased_of_it_is_nobodys() -> None:
    told = a_talk()
    same_unit(told, "an", "binh")
    say(told, "an", ChatTo.ALL, "Bí mật của tôi")
    private = say(told, "an", ChatTo.UNIT, "Chỉ nội bộ")
    rows = [encode(event) for event in told.log]
    assert replay([decode(r.type, r.v, r.fact, r.personal) for r in rows]) == told.meeting
    assert not any(
        b"m\xe1\xba\xadt c\xe1\xbb\xa7a" in r.fact or b"TNMT" in r.fact.upper() for r in rows if r.type == "said"
    )
    row = encode(private)
    erased = decode(row.type, row.v, row.fact, None)
    assert isinstance(erased, Said)
    assert (erased.text, erased.unit) == ("", "")
    assert not any(sift([erased], reader_of(told.seat(who))) for who in ("binh", "mao", "chair"))


def test_a_chat_that_was_idle_writes_at_once_again() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=MUTED)
    for _ in range(20):
        say(told, "an", ChatTo.ALL, later=0)
    told.now += timedelta(seconds=4)
    for _ in range(20):
        say(told, "an", ChatTo.ALL, later=0)
