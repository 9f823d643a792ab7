"""Sound: bots/voice.py."""

from __future__ import annotations

import numpy as np
import pytest

from hoptt.bots.voice import RATE, TURN_SECONDS, frequency_of, phrase, tone, whose_turn


@pytest.mark.parametrize("hertz", [300, 440, 1_000])
def test_a_tone_is_measured(hertz: int) -> None:
    assert frequency_of(tone(hertz)) == pytest.approx(hertz, abs=2)


def test_silence_has_no_frequency() -> None:
    assert frequency_of(np.zeros(RATE, np.int16)) == 0


def test_a_voice_has_syllables() -> None:
    loudness = np.abs(phrase(1).astype(int)).reshape(-1, RATE // 50).max(axis=1)
    assert loudness.max() > 8_000
    assert (loudness < 500).mean() > 0.1


def test_voices_differ() -> None:
    assert not np.array_equal(phrase(1), phrase(2))


def test_everybody_has_a_turn() -> None:
    assert [whose_turn(3, TURN_SECONDS * n + 1) for n in range(4)] == [0, 1, 2, 0]
