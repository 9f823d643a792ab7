"""Help that is worth reading: sentences that are not cut, examples that can be typed, completion in three shells."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Any

import pytest
from tests.cli.test_other_commands import COMMANDS
from typer.main import get_command
from typer.testing import CliRunner

from hoptt.cli.examples import EXAMPLES
from hoptt.cli.main import app

WORDS = [sys.executable, "-c", "from hoptt.cli import main; main()"]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_shows_examples(words: str) -> None:
    shown = CliRunner().invoke(app, [*words.split(), "--help"]).stdout
    assert EXAMPLES[words]
    for line in EXAMPLES[words]:
        assert f"  {line}\n" in shown  # whole, on a line of its own


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_an_example_can_be_typed(line: str) -> None:
    words = shlex.split(line)
    command: Any = get_command(app)
    words = words[words.index("hoptt", 1 if words[0] == "sudo" else 0) :]
    if words[:2] == ["hoptt", "hoptt"]:
        words = words[1:]
    words = words[1:]
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("hoptt", words)  # reads the options and their values, and runs nothing


def test_no_example_is_of_a_command_that_there_is_not() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("group", ["", "room", "meeting", "unit", "user", "key", "engine", "log"])
def test_no_line_of_a_list_is_cut(group: str) -> None:
    shown = CliRunner().invoke(app, [*group.split(), "--help"], env={"COLUMNS": "80"}).stdout
    assert [line for line in shown.splitlines() if line.endswith("...") and "Usage" not in line] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown_for_a_shell(shell: str) -> None:
    done = _run({"_HOPTT_COMPLETE": f"source_{shell}"})
    assert (done.returncode, done.stderr) == (0, "")
    assert f"complete_{shell}" in done.stdout


def test_commands_and_options_are_completed() -> None:
    told = {"_HOPTT_COMPLETE": "complete_bash", "COMP_WORDS": "hoptt room cr", "COMP_CWORD": "2"}
    assert _run(told).stdout.split() == ["create"]
    told = {"_HOPTT_COMPLETE": "complete_bash", "COMP_WORDS": "hoptt room create --ent", "COMP_CWORD": "3"}
    assert _run(told).stdout.split() == ["--entry"]


def _run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        WORDS,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "src", **environment},
    )
