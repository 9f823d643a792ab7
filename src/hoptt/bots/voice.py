"""Speech-like sound: harmonics of a voice under a rhythm of syllables, and whose turn it is to speak."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FRAME = RATE // 50
"""Samples of 20 ms."""
PHRASE_SECONDS = 4
SYLLABLES_PER_SECOND = 4.5
TURN_SECONDS = 6.0

Samples = NDArray[np.int16]


def phrase(number: int) -> Samples:
    """Give a few seconds of a voice, to be repeated; each number has its own pitch and rhythm."""
    random = np.random.default_rng(number)
    time = np.arange(PHRASE_SECONDS * RATE) / RATE
    pitch = random.uniform(95, 220) * (1 + 0.05 * np.sin(2 * np.pi * time / PHRASE_SECONDS))
    turns = 2 * np.pi * np.cumsum(pitch) / RATE
    count = int(PHRASE_SECONDS * SYLLABLES_PER_SECOND)
    loudness = np.repeat(random.uniform(0.35, 1.0, count), len(time) // count + 1)[: len(time)]
    envelope = loudness * np.clip(np.sin(np.pi * time * SYLLABLES_PER_SECOND) ** 2 * 1.4 - 0.2, 0, 1)
    sound = np.zeros_like(time)
    for harmonic in range(1, 12):
        formant = np.exp(-(((harmonic * 150 - random.choice([500, 1500])) / 700) ** 2)) + 0.1
        sound += formant / harmonic**0.7 * np.sin(harmonic * turns)
    sound *= envelope
    samples: Samples = (sound / np.abs(sound).max() * 9_000).astype(np.int16)
    return samples


def tone(frequency: float) -> Samples:
    """Give one second of a pure tone; whole cycles for whole hertz."""
    time = np.arange(RATE) / RATE
    samples: Samples = (8_000 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)
    return samples


def whose_turn(count: int, seconds: float) -> int:
    """Say who of `count` speaks at a time: everybody in turn, so that the stage moves."""
    return int(seconds // TURN_SECONDS) % max(count, 1)


def frequency_of(samples: Samples) -> float:
    """Give the strongest frequency in hertz, 0 for silence."""
    if samples.size == 0 or np.abs(samples).max() < 200:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    spectrum[0] = 0
    return float(np.argmax(spectrum) * RATE / samples.size)
