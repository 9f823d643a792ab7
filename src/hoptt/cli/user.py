"""`hoptt user …`: accounts (R2, R12)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import segno
import typer

from hoptt.api.office_words import Done
from hoptt.api.people_words import (
    CreateUser,
    DisableUser,
    ListUsers,
    SecondFactorTold,
    SetPassword,
    SetSecondFactor,
    UsersTold,
    UserTold,
)
from hoptt.cli.shared import AsJson, ConfigFile, configured, do, print_json, print_table, refusals
from hoptt.config import readable_by_others
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.accounts import NEEDS_SECOND_FACTOR, AccountRole

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Accounts: who signs in with a password.")

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The login name; upper and lower case are the same.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Read the password from its first line; others must not be able to read it. `-` is standard input. "
        "Default: it is asked for.",
    ),
]


@app.command()
def create(
    login: Login,
    *,
    name: Annotated[str, typer.Option(help="Full name; the position after a comma.")],
    unit: Annotated[str | None, typer.Option(metavar="KEY", help="The unit it belongs to.")] = None,
    role: Annotated[AccountRole, typer.Option(help="What it may do outside meetings.")] = AccountRole.USER,
    bridge_point: Annotated[str, typer.Option(help="As meetings show it. Default: the name.")] = "",
    password_file: PasswordFile = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Without a password nobody signs in until one is set.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make an account."""
    settings = configured(config)
    password = None if no_password else _password(password_file)
    user = do(
        settings,
        CreateUser(login=login, name=name, unit=unit, role=role, bridge_point=bridge_point, password=password),
        UserTold,
    )
    if as_json:
        print_json(user)
        return
    print(user.login)
    if user.role in NEEDS_SECOND_FACTOR:
        print(f"before the first sign-in it needs a second factor: hoptt user totp {user.login}", file=sys.stderr)


@app.command("list")
def list_(
    unit: Annotated[str | None, typer.Option(metavar="KEY", help="Only of this unit and those below it.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the accounts."""
    users = do(configured(config), ListUsers(unit=unit), UsersTold).users
    if as_json:
        print_json(users)
        return
    print_table(
        ["LOGIN", "NAME", "UNIT", "ROLE", "SECOND FACTOR", "STATE"],
        [(u.login, u.name.name, u.unit, u.role, u.second_factor, "disabled" if u.disabled else "open") for u in users],
    )


@app.command()
def disable(login: Login, config: ConfigFile = None) -> None:
    """Disable an account.

    Its sessions end, its open meetings lose it within two seconds.
    """
    do(configured(config), DisableUser(login=login), Done)


@app.command()
def enable(login: Login, config: ConfigFile = None) -> None:
    """Let a disabled account sign in again."""
    do(configured(config), DisableUser(login=login, disabled=False), Done)


@app.command()
def password(login: Login, password_file: PasswordFile = None, config: ConfigFile = None) -> None:
    """Set another password. All sessions of the account end."""
    settings = configured(config)
    do(settings, SetPassword(login=login, password=_password(password_file)), Done)


@app.command()
def totp(
    login: Login,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take the second factor away.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a second factor and show it, this once.

    For an authenticator application. All sessions of the account end.
    """
    settings = configured(config)
    if remove:
        do(settings, SetSecondFactor(login=login, remove=True), Done)
        return
    told = do(settings, SetSecondFactor(login=login), SecondFactorTold)
    if as_json:
        print_json(told)
        return
    segno.make(told.uri, error="l").terminal(sys.stdout, compact=True, border=2)
    print(f"secret  {told.secret}\nuri     {told.uri}")


def _password(file: Path | None) -> str:
    """Give a password that was never shown on the command line (S48)."""
    if file is None:
        if not sys.stdin.isatty():
            raise typer.BadParameter("no terminal to ask on: give --password-file FILE, or `-` for standard input")
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    if str(file) == "-":
        return sys.stdin.readline().rstrip("\r\n")
    with refusals():
        try:
            if readable_by_others(file):
                raise HopttError(ErrorCode.CONFIG_INVALID, f"others can read {file}: chmod o= {file}")
            return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as fault:
            cause = getattr(fault, "strerror", None) or fault
            raise HopttError(ErrorCode.CONFIG_INVALID, f"the password file {file} cannot be read: {cause}") from fault
