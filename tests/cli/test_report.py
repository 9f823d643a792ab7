"""Findings are printed as they come; on a terminal, waiting for the next one says so."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator

import pytest

from hoptt.cli import report as module
from hoptt.cli.report import CLEAR, report
from hoptt.probe.findings import Finding, Text, Verdict


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def findings(*verdicts: Verdict, wait_s: float = 0.0) -> AsyncIterator[Finding]:
    for verdict in verdicts:
        await asyncio.sleep(wait_s)
        yield Finding(verdict, "tcp", "tcp.x", Text("here", "đây"))


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [((Verdict.OK, Verdict.WARN), 0), ((Verdict.OK, Verdict.FAIL, Verdict.OK), 1), ((), 0)],
)
async def test_only_a_failure_makes_the_exit_code_one(
    verdicts: tuple[Verdict, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await report(findings(*verdicts), as_json=False) == code
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [str(one) for one in verdicts]


async def test_a_program_reads_one_value(capsys: pytest.CaptureFixture[str]) -> None:
    await report(findings(Verdict.OK, Verdict.FAIL), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], [one["verdict"] for one in told["findings"]]) == (False, ["ok", "fail"])


async def test_waiting_is_said_on_a_terminal_and_taken_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "SOON_S", 0.02)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    await report(findings(Verdict.OK, wait_s=0.1), as_json=False)
    assert terminal.getvalue().startswith(f"{CLEAR}still looking, 1 s")
    assert terminal.getvalue().endswith(CLEAR)
    assert capsys.readouterr().out == "ok     connection          here\n"


async def test_without_a_terminal_nothing_is_said_of_waiting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "SOON_S", 0.02)
    await report(findings(Verdict.OK, wait_s=0.1), as_json=False)
    assert capsys.readouterr().err == ""
