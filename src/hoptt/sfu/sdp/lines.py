"""The lines of an SDP text and what may be wrong with them (S35)."""

from __future__ import annotations

import re

from hoptt.errors import ErrorCode, HopttError

MAX_BYTES = 384 * 1024
MAX_LINES = 12_000
MAX_LINE_BYTES = 2 * 1024
MAX_MEDIA = 64

_TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+", re.ASCII)


def fault(line: int, what: str) -> HopttError:
    """Name what is wrong and where. The text itself is not repeated: it is private, and may be long."""
    return HopttError(ErrorCode.SDP_INVALID, f"line {line}: {what}", details={"line": line})


class UnacceptableError(HopttError):
    """Well formed, but it could be taken in part only, and half a session is none (RFC 9725 §4.4.3: 406)."""


def unacceptable(line: int, what: str) -> UnacceptableError:
    """Name the m-line that cannot be taken, and why."""
    return UnacceptableError(ErrorCode.SDP_INVALID, f"line {line}: {what}", details={"line": line})


def split(text: str) -> list[str]:
    """Give the lines without their ends. Raises HopttError(SDP_INVALID) past the limits of S35."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise fault(1, f"the offer is larger than {MAX_BYTES // 1024} KiB")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    if not lines:
        raise fault(1, "the offer is empty")
    if len(lines) > MAX_LINES:
        raise fault(MAX_LINES + 1, f"there are more than {MAX_LINES} lines")
    if max(map(len, lines)) > MAX_LINE_BYTES or not text.isascii():
        _find_long(lines)
    if "\0" in text or "\r" in text.replace("\r\n", ""):
        number = next(n for n, line in enumerate(lines, 1) if "\0" in line or "\r" in line)
        raise fault(number, "there is a control character")
    return lines


def number(text: str, low: int, high: int, line: int, what: str) -> int:
    """Read a decimal number. Raises HopttError(SDP_INVALID)."""
    if text.isascii() and text.isdigit() and len(text) <= 10 and low <= (value := int(text)) <= high:
        return value
    raise fault(line, f"{what} is not a number from {low} to {high}")


def token(text: str, longest: int, line: int, what: str) -> str:
    """Read a token of RFC 8866 §9. Raises HopttError(SDP_INVALID)."""
    if len(text) <= longest and _TOKEN.fullmatch(text):
        return text
    raise fault(line, f"{what} is not a word of 1 to {longest} characters")


def _find_long(lines: list[str]) -> None:
    for place, line in enumerate(lines, 1):
        if len(line.encode("utf-8", "surrogatepass")) > MAX_LINE_BYTES:
            raise fault(place, f"the line is longer than {MAX_LINE_BYTES} bytes")
