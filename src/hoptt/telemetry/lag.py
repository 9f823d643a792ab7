"""How late the event loop is: whatever blocks it delays every meeting of the node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_S = 0.25


async def watch_lag(seen: Callable[[float], None]) -> None:
    """Sleep a known time, over and over, and tell how much longer it took. Ends when cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_S
        await asyncio.sleep(LOOK_S)
        seen(max(0.0, loop.time() - due))
