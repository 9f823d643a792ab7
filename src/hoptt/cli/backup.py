"""`hoptt backup` and `hoptt restore`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hoptt.cli.busy import busy
from hoptt.cli.shared import AsJson, ConfigFile, configured, print_json, refusals

Keys = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FOLDER", help="Where the keys go to, or come from: kept apart from the backup."),
]


def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")],
    *,
    keys: Keys = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Copy everything that is kept into a folder.

    Works while the server serves, and disturbs nobody. Rooms, meetings, invitations, accounts and the event log, with a
    list of checksums. The keys go into a folder of their own (--keys): with both in one hand anybody could write a log
    that verifies.
    """
    from hoptt.app.backing_up import back_up  # noqa: PLC0415 - no other command needs the database's

    settings = configured(config)
    with refusals(), busy(f"copying to {folder}") as done:
        made = back_up(settings, folder, keys, lambda _, share: done(share))
    if as_json:
        print_json(made)
        return
    for name, digest in made.files.items():
        print(f"{folder / name}  sha256 {digest}")
    if keys is None:
        print("the keys are not in it: --keys FOLDER copies them to another place", file=sys.stderr)


def restore(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A backup.")],
    *,
    keys: Keys = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Lay a backup into an empty data folder, and verify its log.

    Stop hoptt and move the old data folder away before. A backup that is torn, changed, or of a newer hoptt is refused,
    and nothing is written. Exit code 2 when the log does not verify: it is restored, and what is wrong with it named.
    """
    from hoptt.app.backing_up import restore as lay  # noqa: PLC0415 - no other command needs the database's

    settings = configured(config)
    with refusals(), busy(f"restoring {folder}") as done:
        report = lay(settings, folder, keys, lambda _, share: done(share))
    if as_json:
        print_json({"restored": True, "log": report})
    elif report is None:
        print("restored; the log was not verified, because its key is in --keys")
    else:
        for row in report.bad:
            print(row)
        print(f"restored; the log: {report.chains} chains, {report.rows} rows, {len(report.bad)} wrong")
    if report is not None and report.bad:
        raise typer.Exit(2)
