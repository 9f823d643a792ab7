"""docs/protocol.md describes the messages that there are, with samples that can be read."""

from __future__ import annotations

import json
import re
from typing import get_args

import msgspec
import pytest
from tests.docs.documents import ROOT, code, read, sections, sources, table

from hoptt.api.line_test import LineTestTold
from hoptt.errors import ErrorCode
from hoptt.signaling import messages
from hoptt.signaling.messages import Door, Event, FromPage, Message, Result, ToPage

TYPES: dict[str, type[Message]] = {
    str(kind.__struct_config__.tag): kind for union in (FromPage, ToPage, Result, Event) for kind in get_args(union)
}
SECTIONS = sections(read("protocol.md"), level=3)


@pytest.mark.parametrize("tag", sorted(TYPES))
def test_a_message_is_described_with_all_its_fields(tag: str) -> None:
    text = SECTIONS.get(tag, "")
    fields = [f.encode_name for f in msgspec.structs.fields(TYPES[tag])]
    assert text, f"docs/protocol.md has no section `{tag}`"
    assert [f for f in fields if f'"{f}"' not in text and f"`{f}`" not in text] == []


@pytest.mark.parametrize("tag", sorted(TYPES))
def test_the_sample_of_a_message_can_be_read_as_it(tag: str) -> None:
    samples = re.findall(r"```json\n(.+?)```", SECTIONS[tag], re.DOTALL)
    assert samples
    for sample in samples:
        message = msgspec.json.decode(sample, type=TYPES[tag])
        assert _no_null(json.loads(sample)).items() <= _no_null(msgspec.to_builtins(message)).items()


def test_no_message_is_described_that_does_not_exist() -> None:
    described = {title for title in SECTIONS if re.fullmatch(r"[a-z_]+", title)}
    assert described - set(TYPES) == set()


def test_the_sample_of_the_door_can_be_read() -> None:
    text = SECTIONS["GET /api/rooms/{slug}/door"]
    for sample in re.findall(r"```json\n(.+?)```", text, re.DOTALL):
        msgspec.json.decode(sample, type=Door)
    fields = [f.encode_name for f in msgspec.structs.fields(Door)]
    assert [f for f in fields if f'"{f}"' not in text and f"`{f}`" not in text] == []


def test_the_sample_of_the_line_test_can_be_read() -> None:
    [sample] = re.findall(r"```json\n(.+?)```", SECTIONS["POST /api/line-test"], re.DOTALL)
    told = msgspec.json.decode(sample, type=LineTestTold)
    kept = (ROOT / "protocol/samples/rest/line_test.json").read_bytes()
    assert told == msgspec.json.decode(kept, type=LineTestTold)
    assert json.loads(msgspec.json.encode(told)) == json.loads(sample)


def test_every_error_code_is_described_once() -> None:
    rows = table(sections(read("protocol.md"), level=2)["Error codes"])
    assert [code(row[0]) for row in rows] == [str(c) for c in ErrorCode]
    assert [row for row in rows if not row[2]] == []


def test_limits_are_those_of_the_code() -> None:
    text = sections(read("protocol.md"), level=2)["Limits"]
    assert f"{messages.MAX_MESSAGE_BYTES // 1024} KiB; with SDP {messages.MAX_SDP_MESSAGE_BYTES // 1024} KiB" in text
    assert f"{messages.MAX_LIST:,}" in text


def test_every_message_has_a_sample_for_all_three_languages() -> None:
    found = set()
    for path in (ROOT / "protocol/samples/signaling").rglob("*.json"):
        found |= _tags(json.loads(path.read_text(encoding="utf-8")))
    assert sorted(set(TYPES) - found) == []


def test_every_name_for_end_to_end_tests_is_in_the_page() -> None:
    page = _page()
    assert _documented_testids()
    assert [name for name in _documented_testids() if not _given(name, page)] == []


def test_every_name_that_the_page_gives_is_documented() -> None:
    given = set(re.findall(r"testid=\"([a-z-]+)\"", _page()))
    assert sorted(given - set(_documented_testids())) == []


def _documented_testids() -> list[str]:
    rows = table(sections(read("protocol.md"), level=2)["Names for end-to-end tests"])
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row[0])]


def _page() -> str:
    return "\n".join(text for _, text in sources("web", suffixes=(".svelte", ".ts")))


def _given(name: str, page: str) -> bool:
    """Tell whether the page gives an element this name: written out, of one of a list, or of a part of a dialog."""
    if re.search(rf"[\"']{name}[\"']", page):
        return True
    first, _, rest = name.partition("-")
    if first in ("tab", "layout", "room") and f'testid="{first}-{{' in page and f"'{rest}'" in page:
        return True
    head, _, tail = name.rpartition("-")
    dialog = re.search(rf'<ConfirmDialog[^<]*testid="{head}"', page)
    return dialog is not None and f'testid="{{testid}}-{tail}"' in page


def _tags(value: object) -> set[str]:
    """Give every `type` that stands anywhere in a sample."""
    if isinstance(value, dict):
        own = {value["type"]} if isinstance(value.get("type"), str) else set()
        return own.union(*(_tags(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(_tags(v) for v in value))
    return set()


def _no_null(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return {k: v for k, v in value.items() if v is not None and not isinstance(v, (dict, list))}
