"""What lies in deploy/ and the Dockerfile fits the project: same scripts, same keys, same metrics."""

from __future__ import annotations

import configparser
import re
import shlex

from tests.docs.documents import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy/hoptt.service").read_text(encoding="utf-8")


def _instructions(kind: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    return re.findall(rf"^{kind} (.+)$", joined, re.MULTILINE)


def test_the_image_is_built_by_the_scripts_that_make_uses() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    ran = [shlex.split(step) for run in _instructions("RUN") for step in run.split("&&")]
    made = [words[1] for words in ran if words[0] == "make"]
    scripts = [words[0] for words in ran if words[0].startswith("scripts/")]
    assert made == ["build"]
    assert set(made) <= targets
    assert scripts
    assert [script for script in scripts if not (ROOT / script).stat().st_mode & 0o100] == []


def test_the_image_runs_as_nobody_special_and_says_how_it_does() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER hoptt$", last, re.MULTILINE)
    assert last.index("\nUSER ") < last.index("\nENTRYPOINT ")
    assert "\nHEALTHCHECK " in last


def test_nothing_that_is_built_or_secret_gets_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "data", "media/target", "web/node_modules", "src/hoptt/page"} <= set(ignored)


def test_what_the_image_needs_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    needed = [
        "src",
        "media",
        "web",
        "scripts",
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
        "README.md",
        "protocol",
    ]
    assert [path for path in needed if path in ignored] == []


def test_restarting_the_unit_leaves_the_engine_running() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's keys keep their case
    unit.read_string(UNIT)
    assert "--leave-engine" in unit["Service"]["ExecStart"].split()
    assert unit["Service"]["KillMode"] == "process"
    assert unit["Service"]["User"] == "hoptt"
    assert unit["Service"]["StateDirectoryMode"] == "0700"
