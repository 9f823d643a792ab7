"""Findings are read by people of two languages, and by programs."""

from __future__ import annotations

import json
import string

import pytest

from hoptt.probe import words
from hoptt.probe.findings import SUBJECTS, Finding, Language, Text, Verdict, language_of, shown, told

TEXT = Text("{n} of {host}", "{n} của {host}", "Look at {host}.", "Hãy xem {host}.")
FINDING = Finding(Verdict.WARN, "tcp", "tcp.none", TEXT, {"n": 3, "host": "hop.example"})


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "vi_VN.UTF-8"}, Language.VI),
        ({"LANG": "en_US.UTF-8"}, Language.EN),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, Language.EN),
        ({"LANG": "C", "LC_MESSAGES": "vi"}, Language.VI),
        ({"LANG": "vi_VN", "LC_ALL": ""}, Language.VI),
        ({}, Language.EN),
    ],
)
def test_the_reader_s_language_is_that_of_the_terminal(environment: dict[str, str], language: Language) -> None:
    assert language_of(environment) is language


def test_a_line_says_how_it_stands_about_what_and_what_to_do() -> None:
    assert shown(FINDING, Language.EN).split("\n") == [
        "warn   connection          3 of hop.example",
        "                           → Look at hop.example.",
    ]
    assert shown(FINDING, Language.VI).startswith("chú ý  kết nối             3 của hop.example\n")


def test_programs_read_keys_that_stay() -> None:
    assert json.loads(json.dumps(told(FINDING, Language.VI))) == {
        "verdict": "warn",
        "subject": "tcp",
        "key": "tcp.none",
        "text": "3 của hop.example",
        "advice": "Hãy xem hop.example.",
        "values": {"n": 3, "host": "hop.example"},
    }


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", words.ALL_TEXTS)
def test_both_languages_say_the_same(name: str) -> None:
    text = words.ALL_TEXTS[name]
    assert text.en
    assert text.vi
    assert _names(text.en) == _names(text.vi)
    assert _names(text.en_do) == _names(text.vi_do)
    assert bool(text.en_do) == bool(text.vi_do)


def test_every_subject_fits_its_column() -> None:
    assert [name for name, text in SUBJECTS.items() if max(len(text.en), len(text.vi)) > 18] == []
