"""Every rule number that code and tests name is explained, and every test that the documents name exists."""

from __future__ import annotations

import re
from collections import defaultdict

from tests.docs.documents import all_documents, read, sources

CODE = (".py", ".rs", ".ts", ".svelte")
LAST = {"R": 37, "S": 60}
"""The highest number of each list: what is above is no rule number."""


def _named(letter: str) -> dict[int, set[str]]:
    """Give where each number of a list is named; also in the names of tests (`test_S19_…`, `s19_…`)."""
    found: dict[int, set[str]] = defaultdict(set)
    for path, text in sources("src", "media", "web", "tests", suffixes=CODE):
        if path.parts[:2] == ("tests", "docs"):
            continue
        for number in re.findall(
            rf"(?<![\w+/=]){letter}([1-9]\d?)(?![\w+/=])|(?:test|fault)_{letter}([1-9]\d?)_", text
        ):
            value = int(number[0] or number[1])
            if value <= LAST.get(letter, 99):
                found[value].add(str(path))
    return found


def test_every_rule_that_code_names_is_explained() -> None:
    explained = {int(n) for n in re.findall(r"^- \*\*R(\d+) ", read("rules.md"), re.MULTILINE)}
    assert {f"R{n}": sorted(where) for n, where in _named("R").items() if n not in explained} == {}


def test_the_rules_are_numbered_without_a_gap() -> None:
    explained = [int(n) for n in re.findall(r"^- \*\*R(\d+) ", read("rules.md"), re.MULTILINE)]
    assert explained == list(range(1, LAST["R"] + 1))


def test_every_rule_says_whether_it_holds_now() -> None:
    rules = re.split(r"^- (?=\*\*R\d+ )", read("rules.md"), flags=re.MULTILINE)[1:]
    undecided = [rule[:40] for rule in rules if not re.search(r"— \*\*(now|in part|later)\*\*", rule)]
    assert undecided == []


def test_every_security_rule_that_code_names_is_explained() -> None:
    text = read("security.md")
    explained = {int(n) for n in re.findall(r"^\*\*S(\d+) ", text, re.MULTILINE)}
    assert {f"S{n}": sorted(where) for n, where in _named("S").items() if n not in explained} == {}


def test_every_security_rule_in_force_is_named_by_a_test() -> None:
    in_force = {int(n) for n in re.findall(r"^\*\*S(\d+) ", read("security.md"), re.MULTILINE)}
    assert [f"S{n}" for n in sorted(in_force - _tested("S"))] == []


def test_every_fault_is_named_by_a_test() -> None:
    listed = {int(n) for n in re.findall(r"\*\*F(\d+)\*\*", read("security.md"))}
    assert [f"F{n}" for n in sorted(listed - _tested("F"))] == []


def _tested(letter: str) -> set[int]:
    """Give the numbers of a list that names of tests and of browser stories carry, in three languages."""
    names = [
        name for _, text in sources("src", "media", "web", "tests", suffixes=CODE) for name in _names_of_tests(text)
    ]
    return {
        int(n) for name in names for n in re.findall(rf"(?<![A-Za-z]){letter}(\d+)(?![A-Za-z\d])", name, re.IGNORECASE)
    }


def _names_of_tests(text: str) -> list[str]:
    """Give what the tests of a file are called: functions, and texts of `test(…)`, `test.each(…)(…)` and `it(…)`."""
    return re.findall(r"\b(?:def test_|fn )(\w+)\(", text) + re.findall(
        r"\b(?:test|it|describe)(?:\.\w+)*(?:\([^()]*\))?\(\s*['\"`]([^'\"`]+)", text
    )


def test_every_number_is_either_explained_or_kept_for_later() -> None:
    numbers = [int(n) for n in re.findall(r"\*\*S(\d+)(?: |\*\*)", read("security.md"))]
    assert sorted(numbers) == list(range(1, LAST["S"] + 1))


def test_every_promise_and_fault_that_tests_name_is_explained() -> None:
    named = set()
    for path, text in sources("src", "media", "tests", suffixes=(".py", ".rs")):
        if path.parts[:2] != ("tests", "docs"):
            named |= set(re.findall(r"\(([PF]\d+)\)", text))
            named |= set(re.findall(r"(?:test|fault)_([PF]\d+)_", text))
    assert sorted(n for n in named if f"**{n}" not in read("security.md")) == []


def test_every_test_that_a_document_names_exists() -> None:
    tests = "\n".join(text for _, text in sources("src", "media", "web", "tests", suffixes=CODE))
    written = set(re.findall(r"\b(?:def|fn) (\w+)\(", tests)) | set(
        re.findall(r"\b(?:test|it)\(\s*['\"`]([^'\"`]+)", tests)
    )
    missing = []
    for document in all_documents():
        for name in re.findall(r"`((?:test|fault)_\w+|[sfp]\d+_\w+)`", document.read_text(encoding="utf-8")):
            if name not in written:
                missing.append(f"{document.name}: {name}")
    assert missing == []
