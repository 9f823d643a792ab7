"""Findings in short."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from hoptt.probe.findings import Finding


def keys(findings: Iterable[Finding]) -> list[str]:
    """Give verdict and key of each."""
    return [f"{one.verdict} {one.key}" for one in findings]


async def keys_of(findings: AsyncIterator[Finding]) -> list[str]:
    """Give verdict and key of each."""
    return [f"{one.verdict} {one.key}" async for one in findings]
