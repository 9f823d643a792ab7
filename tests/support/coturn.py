"""A real coturn for tests, with the settings of deploy/turnserver.conf except for addresses, files and the secret."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.docs.documents import ROOT
from tests.support.certificates import put
from tests.support.networks import Network

HERE = shutil.which("turnserver") is not None
MISSING = "coturn is not installed: scripts/need test"
SECRET = "a-secret-of-the-tests-that-is-long-enough"
PLAIN, TLS = 3478, 443
RELAYED = range(49160, 49200)
START_S = 15.0


def configured(folder: Path, address: str, engine: str, changed: dict[str, str] | None = None) -> str:
    """Give deploy/turnserver.conf for these addresses."""
    text = (ROOT / "deploy/turnserver.conf").read_text()
    values = {
        "listening-ip": address,
        "relay-ip": address,
        "allowed-peer-ip": engine,
        "static-auth-secret": SECRET,
        "cert": str(folder / "c.pem"),
        "pkey": str(folder / "k.pem"),
        "min-port": str(RELAYED.start),
        "max-port": str(RELAYED.stop - 1),
        "log-file": str(folder / "turn.log"),
        **(changed or {}),
    }
    for key, value in values.items():
        text, times = re.subn(rf"(?m)^{key}=.*$", f"{key}={value}" if value else "", text)
        assert times > 0, f"deploy/turnserver.conf sets {key}"
    return text


@contextlib.contextmanager
def a_relay(
    folder: Path, network: Network, address: str, *, engine: str, changed: dict[str, str] | None = None, more: str = ""
) -> Iterator[Path]:
    """Run coturn in a network; gives the file of its log. Its certificate, `c.pem`, is for its address."""
    folder.mkdir(exist_ok=True)
    put(folder, "relay", names=(address,))
    file = folder / "turnserver.conf"
    file.write_text(configured(folder, address, engine, changed) + more)
    words = ["turnserver", "-c", str(file), "--pidfile", str(folder / "pid"), "--db", str(folder / "turndb"), "-v"]
    with network.entered(), (folder / "output").open("w") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output, cwd=folder)
    try:
        _wait(network, process, folder)
        yield folder / "turn.log"
    finally:
        process.terminate()
        process.wait(10)


def _wait(network: Network, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, f"coturn ended:\n{(folder / 'output').read_text()[-4_000:]}"
        listening = network.run("ss", "-Hltn")
        if f":{TLS} " in listening and f":{PLAIN} " in listening:
            return
        time.sleep(0.1)
    raise AssertionError(f"coturn does not listen:\n{(folder / 'output').read_text()[-4_000:]}")
