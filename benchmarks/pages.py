"""Parts of pages that programs write: between two marks that name the command, and nowhere else."""

from __future__ import annotations


def marks(command: str) -> tuple[str, str]:
    """Give the marks around what a command writes."""
    return f"<!-- made by {command}: begin -->", f"<!-- made by {command}: end -->"


def placed(page: str, command: str, made: str) -> str:
    """Give a page with what the command made, in place of what it made before. Raises ValueError without marks."""
    begin, end = marks(command)
    head, found_begin, rest = page.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"the page has no place for what is made: {begin} … {end}")
    return f"{head}{begin}\n\n{made}\n\n{end}{tail}"
