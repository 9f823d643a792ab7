"""What is offered: docs/performance.md tells what each one shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

SEATS = 1_000
"""The most that a room has (R37): who speaks is one of them."""
JOINS, CROWD, CROWD_JOINS = 50, 500, 20
"""So many come in a second, and so many where there are more than a crowd: control plane and engine share a core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Publishers, subscribers, and the packets that the bare path sends in their stead."""

    id: str
    about: str
    publishers: int
    viewers: int
    send: str
    audio_slots: int
    video_slots: int
    meeting: bool = False
    packet_bytes: int
    """Header and payload of the mean packet, for the bare path."""
    train: float
    """Packets that are ready together for one destination, on average, for the bare path."""
    packets_per_second: float
    """Offered egress, for the bare path."""
    options: tuple[str, ...] = ()
    """More of the generator's."""
    seen_large: float | None = None
    """Of the pictures that come, how many are to be of the largest encoding, where there are several."""

    @property
    def family(self) -> str:
        """`W1` of `W1-100`."""
        return self.id.partition("-")[0]

    def load(self) -> list[str]:
        """Give the generator's options."""
        return [
            *("--publishers", str(self.publishers), "--viewers", str(self.viewers), "--send", self.send),
            *("--audio-slots", str(self.audio_slots), "--video-slots", str(self.video_slots)),
            *(["--meeting"] if self.meeting else []),
            *("--joins-per-second", str(self.joins_per_second)),
            *self.options,
        ]

    @property
    def joins_per_second(self) -> int:
        """Give how fast they come."""
        return CROWD_JOINS if self.publishers + self.viewers > CROWD else JOINS


PICTURE_BYTES, PICTURE_TRAIN, PICTURE_RATE = 1_075, 5.9, 177.0
"""Of a 720p picture at 1.5 Mbit/s in the trace of seed 1, as counted once: change them with the trace."""
SLIDES_BYTES, SLIDES_TRAIN, SLIDES_RATE = 1_030, 3.4, 16.8
"""Of slides: sixty packets each five seconds, and a packet in each other frame, of which there are five a second."""
VOICE_BYTES, VOICE_RATE = 105, 31.0
"""Of a voice with DTX."""
LAYERED_BYTES, LAYERED_TRAIN, LAYERED_RATE = 1_060, 3.8, 126.0
"""Of the same picture in three encodings, each shown for a third of the time, and sent from its last key frame on."""
SMALL_BYTES, SMALL_RATE = 700, 30.0
"""Of its smallest encoding: a packet is a picture."""


def _fan_out(viewers: int) -> Workload:
    return Workload(
        id=f"W1-{viewers}",
        about=f"one 720p picture at 1.5 Mbit/s to {viewers} viewers",
        publishers=1,
        viewers=viewers,
        send="camera",
        audio_slots=0,
        video_slots=1,
        packet_bytes=PICTURE_BYTES,
        train=PICTURE_TRAIN,
        packets_per_second=PICTURE_RATE * viewers,
    )


def _lossy(percent: int, rtt_ms: int) -> Workload:
    fan_out = _fan_out(100)
    return replace(
        fan_out,
        id=f"W5-{percent}-{rtt_ms}",
        about=f"{fan_out.about}, of whom 20 lose {percent} % and ask again over {rtt_ms} ms",
        options=("--lossy", "20", "--loss", str(percent), "--rtt", str(rtt_ms)),
    )


def _slides(viewers: int) -> Workload:
    return replace(
        _fan_out(viewers),
        id=f"W10-{viewers}",
        about=f"slides to {viewers} viewers: sixty packets each at once, every five seconds",
        send="slides",
        packet_bytes=SLIDES_BYTES,
        train=SLIDES_TRAIN,
        packets_per_second=SLIDES_RATE * viewers,
    )


def _layers(viewers: int) -> Workload:
    return replace(
        _fan_out(viewers),
        id=f"W4-{viewers}",
        about=f"one 720p picture in three encodings to {viewers} viewers, each of whom wants another every 2 s",
        packet_bytes=LAYERED_BYTES,
        train=LAYERED_TRAIN,
        packets_per_second=LAYERED_RATE * viewers,
        options=("--simulcast", "--change-every", "2", "--check-every", "1"),
    )


def _meeting(people: int) -> Workload:
    seen = min(people - 1, 9)
    heard = 3
    return Workload(
        id=f"W2-{people}",
        about=f"{people} people, each sees {seen} pictures and hears up to 4 voices",
        publishers=people,
        viewers=0,
        send="camera,microphone",
        audio_slots=4,
        video_slots=seen,
        meeting=True,
        packet_bytes=PICTURE_BYTES,
        train=PICTURE_TRAIN,
        packets_per_second=people * (seen * PICTURE_RATE + heard * VOICE_RATE),
    )


def _layered_meeting(people: int) -> Workload:
    """One of the pictures is seen large, as its first tile is, all others small."""
    meeting = _meeting(people)
    small = meeting.video_slots - 1
    pictures = PICTURE_RATE + small * SMALL_RATE
    return replace(
        meeting,
        id=f"W2L-{people}",
        about=f"{people} people, each sees one picture large and {small} small and hears up to 4 voices",
        packet_bytes=round((PICTURE_RATE * PICTURE_BYTES + small * SMALL_RATE * SMALL_BYTES) / pictures),
        train=pictures / (PICTURE_RATE / PICTURE_TRAIN + small * SMALL_RATE),
        packets_per_second=people * (pictures + 3 * VOICE_RATE),
        options=("--simulcast",),
        seen_large=1 / meeting.video_slots,
    )


def _voices(people: int, *, family: str, talking: int, about: str) -> Workload:
    listeners = min(people, SEATS - talking)
    heard = min(talking, 4)
    return Workload(
        id=f"{family}-{people}",
        about=f"{about} to {listeners} listeners",
        publishers=talking,
        viewers=listeners,
        send="microphone",
        audio_slots=4,
        video_slots=0,
        packet_bytes=VOICE_BYTES,
        train=1.0,
        packets_per_second=heard * VOICE_RATE * listeners,
    )


def _discussion(listeners: int) -> Workload:
    return _voices(listeners, family="W3", talking=10, about="ten voices with DTX, the four loudest")


def _address(listeners: int) -> Workload:
    return _voices(listeners, family="W3T", talking=2, about="two voices with DTX")


WORKLOADS = (
    *(_fan_out(viewers) for viewers in (1, 10, 50, 100, 200, 400)),
    *(_meeting(people) for people in (10, 20, 50)),
    *(_layered_meeting(people) for people in (20, 50)),
    *(_discussion(listeners) for listeners in (100, 300, 1_000)),
    _address(1_000),
    _layers(100),
    *(_lossy(percent, 50) for percent in (1, 5, 10)),
    _lossy(5, 150),
    _slides(100),
)
QUICK = ("W1-100", "W2-20", "W3-300")


def chosen(*, quick: bool, names: str) -> tuple[Workload, ...]:
    """Give the workloads of `W=W1,W3-300`, all of them, or the headline points. Raises LookupError."""
    if not names:
        return tuple(w for w in WORKLOADS if not quick or w.id in QUICK)
    found: list[Workload] = []
    for name in names.split(","):
        fitting = [w for w in WORKLOADS if name in (w.id, w.family) and (not quick or w.id in QUICK or name == w.id)]
        if not fitting:
            raise LookupError(f"{name} is none of {', '.join(w.id for w in WORKLOADS)}")
        found += fitting
    return tuple(found)
