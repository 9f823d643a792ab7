"""When Python looks for cycles of what nobody needs any more: every meeting of the node waits meanwhile (L4)."""

from __future__ import annotations

import gc

MUCH = (10_000, 10, 10)
"""So many more objects than before, not Python's 700: what 1,000 pages are told at once is none of them rubbish."""


def look_seldom() -> None:
    """Never look again through what serving is made of, and through the rest only when there is much of it.

    To be called once, when everything is built. Pages and meetings leave no cycles (tests hold them to it), so there is
    little to find.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*MUCH)
