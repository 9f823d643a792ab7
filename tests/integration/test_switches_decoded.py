"""Q10: who switches at random between cameras and layers gets what a decoder decodes, picture for picture."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

PROGRAM = shutil.which("hoptt-switches", path=str(Path(sys.executable).parent))
SIZES = ((96, 64), (192, 128), (384, 256))
BITS_PER_SECOND = (40_000, 100_000, 250_000)
FRAMES = 48
FRAMES_PER_SECOND = 20
KEYFRAME_EVERY = 16
SWITCHES = int(os.environ.get("HOPTT_SWITCHES", "2500"))  # Q10 counts 10,000: `make test-switches`
PERCENTILE_LIMIT_MS = 500

Film = list[list[tuple[bool, bytes]]]


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """How a film is encoded.

    `layers` are the temporal layers of its frames in turn, `ways_up` the frames among them from which a receiver of
    lower layers may take higher ones.
    """

    name: str
    encoder: str
    decoder: str
    options: dict[str, str] = field(default_factory=dict)
    layers: tuple[int, ...] = (0,)
    ways_up: frozenset[int] = frozenset()


LIBVPX = {
    "deadline": "realtime",
    "cpu-used": "8",
    "auto-alt-ref": "0",
    "lag-in-frames": "0",
    "error-resilient": "default",  # else a frame that is left out has changed the contexts of those that follow
    "keyint_min": str(KEYFRAME_EVERY),
    # The second frame of four depends on the first, the third too, and the fourth on the first and the third.
    "ts-parameters": "ts_number_layers=3:ts_target_bitrate={rates}:ts_rate_decimator=4,2,1"
    ":ts_periodicity=4:ts_layer_id=0,2,1,2:ts_layering_mode=3",
}
CODINGS = (
    Coding("vp8", "libvpx", "vp8", LIBVPX, (0, 2, 1, 2), frozenset({1, 2})),
    Coding(
        "h264",
        "libx264",
        "h264",
        {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "x264-params": f"keyint={KEYFRAME_EVERY}:min-keyint={KEYFRAME_EVERY}:scenecut=0"
            ":repeat-headers=1:annexb=1:slices=1",
        },
    ),
    Coding("vp9", "libvpx-vp9", "libvpx-vp9", LIBVPX, (0, 2, 1, 2), frozenset({0, 1, 2, 3})),
    Coding(
        "av1",
        "libsvtav1",
        "libdav1d",
        {
            "preset": "11",
            "svtav1-params": f"pred-struct=1:hierarchical-levels=2:keyint={KEYFRAME_EVERY}"
            ":rc=2:scd=0:lookahead=0:rtc=1",
        },
        (0, 2, 1, 2),
    ),
)


def pictures(width: int, height: int) -> Iterator[av.VideoFrame]:
    """Give pictures in which something moves, so that no two are the same."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    for number in range(FRAMES):
        luma = ((x + 5 * number) ^ (y + 3 * number)) % 256
        luma[: height // 4, : width // 4] = 16 + 4 * number
        planes = np.concatenate([luma, np.full((height // 2, width), 128)]).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = number
        yield frame


def encoded(coding: Coding, place: int) -> list[tuple[bool, bytes]]:
    """Give the frames of an encoding, and of each whether it is a key frame."""
    encoder = av.CodecContext.create(coding.encoder, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = SIZES[place]
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, FRAMES_PER_SECOND)
    encoder.framerate = Fraction(FRAMES_PER_SECOND)
    encoder.bit_rate = BITS_PER_SECOND[place]
    encoder.gop_size = KEYFRAME_EVERY
    encoder.thread_count = 1
    rates = ",".join(str(BITS_PER_SECOND[place] * percent // 100_000) for percent in (50, 75, 100))
    encoder.options = {name: value.format(rates=rates) for name, value in coding.options.items()}
    packets = [packet for frame in pictures(*SIZES[place]) for packet in encoder.encode(frame)] + encoder.encode(None)
    return [(packet.is_keyframe, bytes(packet)) for packet in packets if packet.size]


def decoded(coding: Coding, frames: Iterable[bytes]) -> Iterator[str]:
    """Give each picture that a decoder makes of frames, as its size and a digest."""
    decoder = av.CodecContext.create(coding.decoder, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    for data in [*frames, None]:
        for picture in decoder.decode(None if data is None else av.Packet(data)):
            digest = hashlib.blake2b(picture.to_ndarray(format="yuv420p").tobytes(), digest_size=16).hexdigest()
            yield f"{picture.width}x{picture.height} {digest}"


def written(path: Path, coding: Coding, film: Film) -> str:
    """Write a film as `hoptt-switches` reads it, and give how it is told of it."""
    with path.open("wb") as file:
        for side in (side for size in SIZES for side in size):
            file.write(side.to_bytes(2, "little"))
        for place, frames in enumerate(film):
            for number, (is_keyframe, data) in enumerate(frames):
                turn = number % len(coding.layers)
                what = is_keyframe | (turn in coding.ways_up) << 1
                file.write(bytes([place, what, coding.layers[turn]]) + len(data).to_bytes(4, "little") + data)
    return f"{coding.name}={path}"


def seen(path: Path) -> Iterator[tuple[int, Coding, list[bytes]]]:
    """Give what viewers got, as runs of frames of one film: viewer, coding, frames."""
    data, at = memoryview(path.read_bytes()), 0
    frames = []
    while at < len(data):
        length = int.from_bytes(data[at + 2 : at + 6], "little")
        frames.append((data[at], data[at + 1], bytes(data[at + 6 : at + 6 + length])))
        at += 6 + length
    for (viewer, film), run in groupby(frames, key=lambda frame: frame[:2]):
        yield viewer, CODINGS[film], [frame for _, _, frame in run]


@pytest.fixture(scope="module")
def films() -> dict[str, Film]:
    return {coding.name: [encoded(coding, place) for place in range(3)] for coding in CODINGS}


@pytest.mark.slow
def test_every_picture_after_random_switches_is_one_of_the_films(tmp_path: Path, films: dict[str, Film]) -> None:
    assert PROGRAM is not None, "hoptt-switches is not built: make test-programs"
    for encodings in films.values():
        for frames in encodings:
            assert len(frames) == FRAMES
            keys = [number for number, (is_keyframe, _) in enumerate(frames) if is_keyframe]
            assert keys == list(range(0, FRAMES, KEYFRAME_EVERY))
    known = {
        coding: {picture for frames in films[coding.name] for picture in decoded(coding, [data for _, data in frames])}
        for coding in CODINGS
    }
    assert {len(pictures) for pictures in known.values()} == {3 * FRAMES}, "no two pictures are the same"
    arguments = [written(tmp_path / coding.name, coding, films[coding.name]) for coding in CODINGS]
    out = tmp_path / "seen"
    told = subprocess.run(
        [PROGRAM, out, str(SWITCHES), "1", *arguments], check=True, stdout=subprocess.PIPE, timeout=1200
    )
    times = json.loads(told.stdout)
    assert times["measured"] > SWITCHES // 4
    assert times["p95_ms"] < PERCENTILE_LIMIT_MS, times

    changes = dict.fromkeys(CODINGS, 0)
    for _, coding, run in seen(out):
        found = list(decoded(coding, run))
        assert len(found) == len(run), "each frame gives a picture"
        assert set(found) <= known[coding], "a picture that no film has"
        sizes = [picture.partition(" ")[0] for picture in found]
        changes[coding] += 1 + sum(one != other for one, other in pairwise(sizes))
    for coding, count in changes.items():
        assert count > SWITCHES // 8, f"{count} changes in {coding.name}"
