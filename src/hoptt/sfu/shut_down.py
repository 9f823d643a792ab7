"""Ends an engine that runs without a control plane (`hoptt engine stop`)."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hoptt.errors import ErrorCode, HopttError
from hoptt.sfu import process
from hoptt.sfu.client import ANSWER_SECONDS, EngineAbsentError, EngineClient, EngineHungError, SupersededError
from hoptt.sfu.frames import Shutdown
from hoptt.sfu.process import EngineSettings

GRACE_MS = 1_000
"""Should it not end: nobody will come back for it."""


async def shut_down(data_dir: Path, *, epoch: int) -> None:
    """End the engine of a data folder; one that hangs is killed. Raises HopttError when there is none."""
    settings = EngineSettings(data_dir, port=0)
    pid = process.running(settings)
    try:
        client = await EngineClient.connect(settings.socket, epoch=epoch, grace_ms=GRACE_MS, hear=lambda _: None)
        pid = client.pid
        with contextlib.suppress(HopttError):
            await client.ask(Shutdown(id=0))
        await client.close()
    except EngineAbsentError as absent:
        if pid is None:
            raise HopttError(ErrorCode.ENGINE_AWAY, f"no media engine runs for {data_dir}") from absent
    except EngineHungError as hung:
        pid = hung.pid or pid
    except SupersededError as newer:
        raise HopttError(ErrorCode.ENGINE_AWAY, f"the media engine refused: {newer}") from newer
    if pid is not None and not await process.ended(pid, ANSWER_SECONDS):
        await process.kill(pid)
