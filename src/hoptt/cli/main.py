"""All commands in one place."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hoptt.api.office_words import CreateKey, DeleteKey, Done, KeyTold, MakeToken, StopEngine, TokenTold
from hoptt.app.links import base, link
from hoptt.cli import meeting, room, unit, user
from hoptt.cli.backup import backup, restore
from hoptt.cli.busy import busy
from hoptt.cli.doctor import doctor
from hoptt.cli.examples import show_examples
from hoptt.cli.invitation_list import role_of
from hoptt.cli.loadtest import loadtest
from hoptt.cli.probe import probe
from hoptt.cli.rehearse import rehearse
from hoptt.cli.shared import AsJson, ConfigFile, configured, do, print_json, print_table, refusals
from hoptt.config import Config, load
from hoptt.errors import HopttError
from hoptt.meeting.words import Role

app = typer.Typer(
    name="hoptt",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Formal online meetings: a server for the meetings of public administrations.\n\n"
    "While a server runs, these commands reach it through its socket in the data folder; otherwise they work on "
    "the data folder themselves. Both need the user that hoptt runs as, and the same --config.",
    epilog="\b\nTo begin with:\n"
    "  hoptt serve --demo                          a demo room on this machine\n"
    "  hoptt doctor --config hoptt.yaml            is this machine ready?\n"
    "  hoptt COMMAND --help                        what a command takes, with examples\n"
    "  hoptt --install-completion                  complete words in bash, zsh, fish",
)
app.add_typer(room.app, name="room")
app.add_typer(meeting.app, name="meeting")
app.add_typer(unit.app, name="unit")
app.add_typer(user.app, name="user")
key = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="API keys: what programs sign join tokens with.")
app.add_typer(key, name="key")
engine = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The media engine.")
app.add_typer(engine, name="engine")
log = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The event log.")
app.add_typer(log, name="log")


for _command in (doctor, probe, backup, restore, loadtest, rehearse):
    app.command()(_command)


def main() -> None:
    """Run the command line."""
    app(prog_name="hoptt")


@app.command()
def serve(
    config: ConfigFile = None,
    leave_engine: Annotated[
        bool,
        typer.Option("--leave-engine", help="At the end leave the media engine running: picture and sound go on."),
    ] = False,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Make the room `duan`, serve https with a certificate made here, print links."),
    ] = False,
) -> None:
    """Serve meetings until SIGINT or SIGTERM.

    SIGHUP (`systemctl reload hoptt`) reads the configuration again: certificate, origins, trusted networks and the
    log's level change at once, a wrong file is refused, and what needs a restart is named in the log.
    """

    def read() -> Config:
        return load(config, certificate_needed=not demo)

    with refusals():
        settings = read()
    from hoptt.app.serving import serve as run  # noqa: PLC0415 - a second of imports that no other command needs

    raise typer.Exit(run(settings, read, leave_engine=leave_engine, demo=demo))


@app.command("check-config")
def check_config(config: ConfigFile = None) -> None:
    """Say whether a configuration is right.

    Otherwise every line that is wrong is named, with what is allowed. Changes nothing.
    """
    try:
        load(config)
    except HopttError as refusal:
        print(refusal.message, file=sys.stderr)
        raise typer.Exit(1) from refusal
    print(f"{config or 'the defaults'}: right")


@app.command()
def migrate(config: ConfigFile = None) -> None:
    """Bring the database to the version of this hoptt.

    A backup is made before. `serve` does the same at its start.
    """
    from hoptt.app.data_dir import data_dir, locked  # noqa: PLC0415 - only here
    from hoptt.store.prepare import prepare  # noqa: PLC0415 - only here

    settings = configured(config)
    with refusals():
        folder = data_dir(settings)
        with locked(folder), busy("migrating the database"):
            done = prepare(folder.database_url(settings), folder.backups)
    print("migrated" if done else "nothing to do: the database has the version of this hoptt")


@app.command()
def token(
    *,
    room: Annotated[str, typer.Option(help="The address of the room.")],
    name: Annotated[str, typer.Option(help="Who will hold it; the position after a comma.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(Role)}.")] = Role.ATTENDEE.value,
    bridge_point: Annotated[str, typer.Option(help="Default: the name.")] = "",
    unit: Annotated[str, typer.Option(help="The organisation.")] = "",
    ttl: Annotated[int | None, typer.Option(metavar="SECONDS", help="How long it holds. Default: 12 hours.")] = None,
    as_link: Annotated[bool, typer.Option("--link", help="Print the whole link.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Print a join token (JWT) for one person.

    Whoever holds it is let in as that person, with that role. The link is https://HOST/SLUG#token=TOKEN. Send it by
    a way that only its receiver reads.
    """
    settings = configured(config)
    try:
        held = role_of(role)
    except ValueError as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--role") from unknown
    told = do(
        settings,
        MakeToken(room=room, role=held, name=name, bridge_point=bridge_point, unit=unit, ttl_s=ttl),
        TokenTold,
    )
    whole = link(base(settings), room, told.token)
    if as_json:
        print_json({"token": told.token, "link": whole, "expires_at": told.expires_at})
    else:
        print(whole if as_link else told.token)


@app.command()
def bots(
    room: Annotated[str, typer.Option(help="The address of the room.")],
    count: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 6,
    url: Annotated[str | None, typer.Option(help="The server. Default: where this configuration serves.")] = None,
    config: ConfigFile = None,
) -> None:
    """Bring synthetic participants into a room.

    They have moving pictures and voices. Ctrl+C takes them away.
    """
    from hoptt.app.acting import act  # noqa: PLC0415 - only here
    from hoptt.bots.run import Company, run  # noqa: PLC0415 - aiortc and PyAV take seconds and 100 MB
    from hoptt.signaling.messages import Name  # noqa: PLC0415 - only here

    settings = configured(config)

    async def mint(slug: str, role: Role, name: Name) -> str:
        told = await act(
            settings,
            MakeToken(room=slug, role=role, name=name.name, bridge_point=name.bridge_point, unit=name.unit),
        )
        assert isinstance(told, TokenTold), "a token was asked for"
        return told.token

    with refusals():
        raise typer.Exit(asyncio.run(run(Company(url or base(settings), room, count), mint)))


@key.command("create")
def key_create(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="Letters, digits, hyphens. Default: made up.")
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make an API key and print its id and secret, this once.

    Programs sign join tokens with it: JWT, HS256, `iss` is the id.
    """
    told = do(configured(config), CreateKey(id=name), KeyTold)
    if as_json:
        print_json(told)
    else:
        print(f"id      {told.id}\nsecret  {told.secret}")


@key.command("delete")
def key_delete(
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `hoptt key create` has shown it.")],
    config: ConfigFile = None,
) -> None:
    """Delete an API key.

    Tokens that programs signed with it open nothing any more, at once. Whoever came in with one stays in.
    """
    do(configured(config), DeleteKey(id=name), Done)


@engine.command("stop")
def engine_stop(config: ConfigFile = None) -> None:
    """End the media engine. A running server starts another at once; media is away for seconds."""
    do(configured(config), StopEngine(), Done)


@log.command("audit")
def log_audit(
    last: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="So many rows, the newest ones.")] = 100,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show who signed in and out, and who was refused (S51).

    And which meetings began, closed and were erased. Accounts are named by their id, as in `hoptt user list --json`.
    Works while the server runs.
    """
    from hoptt.app.data_dir import data_dir  # noqa: PLC0415 - only here
    from hoptt.store.log_audit import read_audit  # noqa: PLC0415 - only here

    settings = configured(config)
    with refusals():
        folder = data_dir(settings)
        if not folder.log.exists():
            raise typer.BadParameter(f"there is no log {folder.log}")
        rows = read_audit(folder.log, last=last)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["ROW", "TIME", "WHAT", "FACTS", "ADDRESS"],
        [
            (
                row.seq,
                datetime.fromtimestamp(row.at_ms / 1000, UTC).isoformat(" ", "seconds"),
                row.kind,
                " ".join(f"{name}={value}" for name, value in row.facts.items() if value not in (None, 0)),
                (row.personal or {}).get("address"),
            )
            for row in rows
        ],
    )


@log.command("verify")
def log_verify(
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another log, such as one of a backup. Default: the own one.")
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Look whether the event log was changed (S51).

    Names the first row of each meeting that was changed behind hoptt's back. Exit code 2 when something is wrong. Works
    while the server runs.
    """
    from hoptt.app.data_dir import data_dir  # noqa: PLC0415 - only here
    from hoptt.auth.keys import open_keys  # noqa: PLC0415 - only here
    from hoptt.store.log_verify import verify  # noqa: PLC0415 - only here

    settings = configured(config)
    with refusals():
        folder = data_dir(settings)
        if not (file or folder.log).exists():
            raise typer.BadParameter(f"there is no log {file or folder.log}")
        with busy("verifying the log"):
            report = verify(file or folder.log, open_keys(folder.keys).log)
    if as_json:
        print_json(report)
    else:
        for row in report.bad:
            print(row)
        print(f"{report.chains} chains, {report.rows} rows, {report.erased} erased, {len(report.bad)} wrong")
    if report.bad:
        raise typer.Exit(2)


show_examples(app)
