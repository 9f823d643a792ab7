"""The command `hoptt`."""

from hoptt.cli import lean  # noqa: F401 - first
from hoptt.cli.main import main

__all__ = ["main"]
