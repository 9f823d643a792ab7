"""What a packet costs in instructions: what is read of callgrind's files, and when the gate is red."""

from pathlib import Path

import pytest
from benchmarks.instructions.budgets import (
    COMMAND,
    MARGIN,
    OTHER_COMPILER,
    Figures,
    faults,
    figures,
    load,
    margin,
    table,
)
from benchmarks.instructions.callgrind import Part, read
from benchmarks.pages import placed

DUMP = """events: Ir
fl=forward.rs
fn=router::deliver
12 300
cfn=srtp::Cipher::seal_rtp
calls=10 40
13 2500
fn=srtp::Cipher::seal_rtp
41 500
cfn=aws_lc_0_47_0_EVP_AEAD_CTX_seal_scatter
calls=10 7
42 2000
fn=aws_lc_0_47_0_EVP_AEAD_CTX_seal
6 10
fn=aws_lc_0_47_0_EVP_AEAD_CTX_seal_scatter
8 900
cfn=aws_lc_0_47_0_EVP_AEAD_CTX_seal
calls=10 5
9 1100
totals: 2800
"""


def a_trace(**instructions: int) -> list[Part]:
    """Give what a core costs that is as it should be, but for these parts."""
    parts = [Part("video_in", 10, 0, 10_000, 4_000), Part("audio_in", 10, 0, 8_000, 2_000)]
    for subscribers in (10, 100):
        out = 10 * subscribers
        parts.append(Part(f"video_{subscribers}", 10, out, 10_000 + out * 2_000, 4_000 + out * 500))
        parts.append(Part(f"audio_{subscribers}", 10, out, 8_000 + out * 1_000, 2_000 + out * 300))
    parts += [Part("nack_repaired", 20, 0, 80_000, 40_000)]
    parts += [Part(f"idle_poll_{tracks}_tracks", 100, 0, 50_000, 0) for tracks in (2, 50)]
    return [
        Part(one.name, one.packets_in, one.packets_out, instructions.get(one.name, one.instructions), one.of_aead)
        for one in parts
    ]


def test_what_seals_is_counted_once_with_all_below_it() -> None:
    assert read(DUMP) == (2_800, 2_000)


def test_what_malloc_tidies_belongs_to_no_part() -> None:
    tidied = "fn=_int_free\n7 50\ncfn=malloc_consolidate\ncalls=1 4\n8 600\nfn=malloc_consolidate\n9 600\n"
    assert read(DUMP.replace("totals: 2800", f"{tidied}totals: 3450")) == (2_850, 2_000)


def test_a_file_without_a_total_is_refused() -> None:
    with pytest.raises(ValueError, match="no total"):
        read("events: Ir\n")


def test_a_packet_that_leaves_costs_what_its_arrival_does_not() -> None:
    found = figures(a_trace())
    assert found["video arrived"] == {"all": 1_000, "own": 600}
    assert found["video to 10"] == found["video to 100"] == {"all": 2_000, "own": 1_500}
    assert found["NACK repaired"] == {"all": 4_000, "own": 2_000}


def kept() -> Figures:
    return figures(a_trace())


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, "", id="as it is kept"),
        pytest.param({"nack_repaired": 81_000}, "", id="within the margin"),
        pytest.param({"nack_repaired": 83_000}, "NACK repaired: 4,150 instructions, +3.8%", id="dearer"),
        pytest.param({"nack_repaired": 77_000}, "keep it (KEEP=1)", id="cheaper, and the budget is to follow"),
        pytest.param({"idle_poll_50_tracks": 56_000}, "costs 1.12 times", id="it grows with what is not concerned"),
        pytest.param(
            {"video_100": 10_000 + 1_000 * 2_200}, "video to 100 costs 1.13 times", id="it grows with viewers"
        ),
    ],
)
def test_the_gate_is_red_when_a_figure_leaves_its_budget(changed: dict[str, int], expected: str) -> None:
    told = faults(figures(a_trace(**changed)), kept())
    assert bool(told) == bool(expected)
    assert expected in "\n".join(told)


def test_a_few_instructions_are_the_layout_of_what_stands_beside_it() -> None:
    both = {"all": 120.0, "own": 120.0}
    found = kept() | {"NACK repaired": both}
    assert all(faults(found | {"NACK repaired": both | {"all": cost}}, found) == [] for cost in (134.0, 106.0))
    for cost, share in ((136.0, "+13.3%"), (104.0, "-13.3%")):
        assert share in "".join(faults(found | {"NACK repaired": both | {"all": cost}}, found))


def test_another_compiler_has_more_room() -> None:
    dearer = figures(a_trace(nack_repaired=90_000))
    assert faults(dearer, kept(), OTHER_COMPILER) == []
    assert faults(dearer, kept(), MARGIN) != []
    assert margin("rustc 1.0.0") == OTHER_COMPILER


def test_a_part_that_is_not_counted_any_more_is_missed() -> None:
    found = kept()
    lost = found | {"video to 400": {"all": 1.0, "own": 1.0}}
    assert faults(found, lost) == ["video to 400 is kept and was not counted"]


def test_the_page_shows_what_is_kept() -> None:
    page = (Path(__file__).parents[2] / "docs/performance.md").read_text()
    assert placed(page, COMMAND, table(load())) == page
