"""Names at the door (R11), their shape (S46) and letters that only look right (S47)."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.amounts import random_input
from tests.support.meetings import a_name

from hoptt.errors import ErrorCode
from hoptt.meeting.alphabet import LOOKALIKES
from hoptt.meeting.names import clean, faults, plain
from hoptt.meeting.settings import Name, NameRule

RULE = NameRule()
PART, UNIT, SHORT, LONG, SCRIPT, LOOK = (
    ErrorCode.NAME_PART_MISSING,
    ErrorCode.NAME_UNIT_MISSING,
    ErrorCode.NAME_TOO_SHORT,
    ErrorCode.NAME_TOO_LONG,
    ErrorCode.NAME_SCRIPT,
    ErrorCode.NAME_LOOKALIKE,
)


def codes(name: Name, rule: NameRule = RULE) -> list[tuple[ErrorCode, str | None]]:
    return [(fault.code, fault.field) for fault in faults(clean(name), rule)]


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Văn An",
        "Nguyễn Văn An, Phó Giám đốc",
        "Đặng Thị Ẳm, Trưởng phòng (phụ trách)",
        "H'Hen Niê, Phó Chủ tịch",
        "H’Hen Niê",
        "Trần Anh-Tú, Q. Giám đốc/Bí thư – 2",
        "Jürgen Groß",
        unicodedata.normalize("NFD", "Nguyễn Thị Ánh"),
    ],
)
def test_R11_ordinary_names_pass(name: str) -> None:
    assert codes(a_name(name)) == []


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (a_name(point=""), [(PART, "bridge_point")]),
        (a_name(""), [(PART, "name")]),
        (a_name(unit=""), [(UNIT, "unit")]),
        (a_name("An"), [(SHORT, "name")]),
        (a_name("An, Phó Giám đốc"), [(SHORT, "name")]),
        (a_name("An 12"), [(SHORT, "name")]),
        (a_name("Nguyễn " + "a" * 90), [(LONG, "name")]),
        (a_name(point="a" * 81), [(LONG, "bridge_point")]),
        (a_name("Nguyễn Văn An ★"), [(SCRIPT, "name")]),
        (a_name("Nguyễn Văn An\n"), [(SCRIPT, "name")]),
        (a_name("Nguyễn Văn\tAn"), [(SCRIPT, "name")]),
        (a_name("Lê\u200bMinh Anh"), [(SCRIPT, "name")]),
        (a_name("Minh \u202enimda"), [(SCRIPT, "name")]),
        (a_name("Nguyễn Vа́n An"), [(LOOK, "name")]),
        (a_name("Nguyễn Vаn An"), [(LOOK, "name")]),
        (a_name("ＬＥ ＭＩＮＨ"), [(LOOK, "name")]),
        (a_name("𝐋𝐞 𝐌𝐢𝐧𝐡"), [(LOOK, "name")]),
        (a_name("Nguyễn Văn ０１"), [(SCRIPT, "name")]),
        (a_name("山田 太郎"), [(SCRIPT, "name")]),
        (a_name("Zaq\u0301\u0302\u0303o Van"), [(SCRIPT, "name")]),
        (a_name("\u0301Nguyen Van"), [(SCRIPT, "name")]),
        (a_name("Nguyễn Văn \ue000"), [(SCRIPT, "name")]),
        (a_name(unit="Sở TNMT <b>"), [(SCRIPT, "unit")]),
    ],
)
def test_R11_S46_S47_what_is_refused(name: Name, what: list[tuple[ErrorCode, str]]) -> None:
    assert codes(name) == what


def test_several_characters_are_named_and_invisible_ones_by_number() -> None:
    [fault] = faults(clean(a_name("Lê★ Minh☂\u200b")), RULE)
    assert fault.details["characters"] == "★ ☂ U+200B"


def test_a_look_alike_is_named_as_it_was_typed() -> None:
    [fault] = faults(clean(a_name("Nguyễn Vаn Аn")), RULE)
    assert fault.details["characters"] == "а А"


def test_too_long_says_how_long() -> None:
    [fault] = faults(clean(a_name("Nguyễn " + "a" * 87)), RULE)
    assert fault.details == {"max_length": 80, "length": 94}


def test_the_position_may_be_demanded() -> None:
    rule = replace(RULE, require=("bridge_point", "name", "position", "unit"))
    assert codes(a_name("Nguyễn Văn An"), rule) == [(PART, "position")]
    assert codes(a_name("Nguyễn Văn An, Giám đốc"), rule) == []


def test_abbreviations_may_be_refused() -> None:
    rule = replace(RULE, abbreviations=False)
    assert codes(a_name("Ng. V. An"), rule) == [(SHORT, "name")]
    assert codes(a_name("Nguyễn Văn An"), rule) == []


def test_another_script_passes_where_the_rule_allows_it_but_never_mixed_into_a_word() -> None:
    rule = replace(RULE, scripts=("latin", "cyrillic"))
    assert codes(a_name("Иван Петров"), rule) == []
    assert codes(a_name("Nguyễn Vаn An"), rule) == [(LOOK, "name")]


def test_only_what_the_rule_requires_is_required() -> None:
    assert codes(Name("", "Nguyễn Văn An", ""), replace(RULE, require=("name",))) == []


def test_spaces_are_folded_and_letters_composed() -> None:
    name = clean(Name("  Sở \u00a0 TNMT ", unicodedata.normalize("NFD", "Lê   Minh"), ""))
    assert name == Name("Sở TNMT", "Lê Minh", "")


@pytest.mark.parametrize("letter", sorted(LOOKALIKES))
def test_S47_every_look_alike_is_refused_and_read_as_what_it_looks_like(letter: str) -> None:
    assert (LOOK, "name") in codes(a_name(f"Nguyen V{letter}n"))
    assert plain(letter) == plain(LOOKALIKES[letter])


@random_input(100)
@given(st.text(max_size=100))
def test_any_text_is_judged_and_never_a_fault_of_ours(text: str) -> None:
    for fault in faults(clean(Name(text, text, text)), RULE):
        assert fault.field in ("bridge_point", "name", "unit")


@random_input(100)
@given(st.text(max_size=100))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(Name(text, text, text))
    assert clean(once) == once


@random_input(100)
@given(st.text(st.characters(categories=["Cc", "Cf", "Co", "Cn", "Zl", "Zp", "So", "Me"]), min_size=1, max_size=5))
def test_S46_no_control_format_private_or_symbol_character_passes(text: str) -> None:
    assert codes(a_name(f"Nguyen Va{text}n An"))


def test_S47_a_letter_is_read_as_what_it_looks_like_once_its_marks_are_gone() -> None:
    assert plain("Nguyễn Thị Ịnh") == plain("Nguyen Thi Inh")
