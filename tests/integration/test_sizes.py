"""Pictures that are wanted larger and smaller again and again, by peers that open and check everything (Q10)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.gathering import ROOM, a_gathering
from tests.support.load import load

pytestmark = pytest.mark.engine
LATE_MS = 500.0


async def test_another_size_comes_within_half_a_second_and_nothing_is_missing(tmp_path: Path) -> None:
    words = ("--send", "camera", "--viewers", "12", "--check-every", "1", "--audio-slots", "0")
    changes = ("--simulcast", "--change-every", "1", "--warmup", "2", "--seconds", "6")
    async with a_gathering(tmp_path) as gathering:
        found = await load(gathering.server, ROOM, tmp_path / "result.json", *words, *changes)
    switch, checked, sent = found["switch"], found["checked"], found["sent"]
    assert (found["connected"], found["failures"]) == (13, [])
    assert switch["count"] > 50, "twelve of them, once a second"
    assert (switch["p95_ms"] <= LATE_MS, found["unswitched"]) == (True, 0), switch
    assert (found["video"]["lost"], checked["broken_frames"]) == (0, 0)
    # S17: whoever wants what, an encoding's publisher is asked twice a second at most
    assert (sent["asked_key_frames"] > 0, sent["asked_again_soon"]) == (True, 0), sent
