"""When pages are told who is heard: when somebody begins or ends to speak, and once a second for whoever came since."""

from __future__ import annotations

from hoptt.ids import ParticipantId
from hoptt.sfu.contract import Heard

SPEECH_LEVEL = 70
"""Below it is the room's noise. The page draws its ring from the same level on (`speaking.ts`), and nothing finer."""
AFRESH_EVERY = 10
"""Of so many that the engine tells, which are ten a second, one is told in any case."""


class Loudness:
    """What the pages of a meeting know of its voices.

    The engine tells levels ten times a second. To a hundred pages that is a thousand messages, each of them a system
    call and a woken browser, and all that a page shows of them is who speaks.
    """

    def __init__(self) -> None:
        self._told: tuple[frozenset[ParticipantId], ParticipantId | None] | None = None
        self._untold = 0

    def is_news(self, heard: Heard) -> bool:
        """Take what the engine tells; say whether pages are to be told."""
        speaking = frozenset(who for who, level in heard.levels.items() if level >= SPEECH_LEVEL)
        seen = (speaking, heard.dominant)
        self._untold += 1
        if seen == self._told and heard.levels and self._untold < AFRESH_EVERY:
            return False
        self._told, self._untold = seen, 0
        return True
