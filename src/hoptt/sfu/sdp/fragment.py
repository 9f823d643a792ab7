"""SDP fragments, as WHIP and WHEP exchange them after the offer (RFC 8840 §9): candidates, or new ICE credentials."""

from __future__ import annotations

from dataclasses import dataclass

from hoptt.sfu.contract import IceCredentials
from hoptt.sfu.sdp.answer import Local
from hoptt.sfu.sdp.lines import fault, split
from hoptt.sfu.sdp.offer import Media, read_pwd, read_ufrag
from hoptt.sfu.sdp.session import Session

MAX_BYTES = 16 * 1024
"""A hundred candidates."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a peer says. Its candidates are counted and not kept: an ICE-lite server answers whoever checks (S9)."""

    ice: IceCredentials | None
    candidates: int


def parse_fragment(text: str) -> Fragment:
    """Read a fragment. Credentials stand before the m-lines or in one of them; the first ones count.

    Raises HopttError(SDP_INVALID) with the line that is wrong.
    """
    if len(text) > MAX_BYTES:
        raise fault(1, f"the fragment is larger than {MAX_BYTES // 1024} KiB")
    said = Media(1)
    candidates = 0
    for place, line in enumerate(split(text), 1):
        if len(line) < 2 or line[1] != "=" or not line[0].isalpha():
            raise fault(place, "a line is a letter, `=` and a value")
        key, _, value = line.partition(":")
        if key == "a=ice-ufrag" and not said.ufrag:
            read_ufrag(said, value, place)
        elif key == "a=ice-pwd" and not said.pwd:
            read_pwd(said, value, place)
        elif key == "a=candidate":
            if len(value.split()) < 8:
                raise fault(place, "a candidate has at least eight words (RFC 8839 §5.1)")
            candidates += 1
    if bool(said.ufrag) is not bool(said.pwd):
        raise fault(1, "a=ice-ufrag and a=ice-pwd come together")
    return Fragment(IceCredentials(said.ufrag, said.pwd) if said.ufrag else None, candidates)


def write_fragment(session: Session, local: Local) -> str:
    """Write our side of a new ICE session. One m-line stands for all: they share a transport."""
    bundle = [line for line in session.lines if line.accepted]
    lines = ["a=ice-lite", f"a=group:BUNDLE {' '.join(line.mid for line in bundle)}"]
    for line in bundle[:1]:
        formats = [str(codec.pt) for codec in line.codecs]
        lines += [f"m={line.kind} 9 {line.profile} {' '.join(formats)}", f"a=mid:{line.mid}"]
    lines += [f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.pwd}"]
    lines += [f"a=candidate:{candidate}" for candidate in local.candidates]
    lines.append("a=end-of-candidates")
    return "\r\n".join(lines) + "\r\n"
