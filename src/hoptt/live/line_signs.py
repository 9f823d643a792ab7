"""How lines do (R24): worse at once, better after a calm while, and bad when somebody who sends falls silent (F25)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from hoptt.ids import ParticipantId
from hoptt.live.deliveries import Sign
from hoptt.sfu.contract import LineSeen

WATCH_LOSS, BAD_LOSS = 0.02, 0.05
WATCH_RTT_MS, BAD_RTT_MS = 300.0, 600.0
"""Twice the delay one way of 150 and 300 ms at which talk begins to suffer (ITU-T G.114)."""
CALM_SECONDS = 5
"""A line is called better only after so many better seconds: a sign that flickers says nothing."""
STEADY_SECONDS, SILENT_SECONDS = 3, 2
"""Somebody whose line brought something in each of so many seconds, and then nothing in so many, has no line."""


@dataclass(slots=True)
class _Line:
    seen: LineSeen
    told: Sign = Sign.GOOD
    calm: int = 0
    steady: int = 0
    """Seconds in a row in which something came; they are kept while the line is silent."""
    silent: int = 0


class LineSigns:
    """The signs of a meeting's lines, from what the engine sees of them each second."""

    def __init__(self) -> None:
        self._lines: dict[ParticipantId, _Line] = {}

    @property
    def told(self) -> Mapping[ParticipantId, Sign]:
        """The signs that were told."""
        return {who: line.told for who, line in self._lines.items()}

    @property
    def seen(self) -> Mapping[ParticipantId, LineSeen]:
        """What was seen of each line in its last second."""
        return {who: line.seen for who, line in self._lines.items()}

    def take(self, seen: LineSeen, *, sends: bool) -> Sign | None:
        """Take a second of somebody's line; gives a sign that is to be told. `sends`: a switch of theirs is on."""
        line = self._lines.setdefault(seen.participant, _Line(seen))
        line.seen = seen
        sign = Sign.BAD if _is_silent(line, seen, sends=sends) else _sign(seen)
        if _WORSE[sign] < _WORSE[line.told]:
            line.calm += 1
            if line.calm < CALM_SECONDS:
                return None
        line.calm = 0
        if sign is line.told:
            return None
        line.told = sign
        return sign

    def forget(self, who: ParticipantId) -> None:
        """Forget a line that is gone."""
        self._lines.pop(who, None)


def _is_silent(line: _Line, seen: LineSeen, *, sends: bool) -> bool:
    if seen.bytes_in > 0:
        line.steady += 1
        line.silent = 0
    elif line.steady < STEADY_SECONDS or not sends:
        line.steady = line.silent = 0  # a page that has nothing to send is silent for seconds, too
    else:
        line.silent += 1
    return line.silent >= SILENT_SECONDS


_WORSE = {Sign.GOOD: 0, Sign.WATCH: 1, Sign.BAD: 2}


def _sign(seen: LineSeen) -> Sign:
    loss = max(seen.loss_up, seen.loss_down)
    rtt = seen.rtt_ms if seen.rtt_ms is not None and math.isfinite(seen.rtt_ms) else 0.0
    if loss > BAD_LOSS or rtt > BAD_RTT_MS:
        return Sign.BAD
    if loss > WATCH_LOSS or rtt > WATCH_RTT_MS:
        return Sign.WATCH
    return Sign.GOOD
