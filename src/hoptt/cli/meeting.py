"""`hoptt meeting …`: scheduled meetings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from hoptt import ids
from hoptt.api.office_words import (
    CancelMeeting,
    CreateMeeting,
    Done,
    ListMeetings,
    MeetingsTold,
    MeetingTold,
    ShowMeeting,
)
from hoptt.app.data_dir import data_dir
from hoptt.app.links import base, link
from hoptt.cli.floor_options import AtOnce, Kind, MutedUntilAllowed, Overruns, TurnSeconds
from hoptt.cli.invitation_list import read_invitations
from hoptt.cli.shared import AsJson, ConfigFile, configured, do, print_json, print_table, refusals, secret
from hoptt.cli.times import moment, shown
from hoptt.config import Config
from hoptt.meeting.acts import Named, acts_of, matches
from hoptt.meeting.words import EntryRule
from hoptt.store.log_read import read_meeting

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Scheduled meetings, and the links of those who are invited."
)

MeetingId = Annotated[str, typer.Argument(metavar="MEETING", help="Its id, as `hoptt meeting list` shows it.")]


@app.command()
def create(
    *,
    room: Annotated[str, typer.Option(help="The address of its room.")],
    title: Annotated[str, typer.Option(help="What the page shows as its title.")],
    start: Annotated[str, typer.Option(metavar="TIME", help="ISO 8601, such as 2026-12-01T08:00+07:00.")],
    end: Annotated[str | None, typer.Option(metavar="TIME", help="The planned end.")] = None,
    invite: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", help="Who is expected: columns bridge_point, name, position, unit, branch, role, kind."
        ),
    ] = None,
    entry: Annotated[EntryRule | None, typer.Option(help="Default: as the room.")] = None,
    password: Annotated[str | None, typer.Option(help="Default: the room's; `-` reads it from standard input.")] = None,
    kind: Kind = None,
    muted_until_allowed: MutedUntilAllowed = None,
    turn: TurnSeconds = None,
    at_once: AtOnce = None,
    overrun: Overruns = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Schedule a meeting and print its links.

    One for each row of the invitation list, below the meeting's id. A link is shown this once. Who holds it is
    let in as that person.
    """
    settings = configured(config)
    with refusals():
        invited = [] if invite is None else read_invitations(invite)
    meeting = do(
        settings,
        CreateMeeting(
            room=room,
            title=title,
            starts_at=moment(start),
            ends_at=None if end is None else moment(end),
            entry=entry,
            password=secret(password),
            invited=invited,
            kind=kind,
            muted_until_allowed=muted_until_allowed,
            turn_s=turn,
            at_once=at_once,
            overrun=overrun,
        ),
        MeetingTold,
    )
    if as_json:
        print_json(_with_links(meeting, settings))
        return
    print(f"{meeting.id}  {meeting.title}  {shown(meeting.starts_at)}  {link(base(settings), meeting.room)}")
    if meeting.invited:
        print()
        print_table(
            ["BRIDGE POINT", "NAME", "ROLE", "LINK"],
            [
                (one.name.bridge_point, one.name.name, one.role, link(base(settings), meeting.room, one.token))
                for one in meeting.invited
            ],
        )


@app.command("list")
def list_(
    room: Annotated[str | None, typer.Option(help="Only those of this room.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List planned and held meetings, the newest first."""
    meetings = do(configured(config), ListMeetings(room=room), MeetingsTold).meetings
    if as_json:
        print_json(meetings)
        return
    print_table(
        ["ID", "ROOM", "TITLE", "START", "STATE"],
        [(m.id, m.room, m.title, shown(m.starts_at or m.opened_at), _state(m)) for m in meetings],
    )


@app.command()
def show(meeting: MeetingId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show one meeting and who is invited."""
    found = do(configured(config), ShowMeeting(meeting=meeting), MeetingTold)
    if as_json:
        print_json(found)
        return
    print(f"{found.title}\n{found.room}, {_state(found)}, entry {found.entry}")
    for word, at in (
        ("planned from", found.starts_at),
        ("planned until", found.ends_at),
        ("opened", found.opened_at),
        ("closed", found.closed_at),
    ):
        if at is not None:
            print(f"{word} {shown(at)}")
    if found.invited:
        print()
        print_table(
            ["BRIDGE POINT", "NAME", "UNIT", "BRANCH", "ROLE", "KIND"],
            [
                (one.name.bridge_point, one.name.name, one.name.unit, one.branch, one.role, one.kind)
                for one in found.invited
            ],
        )


@app.command()
def cancel(meeting: MeetingId, config: ConfigFile = None) -> None:
    """Cancel a meeting; one that goes on is ended for all."""
    do(configured(config), CancelMeeting(meeting=meeting), Done)


@app.command()
def acts(
    meeting: MeetingId,
    search: Annotated[str, typer.Option(help="Only with this in a name or reason; case and marks do not count.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show who did what in a meeting, the newest first, as the log has it.

    A meeting that goes on may be read, too. Names are those of the time; where they were erased, nothing stands.
    """
    settings = configured(config)
    with refusals():
        events = read_meeting(data_dir(settings).log, ids.MeetingId(meeting))
    found = [act for act in acts_of(events) if matches(act, search)][::-1]
    if as_json:
        print_json(found)
        return
    print_table(
        ["TIME", "WHO", "DID", "TO WHOM", "REASON"],
        [(shown(a.at), _who(a.actor), a.act, ", ".join(map(_who, a.targets)), a.reason) for a in found],
    )


def _who(one: Named) -> str:
    return one.name.bridge_point or one.name.name or one.id


def _state(meeting: MeetingTold) -> str:
    if meeting.closed_at is not None:
        return str(meeting.cause)
    return "scheduled" if meeting.opened_at is None else "opened"


def _with_links(meeting: MeetingTold, config: Config) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(meeting)
    for one in told["invited"]:
        one["link"] = link(base(config), meeting.room, one["token"])
    return told
