"""SDP as pure functions: `parse_offer` → `negotiate` → `answer` (RFC 8866, RFC 9429, RFC 8843, RFC 8839)."""

from hoptt.sfu.sdp.answer import Local, answer
from hoptt.sfu.sdp.fragment import Fragment, parse_fragment, write_fragment
from hoptt.sfu.sdp.lines import UnacceptableError
from hoptt.sfu.sdp.negotiate import negotiate
from hoptt.sfu.sdp.offer import parse_offer
from hoptt.sfu.sdp.session import Session, decode, encode

__all__ = [
    "Fragment",
    "Local",
    "Session",
    "UnacceptableError",
    "answer",
    "decode",
    "encode",
    "negotiate",
    "parse_fragment",
    "parse_offer",
    "write_fragment",
]
