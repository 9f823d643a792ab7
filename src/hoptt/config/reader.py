"""Reads a configuration: file, then environment. Whatever is wrong is told at once, each with its line and its key."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hoptt.config.keys import Kind
from hoptt.config.schema import Config
from hoptt.config.yaml_file import Place, Tree, read_yaml
from hoptt.errors import ErrorCode, HopttError

PREFIX = "HOPTT__"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Described:
    """A key as documents show it."""

    name: str
    default: object
    allowed: str
    about: str


def load(
    file: Path | None = None, environment: Mapping[str, str] | None = None, *, certificate_needed: bool = True
) -> Config:
    """Give the configuration of a file (None: defaults) with the environment above it.

    `certificate_needed`: https has to have one; the demo makes its own.
    Raises HopttError(CONFIG_INVALID): one line for each fault, with its place, its key and what is allowed.
    """
    faults: list[str] = []
    tree = Tree({}, Place("the defaults")) if file is None else read_yaml(file, faults)
    _lay_over(tree, os.environ if environment is None else environment, faults)
    config = _section(Config, tree, "", faults)
    if not faults:
        config = _with_secrets(config, tree, faults)
        _fit_together(config, tree, faults, certificate_needed=certificate_needed)
    if faults:
        raise HopttError(ErrorCode.CONFIG_INVALID, "\n".join(faults))
    return config


def described(section: type[Any] = Config, prefix: str = "") -> Iterator[Described]:
    """Give every key, in the order of the documents."""
    for field in dataclasses.fields(section):
        name = prefix + field.name
        inner = _inner(field)
        if inner is not None:
            yield from described(inner, f"{name}.")
        else:
            yield Described(name, field.default, field.metadata["kind"].allowed, field.metadata["about"])


# ---- the environment -----------------------------------------------------------------------------------


def _lay_over(tree: Tree, environment: Mapping[str, str], faults: list[str]) -> None:
    """Put HOPTT__SECTION__KEY over what the file says."""
    known = {PREFIX + key.name.upper().replace(".", "__"): key.name for key in described()}
    for variable in sorted(environment):
        if not variable.upper().startswith(PREFIX):
            continue
        place = Place(f"environment variable {variable}")
        name = known.get(variable.upper())
        if name is None:
            near = difflib.get_close_matches(variable.upper(), known, 1)
            faults.append(f"{place}: there is no such key." + (f" Did you mean {near[0]}?" if near else ""))
            continue
        *above, last = name.split(".")
        inner = tree
        for part in above:
            below = inner.values.get(part)
            if not isinstance(below, Tree):
                below = inner.values[part] = Tree({}, place)
            inner = below
        kind: Kind = _key(name)["kind"]
        inner.values[last] = _from_environment(environment[variable], kind)
        inner.places[last] = place


def _from_environment(value: str, kind: Kind) -> object:
    if value == "":
        return None
    if kind.text:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _key(name: str) -> Mapping[str, Any]:
    section: Any = Config
    *above, last = name.split(".")
    for part in above:
        section = next(_inner(f) for f in dataclasses.fields(section) if f.name == part)
    return next(f.metadata for f in dataclasses.fields(section) if f.name == last)


# ---- values --------------------------------------------------------------------------------------------


def _section(section: type[T], tree: Tree, prefix: str, faults: list[str]) -> T:
    fields = {field.name: field for field in dataclasses.fields(section)}  # type: ignore[arg-type]  # all are dataclasses
    values: dict[str, Any] = {}
    for name, value in tree.values.items():
        field, place = fields.get(name), tree.place(name)
        if field is None:
            faults.append(_unknown(place, prefix + name, [prefix + known for known in fields]))
            continue
        inner = _inner(field)
        if inner is not None:
            if isinstance(value, Tree):
                values[name] = _section(inner, value, f"{prefix}{name}.", faults)
            elif value is not None:  # a section with nothing in it
                keys = ", ".join(f.name for f in dataclasses.fields(inner))
                faults.append(f"{place}: {prefix}{name} is a section; allowed below it: {keys}")
            continue
        kind: Kind = field.metadata["kind"]
        try:
            if value is None and field.metadata["optional"]:
                values[name] = None
            else:
                values[name] = kind.read(value)
        except ValueError:
            faults.append(f"{place}: {prefix}{name} is {_shown(value, kind)}; allowed: {kind.allowed}")
    return section(**values)


def _inner(field: dataclasses.Field[Any]) -> type[Any] | None:
    """Give the section that a field stands for."""
    if field.metadata:
        return None
    assert isinstance(field.default_factory, type), "a section is made by its class"
    return field.default_factory


def _unknown(place: Place, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{place}: there is no key {name}.{hint} Allowed here: {', '.join(known)}"


def _shown(value: object, kind: Kind) -> str:
    if kind.secret:
        return "wrong"
    if isinstance(value, Tree):
        return "a section"
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


MAX_SHOWN = 80


# ---- what belongs together -----------------------------------------------------------------------------


def _with_secrets(config: Config, tree: Tree, faults: list[str]) -> Config:
    """Read secrets from the files that hold them (S48)."""
    url = _secret("database.url", config.database.url, config.database.url_file, tree, faults)
    secret = _secret("rtc.turn.secret", config.rtc.turn.secret, config.rtc.turn.secret_file, tree, faults)
    turn = dataclasses.replace(config.rtc.turn, secret=secret)
    return dataclasses.replace(
        config,
        database=dataclasses.replace(config.database, url=url),
        rtc=dataclasses.replace(config.rtc, turn=turn),
    )


def _secret(name: str, given: str | None, file: Path | None, tree: Tree, faults: list[str]) -> str | None:
    """Give a secret as it stands, or as its file holds it; None with a fault, or where there is neither."""
    if file is None:
        return given
    place = tree.place(*f"{name}_file".split("."))
    if given is not None:
        faults.append(f"{place}: {name} and {name}_file are both set; allowed: one of them")
        return given
    kind: Kind = _key(name)["kind"]
    try:
        _private(file)
        return str(kind.read(file.read_text(encoding="utf-8").strip()))
    except (OSError, UnicodeDecodeError) as fault:
        faults.append(f"{place}: {name}_file {file} cannot be used: {_cause(fault)}")
    except ValueError:
        faults.append(f"{place}: {name}_file {file} holds no {name}; allowed: {kind.allowed}")
    return None


def _fit_together(config: Config, tree: Tree, faults: list[str], *, certificate_needed: bool) -> None:
    http, https = config.http, config.https
    if (http.tls_cert is None) != (http.tls_key is None):
        given, missing = ("tls_cert", "tls_key") if http.tls_key is None else ("tls_key", "tls_cert")
        faults.append(f"{tree.place('http', given)}: http.{given} is set without http.{missing}; set both, or neither")
    elif certificate_needed and https.listen is not None and http.tls_cert is None:
        faults.append(
            f"{tree.place('https', 'listen')}: https.listen is set without a certificate; "
            "set http.tls_cert and http.tls_key"
        )
    turn = config.rtc.turn
    if turn.urls and turn.secret is None and turn.secret_file is None:
        faults.append(
            f"{tree.place('rtc', 'turn', 'urls')}: rtc.turn.urls is set without a secret; set rtc.turn.secret_file"
        )
    elif turn.secret is not None and not turn.urls:
        given = "secret" if turn.secret_file is None else "secret_file"
        faults.append(
            f"{tree.place('rtc', 'turn', given)}: rtc.turn.{given} is set without rtc.turn.urls; set both, or neither"
        )
    if not http.listen.loopback and not http.trusted_proxies:
        faults.append(
            f"{tree.place('http', 'listen')}: http.listen is {http.listen}, and beyond this machine plain http is "
            "served to http.trusted_proxies only; set those, or use https.listen"
        )
    for name, file in (("tls_cert", http.tls_cert), ("tls_key", http.tls_key)):
        if file is None:
            continue
        try:
            if name == "tls_key":
                _private(file)
            file.open("rb").close()
        except OSError as fault:
            faults.append(f"{tree.place('http', name)}: http.{name} {file} cannot be used: {_cause(fault)}")


def readable_by_others(file: Path) -> bool:
    """Tell whether everybody can reach a secret (S48). Raises OSError when there is no such file."""
    return bool(stat.S_IMODE(file.stat().st_mode) & 0o007)


def _private(file: Path) -> None:
    """Refuse a secret that everybody can read. Raises PermissionError, and OSError when there is no such file."""
    if readable_by_others(file):
        raise PermissionError(f"others can read it: chmod o= {file}")


def _cause(fault: Exception) -> str:
    return str(getattr(fault, "strerror", None) or fault)
