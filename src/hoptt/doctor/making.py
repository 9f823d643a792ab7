"""Findings in one line each."""

from __future__ import annotations

from typing import Any

from hoptt.probe.findings import Finding, Text, Verdict


def ok(subject: str, key: str, text: Text, /, **values: Any) -> Finding:
    """Give a finding that is as it should be."""
    return Finding(Verdict.OK, subject, key, text, values)


def warn(subject: str, key: str, text: Text, /, **values: Any) -> Finding:
    """Give a finding that somebody should look at."""
    return Finding(Verdict.WARN, subject, key, text, values)


def fail(subject: str, key: str, text: Text, /, **values: Any) -> Finding:
    """Give a finding that keeps meetings from working."""
    return Finding(Verdict.FAIL, subject, key, text, values)
