"""The code in the picture: bots/picture.py."""

from __future__ import annotations

import av
import numpy as np
import pytest

from hoptt.bots.picture import Code, Painter, read_code
from hoptt.bots.tracks import luma_of


@pytest.mark.parametrize("frame", [0, 1, 255, 256, 0x5A5A, 65_535])
def test_a_picture_says_who_painted_it_and_when(frame: int) -> None:
    luma = Painter(7).paint(frame)[:180]
    assert read_code(luma) == Code(painter=7, frame=frame)


def test_a_picture_without_a_code_says_nothing() -> None:
    assert read_code(np.full((180, 320), 128, np.uint8)) is None


@pytest.mark.parametrize("size", [(320, 180), (160, 90), (640, 360)])
def test_the_code_is_read_at_any_size(size: tuple[int, int]) -> None:
    frame = av.VideoFrame.from_ndarray(Painter(200).paint(4_321), format="yuv420p")
    scaled = frame.reformat(width=size[0], height=size[1])
    assert read_code(luma_of(scaled)) == Code(200, 4_321)


def test_the_code_survives_an_encoder_at_a_low_rate() -> None:
    painter = Painter(3)
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.bit_rate = 320, 180, "yuv420p", 100_000
    encoder.options = {"deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0"}
    decoder = av.CodecContext.create("libvpx", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    seen = []
    for number in range(30):
        frame = av.VideoFrame.from_ndarray(painter.paint(number, speaking=True), format="yuv420p")
        frame.pts = number
        for packet in encoder.encode(frame):
            for decoded in decoder.decode(packet):
                assert isinstance(decoded, av.VideoFrame)
                seen.append(read_code(luma_of(decoded)))
    assert seen == [Code(3, number) for number in range(30)]


def test_the_picture_moves() -> None:
    painter = Painter(1)
    assert np.abs(painter.paint(0)[:140].astype(int) - painter.paint(5)[:140].astype(int)).mean() > 0.5
