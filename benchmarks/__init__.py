"""How hoptt is measured against the bare path of forwarding, and later against other servers, in one run.

`python -m benchmarks run` measures, `python -m benchmarks publish FILE` makes docs/performance.md of a result.
"""
