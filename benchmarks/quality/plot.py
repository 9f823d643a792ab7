"""A picture of what was seen over time: the line, what was believed and sent, the queue, and the picture's size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from benchmarks.quality.run import Run

WIDTH, HEIGHT, LEFT, RIGHT = 720, 400, 56, 16
RATES, QUEUES, SIZES = (28, 180), (232, 60), (316, 44)
"""Top and height of each part."""
COLOURS = (("#1f5fbf", "#2a9d4a", "#b03030"), ("#bf7f1f", "#b0a020", "#c080a0"))
"""Of the first and the second: estimate, sent, queue."""
Point = tuple[float, float]


def plot(name: str, runs: Mapping[str, Run]) -> str:
    """Give an SVG of runs of one scenario, the first of them in front."""
    first = next(iter(runs.values()))
    most = max(bps for _, bps in first.capacity) * 1.25
    longest = max([50.0, *(tenth.queue_ms for run in runs.values() for tenth in run.tenths)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="11">',
        f'<title>{escape(name)}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 16, name),
        _frame(RATES, f"{most / 1e6:.1f} Mbit/s"),
        _frame(QUEUES, f"{longest:.0f} ms"),
        _frame(SIZES, f"{first.full_height} lines"),
        _line(
            first, RATES, most, [(at / 10, first.line_bps(at / 10)) for at in range(round(first.seconds * 10))], "#888"
        ),
    ]
    for (estimate, sent, queue), (_, run) in reversed(list(zip(COLOURS, runs.items(), strict=False))):
        times = [tenth for tenth in run.tenths if 0 <= tenth.at_s < run.seconds]
        rates = [(tenth.at_s, sum(tenth.bytes_of.values()) * 80.0) for tenth in times]
        sizes = [(look.at_s, max((p.height for p in look.pictures.values()), default=0)) for look in run.looks]
        parts += [
            _line(run, RATES, most, _smooth(rates), sent),
            _line(run, RATES, most, [(at / 5, run.estimate(at / 5)) for at in range(round(run.seconds * 5))], estimate),
            _line(run, QUEUES, longest, [(tenth.at_s, tenth.queue_ms) for tenth in times], queue),
            _line(
                run,
                SIZES,
                run.full_height * 1.1,
                [(at, float(h)) for at, h in sizes if 0 <= at < run.seconds],
                estimate,
            ),
        ]
    words = [
        f"{name}: estimate and size {_NAMES[estimate]}, sent {_NAMES[sent]}, queue {_NAMES[queue]}"
        for (estimate, sent, queue), name in zip(COLOURS, runs, strict=False)
    ]
    parts += [_text(LEFT, HEIGHT - 22 + 14 * place, f"{line}.") for place, line in enumerate(words)]
    parts.append(_text(WIDTH - 60, HEIGHT - 8, f"{first.seconds:.0f} s"))
    return "\n".join([*parts, "</svg>\n"])


_NAMES = {
    "#1f5fbf": "blue",
    "#2a9d4a": "green",
    "#b03030": "red",
    "#bf7f1f": "orange",
    "#b0a020": "yellow",
    "#c080a0": "pink",
}


def _line(run: Run, place: tuple[int, int], most: float, points: Sequence[Point], colour: str) -> str:
    top, height = place
    across = (WIDTH - LEFT - RIGHT) / run.seconds
    drawn = [(LEFT + at * across, top + height * (1 - min(max(value / most, 0), 1))) for at, value in points]
    path = "".join(f"{'L' if number else 'M'}{x:.0f} {y:.0f}" for number, (x, y) in enumerate(drawn))
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.3"/>'


def _smooth(points: Sequence[Point]) -> list[Point]:
    """Give half seconds: a tenth holds two frames or three."""
    groups = [points[place : place + 5] for place in range(0, len(points), 5)]
    return [(group[0][0], sum(value for _, value in group) / len(group)) for group in groups]


def _frame(place: tuple[int, int], most: str) -> str:
    top, height = place
    across = WIDTH - LEFT - RIGHT
    frame = f'<rect x="{LEFT}" y="{top}" width="{across}" height="{height}" fill="none" stroke="#ccc"/>'
    return frame + _text(4, top + 10, most)


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}">{escape(text)}</text>'
