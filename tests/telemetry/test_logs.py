"""What is logged stays on its line and hides what is personal (S49)."""

from __future__ import annotations

import errno
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from hoptt.telemetry import logs
from hoptt.telemetry.private import Private


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_S49_a_private_value_is_hidden_however_it_is_printed() -> None:
    name = Private("Nguyễn Văn An")
    assert [str(name), repr(name), f"{name}", f"{name:>40}", f"{[name]}", "%s" % name] == [  # noqa: UP031 - also this way
        *["‹hidden›"] * 4,
        "[‹hidden›]",
        "‹hidden›",
    ]
    assert name.value == "Nguyễn Văn An"


@pytest.mark.parametrize("style", ["text", "json"])
def test_S49_a_private_value_is_hidden_in_logs_wherever_it_lies(stream: io.StringIO, style: str) -> None:
    logs.set_up("debug", style, stream)
    who, secret, other = (Private(f"CANARY-{n}") for n in range(3))
    log = structlog.get_logger("x").bind(who=who)
    try:
        fail(secret)
    except ValueError:
        log.exception("fault", several=[other], named={"a": other})
    logging.getLogger("library").warning("from %s", other)
    assert "CANARY" not in stream.getvalue()
    assert stream.getvalue().count("‹hidden›") == 5


def fail(with_: object) -> None:
    raise ValueError(with_)


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")


def test_F12_a_log_that_cannot_be_written_stops_nobody_and_is_counted(stream: io.StringIO) -> None:
    logs.set_up("info", "json", Full())
    before = logs.counts.lost
    structlog.get_logger("x").info("something")
    logging.getLogger("library").warning("something else")
    assert logs.counts.lost == before + 2


HOSTILE = "a\nINFO forged\r\x1b[31mred\x00\u202etxt.exe\u2028\x9b1m"


@pytest.mark.parametrize("style", ["text", "json"])
def test_S49_a_value_cannot_break_its_line_or_speak_to_a_terminal(stream: io.StringIO, style: str) -> None:
    logs.set_up("info", style, stream)
    structlog.get_logger().info("event", key=HOSTILE, deep=[{HOSTILE: HOSTILE}])
    logging.getLogger("aiohttp.server").warning("%s", HOSTILE)
    written = stream.getvalue()
    assert written.count("\n") == 2
    assert [c for c in "\r\x1b\x00\u202e\u2028\x9b" if c in written] == []
    assert "forged" in written


def test_a_traceback_stays_below_its_line(stream: io.StringIO) -> None:
    logs.set_up("info", "text", stream)
    try:
        fail("x\nERROR forged \x1b[1m")
    except ValueError:
        structlog.get_logger().exception("fault")
    first, *rest = stream.getvalue().splitlines()
    assert "fault" in first
    assert [line for line in rest if not line.startswith("    ")] == []
    assert "\x1b" not in stream.getvalue()


def test_below_the_level_nothing_is_written(stream: io.StringIO) -> None:
    logs.set_up("warning", "json", stream)
    structlog.get_logger().info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_addresses_that_libraries_log_are_left_out(stream: io.StringIO) -> None:
    logs.set_up("info", "json", stream)
    logging.getLogger("aiohttp.access").info("127.0.0.1 GET /duan")
    assert stream.getvalue() == ""


def test_text_reads_well(stream: io.StringIO) -> None:
    logs.set_up("info", "text", stream)
    structlog.contextvars.bind_contextvars(meeting="m_1")
    try:
        structlog.get_logger().info("entered", outcome="joined", why="two words", count=2)
    finally:
        structlog.contextvars.clear_contextvars()
    at, line = stream.getvalue().split(" ", 1)
    assert at.endswith("Z")
    assert line == "info    entered  outcome=joined why='two words' count=2 meeting=m_1\n"
