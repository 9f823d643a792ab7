"""The command line in this process, on a data folder of its own without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hoptt.cli.main import app


@dataclass
class Cli:
    folder: Path

    def __call__(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(self.folder / "hoptt.yaml")], input=typed)

    def told(self, *words: str) -> Any:
        done = self(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def refused(self, *words: str) -> str:
        done = self(*words)
        assert done.exit_code != 0, done.output
        assert done.stdout == ""
        return done.stderr


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    (tmp_path / "hoptt.yaml").write_text(f"data: {{dir: {tmp_path}/data}}\nhttp: {{listen: '127.0.0.1:8123'}}\n")
    return Cli(tmp_path)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Write an invitation list."""

    def write(text: str) -> Path:
        file = tmp_path / "list.csv"
        file.write_bytes(text.encode("utf-8-sig"))
        return file

    return write
