"""What the browsers' camera and microphone bring: a picture that costs an encoder all it may take, and a voice."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hoptt.bots.voice import RATE, phrase

WIDTH, HEIGHT, FPS = 960, 540, 30
"""What the page asks of a camera: of a smaller one libwebrtc sends fewer than three sizes."""
FRAMES = 100
"""Then it begins again, without a jump."""
NOISE = 4.0
"""Of a sensor: no two frames are alike, so that no encoder saves bits."""


def write_film(path: Path) -> None:
    """Write a camera's film as YUV4MPEG2: somebody who moves before a wall, as a webcam sees it in the evening."""
    random = np.random.default_rng(1)
    wall = _texture(random, HEIGHT, WIDTH, 6) * 25 + 110
    person = _texture(random, HEIGHT, WIDTH * 2, 3) * 45 + 150
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    colour = np.full(HEIGHT * WIDTH // 2, 128, np.uint8).tobytes()
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            turn = 2 * np.pi * number / FRAMES
            left, top = WIDTH * (0.5 + 0.08 * np.sin(turn)), HEIGHT * (0.6 + 0.03 * np.sin(3 * turn))
            inside = ((columns - left) / (WIDTH * 0.24)) ** 2 + ((rows - top) / (HEIGHT * 0.45)) ** 2 < 1
            moved = np.roll(person, int(left * 1.5), axis=1)[:, :WIDTH]
            luma = np.where(inside, moved, wall) + random.normal(0, NOISE, (HEIGHT, WIDTH))
            film.write(b"FRAME\n" + np.clip(luma, 16, 235).astype(np.uint8).tobytes() + colour)


def write_voice(path: Path) -> None:
    """Write a microphone's sound: somebody who speaks without a pause."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(phrase(1).tobytes())


def _texture(random: np.random.Generator, height: int, width: int, grain: int) -> NDArray[np.float64]:
    """Give smooth random patches of a size, from -1 to 1."""
    coarse = random.uniform(-1, 1, (height // grain + 1, width // grain + 1))
    return np.asarray(np.kron(coarse, np.ones((grain, grain)))[:height, :width], np.float64)
