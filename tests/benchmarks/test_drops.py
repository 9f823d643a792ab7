"""What the kernel drops is read by name, and only what has grown is told."""

from __future__ import annotations

import socket

from benchmarks.drops import Drops, both, grown
from benchmarks.rig import Rig, Side

SNMP = """\
Ip: Forwarding InReceives InHdrErrors InDiscards OutDiscards
Ip: 1 100 0 {discards} 0
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors
Udp: 90 2 {errors} 80 {errors}
"""
DEVICES = """\
Inter-|   Receive
 face |bytes    packets errs drop
hoptt0: 1000 10 0 {received} 0 0 0 0 2000 20 0 4 0 0 0 0
"""
SOFTNET = "0000000a 0000000{backlog} 00000000\n0000000a 00000001 00000000\n"


def drops(*, discards: int = 0, errors: int = 0, received: int = 0, backlog: int = 0) -> Drops:
    snmp, devices = SNMP.format(discards=discards, errors=errors), DEVICES.format(received=received)
    return Drops.parse(snmp, devices, SOFTNET.format(backlog=backlog))


def test_what_has_grown_is_told_by_name() -> None:
    before, later = drops(), drops(discards=3, errors=7, received=5, backlog=2)
    expected = {"Ip InDiscards": 3, "Udp InErrors": 7, "Udp RcvbufErrors": 7, "hoptt0 received": 5, "backlog": 2}
    assert later.since(before) == expected
    sides = {"server": before, "load": later}
    assert grown(sides, {"server": before, "load": before}) == {"load": expected}


def test_the_kernel_of_this_machine_is_read() -> None:
    here = Side("127.0.0.1", 0)
    before = both(Rig("loopback", here, here, segmentation_offload=True))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody, socket.socket(type=socket.SOCK_DGRAM) as sender:
        nobody.bind(("127.0.0.1", 0))
        nobody.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for _ in range(50):
            sender.sendto(bytes(1_000), nobody.getsockname())
    later = Drops.now(here)
    assert later.since(before["server"])["Udp RcvbufErrors"] > 0
