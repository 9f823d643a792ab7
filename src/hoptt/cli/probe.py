"""`hoptt probe`: a bridge point's line, tried without a browser."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from hoptt.cli.shared import AsJson


def probe(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server, such as https://hop.example.gov.vn.")],
    *,
    seconds: Annotated[float, typer.Option(min=1, max=15, help="How long each way of media is measured.")] = 3.0,
    as_json: AsJson = False,
) -> None:
    """Try the line to a server without a browser.

    It goes the way that a browser goes, before a meeting: name, connection, TLS, page and WebSocket, then the way
    of picture and sound: checks to every address of the media engine, over UDP and TCP, with delay, jitter and
    loss. No account is needed and no meeting is touched. Exit code 1 when something fails.
    """
    from hoptt.cli.report import report  # noqa: PLC0415 - aiohttp and aioice are a second that others save
    from hoptt.probe.run import probe as run  # noqa: PLC0415 - only here
    from hoptt.probe.target import target_of  # noqa: PLC0415 - only here

    try:
        target = target_of(url)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="URL") from wrong
    raise typer.Exit(asyncio.run(report(run(target, seconds=seconds), as_json=as_json)))
