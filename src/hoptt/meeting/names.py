"""What the door asks of a name (R11), its shape (S46), and whom it must not look like (S47).

`clean` folds what means nothing; `faults` tells everything that is to be corrected at once;
`impersonations` compares with the invitation list, which is told only to those who passed the password.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import InvitationId
from hoptt.meeting.alphabet import LOOKALIKES, is_allowed, is_lookalike, shown
from hoptt.meeting.commands import Identity, IdentityKind
from hoptt.meeting.settings import Name, NameRule
from hoptt.meeting.state import Meeting

FIELDS = ("bridge_point", "name", "unit")
MAX_NAMED = 10
"""So many characters at fault are named; more would not help anybody to correct."""


def clean(name: Name) -> Name:
    """Give the name in NFC, with spaces folded and the typographic apostrophe made plain (S46)."""
    return Name(*(tidy(getattr(name, field)) for field in FIELDS))


def tidy(text: str) -> str:
    """Give a text in NFC. Only what a keyboard makes of a space is folded: other blanks are faults to be named."""
    folded = unicodedata.normalize("NFC", text).replace("\u2019", "'").replace("\u00a0", " ")
    return " ".join(part for part in folded.split(" ") if part)


def personal(name: Name) -> str:
    """Give the personal name: what stands before the first comma, after which comes the position."""
    return name.name.partition(",")[0].strip()


def position(name: Name) -> str:
    """Give the position, empty when none is written."""
    return name.name.partition(",")[2].strip()


def faults(name: Name, rule: NameRule) -> list[HopttError]:
    """Tell all that the rule has against a cleaned name, in the order of the form."""
    found: list[HopttError] = []
    for field in FIELDS:
        text = getattr(name, field)
        found += _missing(name, field, rule)
        if len(text) > rule.max_length:
            found.append(
                HopttError(
                    ErrorCode.NAME_TOO_LONG,
                    f"{field} is longer than {rule.max_length} characters ({len(text)})",
                    field=field,
                    details={"max_length": rule.max_length, "length": len(text)},
                )
            )
        else:
            found += _wrong_characters(text, field, rule)
        if field == "name" and text:
            found += _too_short(personal(name), rule)
    return found


def impersonations(meeting: Meeting, name: Name, own: InvitationId | None) -> list[HopttError]:
    """Tell which parts of a typed name belong to somebody invited, or present with a proved identity (R11, S47).

    Compared as they are read: without case, look-alike letters as what they look like.
    """
    taken = _taken(meeting, own)
    mine = next((i.name for i in meeting.invitations if i.id == own), None)
    own_point = skeleton(mine.bridge_point) if mine is not None else ""
    found = []
    point = skeleton(name.bridge_point)
    if point and point != own_point and point in {skeleton(n.bridge_point) for n in taken}:
        found.append(_impersonates("bridge_point"))
    person = skeleton(personal(name))
    if person and person in {skeleton(personal(n)) for n in taken}:
        found.append(_impersonates("name"))
    return found


def resembled(meeting: Meeting, name: Name, identity: Identity) -> str:
    """Give the name that a typed one equals but for its marks, or that a guest inside already has; else nothing (S47).

    `Nguyen Van An` beside an invited `Nguyễn Văn An` may be another person, or the same one at a foreign keyboard:
    the chair looks. So for a second guest of the same name at the same bridge point, but for one who comes again
    with the same browser.
    """
    own = identity.invitation
    mine = next((plain(i.name.bridge_point) for i in meeting.invitations if i.id == own), "")
    point, person = plain(name.bridge_point), plain(personal(name))
    for other in _taken(meeting, own):
        if person and person == plain(personal(other)):
            return other.name
        if point and point != mine and point == plain(other.bridge_point):
            return other.bridge_point
    for present in meeting.participants.values():
        same_browser = identity.ban_key is not None and identity.ban_key == present.identity.ban_key
        if present.identity.kind is not IdentityKind.GUEST or same_browser:
            continue
        if person and (point, person) == (plain(present.name.bridge_point), plain(personal(present.name))):
            return present.name.name
    return ""


def _taken(meeting: Meeting, own: InvitationId | None) -> list[Name]:
    """Give the names of those whose identity is known: invited, or inside with a proved one."""
    return [i.name for i in meeting.invitations if i.id != own] + [
        p.name
        for p in meeting.participants.values()
        if p.identity.kind is not IdentityKind.GUEST and (own is None or p.identity.invitation != own)
    ]


@lru_cache(maxsize=4_096)
def skeleton(text: str) -> str:
    """Give a text as it is read: no case, look-alikes as what they look like, one space; marks stay (TS 39 §4)."""
    folded = "".join(LOOKALIKES.get(c, c) for c in unicodedata.normalize("NFKC", text)).casefold()
    read = folded.translate(_READ_AS).replace("rn", "m")
    bare = unicodedata.normalize("NFD", read)
    kept = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in bare)
    return " ".join(kept.split())


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Give the skeleton without marks. A letter is read as what it looks like once its marks are gone, too."""
    bare = "".join(c for c in skeleton(text).replace("đ", "d") if not unicodedata.combining(c))
    return bare.translate(_READ_AS)


_READ_AS = str.maketrans("i1|0", "lllo")
"""A small i, a one and a bar are read as the letter l, a nought as an o. Both sides of a comparison are so folded."""


def _missing(name: Name, field: str, rule: NameRule) -> list[HopttError]:
    found = []
    if field in rule.require and not getattr(name, field):
        code = ErrorCode.NAME_UNIT_MISSING if field == "unit" else ErrorCode.NAME_PART_MISSING
        found.append(HopttError(code, f"{field} is missing", field=field))
    if field == "name" and name.name and "position" in rule.require and not position(name):
        found.append(
            HopttError(ErrorCode.NAME_PART_MISSING, "the position after the name is missing", field="position")
        )
    return found


def _too_short(person: str, rule: NameRule) -> list[HopttError]:
    words = [w for w in person.split() if any(c.isalpha() for c in w)]
    if not rule.abbreviations:
        words = [w for w in words if "." not in w and len(w) > 1]
    if len(words) >= rule.min_words:
        return []
    return [
        HopttError(
            ErrorCode.NAME_TOO_SHORT,
            f"the name has fewer than {rule.min_words} full words",
            field="name",
            details={"min_words": rule.min_words},
        )
    ]


def _wrong_characters(text: str, field: str, rule: NameRule) -> list[HopttError]:
    wrong = [c for i, c in enumerate(text) if not is_allowed(text, i, rule.scripts)]
    found = []
    for code, characters in (
        (ErrorCode.NAME_LOOKALIKE, [c for c in wrong if is_lookalike(c)]),
        (ErrorCode.NAME_SCRIPT, [c for c in wrong if not is_lookalike(c)]),
    ):
        if characters:
            named = " ".join(shown(c) for c in list(dict.fromkeys(characters))[:MAX_NAMED])
            found.append(
                HopttError(
                    code,
                    f"{field} has characters that are not allowed: {named}",
                    field=field,
                    details={"characters": named},
                )
            )
    return found


def _impersonates(field: str) -> HopttError:
    return HopttError(ErrorCode.NAME_IMPERSONATES, f"this {field} belongs to somebody invited", field=field)
