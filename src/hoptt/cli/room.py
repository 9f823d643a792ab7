"""`hoptt room …`: lasting addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hoptt.api.office_words import (
    CreateRoom,
    DeleteRoom,
    Done,
    LinesTold,
    ListRooms,
    RoomsTold,
    RoomTold,
    SetRoom,
    ShowLines,
    ShowRoom,
)
from hoptt.app.links import base, link
from hoptt.cli.floor_options import AtOnce, Kind, MutedUntilAllowed, Overruns, TurnSeconds
from hoptt.cli.shared import AsJson, ConfigFile, configured, do, print_json, print_table, secret
from hoptt.meeting.words import AdHoc, EntryRule

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Rooms: the lasting addresses at which meetings take place."
)

Entry: TypeAlias = Annotated[EntryRule | None, typer.Option(help="Who comes in by themselves (R3).")]
Capacity: TypeAlias = Annotated[int | None, typer.Option(help="Seats, 1 to 1000.")]
Begins: TypeAlias = Annotated[AdHoc | None, typer.Option(help="Who may begin a meeting that nobody scheduled.")]
DoorsBefore: TypeAlias = Annotated[
    int | None, typer.Option(metavar="SECONDS", help="Doors open so long before a start.")
]
Slug = Annotated[str, typer.Argument(help="The address: 2 to 64 of a–z, 0–9 and hyphens, as in https://host/SLUG.")]


@app.command()
def create(
    slug: Slug,
    *,
    name: Annotated[str, typer.Option(help="What is shown as its name. Default: the address.")] = "",
    password: Annotated[
        str | None, typer.Option(help="Kept as an argon2id hash only; `-` reads it from standard input.")
    ] = None,
    entry: Entry = None,
    capacity: Capacity = None,
    kind: Kind = None,
    muted_until_allowed: MutedUntilAllowed = None,
    turn: TurnSeconds = None,
    at_once: AtOnce = None,
    overrun: Overruns = None,
    ad_hoc: Begins = None,
    doors_before: DoorsBefore = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a room and print its link.

    What is not said is as `meeting.*` of the configuration has it.
    """
    settings = configured(config)
    room = do(
        settings,
        CreateRoom(
            slug=slug,
            name=name,
            password=secret(password),
            entry=entry,
            capacity=capacity,
            muted_until_allowed=muted_until_allowed,
            ad_hoc=ad_hoc,
            doors_before_s=doors_before,
            kind=kind,
            turn_s=turn,
            at_once=at_once,
            overrun=overrun,
        ),
        RoomTold,
    )
    if as_json:
        print_json(room)
    else:
        print(link(base(settings), room.slug))


@app.command("set")
def set_(
    slug: Slug,
    *,
    name: Annotated[str | None, typer.Option(help="What is shown as its name.")] = None,
    password: Annotated[
        str | None, typer.Option(help="Another one; `-` reads it from standard input, an empty one takes it away.")
    ] = None,
    entry: Entry = None,
    capacity: Capacity = None,
    kind: Kind = None,
    muted_until_allowed: MutedUntilAllowed = None,
    turn: TurnSeconds = None,
    at_once: AtOnce = None,
    overrun: Overruns = None,
    ad_hoc: Begins = None,
    doors_before: DoorsBefore = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Change a room from its next meeting on; what is not said stays."""
    asked = SetRoom(
        slug=slug,
        name=name,
        password=secret(password),
        entry=entry,
        capacity=capacity,
        muted_until_allowed=muted_until_allowed,
        ad_hoc=ad_hoc,
        doors_before_s=doors_before,
        kind=kind,
        turn_s=turn,
        at_once=at_once,
        overrun=overrun,
    )
    _print(do(configured(config), asked, RoomTold), as_json=as_json, config=config)


@app.command("list")
def list_(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the rooms."""
    rooms = do(configured(config), ListRooms(), RoomsTold).rooms
    if as_json:
        print_json(rooms)
        return
    print_table(
        ["SLUG", "NAME", "ENTRY", "PASSWORD", "FLOOR", "AD HOC", "SEATS", "MEETING NOW"],
        [(r.slug, r.name, r.entry, r.password_set, _floor(r), r.ad_hoc, r.capacity, r.busy) for r in rooms],
    )


@app.command()
def show(slug: Slug, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show one room."""
    _print(do(configured(config), ShowRoom(slug=slug), RoomTold), as_json=as_json, config=config)


@app.command()
def delete(slug: Slug, config: ConfigFile = None) -> None:
    """Delete a room with what is planned in it. Refused while a meeting goes on there."""
    do(configured(config), DeleteRoom(slug=slug), Done)


@app.command()
def lines(slug: Slug, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show how the lines do of those who are in a room now.

    As the media engine saw them in the last second. DOWN is what the line towards somebody is believed to carry, as
    far as they could use it.
    """
    found = do(configured(config), ShowLines(slug=slug), LinesTold).lines
    if as_json:
        print_json(found)
        return
    print_table(
        ["BRIDGE POINT", "NAME", "RTT", "LOST UP", "LOST DOWN", "DOWN"],
        [
            (
                one.name.bridge_point,
                one.name.name,
                None if one.rtt_ms is None else f"{one.rtt_ms:.0f} ms",
                f"{one.loss_up:.1%}",
                f"{one.loss_down:.1%}",
                None if one.estimate_bps is None else f"{one.estimate_bps / 1_000:.0f} kbit/s",
            )
            for one in found
        ],
    )


def _print(room: RoomTold, *, as_json: bool, config: Path | None) -> None:
    if as_json:
        print_json(room)
        return
    print(f"{room.name}\n{link(base(configured(config)), room.slug)}")
    print(
        f"entry {room.entry}, password {'set' if room.password_set else 'none'}, {_floor(room)}, ad hoc {room.ad_hoc}"
    )
    print(_turns(room))
    print(f"{room.capacity} seats, {room.lobby_capacity} places in the lobby, doors {room.doors_before_s} s before")
    print("a meeting goes on now" if room.busy else "no meeting goes on now")


def _floor(room: RoomTold) -> str:
    return "muted until allowed" if room.muted_until_allowed else "open floor"


def _turns(room: RoomTold) -> str:
    time = "without a limit" if room.turn_s is None else f"of {room.turn_s} s, then {room.overrun}"
    return f"{room.kind}, turns {time}, {room.at_once} at once"
