"""The base of all words of the CLI and the admin socket."""

from __future__ import annotations

import msgspec


class Word(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Anything that goes over the admin socket."""


class Done(Word, frozen=True, kw_only=True, tag="done"):
    """Done, and nothing to tell."""
