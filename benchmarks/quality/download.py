"""`python -m benchmarks.quality.download send|take`: one long download over a line, as RFC 8867 §5.6 has it.

The near end sends without a pause, with the congestion control of RFC 9438 (CUBIC); the far end only reads.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time

from benchmarks.quality.tun import NEAR

SEND_PORT, TAKE_PORT = 4_191, 4_190
"""The line counts what goes to the second one as the download (benchmarks/quality/scenarios.py)."""
PIECE = bytes(64 * 1024)
OPENS_WITHIN_S = 10.0


def send() -> None:
    """Wait for the far end, and send until it has gone."""
    with socket.create_server(("0.0.0.0", SEND_PORT)) as door:  # the line's address comes later
        connection, _ = door.accept()
        with connection, contextlib.suppress(ConnectionError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
            while True:
                connection.sendall(PIECE)


def take() -> None:
    """Read what the near end sends until it ends."""
    end = time.monotonic() + OPENS_WITHIN_S
    while True:
        try:
            connection = socket.create_connection((NEAR, SEND_PORT), source_address=("0.0.0.0", TAKE_PORT))
            break
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    with connection, contextlib.suppress(ConnectionError):
        while connection.recv(len(PIECE)):
            pass


if __name__ == "__main__":
    {"send": send, "take": take}[sys.argv[1]]()
