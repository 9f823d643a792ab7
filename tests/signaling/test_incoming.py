"""Text to messages, strictly (S35, S37): what is refused with a code, and what closes the connection."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.amounts import random_input

from hoptt.errors import ErrorCode
from hoptt.signaling.incoming import Malformed, ProtocolFault, read
from hoptt.signaling.messages import MAX_LIST, MAX_MESSAGE_BYTES, MAX_SDP, Allow, Join, Lock, Offer

DEEP = "[" * 20 + "]" * 20
TILE = {"slot": 0, "participant": "p", "source": "camera", "width": 1, "height": 1}

REFUSED = {
    "unknown key": '{"type":"leave","id":7,"also":1}',
    "unknown key in a part": '{"type":"correct_name","id":7,"name":{"bridge_point":"a","name":"b","unit":"c","x":1}}',
    "missing key": '{"type":"lock","id":7}',
    "wrong type": '{"type":"lock","id":7,"locked":"yes"}',
    "1 is not true": '{"type":"lock","id":7,"locked":1}',
    "null": '{"type":"lock","id":7,"locked":null}',
    "a number for an id of somebody": '{"type":"allow","id":7,"participants":[1]}',
    "a list for a text": '{"type":"refuse","id":7,"applicant":["p"]}',
    "an unknown source": '{"type":"switch","id":7,"source":"desktop","on":true}',
    "NaN": '{"type":"view","id":7,"tiles":[{"slot":NaN,"participant":"p","source":"camera","width":1,"height":1}]}',
    "Infinity": '{"type":"resume","id":7,"protocol":1,"token":"t","last_seq":Infinity}',
    "half a character": '{"type":"refuse","id":7,"applicant":"p","reason":"\\ud800"}',
    "a number beyond 2^53": '{"type":"resume","id":7,"protocol":1,"token":"t","last_seq":9007199254740993}',
    "a number with a point": '{"type":"resume","id":7,"protocol":1,"token":"t","last_seq":1.5}',
    "a negative number": '{"type":"resume","id":7,"protocol":1,"token":"t","last_seq":-1}',
    "a slot that is none": json.dumps({"type": "view", "id": 7, "tiles": [TILE | {"slot": -1}]}),
    "a size that is none": json.dumps({"type": "view", "id": 7, "tiles": [TILE | {"width": 1e9}]}),
    "an empty id of somebody": '{"type":"lift_ban","id":7,"participant":""}',
    "a long id of somebody": json.dumps({"type": "lift_ban", "id": 7, "participant": "p" * 65}),
    "a list of a thousand and one": json.dumps({"type": "allow", "id": 7, "participants": ["p"] * (MAX_LIST + 1)}),
    "a long reason": json.dumps({"type": "remove", "id": 7, "participant": "p", "reason": "x" * 1_001}),
    "a long slug": json.dumps({"type": "join", "id": 7, "protocol": 1, "room": "x" * 65}),
    "a long SDP": json.dumps({"type": "offer", "id": 7, "sdp": "x" * (MAX_SDP + 1)}),
    "too deep": '{"type":"leave","id":7,"x":' + DEEP + "}",
}
CLOSED = {
    "no JSON": ("hello", 1002),
    "empty": ("", 1002),
    "a list": ("[]", 1002),
    "null": ("null", 1002),
    "a number": ("7", 1002),
    "two messages": ('{"type":"leave","id":1}{"type":"leave","id":2}', 1002),
    "cut off": ('{"type":"leave","id":1', 1002),
    "no type": ('{"id":1}', 1002),
    "type no text": ('{"type":1,"id":1}', 1002),
    "unknown type": ('{"type":"hack","id":1}', 1002),
    "a type of the server": ('{"type":"events","id":1,"seq":1,"events":[]}', 1002),
    "no id": ('{"type":"leave"}', 1002),
    "id null": ('{"type":"leave","id":null}', 1002),
    "id text": ('{"type":"leave","id":"1"}', 1002),
    "id true": ('{"type":"leave","id":true}', 1002),
    "id negative": ('{"type":"leave","id":-1}', 1002),
    "id beyond 2^53": ('{"type":"leave","id":9007199254740993}', 1002),
    "id with a point": ('{"type":"leave","id":1.5}', 1002),
    "nested without end": ('{"a":' * 50_000, 1002),
    "a list nested without end": ('{"type":"leave","id":1,"x":' + "[" * 60_000, 1002),
    "large": (json.dumps({"type": "refuse", "id": 1, "applicant": "p", "reason": "x" * MAX_MESSAGE_BYTES}), 1009),
    "large in bytes": (
        json.dumps({"type": "refuse", "id": 1, "applicant": "p", "reason": "ệ" * 22_000}, ensure_ascii=False),
        1009,
    ),
    "large by blanks": ('{"type":"leave","id":1' + " " * MAX_MESSAGE_BYTES + "}", 1009),
}


@pytest.mark.parametrize("case", REFUSED)
def test_S37_what_can_be_answered_is_refused_with_a_code(case: str) -> None:
    with pytest.raises(Malformed) as malformed:
        read(REFUSED[case])
    assert (malformed.value.number, malformed.value.refusal.code) == (7, ErrorCode.MESSAGE_MALFORMED)


@pytest.mark.parametrize("case", CLOSED)
def test_S37_what_cannot_be_answered_closes_the_connection(case: str) -> None:
    text, code = CLOSED[case]
    with pytest.raises(ProtocolFault) as fault:
        read(text)
    assert fault.value.close_code == code


def test_S37_of_a_key_that_is_given_twice_the_last_counts() -> None:
    assert read('{"type":"lock","id":1,"id":2,"locked":true,"locked":false}') == Lock(id=2, locked=False)


def test_S35_a_message_with_sdp_may_be_larger() -> None:
    sdp = "a=x\r\n" * 70_000
    assert read(json.dumps({"type": "offer", "id": 1, "sdp": sdp})) == Offer(id=1, sdp=sdp)
    joined = read(json.dumps({"type": "join", "id": 1, "protocol": 1, "room": "duan", "offer": sdp}))
    assert isinstance(joined, Join)


def test_S35_a_message_of_the_largest_size_is_read() -> None:
    text = '{"type":"lock","id":1,"locked":true' + " " * (MAX_MESSAGE_BYTES - 36) + "}"
    assert len(text) == MAX_MESSAGE_BYTES
    assert read(text) == Lock(id=1, locked=True)
    assert read(json.dumps({"type": "allow", "id": 1, "participants": ["p"] * MAX_LIST})) == Allow(
        id=1, participants=["p"] * MAX_LIST
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@random_input(100)
@given(st.dictionaries(st.sampled_from(["type", "id", "participant", "tiles", "name", "locked", "x"]), JSON) | JSON)
def test_S37_whatever_comes_is_read_refused_or_closes(value: object) -> None:
    with contextlib.suppress(Malformed, ProtocolFault):
        read(json.dumps(value))


@random_input(100)
@given(st.text())
def test_S37_any_text_is_read_refused_or_closes(text: str) -> None:
    with contextlib.suppress(Malformed, ProtocolFault):
        read(text)
