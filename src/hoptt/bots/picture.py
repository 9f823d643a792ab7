"""A moving picture that says who it is and which frame it is, in blocks that survive any encoder.

The code is two rows of 16 blocks near the lower edge. Upper row: eight bits of the painter's number, then eight bits
of check. Lower row: sixteen bits of the frame counter. White is 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

BLOCKS = 16
ROWS = 2
LEFT, RIGHT = 0.1, 0.9
TOP, BOTTOM = 0.80, 0.96
"""Where the code stands, as shares of width and height."""
BLACK, WHITE = 16, 235
"""Luma of BT.601 studio range."""
MIDDLE = (BLACK + WHITE) // 2


@dataclass(frozen=True, slots=True)
class Code:
    """What a frame says of itself."""

    painter: int
    """0 to 255."""
    frame: int
    """Counts from 0, and begins again after 65,535."""


class Painter:
    """Paints frames as planar YUV 4:2:0, (height × 3/2, width): a head and shoulders that move and speak."""

    def __init__(self, number: int, width: int = 320, height: int = 180) -> None:
        self.number = number & 0xFF
        self.width, self.height = width, height
        angle = number * 2.4  # the golden angle: neighbours differ most
        self._blue, self._red = (int(128 + 45 * turn) for turn in (np.cos(angle), np.sin(angle)))
        self._columns = np.arange(width, dtype=np.float32)
        self._rows = np.arange(height, dtype=np.float32)[:, None]

    def paint(self, frame: int, *, speaking: bool = False) -> Plane:
        """Give frame number `frame`."""
        picture = np.empty((self.height * 3 // 2, self.width), np.uint8)
        luma = picture[: self.height]
        luma[:] = 70 + 40 * (self._rows / self.height) + 10 * np.sin(self._columns / 23 + frame / 11)
        self._person(luma, frame, speaking=speaking)
        colour = picture[self.height :].reshape(-1)
        half = colour.size // 2
        colour[:half], colour[half:] = self._blue, self._red
        write_code(luma, Code(self.number, frame & 0xFFFF))
        return picture

    def _person(self, luma: Plane, frame: int, *, speaking: bool) -> None:
        across = self.width * (0.5 + 0.06 * np.sin(frame / 17))
        down = self.height * (0.34 + 0.02 * np.sin(frame / 7))
        size = self.height * 0.2
        x, y = self._columns - across, self._rows - down
        luma[(x / 2.1) ** 2 + (y - 2.6 * size) ** 2 < (1.5 * size) ** 2] = 130
        luma[x**2 + (y / 1.25) ** 2 < size**2] = 180
        mouth = size * (0.1 + (0.22 * abs(np.sin(frame / 1.7)) if speaking else 0))
        luma[(x / 2) ** 2 + (y - 0.55 * size) ** 2 < mouth**2] = 60


def write_code(luma: Plane, code: Code) -> None:
    """Paint the code into a luma plane."""
    height, width = luma.shape
    for row, word in enumerate(_words(code)):
        top, bottom = _edges(TOP, BOTTOM, ROWS, row, height)
        for block in range(BLOCKS):
            left, right = _edges(LEFT, RIGHT, BLOCKS, block, width)
            luma[top:bottom, left:right] = WHITE if word >> (BLOCKS - 1 - block) & 1 else BLACK


def read_code(luma: Plane) -> Code | None:
    """Read the code of a luma plane of any size; None where there is none."""
    height, width = luma.shape
    words = []
    for row in range(ROWS):
        top, bottom = _heart(*_edges(TOP, BOTTOM, ROWS, row, height))
        word = 0
        for block in range(BLOCKS):
            left, right = _heart(*_edges(LEFT, RIGHT, BLOCKS, block, width))
            word = word << 1 | int(luma[top:bottom, left:right].mean() > MIDDLE)
        words.append(word)
    code = Code(words[0] >> 8, words[1])
    return code if _words(code) == tuple(words) else None


def _words(code: Code) -> tuple[int, int]:
    check = (code.painter * 31 + (code.frame >> 8) * 17 + (code.frame & 0xFF) * 7 + 0x5A) & 0xFF
    return code.painter << 8 | check, code.frame


def _edges(low: float, high: float, count: int, place: int, size: int) -> tuple[int, int]:
    step = (high - low) / count
    return round(size * (low + step * place)), round(size * (low + step * (place + 1)))


def _heart(low: int, high: int) -> tuple[int, int]:
    """Give the middle half: edges are soft after encoding."""
    quarter = (high - low) // 4
    return low + quarter, max(low + quarter + 1, high - quarter)
