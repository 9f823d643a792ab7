"""What the lock files owe to those who run hoptt: known faults repaired, nothing unhashed, no unsafe code."""

from __future__ import annotations

import re
import tomllib

import pytest
from tests.docs.documents import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CARGO = tomllib.loads((ROOT / "media/Cargo.lock").read_text(encoding="utf-8"))
PINNED = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([0-9][^ ;\\]*)", LOCK, re.MULTILINE))
CRATES = {crate["name"]: crate["version"] for crate in CARGO["package"]}
FLOORS = [
    # requests smuggled, files outside the folder, a body without bound: repaired in this version
    (PINNED, "aiohttp", (3, 13, 4)),
    # a token with an empty or a mixed-up key: repaired in this version
    (PINNED, "pyjwt", (2, 12, 0)),
    # a packet with a false length ended the process, SSRCs were mapped before the tag: repaired in this version
    (CRATES, "str0m", (0, 23, 1)),
]


@pytest.mark.parametrize(("lock", "name", "floor"), FLOORS, ids=lambda value: str(value)[:20])
def test_S57_no_dependency_is_older_than_its_repaired_version(
    lock: dict[str, str], name: str, floor: tuple[int, ...]
) -> None:
    assert tuple(int(part) for part in lock[name].split(".")) >= floor


def test_S57_every_python_package_is_pinned_with_its_hashes() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert len(entries) == len(PINNED)
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_S57_every_crate_from_outside_has_its_checksum() -> None:
    outside = [crate for crate in CARGO["package"] if "source" in crate]
    assert outside
    assert [crate["name"] for crate in outside if len(crate.get("checksum", "")) != 64] == []


def test_S58_the_compiler_forbids_unsafe_code_in_every_crate() -> None:
    workspace = tomllib.loads((ROOT / "media/Cargo.toml").read_text(encoding="utf-8"))
    assert workspace["workspace"]["lints"]["rust"]["unsafe_code"] == "forbid"
    for member in workspace["workspace"]["members"]:
        crate = tomllib.loads((ROOT / "media" / member / "Cargo.toml").read_text(encoding="utf-8"))
        inherits = crate.get("lints", {}).get("workspace") is True
        forbids = any(
            "#![forbid(unsafe_code)]" in root.read_text(encoding="utf-8")
            for root in (ROOT / "media" / member / "src").glob("lib.rs")
        )
        assert inherits or forbids, member
