"""When pages are told who is heard."""

import re
from pathlib import Path

from hoptt.ids import ParticipantId
from hoptt.live.loudness import AFRESH_EVERY, SPEECH_LEVEL, Loudness
from hoptt.sfu.contract import Heard

AN, BINH = ParticipantId("an"), ParticipantId("binh")


def test_somebody_who_goes_on_speaking_is_told_once_a_second() -> None:
    loudness = Loudness()
    told = [loudness.is_news(Heard({AN: SPEECH_LEVEL + n % 7, BINH: 5}, AN)) for n in range(3 * AFRESH_EVERY)]
    assert [n for n, news in enumerate(told) if news] == [0, 10, 20]


def test_another_voice_or_leader_is_told_at_once() -> None:
    loudness = Loudness()
    for heard in (Heard({AN: 90}, AN), Heard({AN: 90, BINH: 90}, AN), Heard({AN: 90, BINH: 90}, BINH)):
        assert loudness.is_news(heard)
        assert not loudness.is_news(heard)


def test_silence_is_told_though_nobody_spoke() -> None:
    """The engine tells it once: a page is not left with what it knew."""
    loudness = Loudness()
    loudness.is_news(Heard({AN: 40}, None))
    assert loudness.is_news(Heard({}, None))


def test_the_page_draws_its_ring_from_the_same_level_on() -> None:
    page = (Path(__file__).parents[2] / "web/src/ui/app/speaking.ts").read_text()
    assert re.findall(r"SPEECH_LEVEL = (\d+)", page) == [str(SPEECH_LEVEL)]
