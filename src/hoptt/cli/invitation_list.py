"""Invitation lists as CSV: `bridge_point, name, position, unit, branch, role, kind`."""

from __future__ import annotations

import csv
from pathlib import Path

from hoptt.api.office_words import Invited
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.words import BridgePointKind, Role

COLUMNS = ("bridge_point", "name", "position", "unit", "branch", "role", "kind")
MAX_BYTES = 1024 * 1024


def read_invitations(file: Path) -> list[Invited]:
    """Give the rows. Columns may stand in any order; the first line names them, commas or semicolons part them.

    Raises HopttError(INVITATION_INVALID) that names the line.
    """
    try:
        data = file.read_bytes()
    except OSError as fault:
        raise _wrong(f"{file} cannot be read: {fault.strerror}") from fault
    if len(data) > MAX_BYTES:
        raise _wrong(f"{file} is larger than 1 MiB: is it the right file?")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as fault:
        raise _wrong(f"{file} is not UTF-8: save it as “CSV UTF-8”") from fault
    head = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=";" if head.count(";") > head.count(",") else ",", skipinitialspace=True)
    columns = [column.strip().lower() for column in reader.fieldnames or []]
    if unknown := [c for c in columns if c not in COLUMNS]:
        raise _wrong(
            f"{file}, line 1: there is no column {', '.join(map(repr, unknown))}; there are {', '.join(COLUMNS)}"
        )
    if "bridge_point" not in columns and "name" not in columns:
        raise _wrong(f"{file}, line 1: it names the columns, of {', '.join(COLUMNS)}")
    reader.fieldnames = columns
    try:
        return [_row(row, f"{file}, line {reader.line_num}") for row in reader if any(row.values())]
    except csv.Error as fault:
        raise _wrong(f"{file}, line {reader.line_num}: {fault}") from fault


def role_of(text: str) -> Role:
    """Give the role that a word names; `co-chair` is `co_chair`. Raises ValueError that says which there are."""
    word = text.strip().lower().replace("-", "_")
    if word not in set(Role):
        raise ValueError(f"there is no role {text!r}; there are {', '.join(Role)}")
    return Role(word)


def _row(row: dict[str | None, str | list[str] | None], place: str) -> Invited:
    if None in row:
        raise _wrong(f"{place}: more fields than columns; put a text with a comma between quotes")
    value = {column: str(row.get(column) or "").strip() for column in COLUMNS}
    try:
        role = role_of(value["role"]) if value["role"] else Role.ATTENDEE
        kind = BridgePointKind(value["kind"].lower()) if value["kind"] else BridgePointKind.PERSON
    except ValueError as fault:
        raise _wrong(f"{place}: {fault}") from fault
    name = value["name"] + (f", {value['position']}" if value["position"] else "")
    if not value["bridge_point"] and not name:
        raise _wrong(f"{place}: neither bridge point nor name")
    return Invited(
        bridge_point=value["bridge_point"],
        name=name,
        unit=value["unit"],
        branch=value["branch"],
        role=role,
        kind=kind,
    )


def _wrong(sentence: str) -> HopttError:
    return HopttError(ErrorCode.INVITATION_INVALID, sentence)
