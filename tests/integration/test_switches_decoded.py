"""Q10: who switches at random between cameras and layers gets what a decoder decodes, picture for picture."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

PROGRAM = shutil.which("hoptt-switches", path=str(Path(sys.executable).parent))
SIZES = ((320, 192), (640, 368), (1280, 720))
BITS_PER_SECOND = (60_000, 150_000, 400_000)
FRAMES = 48
FRAMES_PER_SECOND = 20
KEYFRAME_EVERY = 8
SWITCHES = 300


@dataclass(frozen=True, slots=True)
class Coding:
    """How a film is encoded; `layers` are the temporal layers of its frames in turn."""

    encoder: str
    decoder: str
    layers: tuple[int, ...]
    options: dict[str, str] = field(default_factory=dict)


VP8 = Coding(
    "libvpx",
    "vp8",
    (0, 2, 1, 2),
    {
        "deadline": "realtime",
        "cpu-used": "8",
        "auto-alt-ref": "0",
        "lag-in-frames": "0",
        "error-resilient": "default",  # else a frame that is left out has changed the contexts of those that follow
        "keyint_min": str(KEYFRAME_EVERY),
        "ts-parameters": "ts_number_layers=3:ts_target_bitrate=30,45,60:ts_rate_decimator=4,2,1"
        ":ts_periodicity=4:ts_layer_id=0,2,1,2:ts_layering_mode=3",
    },
)
H264 = Coding(
    "libx264",
    "h264",
    (0,),
    {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "x264-params": f"keyint={KEYFRAME_EVERY}:min-keyint={KEYFRAME_EVERY}:scenecut=0"
        ":repeat-headers=1:annexb=1:slices=1",
    },
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
    encoder.options = dict(coding.options)
    packets = [packet for frame in pictures(*SIZES[place]) for packet in encoder.encode(frame)] + encoder.encode(None)
    return [(packet.is_keyframe, bytes(packet)) for packet in packets if packet.size]


def decoded(coding: Coding, frames: Iterable[bytes]) -> Iterator[str]:
    """Give each picture that a decoder makes of frames, as its size and a digest."""
    decoder = av.CodecContext.create(coding.decoder, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    for data in [*frames, None]:
        for picture in decoder.decode(None if data is None else av.Packet(data)):
            digest = hashlib.sha256(picture.to_ndarray(format="yuv420p").tobytes()).hexdigest()
            yield f"{picture.width}x{picture.height} {digest}"


def written(path: Path, coding: Coding, encodings: list[list[tuple[bool, bytes]]]) -> Path:
    """Write a film as `hoptt-switches` reads it."""
    with path.open("wb") as film:
        for place, frames in enumerate(encodings):
            for number, (is_keyframe, data) in enumerate(frames):
                layer = coding.layers[number % len(coding.layers)]
                film.write(bytes([place, is_keyframe, layer]) + len(data).to_bytes(4, "little") + data)
    return path


def seen(path: Path) -> Iterator[tuple[Coding, list[bytes]]]:
    """Give what the viewer got, as runs of frames of one film."""
    data, at = path.read_bytes(), 0
    run: list[bytes] = []
    coding: Coding | None = None
    while at < len(data):
        film, length = (VP8, H264)[data[at]], int.from_bytes(data[at + 1 : at + 5], "little")
        if coding is not None and film is not coding:
            yield coding, run
            run = []
        coding = film
        run.append(data[at + 5 : at + 5 + length])
        at += 5 + length
    assert coding is not None, "nothing was seen"
    yield coding, run


@pytest.mark.parametrize("seed", [1, 2])
def test_every_picture_after_random_switches_is_one_of_the_films(tmp_path: Path, seed: int) -> None:
    assert PROGRAM is not None, "hoptt-switches is not built: make test-programs"
    films = {coding.decoder: [encoded(coding, place) for place in range(3)] for coding in (VP8, H264)}
    for encoding in films["vp8"] + films["h264"]:
        assert len(encoding) == FRAMES
        assert [number for number, (is_keyframe, _) in enumerate(encoding) if is_keyframe] == list(
            range(0, FRAMES, KEYFRAME_EVERY)
        )
    known = {
        coding.decoder: {
            picture for frames in films[coding.decoder] for picture in decoded(coding, [data for _, data in frames])
        }
        for coding in (VP8, H264)
    }
    assert [len(pictures) for pictures in known.values()] == [3 * FRAMES] * 2, "no two pictures are the same"
    paths = [written(tmp_path / coding.decoder, coding, films[coding.decoder]) for coding in (VP8, H264)]
    out = tmp_path / "seen"
    subprocess.run([PROGRAM, *paths, out, str(SWITCHES), str(seed)], check=True, timeout=300)

    runs = list(seen(out))
    shown: list[str] = []
    for coding, frames in runs:
        found = list(decoded(coding, frames))
        assert len(found) == len(frames), "each frame gives a picture"
        assert set(found) <= known[coding.decoder], "a picture that no film has"
        shown += found
    sizes = [picture.partition(" ")[0] for picture in shown]
    changes = sum(one != other for one, other in pairwise(sizes)) + len(runs) - 1
    assert changes > SWITCHES // 2, f"{changes} changes in {len(shown)} pictures"
