"""The relay and the proxy as a process, for tests in other languages: one JSON object a line in, one out.

    python -m tests.support.lines HOST TCP_PORT UDP_PORT SEED

It says `{"tcp": PORT, "udp": PORT}` when both are open, then answers each wish on standard input with what it counted:
`{"udp": "block" | "pass" | "rebind"}`, `{"udp": {"delay_s": 0.1, "loss": 0.05}}` (both directions),
`{"tcp": "cut" | "reset" | "half open" | "stall" | "mend"}`, `{"tcp": {"bytes_per_s": 8000}}`, `{}`. It ends
with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, replace
from typing import Any

from tests.support.link import Bursts, LinkModel
from tests.support.tcp_proxy import TcpProxy
from tests.support.udp_relay import UdpRelay


async def run(host: str, tcp: int, udp: int, seed: int) -> None:
    """Serve wishes until standard input ends."""
    async with TcpProxy(("127.0.0.1", tcp), seed=seed) as proxy, UdpRelay((host, udp), seed=seed, listen=host) as relay:
        say({"tcp": proxy.port, "udp": relay.port})
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            wish = json.loads(line)
            if "udp" in wish:
                await of_datagrams(relay, wish["udp"])
            if "tcp" in wish:
                of_streams(proxy, wish["tcp"])
            say({"tcp": asdict(proxy.counts), "udp": asdict(relay.counts), "ports": relay.outward_ports})


async def of_datagrams(relay: UdpRelay, wish: str | dict[str, Any]) -> None:
    """Do what is wished of the relay."""
    match wish:
        case "block":
            relay.blocked = True
        case "pass":
            relay.blocked = False
        case "rebind":
            await relay.rebind()
        case dict():
            bursts = wish.pop("bursts", None)
            model = LinkModel(**wish)
            model = model if bursts is None else replace(model, loss=Bursts(**bursts))
            relay.shape(out=model, back=model)
        case _:
            raise ValueError(f"not known of datagrams: {wish}")


def of_streams(proxy: TcpProxy, wish: str | dict[str, Any]) -> None:
    """Do what is wished of the proxy."""
    match wish:
        case "cut":
            proxy.cut()
        case "reset":
            proxy.reset()
        case "half open":
            proxy.half_open()
        case "stall":
            proxy.stall()
        case "mend":
            proxy.mend()
        case dict():
            proxy.fault = replace(proxy.fault, **wish)
        case _:
            raise ValueError(f"not known of streams: {wish}")


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    asyncio.run(run(name, *map(int, numbers)))
