"""The samples that page and server share: each is read, and written again as it stood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from tests.docs.documents import ROOT

from hoptt.signaling.encoding import encode
from hoptt.signaling.messages import Door, Event, Events, FromPage, Message, Ok, Result, ToPage

SAMPLES = {path.stem: path for path in sorted((ROOT / "protocol/samples/signaling").glob("*.json"))}
KINDS: dict[str, type[Message]] = {
    str(kind.__struct_config__.tag): kind for union in (FromPage, ToPage, Result, Event) for kind in get_args(union)
}


def read(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(SAMPLES[name].read_text(encoding="utf-8"))
    return value


def test_there_is_a_sample_of_every_message_and_none_of_nothing() -> None:
    assert sorted(SAMPLES) == sorted(KINDS)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_read_and_written_again_as_it_stood(name: str) -> None:
    union = FromPage if KINDS[name] in get_args(FromPage) else ToPage
    message = msgspec.json.decode(SAMPLES[name].read_bytes(), type=union)
    assert json.loads(encode(message)) == read(name), "with every key, also those that may be left out"
    assert type(_sampled(message)) is KINDS[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_key_that_is_not_known_is_not_read(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(read(name) | {"of_a_newer_page": 1}, FromPage | ToPage)


def test_the_sample_of_the_door_is_read_and_written_again_as_it_stood() -> None:
    text = Path(ROOT / "protocol/samples/rest/door.json").read_bytes()
    assert json.loads(encode(msgspec.json.decode(text, type=Door))) == json.loads(text)


def _sampled(message: FromPage | ToPage) -> Message:
    """Give what a sample is a sample of: results stand in `ok`, events in `events`."""
    if isinstance(message, Ok) and not message.recorded:
        return message
    if isinstance(message, Ok):
        return message.result
    if isinstance(message, Events) and len(message.events) == 1:
        return message.events[0]
    return message
