"""Why something on the network failed, in the system's own few words."""

from __future__ import annotations

import os


def cause_of(fault: BaseException) -> str:
    """Give the cause without the addresses and types that exceptions carry."""
    if isinstance(fault, TimeoutError) and not str(fault):
        return "timeout"
    number = getattr(fault, "errno", None)
    if isinstance(number, int) and number > 0:
        return os.strerror(number)
    return str(getattr(fault, "strerror", None) or fault) or type(fault).__name__
