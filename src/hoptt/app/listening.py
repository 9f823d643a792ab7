"""Sockets to listen at: bound before anything else is started, so that a port in use is said at once."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat

from hoptt.config import Listen
from hoptt.errors import ErrorCode, HopttError

BACKLOG = 1_024


def bound(listen: Listen, key: str) -> socket.socket:
    """Give a bound socket. `key` names the setting in a refusal. Raises HopttError(CONFIG_INVALID)."""
    if listen.path is not None:
        return _unix(listen, key)
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(listen.host != "::"))
        opened.bind(("127.0.0.1" if listen.host == "localhost" else listen.host, listen.port))
        opened.listen(BACKLOG)
    except OSError as fault:
        opened.close()
        raise _refusal(listen, key, fault) from fault
    opened.setblocking(False)
    return opened


def _unix(listen: Listen, key: str) -> socket.socket:
    """Bind a Unix socket that a proxy of the same group may use; a file left over is replaced, one in use is not."""
    assert listen.path is not None, "asked for a Unix socket"
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if listen.path.exists() and stat.S_ISSOCK(listen.path.stat().st_mode) and not _answers(str(listen.path)):
            listen.path.unlink()
        opened.bind(str(listen.path))
        os.chmod(listen.path, 0o660)
        opened.listen(BACKLOG)
    except OSError as fault:
        opened.close()
        raise _refusal(listen, key, fault) from fault
    opened.setblocking(False)
    return opened


def _answers(path: str) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _refusal(listen: Listen, key: str, fault: OSError) -> HopttError:
    if fault.errno == errno.EADDRINUSE:
        words = f"{listen} is in use by another program: stop that, or choose another address with {key}"
    elif fault.errno == errno.EACCES:
        words = f"hoptt may not listen at {listen}: choose a port above 1023 with {key}, or give it the right"
    elif fault.errno == errno.EADDRNOTAVAIL:
        words = f"{listen} is no address of this machine: correct {key}"
    else:
        words = f"hoptt cannot listen at {listen}: {fault.strerror}; see {key}"
    return HopttError(ErrorCode.CONFIG_INVALID, words)
