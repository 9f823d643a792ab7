"""What every command needs: the configuration, acts, refusals as one sentence, output for people or programs."""

from __future__ import annotations

import asyncio
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
import typer

from hoptt.api.office_words import Asked, Told
from hoptt.app.acting import act
from hoptt.cli.busy import busy
from hoptt.config import Config, load
from hoptt.errors import HopttError

ConfigFile: TypeAlias = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="The configuration (YAML). Default: none, all defaults.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
T = TypeVar("T")


def do(config: Config, asked: Asked, kind: type[T]) -> T:
    """Carry out an act and give what comes back, which is of this kind."""
    with refusals(), busy("waiting for hoptt to do it"):
        told: Told = asyncio.run(act(config, asked))
    assert isinstance(told, kind), f"answered with {type(told).__name__}"
    return told


def configured(file: Path | None) -> Config:
    """Give the configuration, or end with what is wrong with it."""
    with refusals():
        return load(file, certificate_needed=False)  # only who serves needs one, and the demo makes its own


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal into one sentence on standard error and exit code 1."""
    try:
        yield
    except HopttError as refusal:
        print(f"hoptt: {refusal.message}", file=sys.stderr)
        raise typer.Exit(1) from refusal


def secret(text: str | None) -> str | None:
    """Give a secret that was typed as an option; `-` reads standard input, which no list of processes shows."""
    return sys.stdin.readline().rstrip("\n") if text == "-" else text


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print columns that stand below each other."""
    texts = [list(head), *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in texts) for n in range(len(head))]
    for row in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(map(_printable, str(value)))


def _printable(character: str) -> str:
    """Spell out what would command a terminal or turn the direction of writing; a cell is one line (S41)."""
    if character in _DIRECTIONS or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
        return character.encode("unicode_escape").decode()
    return character


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
