"""The command `hoptt`."""

from hoptt.cli import lean  # noqa: F401 - before anything that imports structlog
from hoptt.cli.main import main

__all__ = ["main"]
