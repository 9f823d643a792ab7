"""What documents point at exists: links, anchors, and the paths they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.documents import ROOT, all_documents

FOLDERS = "src|media|web|protocol|tests|scripts|deploy|docs|benchmarks"


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", all_documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("document", all_documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", document.read_text(encoding="utf-8"))
    built = ("src/hoptt/page", "media/target", "web/build", "web/node_modules")
    assert [path for path in named if not (ROOT / path).exists() and not path.startswith(built)] == []


def test_no_document_leads_out_of_the_repository() -> None:
    outside = []
    for document in all_documents():
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
            path = (document.parent / target).resolve()
            if not re.match(r"[a-z]+:", target) and not path.is_relative_to(ROOT):
                outside.append(f"{document.name}: {target}")
    assert outside == []
