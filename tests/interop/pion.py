"""The Pion program of `tests/interop/pion`, built once and run for each cell."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "pion"


@cache
def program() -> Path:
    """Build it. Says what is missing when there is no Go."""
    go = shutil.which("go")
    assert go is not None, "Pion's cells need Go 1.26 or newer: https://go.dev/dl/"
    built = SOURCES / "bin/pion"
    subprocess.run([go, "build", "-o", str(built), "."], cwd=SOURCES, check=True, env={**os.environ, "GOFLAGS": ""})
    return built


@dataclass
class Pion:
    """One run."""

    said: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.said if one["event"] == event]

    async def run(self, *options: str) -> None:
        """Run it to its end."""
        process = await asyncio.create_subprocess_exec(
            str(program()), *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            async for line in process.stdout:
                self.said.append(json.loads(line))
            errors = await process.stderr.read()
            self.code = await process.wait()
            assert self.code == 0, f"{self.said}\n{errors.decode()[-2_000:]}"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
