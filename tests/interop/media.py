"""Files for peers that have no encoder of their own, and what such peers wrote down."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from hoptt.bots.picture import Painter, read_code
from hoptt.bots.tracks import luma_of
from hoptt.bots.voice import FRAME, RATE, tone

PICTURES_A_SECOND = 15


def pictures(path: Path, number: int, width: int, height: int) -> Path:
    """Write two seconds of a painter's pictures as VP8 in IVF; each second begins with a key frame."""
    painter = Painter(number, width, height)
    with av.open(str(path), "w", format="ivf") as out:
        stream = out.add_stream("libvpx", rate=PICTURES_A_SECOND)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = width * height * 3
        stream.codec_context.gop_size = PICTURES_A_SECOND
        stream.options = {"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0", "lag-in-frames": "0"}
        for frame in range(2 * PICTURES_A_SECOND):
            picture = av.VideoFrame.from_ndarray(painter.paint(frame), format="yuv420p")
            picture.pts, picture.time_base = frame, Fraction(1, PICTURES_A_SECOND)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def sound(path: Path, hertz: int) -> Path:
    """Write two seconds of a tone as Opus in Ogg, one packet of 20 ms a page."""
    samples = tone(hertz)
    with av.open(str(path), "w", format="ogg", options={"page_duration": "20000"}) as out:
        stream = out.add_stream("libopus", rate=RATE)
        stream.layout = "stereo"
        for number in range(2 * RATE // FRAME):
            place = number * FRAME % samples.size
            frame = av.AudioFrame.from_ndarray(
                samples[place : place + FRAME].repeat(2).reshape(1, -1), format="s16", layout="stereo"
            )
            frame.sample_rate, frame.pts, frame.time_base = RATE, number * FRAME, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def painters_in(path: Path) -> list[int]:
    """Give who painted each picture of a file that can be decoded."""
    found = []
    with av.open(str(path)) as recorded:
        for frame in recorded.decode(video=0):
            code = read_code(luma_of(frame))
            if code is not None:
                found.append(code.painter)
    return found
