"""Who is not welcome any more (R18): banned, removed, refused, signed out. By the door and by a resume token alike."""

from __future__ import annotations

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.commands import Identity, IdentityKind
from hoptt.meeting.rights import same_person
from hoptt.meeting.state import Former, Meeting


def refuse_banned(meeting: Meeting, identity: Identity) -> None:
    """Refuse a banned person, and a guest in the browser of one. Raises HopttError(BANNED)."""
    for ban in meeting.bans.values():
        by_person = ban.person is not None and ban.person == identity.person
        by_browser = ban.ban_key is not None and ban.ban_key == identity.ban_key
        if by_person or (by_browser and identity.kind is IdentityKind.GUEST):
            raise HopttError(ErrorCode.BANNED, "not let in again to this meeting")


def was_removed(meeting: Meeting, identity: Identity) -> bool:
    """Tell whether the last word on this person or browser was a removal: then the chair is asked again."""
    words = [f.dead for f in _words_on(meeting, identity) if f.dead not in _NOT_REMOVED]
    return bool(words) and words[-1] is not None


def refuse_turned_away(meeting: Meeting, former: Former) -> None:
    """Refuse a resume token that opens nothing any more: of the seat itself, or because whoever left it came in anew
    and was turned away then. Raises HopttError with the code of that.
    """
    for word in (former, *_words_on(meeting, former.identity)[-1:]):
        if word.dead is not None:
            raise HopttError(word.dead, "this resume token opens nothing any more", details={"reason": word.reason})


def _words_on(meeting: Meeting, identity: Identity) -> list[Former]:
    """Give how the seats and places of a person or browser ended, the last one last."""
    return [former for former in meeting.former.values() if same_person(former.identity, identity)]


_NOT_REMOVED = (ErrorCode.LOBBY_REFUSED, ErrorCode.SIGNED_OUT)
