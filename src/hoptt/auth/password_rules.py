"""What a password of an account has to be (S30): long, and hard to guess. Which characters is its owner's affair."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from hoptt.auth.passwords import MAX_CHARACTERS
from hoptt.errors import ErrorCode, HopttError

LEAST = 8
"""No setting goes below."""
HARD_ENOUGH = 3
"""Of zxcvbn's scale of 0 to 4: more than 10⁸ guesses."""
LOOKED_AT = 72
"""Characters: the estimate takes longer than linear time, and what is longer is long enough."""
EVERYBODY_S = ("hoptt", "hoptructuyen", "hop", "truc", "tuyen", "matkhau", "mat", "khau", "vietnam", "hanoi", "saigon")
"""Words that come to mind here; zxcvbn's own lists know the English ones."""


def check_new_password(text: str, *, least: int, about: Sequence[str] = ()) -> None:
    """Refuse a password that is too short, or that a guesser would try early. `about`: words about its owner.

    Raises HopttError(PASSWORD_WEAK) with what to do.
    """
    text = unicodedata.normalize("NFC", text)
    if len(text) < max(LEAST, least):
        raise _weak(
            f"a password has {max(LEAST, least)} characters at least; several words are easy to remember", least
        )
    if len(text) > MAX_CHARACTERS:
        raise _weak(f"a password has {MAX_CHARACTERS} characters at most", least)
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists are needed when a password is chosen only

    known = [*EVERYBODY_S, *(word for one in about for word in _words(_bare(one)))]
    bare = _bare(text)[:LOOKED_AT]
    # with its spaces and without them: neither may be easy
    if min(zxcvbn(each, user_inputs=known)["score"] for each in (bare, bare.replace(" ", ""))) < HARD_ENOUGH:
        raise _weak("this password is easy to guess: choose several words that do not belong together", least)


def _words(text: str) -> list[str]:
    """Give the words of a text, and neighbours as one word: `lai`, `chau`, `laichau`."""
    words = [word.strip(".,;()") for word in text.split()]
    return [word for word in (*words, *(a + b for a, b in pairwise(words))) if word]


def _bare(text: str) -> str:
    """Give a text as guessers write it: without marks, in lower case."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def _weak(sentence: str, least: int) -> HopttError:
    return HopttError(ErrorCode.PASSWORD_WEAK, sentence, field="password", details={"min_length": max(LEAST, least)})
