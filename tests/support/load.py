"""The load generator beside a server of the tests: synthetic people, and what they measured."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.support.server import Server

PROGRAM = shutil.which("hoptt-load", path=str(Path(sys.executable).parent))
"""`make test-programs` builds it."""
MEASURED, UNRELIABLE = 0, 3
"""Its exit codes: measured, and measured on a machine too busy to be believed."""


async def load(server: Server, room: str, result: Path, *words: str) -> dict[str, Any]:
    """Bring synthetic people into a room (`?tile=…` behind it), and give what they measured."""
    assert PROGRAM is not None, "hoptt-load is not built: make test-programs"
    program = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--server", f"hoptt={server.url}/{room}", "--json", str(result)),
        *words,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await program.communicate()
    assert program.returncode in (MEASURED, UNRELIABLE), said.decode()[-2_000:]
    found: dict[str, Any] = await asyncio.to_thread(lambda: json.loads(result.read_text()))
    return found
