"""How much random input a test takes: `HOPTT_TIMES=40` takes forty times as much, and other input than always."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("HOPTT_TIMES", "1"))


def random_input(examples: int, deadline: float | None = None) -> settings:
    """Give Hypothesis' settings for a test of this many examples; `deadline`: milliseconds that one may take."""
    return settings(
        max_examples=examples * TIMES,
        deadline=deadline,
        derandomize="HOPTT_TIMES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
