"""For every test: in which order they come."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the files that start an engine or take long to the front: none is left for one core alone at the end."""
    long = {item.path for item in items if item.get_closest_marker("engine") or item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
