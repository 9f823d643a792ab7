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
NOBODY = 255
"""The viewer of whole recordings."""

Film = list[list[tuple[bool, bytes]]]
Place = tuple[int, int]
"""Encoding or size, and number there."""


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
    decoding: dict[str, str] = field(default_factory=dict)
    keys: tuple[int, ...] = tuple(range(0, FRAMES, KEYFRAME_EVERY))


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


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A film of several sizes or speeds in one stream, as a browser sent it; undescribed, payloads tell its layers."""

    name: str
    film: str
    decoder: str
    decoding: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return Path(__file__).parents[1] / "films" / f"{self.film}.film"

    @property
    def keys(self) -> list[int]:
        """The numbers of its key frames."""
        data, at, number, found = self.path.read_bytes(), 0, 0, []
        while at < len(data):
            found += [number] if data[at] & 2 else []
            number += data[at] & 1
            at += 2 + data[at + 1]
            at += 2 + int.from_bytes(data[at : at + 2], "little")
        return found


# Of all operating points: else a decoder of AV1 waits for sizes that a viewer is not sent. So do browsers.
ALL_POINTS = {"oppoint": "31"}
RECORDED = (
    Recorded("recorded-vp8", "vp8_l1t3", "vp8"),
    Recorded("recorded-vp9", "vp9_l3t3", "libvpx-vp9"),
    Recorded("recorded-vp9", "vp9_l2t3_key", "libvpx-vp9"),
    Recorded("undescribed-vp9", "vp9_l2t3", "libvpx-vp9"),
    Recorded("recorded-av1", "av1_l2t3", "libdav1d", ALL_POINTS),
    Recorded("recorded-av1", "av1_l3t3_key", "libdav1d", ALL_POINTS),
)
SHOWS: tuple[Coding | Recorded, ...] = (*CODINGS, *RECORDED)


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


def decoded(show: Coding | Recorded, frames: Iterable[bytes]) -> Iterator[str]:
    """Give each picture that a decoder makes of frames, as its size and a digest."""
    decoder = av.CodecContext.create(show.decoder, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    decoder.options = show.decoding
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


def seen(path: Path) -> Iterator[tuple[int, int, list[tuple[Place, bytes]]]]:
    """Give what viewers got, as runs of pictures of one film: viewer, film, and each picture."""
    data, at = memoryview(path.read_bytes()), 0
    found = []
    while at < len(data):
        number, length = (
            int.from_bytes(data[at + 3 : at + 5], "little"),
            int.from_bytes(data[at + 5 : at + 9], "little"),
        )
        found.append((data[at], data[at + 1], (data[at + 2], number), bytes(data[at + 9 : at + 9 + length])))
        at += 9 + length
    for (viewer, film), run in groupby(found, key=lambda picture: picture[:2]):
        yield viewer, film, [picture[2:] for picture in run]


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
    arguments = [written(tmp_path / coding.name, coding, films[coding.name]) for coding in CODINGS]
    arguments += [f"{recorded.name}={recorded.path}" for recorded in RECORDED]
    out = tmp_path / "seen"
    told = subprocess.run(
        [PROGRAM, out, str(SWITCHES), "1", *arguments], check=True, stdout=subprocess.PIPE, timeout=1200
    )
    times = json.loads(told.stdout)
    assert times["measured"] > SWITCHES // 4
    assert times["p95_ms"] < PERCENTILE_LIMIT_MS, times

    known = known_of(films, out)
    changes, spared = [0] * len(SHOWS), [0] * len(SHOWS)
    for _, film, run in (one for one in seen(out) if one[0] != NOBODY):
        show = SHOWS[film]
        found = list(decoded(show, [data for _, data in run]))
        assert len(found) == len(run), "each frame gives a picture"
        for picture, (place, _) in zip(found, run, strict=True):
            assert picture == known[film][place], f"{show.name}: another picture than {place}"
        for ((before, last), _), ((size, number), _) in pairwise(run):
            assert size <= before or number in show.keys, f"{show.name}: {size} after {before} in {number}"
            spared[film] += number > last + 1 and number not in show.keys
        changes[film] += 1 + sum(one[0][0] != other[0][0] for one, other in pairwise(run))
    for show, count in zip(SHOWS, changes, strict=True):
        assert count > SWITCHES // (2 * len(SHOWS)), f"{count} changes in {show.name}"
    for show, count in zip(SHOWS, spared, strict=True):
        assert show.name == "h264" or count > SWITCHES // 50, f"{show.name}: {count} times faster layers were left out"


def known_of(films: dict[str, Film], out: Path) -> list[dict[Place, str]]:
    """Give what each picture of each film looks like, decoded with everything that is below it."""
    known: list[dict[Place, str]] = [{} for _ in SHOWS]
    for found, coding in zip(known, CODINGS, strict=False):
        for place, frames in enumerate(films[coding.name]):
            found |= {(place, at): one for at, one in enumerate(decoded(coding, [data for _, data in frames]))}
    for film, run in ((film, run) for viewer, film, run in seen(out) if viewer == NOBODY):
        for _, of_size in groupby(run, key=lambda picture: picture[0][0]):
            sized = list(of_size)
            pictures = decoded(SHOWS[film], [data for _, data in sized])
            known[film] |= dict(zip([place for place, _ in sized], pictures, strict=True))
    for found in known:
        assert len(set(found.values())) == len(found), "no two pictures are the same"
    return known
