"""Every sample, changed in every way (I14): a refusal with its code or a close with its code; the meeting goes on."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from tests.signaling.test_samples import read
from tests.support.fake_socket import FakePage
from tests.support.pages import until
from tests.support.web_side import WebSide, a_wire_name

from hoptt.errors import ErrorCode
from hoptt.meeting.words import Role
from hoptt.signaling.messages import FromPage

COMMANDS = sorted(str(kind.__struct_config__.tag) for kind in get_args(FromPage))
ODD: list[object] = [
    None,
    True,
    0,
    -1,
    2**53 + 1,
    1e308,
    "",
    "x" * 2_000,
    "\u0000",
    "\u202e",
    [],
    [[]],
    {},
    {"type": "leave"},
    ["p"] * 1_001,
]
"""What stands in the place of a value."""


def mutations(value: dict[str, Any]) -> Iterator[str]:
    """Give the texts that a sample becomes: a key less, a key more, another value, cut off, twice."""
    text = json.dumps(value)
    for path in _paths(value):
        yield json.dumps(_without(value, path))
        yield json.dumps(_with(value, (*path[:-1], "an_unknown_key"), 1)) if isinstance(path[-1], str) else text[:-2]
        for odd in ODD:
            yield json.dumps(_with(value, path, odd))
    yield from (text[: len(text) * n // 7] for n in range(1, 7))
    yield text + text
    yield "[" + text + "]"
    yield text.replace(":", "=")
    yield text.replace('"', "'")
    yield text.replace("{", '{"type":"leave",', 1)
    yield text.replace("{", '{"id":"x",', 1)
    yield json.dumps(value | {"type": value["type"].upper()})
    yield text.replace("true", "NaN").replace("false", "NaN")


@pytest.mark.parametrize("type_", COMMANDS)
async def test_S37_no_changed_message_harms_anybody(side: WebSide, type_: str) -> None:
    chair = FakePage(side.lines._doors)
    joined = await chair.ask("join", protocol=1, room="duan", token=side.token("chair", Role.CHAIR), offer="offer")
    assert joined["type"] == "ok"
    page: FakePage | None = None
    count = 0
    for text in mutations(read(type_)):
        if page is None or page.closed or type_ in ("join", "resume"):
            if page is not None:
                await page.drop()
            page = FakePage(side.lines._doors)
            if type_ not in ("join", "resume"):
                await page.ask("join", protocol=1, room="duan", name=a_wire_name("an"), offer="offer")
        before = len(page.heard)
        page.say(text)
        page.say({"type": "view", "id": 2**40 + count, "tiles": []})
        await until(_settled(page, 2**40 + count), f"an outcome of {text[:200]}")
        if page.closed:
            assert page.line.code in (1000, 1002, 1009), text[:200]
        else:
            for one in page.heard[before:]:
                assert one["type"] != "refused" or ErrorCode(one["code"]) is not ErrorCode.INTERNAL, text[:200]
        count += 1
    assert count > 20
    assert side.watching.bugs == []
    assert (await chair.ask("switch", source="microphone", on=False))["type"] == "ok"
    [meeting] = side.house.meetings()
    assert not meeting.state.closed
    assert not meeting.state.locked
    assert page is not None
    await page.drop()
    await chair.drop()


def _settled(page: FakePage, number: int) -> Callable[[], bool]:
    """Tell whether a page was closed or has the answer to what came after."""
    return lambda: page.closed or number in page.answers


def _paths(value: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to every value in a sample."""
    items: Iterator[tuple[Any, object]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for key, inner in items:
        yield (*above, key)
        yield from _paths(inner, (*above, key))


def _with(value: dict[str, Any], path: tuple[Any, ...], new: object) -> dict[str, Any]:
    changed = copy.deepcopy(value)
    _at(changed, path[:-1])[path[-1]] = new
    return changed


def _without(value: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(value)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value
