"""Imports structlog without rich, which it would load for pretty tracebacks, and pygments with it.

Nobody prints those here, and they are a third of a command's start and 5 MB of a server.
"""

import sys

_absent = "rich" not in sys.modules
if _absent:
    sys.modules["rich"] = None  # type: ignore[assignment]  # what `import` takes for "there is none"
import structlog  # noqa: E402, F401 - here, for what it leaves out

if _absent:
    del sys.modules["rich"]
