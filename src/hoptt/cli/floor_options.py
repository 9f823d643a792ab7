"""Options of rooms and meetings that say how people come to speak (R16, R17)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from hoptt.meeting.words import MeetingKind, Overrun

Kind: TypeAlias = Annotated[
    MeetingKind | None,
    typer.Option(help="One choice for all of these: discussion (all equal), training (one granted), conference."),
]
MutedUntilAllowed: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--muted-until-allowed/--open-floor",
        help="Whether the chair has to allow speaking (R16). Default: as the kind.",
    ),
]
TurnSeconds: TypeAlias = Annotated[
    int | None,
    typer.Option("--turn", metavar="SECONDS", help="Time of a turn, 10 to 86400; 0: no limit. Default: as the kind."),
]
AtOnce: TypeAlias = Annotated[
    int | None, typer.Option(help="So many may have the floor at once, 1 to 10. Default: as the kind.")
]
Overruns: TypeAlias = Annotated[
    Overrun | None,
    typer.Option("--overrun", help="What the end of the time does: close the microphone, or only warn."),
]
