"""docs/reliability.md says how long is waited, the settings have the same defaults, and each wait has a test."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests.docs.documents import ROOT, read

from hoptt import patience
from hoptt.config import Config

PROMISED = {
    "WEBSOCKET_PING_S": 5,
    "WEBSOCKET_DEAD_S": 15,
    "FIRST_MESSAGE_S": 15,
    "SEAT": 60,
    "CHAIR_SEAT": 600,
    "LOBBY_PLACE": 600,
    "EMPTY": 300,
    "TURN_TAKEN": 60,
    "WATCHDOG_PING_S": 1,
    "WATCHDOG_ANSWER_S": 2,
    "ENGINE_ANSWER_S": 5,
    "ENGINE_GRACE_S": 120,
    "DATABASE_BUSY_S": 2,
}
"""Seconds, as threats and promises name them (P2, P5, P9, F2, F15)."""


def seconds(name: str) -> float:
    value = getattr(patience, name)
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


@pytest.mark.parametrize("name", PROMISED)
def test_it_is_waited_as_long_as_is_promised(name: str) -> None:
    assert seconds(name) == PROMISED[name]


def test_the_page_lists_each_of_them_and_no_other() -> None:
    listed = dict(re.findall(r"`([A-Z_]+)` (\d+) s", read("reliability.md")))
    assert {name: float(value) for name, value in listed.items()} == {name: seconds(name) for name in PROMISED}
    own = {name for name in vars(patience) if name.isupper()} - {"WATCHDOG_UNANSWERED"}
    assert own == set(PROMISED)


def test_an_engine_that_hangs_is_found_within_five_seconds() -> None:
    """F2: a question a moment after it stopped, then those that it leaves unanswered."""
    assert patience.WATCHDOG_PING_S + patience.WATCHDOG_UNANSWERED * patience.WATCHDOG_ANSWER_S == 5


def test_settings_that_replace_them_begin_with_the_same_values() -> None:
    rows = re.findall(r"`([A-Z_]+)` \d+ s \| `(\w+)\.(\w+)` \|", read("reliability.md"))
    assert len(rows) == 5
    config = Config()
    for name, section, key in rows:
        assert getattr(getattr(config, section), key) == seconds(name), f"{section}.{key}"


def test_the_engine_asks_for_consent_as_often_as_the_page_says() -> None:
    [said] = re.findall(r"consent: Duration::from_secs\((\d+)\)", (ROOT / "media/core/src/router/mod.rs").read_text())
    assert f"in the engine | {said} s |" in read("reliability.md")
