"""Pictures and sound as aiortc takes them: frames at the pace of a camera and a microphone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
from aiortc import MediaStreamTrack

from hoptt.bots.picture import Painter, Plane
from hoptt.bots.voice import FRAME, RATE, Samples


class Pace:
    """Gives the number of the frame that is due, waiting until it is; what is late by a second is left out."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._began: float | None = None
        self._next = 0

    async def due(self) -> int:
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        late = int((now - self._began) * self._per_second) - self._next
        if late > self._per_second:
            self._next += late
        await asyncio.sleep(max(0.0, self._began + self._next / self._per_second - now))
        self._next += 1
        return self._next - 1


class Camera(MediaStreamTrack):
    """A painter's pictures. `painted` is the number of the last frame."""

    kind = "video"

    def __init__(self, painter: Painter, *, per_second: int = 15, speaking: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self.painted = -1
        self._painter = painter
        self._pace = Pace(per_second)
        self._time_base = Fraction(1, per_second)
        self._speaking = speaking

    async def recv(self) -> av.VideoFrame:
        number = await self._pace.due()
        frame = av.VideoFrame.from_ndarray(self._painter.paint(number, speaking=self._speaking()), format="yuv420p")
        frame.pts, frame.time_base = number, self._time_base
        self.painted = number
        return frame


class Microphone(MediaStreamTrack):
    """A sound repeated, or silence while `speaking` says so."""

    kind = "audio"

    def __init__(self, sound: Samples, *, speaking: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self._frames = sound[: sound.size // FRAME * FRAME].reshape(-1, 1, FRAME)
        self._silence = np.zeros((1, FRAME), np.int16)
        self._pace = Pace(RATE / FRAME)
        self._speaking = speaking

    async def recv(self) -> av.AudioFrame:
        number = await self._pace.due()
        samples = self._frames[number % len(self._frames)] if self._speaking() else self._silence
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * FRAME, Fraction(1, RATE)
        return frame


def luma_of(frame: av.VideoFrame) -> Plane:
    """Give the luma plane of a decoded picture, without a copy."""
    plane = frame.planes[0]
    whole: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return whole[: frame.height, : frame.width]
