"""`hoptt doctor`: is this machine ready?"""

from __future__ import annotations

import asyncio

import typer

from hoptt.cli.shared import AsJson, ConfigFile


def doctor(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Say whether this machine is ready for meetings.

    Configuration, versions, data folder, secrets, disk, limits, clock, TLS, ports, and the way of picture and sound
    as this machine sees it; each line says what to do. Changes nothing, takes a few seconds, and works with and
    without a running server; run it as the user that hoptt runs as. In Vietnamese where LANG says so. Exit code 1
    when something fails.
    """
    from hoptt.cli.report import report  # noqa: PLC0415 - what it looks with is a second that other commands save
    from hoptt.doctor.examine import examine  # noqa: PLC0415 - only here

    raise typer.Exit(asyncio.run(report(examine(config), as_json=as_json)))
