"""The reel that a cast replays: a few pictures (180p, ten frames a second) and voices, encoded once for all.

The form is that of `media/load/src/reel.rs`.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from hoptt.bots.picture import Painter
from hoptt.bots.voice import FRAME, RATE, Samples, phrase

MAGIC = b"HOPTREEL1\n"
WIDTH, HEIGHT, PER_SECOND = 320, 180, 10
SECONDS = 6
PICTURES, VOICES = 8, 8
KEY_EVERY = 10
"""Frames: whoever begins to look sees a whole picture within a second."""
PICTURE_BPS, VOICE_BPS = 60_000, 24_000


def reel(pictures: int = PICTURES, voices: int = VOICES, seconds: int = SECONDS) -> bytes:
    """Encode pictures and voices."""
    parts = [MAGIC]
    for track in range(pictures):
        parts += [_record(b"V", track, int(key), data) for key, data in _picture(track, seconds)]
    for track in range(voices):
        parts += [_record(b"A", track, level, data) for level, data in _voice(phrase(track))]
    return b"".join(parts)


def _record(kind: bytes, track: int, flag: int, data: bytes) -> bytes:
    return kind + bytes([track, flag]) + len(data).to_bytes(4, "little") + data


def _picture(number: int, seconds: int) -> list[tuple[bool, bytes]]:
    painter = Painter(number, WIDTH, HEIGHT)
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, PER_SECOND), Fraction(PER_SECOND)
    encoder.bit_rate, encoder.gop_size = PICTURE_BPS, KEY_EVERY
    encoder.options = {"deadline": "realtime", "cpu-used": "-8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    frames: list[tuple[bool, bytes]] = []
    for frame in range(seconds * PER_SECOND):
        picture = av.VideoFrame.from_ndarray(painter.paint(frame, speaking=frame % 20 < 14), format="yuv420p")
        picture.pts, picture.time_base = frame, encoder.time_base
        frames += [(packet.is_keyframe, bytes(packet)) for packet in encoder.encode(picture)]
    return frames


def _voice(samples: Samples) -> list[tuple[int, bytes]]:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", VOICE_BPS
    encoder.options = {"application": "voip", "frame_duration": "20"}
    sounds: list[tuple[int, bytes]] = []
    for number, block in enumerate(samples[: samples.size // FRAME * FRAME].reshape(-1, 1, FRAME)):
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * FRAME, Fraction(1, RATE)
        sounds += [(_level(block), bytes(packet)) for packet in encoder.encode(frame)]
    return sounds


def _level(block: Samples) -> int:
    """Give how loud it is as RFC 6464 has it: −dBov, 0 is the loudest and 127 silence."""
    rms = float(np.sqrt(np.mean(np.square(block.astype(np.float64)))))
    return 127 if rms < 1 else round(min(127.0, max(0.0, -20 * float(np.log10(rms / 32_768)))))
