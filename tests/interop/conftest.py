"""Peers of others in all combinations: on demand (`make interop`), because it needs Go and minutes."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("HOPTT_INTEROP") else ["test_*.py"]
