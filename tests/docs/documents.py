"""Reads the project's documents and its source text, for the tests that compare the two."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def read(name: str) -> str:
    """Give the text of a document in docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def all_documents() -> list[Path]:
    """Give every Markdown file that the project itself has written."""
    return [path for path in _tracked() if path.suffix == ".md" and "vendor" not in path.parts]


def sources(*folders: str, suffixes: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """Give the text of every file of the project in these folders, with its path from the root."""
    for path in _tracked():
        relative = path.relative_to(ROOT)
        if relative.parts[0] in folders and path.suffix in suffixes:
            yield relative, path.read_text(encoding="utf-8")


def sections(text: str, *, level: int) -> dict[str, str]:
    """Give what stands under each heading of this level, by the heading's text without backticks."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)
    deeper = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE)
    return {
        title.replace("`", "").strip(): deeper.split(body)[0]
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def table(text: str) -> list[list[str]]:
    """Give the cells of the first table in the text, without its head."""
    rows = []
    for line in text.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows:
            break
    return rows[2:]


def code(cell: str) -> str:
    """Give what stands between the first backticks of a cell."""
    found = re.search(r"`([^`]+)`", cell)
    return found.group(1) if found else ""


def _tracked() -> list[Path]:
    """Give the files of the project: those that git knows or would, where there is git; else all that are not built."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        built = {".venv", "node_modules", "target", ".svelte-kit", "paraglide", "build", "page", "data"}
        paths = [p for p in ROOT.rglob("*") if not built & set(p.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]
