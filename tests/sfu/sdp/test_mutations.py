"""Whatever arrives as an offer, there is an answer or a refusal: never anything else."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from tests.sfu.sdp.offers import CORPUS, SMALL
from tests.support.amounts import random_input

from hoptt.errors import ErrorCode, HopttError
from hoptt.sfu.sdp import Local, Session, answer, decode, encode, negotiate, parse_offer

LOCAL = Local("engine0123", "0123456789abcdef01234567", "00:11", [])
SEEDS = [SMALL, *CORPUS.values()]
BEFORE = negotiate(parse_offer(SMALL), None, audio_slots=4)
PIECES = sorted({line for text in SEEDS for line in text.splitlines()})


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A real offer with lines taken out, doubled, moved, replaced by those of others, cut and overwritten."""
    lines = draw(st.sampled_from(SEEDS)).splitlines()
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[draw(st.integers(0, len(lines) - 1))])
            case 2:
                lines.insert(place, draw(st.sampled_from(PIECES)))
            case 3:
                lines[place] = lines[place][: draw(st.integers(0, len(lines[place])))]
            case 4:
                lines[place] = lines[place] + draw(st.text(max_size=8))
            case _:
                number = draw(st.integers(-1, 2**33))
                lines[place] = lines[place].partition(":")[0] + f":{number} {number}"
        if not lines:
            return ""
    return "\r\n".join(lines) + "\r\n"


def decided(text: str, before: Session | None) -> Session | None:
    refusal: HopttError
    try:
        return negotiate(parse_offer(text), before, audio_slots=4)
    except HopttError as raised:
        refusal = raised
    assert refusal.code is ErrorCode.SDP_INVALID
    assert 1 <= int(refusal.details["line"]) <= text.count("\n") + 2
    return None


@random_input(400)
@given(mutated())
def test_a_mutated_offer_is_answered_or_refused(text: str) -> None:
    session = decided(text, None)
    if session is not None:
        assert answer(session, LOCAL).startswith("v=0\r\n")
        assert decode(encode(session)) == session


@random_input(150)
@given(mutated())
def test_a_mutated_re_offer_is_answered_or_refused(text: str) -> None:
    session = decided(text, BEFORE)
    assert session is None or session.version == BEFORE.version + 1


@random_input(200)
@given(st.text() | st.text("va=m:0 \r\n1", max_size=200).map(lambda tail: "v=0\n" + tail))
@example("v=0\nm=\n")
def test_any_text_is_answered_or_refused(text: str) -> None:
    decided(text, None)
