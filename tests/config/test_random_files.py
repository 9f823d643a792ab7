"""Whatever stands in a configuration, it is taken or refused with the places of its faults, and soon (I21)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.docs.documents import ROOT
from tests.support.amounts import random_input

from hoptt.config import described, load
from hoptt.errors import ErrorCode, HopttError

EXAMPLE = (ROOT / "deploy/config.yaml").read_text(encoding="utf-8").replace("# ", "").splitlines()
"""With the lines that are only suggested, prose among them."""
KEYS = sorted(key.name for key in described())
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["127.0.0.1:80", "[::1]:443", "0.0.0.0:99999", "1h", "-5s", "10.0.0.0/33", "https://a.vn", "open"]
    )
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config") / "hoptt.yaml"


def judged(file: Path | None, environment: dict[str, str]) -> None:
    refusal: HopttError | None = None
    try:
        load(file, environment)
    except HopttError as raised:
        refusal = raised
    if refusal is None:
        return
    assert refusal.code is ErrorCode.CONFIG_INVALID
    for fault in refusal.message.split("\n"):
        assert fault.startswith((f"{file}, line ", "environment variable HOPTT__", "the defaults: ")), fault


@st.composite
def changed(draw: st.DrawFn) -> str:
    """The example with lines taken out, doubled, moved, given another value or another depth, and overwritten."""
    lines = list(EXAMPLE)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[draw(st.integers(0, len(lines) - 1))])
            case 2:
                lines[place] = " " * draw(st.integers(0, 5)) + lines[place].lstrip()
            case 3:
                lines[place] = f"{lines[place].partition(':')[0]}: {json.dumps(draw(VALUES))}"
            case 4:
                lines[place] = lines[place] + draw(st.text("{}[]:,&*!|>'\"%@`#- \t\n\x00é", max_size=6))
            case _:
                section, _, key = draw(st.sampled_from(KEYS)).partition(".")
                lines.insert(place, f"{section}: {{{key}: {json.dumps(draw(VALUES | st.lists(VALUES, max_size=3)))}}}")
        if not lines:
            return ""
    return "\n".join(lines)


@random_input(150, deadline=2_000)
@given(changed())
def test_a_changed_file_is_taken_or_its_faults_are_placed(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    judged(file, {})


@random_input(100, deadline=2_000)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_taken_or_their_faults_are_placed(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    judged(file, {})


@random_input(100, deadline=2_000)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES.map(json.dumps) | st.text(max_size=30), max_size=4))
def test_any_environment_is_taken_or_its_faults_are_placed(environment: dict[str, str]) -> None:
    judged(None, {"HOPTT__" + key.upper().replace(".", "__"): value for key, value in environment.items()})
