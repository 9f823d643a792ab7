"""Which characters a name may have, and which letters only look like Latin ones (S46, S47)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from hoptt.meeting.confusables import TABLE

PUNCTUATION = frozenset(" -–.,'()/")
MAX_MARKS = 2

_CYRILLIC = "АВЕЅІЈКМНОРСТУХҮԚԜавсԁеһіјкӏорԛѕтухуѵԝɡ"
_CYRILLIC_AS = "ABESIJKMHOPCTYXYQWabcdehijklopqstyxyvwg"
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχγ"
_GREEK_AS = "ABEZHIKMNOPTYXaiknoptuxy"
_OTHER = "ıɑɩſƖǀꓐꓑꓒꓓꓔꓖꓗꓙꓚꓜꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴΙՕօոսզᎪᏴᏟᎠᎬᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ"
_OTHER_AS = "iaisIlBPDdTGKJCZMNLSRVHWXYAEIOUIOonuqABCDEHiJKLMPRSTVWZ"

LOOKALIKES = {
    **{other: latin for others, latins in TABLE for other, latin in zip(others, latins, strict=True)},
    **dict(zip(_CYRILLIC + _GREEK + _OTHER, _CYRILLIC_AS + _GREEK_AS + _OTHER_AS, strict=True)),
}
"""Letters of other alphabets (and a few rare Latin ones) that are read as a Latin letter: those of Unicode TS 39, and
those that a keyboard or a phone brings into a Vietnamese name and that a tired eye takes for one too."""


def is_allowed(text: str, at: int, scripts: Sequence[str]) -> bool:
    """Tell whether the character of a text in NFC may stand there.

    Letters of the given scripts, decimal digits, the punctuation of S46, and marks on a letter, two at most in a row.
    A look-alike in a word that also has Latin letters is refused even where its script is allowed.
    """
    character = text[at]
    if character in PUNCTUATION or character in "0123456789":
        return True
    category = unicodedata.category(character)
    if category == "Mn":
        run = 0
        while at - run >= 0 and unicodedata.category(text[at - run]) == "Mn":
            run += 1
        return run <= MAX_MARKS and at >= run and text[at - run].isalpha()
    if not category.startswith("L"):
        return False
    if script_of(character) not in scripts:
        return False
    return not (character in LOOKALIKES and _has_latin(text, at))


@lru_cache(maxsize=4_096)
def script_of(letter: str) -> str:
    """Give the script as the character's name begins, lower case; `latin` only for letters of living alphabets.

    Phonetic, full-width, mathematical and look-alike forms give a word that no rule allows.
    """
    name = unicodedata.name(letter, "UNNAMED").split(" ")
    script = name[0].lower()
    if script != "latin":
        return script
    base = unicodedata.normalize("NFD", letter)[0]
    if letter in LOOKALIKES or not (base.isascii() or ord(letter) < 0x180):
        return "rare latin"
    return script


def is_lookalike(character: str) -> bool:
    """Tell whether it is read as a Latin letter without being one: full-width and styled letters included."""
    if character in LOOKALIKES:
        return True
    folded = unicodedata.normalize("NFKC", character)
    return folded != character and all(c.isascii() and c.isalpha() for c in folded) and len(folded) == 1


def shown(character: str) -> str:
    """Give the character so that somebody can see which one is meant: invisible ones by their number."""
    category = unicodedata.category(character)
    if category[0] in "CZ" or category in ("Mn", "Me"):
        return f"U+{ord(character):04X}"
    return character


def _has_latin(text: str, at: int) -> bool:
    start = text.rfind(" ", 0, at) + 1
    end = text.find(" ", at)
    word = text[start : end if end >= 0 else len(text)]
    return any(c.isalpha() and script_of(c) == "latin" for c in word)
