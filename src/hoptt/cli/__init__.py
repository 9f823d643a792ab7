"""The command `hoptt`."""

from hoptt.cli.main import main

__all__ = ["main"]
