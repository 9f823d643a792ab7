"""`hoptt unit …`: the tree of organisational units (R2)."""

from __future__ import annotations

from typing import Annotated

import typer

from hoptt.api.office_words import Done
from hoptt.api.people_words import CreateUnit, DisableUnit, ListUnits, UnitsTold, UnitTold
from hoptt.cli.shared import AsJson, ConfigFile, configured, do, print_json, print_table

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Units: the organisations that accounts and rooms belong to."
)

Key = Annotated[
    str, typer.Argument(metavar="KEY", help="Its key: 2 to 64 of a–z, 0–9 and hyphens, such as so-lai-chau.")
]


@app.command()
def create(
    key: Key,
    *,
    name: Annotated[str, typer.Option(help="Its official name, as meetings show it.")],
    parent: Annotated[str | None, typer.Option(metavar="KEY", help="The unit it belongs to. Default: none.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a unit."""
    unit = do(configured(config), CreateUnit(slug=key, name=name, parent=parent), UnitTold)
    if as_json:
        print_json(unit)
    else:
        print(unit.slug)


@app.command("list")
def list_(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the units, each below the one it belongs to."""
    units = do(configured(config), ListUnits(), UnitsTold).units
    if as_json:
        print_json(units)
        return
    depth: dict[str | None, int] = {None: -1}
    rows = []
    for unit in units:
        depth[unit.slug] = depth[unit.parent] + 1
        state = "disabled" if unit.disabled else "closed with the one above" if unit.closed else "open"
        rows.append((unit.slug, "  " * depth[unit.slug] + unit.name, state))
    print_table(["KEY", "NAME", "STATE"], rows)


@app.command()
def disable(key: Key, config: ConfigFile = None) -> None:
    """Close a unit and all below it.

    Their accounts open nothing from now on; their rooms stay.
    """
    do(configured(config), DisableUnit(slug=key), Done)


@app.command()
def enable(key: Key, config: ConfigFile = None) -> None:
    """Open a unit again."""
    do(configured(config), DisableUnit(slug=key, disabled=False), Done)
