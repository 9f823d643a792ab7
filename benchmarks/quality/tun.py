"""Two networks and the wire between them: packets of one come out as bytes, and go into the other."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import subprocess

NEAR, FAR = "10.98.0.1", "10.98.0.2"
"""The two ends: servers and senders are near, the viewer is far."""
MTU = 1500
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000


def cross() -> tuple[int, int]:
    """Open the near end here, go into a network that has nothing but the far end, and give both as files.

    Only the thread that calls it goes over; sockets and threads from before stay. Needs the right to make networks
    (scripts/netns gives it). Raises OSError.
    """
    near = _open("line0")
    _run("ip", "addr", "add", f"{NEAR}/24", "dev", "line0")
    _run("ip", "link", "set", "line0", "mtu", str(MTU), "up")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        fault = ctypes.get_errno()
        raise OSError(fault, os.strerror(fault))
    far = _open("line1")
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "addr", "add", f"{FAR}/24", "dev", "line1")
    _run("ip", "link", "set", "line1", "mtu", str(MTU), "up")
    _run("ip", "route", "add", "default", "dev", "line1")
    return near, far


def _open(name: str) -> int:
    """Make an interface of whole IP packets, without offloads. Raises OSError."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return file


def _run(*words: str) -> None:
    subprocess.run(words, check=True)
