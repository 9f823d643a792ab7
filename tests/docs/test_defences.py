"""The patches of `make prove-defences`: whoever changes a defence makes its patch anew at once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.docs.documents import ROOT

PATCHES = sorted((ROOT / "tests" / "defences").glob("*.patch"))


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_defence_can_still_be_taken_out(patch: Path) -> None:
    words = ["patch", "-p1", "--dry-run", "--force", "--input", str(patch)]
    tried = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout
