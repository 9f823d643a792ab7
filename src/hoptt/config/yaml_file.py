"""A YAML file as values that know their lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 64 * 1024
"""A configuration is a page or two."""
MAX_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was found."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Tree:
    """A section: plain values and sections below, with where they stand."""

    values: dict[str, Any]
    """Of plain YAML values (str, int, float, bool, None, list) and `Tree`."""
    here: Place
    places: dict[str, Place] = field(default_factory=dict)

    def place(self, *path: str) -> Place:
        """Tell where a key stands, or the section that would hold it."""
        inner = self
        for name in path[:-1]:
            below = inner.values.get(name)
            if not isinstance(below, Tree):
                return inner.places.get(name, inner.here)
            inner = below
        return inner.places.get(path[-1], inner.here)


def read_yaml(file: Path, faults: list[str]) -> Tree:
    """Give the file's values; what cannot be read becomes a fault, and the rest stays away."""
    try:
        return _read(file, faults)
    except _Unreadable as fault:
        faults.append(str(fault))
        return Tree({}, Place(str(file)))


class _Unreadable(Exception):
    """The whole file is of no use."""


def _read(file: Path, faults: list[str]) -> Tree:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as fault:
        raise _Unreadable(f"the configuration {file} cannot be read: {fault.strerror}") from fault
    if len(data) > MAX_BYTES:
        raise _Unreadable(f"the configuration {file} is larger than {MAX_BYTES // 1024} KiB: is it the right file?")
    try:
        node = yaml.compose(data.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise _Unreadable(f"{file}, line {line}: not UTF-8") from fault
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = 0 if mark is None else mark.line + 1
        raise _Unreadable(f"{file}, line {line}: not YAML: {fault.problem or fault.context}") from fault
    except yaml.reader.ReaderError as fault:
        line = data.decode("utf-8-sig")[: fault.position].count("\n") + 1
        raise _Unreadable(f"{file}, line {line}: not YAML: a character that is none of a text's") from fault
    except (yaml.YAMLError, RecursionError) as fault:
        raise _Unreadable(f"{file}: not YAML: {' '.join(str(fault).split())[:200]}") from fault
    if node is None:
        return Tree({}, Place(str(file)))
    if not isinstance(node, yaml.MappingNode):
        raise _Unreadable(f"{file}, line {_line(node)}: sections are expected, such as `http:`")
    return _tree(node, file, "", faults)


class _Loader(yaml.SafeLoader):
    """Without aliases, which let a short file stand for a huge one, and without depths that no configuration has."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            self._refuse("aliases (*name) are not used here")
        if self.depth > MAX_DEPTH:
            self._refuse("too deep")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, why: str) -> None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it out
        raise yaml.composer.ComposerError(None, None, why, mark)


def _tree(node: yaml.MappingNode, file: Path, prefix: str, faults: list[str]) -> Tree:
    tree = Tree({}, Place(f"{file}, line {_line(node)}"))
    for key, value in node.value:
        place = Place(f"{file}, line {_line(key)}")
        if not isinstance(key, yaml.ScalarNode):
            faults.append(f"{place}: a key is a word")
            continue
        if key.value in tree.values:
            faults.append(f"{place}: {prefix}{key.value} is given twice; it stands at {tree.places[key.value]} already")
            continue
        tree.places[key.value] = place
        if isinstance(value, yaml.MappingNode):
            tree.values[key.value] = _tree(value, file, f"{prefix}{key.value}.", faults)
            continue
        try:
            tree.values[key.value] = _construct(value)
        except (yaml.YAMLError, ValueError) as fault:
            faults.append(f"{place}: {prefix}{key.value} cannot be read: {' '.join(str(fault).split())[:200]}")
    return tree


def _construct(node: yaml.Node) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
