"""Findings on the terminal as they come, or as JSON, and the exit code that they make."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from hoptt.cli.shared import print_json
from hoptt.probe.findings import Finding, Verdict, language_of, shown, told


async def report(findings: AsyncIterator[Finding], *, as_json: bool) -> int:
    """Print them and give 1 when one of them is a failure, else 0."""
    language = language_of()
    seen: list[dict[str, Any]] = []
    failed = False
    async for finding in findings:
        failed = failed or finding.verdict is Verdict.FAIL
        if as_json:
            seen.append(told(finding, language))
        else:
            print(shown(finding, language), flush=True)
    if as_json:
        print_json({"ok": not failed, "findings": seen})
    return int(failed)
