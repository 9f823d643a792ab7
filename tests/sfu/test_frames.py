"""The engine socket's frames: the samples that the engine's tests read too, and the page that describes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from tests.docs.documents import ROOT, sections

from hoptt.sfu import frames
from hoptt.sfu.frames import Frame, FromEngine, ToEngine

SAMPLES = ROOT / "protocol/samples/engine"
FRAMES: dict[str, type[Frame]] = {
    str(kind.__struct_config__.tag): kind for union in (ToEngine, FromEngine) for kind in get_args(union)
}
PAGE = (ROOT / "protocol/engine.md").read_text(encoding="utf-8")


def _sample(tag: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((SAMPLES / f"{tag}.json").read_text(encoding="utf-8"))
    return sample


def test_every_frame_has_a_sample_and_no_sample_is_of_nothing() -> None:
    assert sorted(path.stem for path in Path(SAMPLES).glob("*.json")) == sorted(FRAMES)


@pytest.mark.parametrize("tag", sorted(FRAMES))
def test_a_frame_is_the_same_in_both_its_writings(tag: str) -> None:
    sample = _sample(tag)
    frame = msgspec.msgpack.decode(bytes.fromhex(sample["msgpack"]), type=ToEngine | FromEngine)
    assert type(frame) is FRAMES[tag]
    assert frame == msgspec.convert(sample["frame"], FRAMES[tag])
    assert msgspec.to_builtins(frame) == sample["frame"], "the sample has every key"
    assert msgspec.msgpack.encode(frame).hex() == sample["msgpack"]


@pytest.mark.parametrize("tag", sorted(FRAMES))
def test_S22_a_frame_without_one_of_its_keys_or_with_a_wrong_one_is_not_read(tag: str) -> None:
    sample = _sample(tag)["frame"]
    for field in msgspec.structs.fields(FRAMES[tag]):
        if field.required:
            with pytest.raises(msgspec.ValidationError):
                _read({k: v for k, v in sample.items() if k != field.encode_name})
        with pytest.raises(msgspec.ValidationError):
            _read(sample | {field.encode_name: {"neither": ("this", "nor that")}})


@pytest.mark.parametrize("tag", sorted(FRAMES))
def test_a_key_of_the_next_version_is_skipped(tag: str) -> None:
    sample = _sample(tag)
    newer = msgspec.msgpack.decode(bytes.fromhex(sample["msgpack"])) | {"of_version_2": 1}
    assert _read(newer) == msgspec.convert(sample["frame"], FRAMES[tag])


@pytest.mark.parametrize("tag", sorted(FRAMES))
def test_a_frame_is_described_with_all_its_keys(tag: str) -> None:
    described = {one: text for title, text in sections(PAGE, level=3).items() for one in title.split(", ")}
    parts = sections(PAGE, level=2)["Parts"]
    assert tag in described
    assert [key for key in _keys(_sample(tag)["frame"]) if f"`{key}`" not in described[tag] + parts + _common()] == []


def test_the_page_tells_the_limits_of_the_code() -> None:
    limits = sections(PAGE, level=2)["Limits"]
    assert f"| a frame to the engine | {frames.MAX_FRAME_BYTES // 2**20} MiB |" in limits
    assert f"| a frame of the engine | {frames.MAX_SAID_BYTES // 2**20} MiB" in limits
    bounds = ", ".join(str(bound) for bound in frames.FORWARD_LATENCY_BUCKETS_US[:-1])
    assert bounds in " ".join(PAGE.split())


def _common() -> str:
    return sections(PAGE, level=2)["On the wire"] + sections(PAGE, level=2)["Commands"]


def _keys(value: object) -> set[str]:
    """Give every key that stands anywhere in a frame; those of a map of counters are names, not keys."""
    if isinstance(value, dict):
        return set(value).union(*(_keys(v) for k, v in value.items() if k != "counters"))
    if isinstance(value, list):
        return set().union(*(_keys(v) for v in value))
    return set()


def _read(frame: dict[str, Any]) -> Frame:
    read: Frame = msgspec.msgpack.decode(msgspec.msgpack.encode(frame), type=ToEngine | FromEngine)
    return read
