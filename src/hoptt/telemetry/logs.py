"""Logs on standard error: a line for each thing that happened, as text for a terminal or as JSON for programs.

Values cannot break a line or speak to a terminal: control characters, line breaks and escape codes in them are written
as `\\n`, `\\x1b` (S49).
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import sys
from dataclasses import dataclass
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
QUIET = ("aiohttp.access", "sqlalchemy", "asyncio")
"""Libraries that would write addresses or each statement: from a warning on only."""


def set_up(level: str = "info", style: str = "auto", stream: TextIO | None = None) -> None:
    """Write from this level on; `style` is `text`, `json`, or `auto` (text on a terminal)."""
    target = stream or sys.stderr
    as_text = style == "text" or (style == "auto" and target.isatty())
    patient = cast(TextIO, _Patient(target))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        _neutralised,
        _text if as_text else structlog.processors.JSONRenderer(ensure_ascii=False, default=_plain),
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(patient),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(patient)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    for name in QUIET:
        logging.getLogger(name).setLevel(max(LEVELS[level], logging.WARNING))


class _Patient(io.TextIOBase):
    """A stream whose full disk or closed pipe stops nobody who has something to say (F12). What is lost is counted."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            counts.lost += 1
            return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):  # what a buffer keeps is tried again with the next line
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


@dataclass(slots=True)
class Counts:
    """For /metrics."""

    lost: int = 0
    """Lines that could not be written."""


counts = Counts()


def _neutralised(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Make every value one that stays on its line; a traceback keeps its own lines."""
    trace = event.pop("exception", None)
    clean = {_clean(str(key)): _neutral(value) for key, value in event.items()}
    if trace is not None:
        clean["exception"] = "\n".join(_clean(line) for line in str(trace).split("\n"))
    return clean


def _neutral(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_neutral(one) for one in value]
    if isinstance(value, dict):
        return {_clean(str(key)): _neutral(one) for key, one in value.items()}
    return _clean(str(value))


def _clean(text: str) -> str:
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0, C1, the other line ends of Unicode, what turns the direction of writing, and halves of pairs."""


def _text(_: WrappedLogger, __: str, event: EventDict) -> str:
    """Write `time level  what happened  key=value …`, and a traceback below in its own lines."""
    at, level = event.pop("timestamp", ""), event.pop("level", "")
    what, trace = event.pop("event", ""), event.pop("exception", None)
    values = " ".join(f"{key}={value if _PLAIN.fullmatch(str(value)) else repr(value)}" for key, value in event.items())
    line = f"{at} {level:<7} {what}" + (f"  {values}" if values else "")
    return line if trace is None else line + "\n    " + trace.replace("\n", "\n    ")


_PLAIN = re.compile(r"[^\s='\"]+")


def _plain(value: object) -> str:
    return str(value)
