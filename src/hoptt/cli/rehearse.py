"""`hoptt rehearse`: simulated bridge points with incidents, so that a chair can practise."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoptt.api.office_words import MakeToken, TokenTold
from hoptt.app.acting import act
from hoptt.app.links import base, link
from hoptt.cli.load_program import load_program
from hoptt.cli.shared import AsJson, ConfigFile, configured, do, print_json, print_table, refusals
from hoptt.meeting.words import Role

if TYPE_CHECKING:
    from hoptt.bots.rehearsal.run import Report
    from hoptt.signaling.messages import Name


def rehearse(
    *,
    room: Annotated[str, typer.Option(help="The address of the room.")],
    points: Annotated[int, typer.Option(min=2, max=200, help="How many bridge points.")] = 60,
    minutes: Annotated[float, typer.Option(min=0.1, max=240, help="How long; then all leave by themselves.")] = 15,
    script: Annotated[Path | None, typer.Option(metavar="FILE", help="Own incidents (JSON). Default: twelve.")] = None,
    chair: Annotated[str | None, typer.Option(metavar="NAME", help="Print a link for a chair of this name.")] = None,
    url: Annotated[str | None, typer.Option(help="The server. Default: where this configuration serves.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Rehearse a meeting with simulated bridge points ("Họp thử").

    They come in with picture and voice when the chair has entered, and do what happens in meetings: knock under odd
    names, speak without leave, lose the line, disturb, leave early. At the end it tells what was handled, and how fast.
    """
    from rich.console import Console  # noqa: PLC0415 - only here

    from hoptt.bots.rehearsal.run import Plan, Rehearsal  # noqa: PLC0415 - PyAV takes a second and 50 MB
    from hoptt.bots.rehearsal.script import read, standard  # noqa: PLC0415 - as above

    settings = configured(config)
    program = load_program()
    with refusals():
        played = standard(minutes) if script is None else read(script)
    if chair is not None:
        told = do(settings, MakeToken(room=room, role=Role.CHAIR, name=chair, bridge_point="", unit=""), TokenTold)
        print(link(base(settings), room, told.token))

    async def mint(name: Name) -> str:
        told = await act(
            settings,
            MakeToken(room=room, role=Role.ATTENDEE, name=name.name, bridge_point=name.bridge_point, unit=name.unit),
        )
        assert isinstance(told, TokenTold), "a token was asked for"
        return told.token

    plan = Plan(url or base(settings), room, points, minutes, played, program)
    with refusals():
        report = asyncio.run(Rehearsal(plan, mint, Console(stderr=True)).run())
    if as_json:
        print_json(summary(report))
    else:
        _tell(report)


def summary(report: Report) -> dict[str, object]:
    """Give the report for programs."""
    from hoptt.bots.rehearsal.script import What  # noqa: PLC0415 - as above

    return {
        "points": report.points,
        "came": report.came,
        "handled": report.handled,
        "for_the_chair": len(report.for_the_chair),
        "median_admit_s": report.median_s(What.KNOCK),
        "median_floor_s": report.median_s(What.ASK_FLOOR),
        "wrongly_removed": report.wrongly_removed,
        "outcomes": report.outcomes,
    }


def _tell(report: Report) -> None:
    from hoptt.bots.rehearsal.script import What  # noqa: PLC0415 - as above

    print_table(
        ["INCIDENT", "BRIDGE POINT", "ENDED", "AFTER S", "HOW"],
        [
            (one.what, one.point, one.end, None if one.after_s is None else round(one.after_s, 1), one.why)
            for one in report.outcomes
        ],
    )
    print(f"{report.came} of {report.points} came in; handled {report.handled} of {len(report.for_the_chair)}")
    for what, doing in ((What.KNOCK, "admit"), (What.ASK_FLOOR, "give the floor")):
        median = report.median_s(what)
        if median is not None:
            print(f"median time to {doing}: {median:.1f} s")
    if report.wrongly_removed:
        print(f"removed without a reason: {', '.join(report.wrongly_removed)}")
