"""What strangers send leaves nothing in memory, whether it is taken or refused."""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import tempfile
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.config.test_random_files import changed
from tests.meeting.test_names import RULE
from tests.sfu.sdp.test_mutations import BEFORE, mutated
from tests.signaling.test_incoming import JSON
from tests.support.amounts import random_input

import hoptt
from hoptt.auth.keys import Keys
from hoptt.auth.tokens import Tokens
from hoptt.config import load
from hoptt.errors import HopttError
from hoptt.ids import RoomSlug
from hoptt.meeting.names import clean, faults
from hoptt.meeting.settings import Name
from hoptt.sfu.sdp import negotiate, parse_offer
from hoptt.signaling.incoming import Malformed, ProtocolFault, read

INPUTS = 200
MOST_KEPT = 16 * 1024
"""Bytes of half of them."""
OURS = tracemalloc.Filter(True, str(Path(hoptt.__file__).parent / "*"))
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
TOKENS = Tokens(Keys(Path("/nowhere"), b"l" * 32, b"r" * 32, b"b" * 32, b"a" * 32))


def a_name(text: str) -> None:
    faults(clean(Name(text, text, text)), RULE)


def a_token(text: str) -> None:
    with contextlib.suppress(HopttError):
        TOKENS.read_join(text, room=RoomSlug("duan"), now=NOON)
    TOKENS.read_resume(text, now=NOON)


def a_configuration(text: str) -> None:
    with tempfile.NamedTemporaryFile("wb", suffix=".yaml") as file:
        file.write(text.encode(errors="surrogatepass"))
        file.flush()
        load(Path(file.name), {})


SURFACES: dict[str, tuple[Callable[[Any], object], st.SearchStrategy[Any]]] = {
    "I12 an offer": (lambda text: negotiate(parse_offer(text), None, audio_slots=4), mutated()),
    "I12 an offer anew": (lambda text: negotiate(parse_offer(text), BEFORE, audio_slots=4), mutated()),
    "I14 a message": (lambda value: read(json.dumps(value)), st.dictionaries(st.text(), JSON, max_size=4)),
    "I14 no message": (read, st.text()),
    "I19 a token": (a_token, st.text("eyJhbGciOI6kpXVCJ9._-=", max_size=200)),
    "I21 a file": (a_configuration, changed()),
    "I24 a name": (a_name, st.text(max_size=100)),
}


def drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """Give as many inputs as are wanted, the same at each run."""
    inputs: list[Any] = []

    @random_input(INPUTS)
    @given(strategy)
    def keep(one: object) -> None:
        inputs.append(one)

    keep()
    return inputs


def empty_caches() -> None:
    """Forget what may stay: caches of ours that have a limit."""
    for cache in gc.get_objects():
        ours = isinstance(cache, functools._lru_cache_wrapper) and str(cache.__module__).startswith("hoptt.")
        if ours and cache.cache_parameters()["maxsize"] is not None:
            cache.cache_clear()
    gc.collect()


@pytest.mark.parametrize("surface", SURFACES)
def test_what_was_read_or_refused_is_gone(surface: str) -> None:
    reads, strategy = SURFACES[surface]
    inputs = drawn(strategy)

    def read_all(some: list[Any]) -> None:
        for one in some:
            with contextlib.suppress(HopttError, Malformed, ProtocolFault):
                reads(one)
        empty_caches()

    half = len(inputs) // 2
    read_all(inputs[:half])  # what is learnt once is learnt
    tracemalloc.start()
    try:
        read_all(inputs[half:])
        kept = tracemalloc.take_snapshot().filter_traces([OURS]).statistics("lineno")
    finally:
        tracemalloc.stop()
    assert sum(line.size for line in kept) < MOST_KEPT, [str(line) for line in kept[:5]]
