"""Runs the trace under callgrind and reads what it counted (valgrind's manual, "Callgrind Format Specification")."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs import RELEASE

TRACE = RELEASE / "hoptt-instructions"
COUNTED = ("counted_batches", "counted_polls", "counted_turns")
AEAD = re.compile(r"EVP_AEAD_CTX_(seal|open)")
"""Where aws-lc begins to seal or to open."""
TIDYING = "malloc_consolidate"
"""What glibc does for all that was freed before, when addresses happen to fit: it belongs to no part."""


@dataclass(frozen=True, slots=True)
class Part:
    """One call of what is counted, of which the program told these packets."""

    name: str
    packets_in: int
    packets_out: int
    instructions: int
    of_aead: int


def run() -> list[Part]:
    """Count the trace. Raises RuntimeError when it does not run to its end."""
    with tempfile.TemporaryDirectory(prefix="hoptt-instructions-") as folder:
        out = Path(folder) / "out"
        words = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no"]
        words += [f"--toggle-collect=*::{counted}" for counted in COUNTED]
        # another name for the same function: of options for one pattern valgrind takes only the last
        words += [f"--dump-after=hoptt_instructions::{counted}" for counted in COUNTED] + [str(TRACE)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2_000:]}")
        told = [line.split() for line in done.stdout.splitlines()]
        dumps = [out.with_name(f"out.{number}") for number in range(1, len(told) + 1)]
        if not all(dump.exists() for dump in dumps) or out.with_name(f"out.{len(told) + 1}").exists():
            raise RuntimeError(f"there are {len(told)} parts and other than that many files of callgrind")
        return [
            Part(name, int(packets_in), int(packets_out), *read(dump.read_text()))
            for (name, packets_in, packets_out), dump in zip(told, dumps, strict=True)
        ]


def read(dump: str) -> tuple[int, int]:
    """Give the instructions of a dump, and those below the calls that seal and open. Raises ValueError.

    What malloc tidies is taken off: it comes once in some runs, and costs as much as seven turns of an idle transport.
    """
    total: int | None = None
    of_aead = 0
    of_tidying = 0
    function = ""
    callee = ""
    is_call = False
    for line in dump.splitlines():
        if is_call:
            # Here stands what the callee and all below it took. What seals may call itself by another name.
            is_call = False
            if AEAD.search(callee) and not AEAD.search(function):
                of_aead += int(line.split()[1])
            elif callee == TIDYING:
                of_tidying += int(line.split()[1])
            continue
        key, equals, value = line.partition("=")
        if equals and key == "fn":
            function = value
        elif equals and key == "cfn":
            callee = value
        elif equals and key == "calls":
            is_call = True
        elif line.startswith(("totals:", "summary:")):
            total = int(line.split()[1])
    if total is None:
        raise ValueError("the file of callgrind has no total")
    return total - of_tidying, of_aead
