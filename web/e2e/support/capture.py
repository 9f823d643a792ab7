"""Watches every packet of this network namespace, and prints each address that is written to, once: `udp 10.99.0.1`.

A browser story starts it beside itself (S23). It ends with its standard input.
"""

from __future__ import annotations

import ipaddress
import select
import socket
import sys

ETH_P_ALL = 3
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}


def written_to(ethertype: int, packet: bytes) -> str | None:
    """Tell protocol and address that a packet is for, None for what is of no interest.

    Of what goes beyond the namespace nothing more than the question for the gateway is ever seen: `arp`.
    """
    if ethertype == IPV4 and len(packet) >= 20:
        protocol, address = packet[9], str(ipaddress.ip_address(packet[16:20]))
    elif ethertype == IPV6 and len(packet) >= 40:
        protocol, address = packet[6], str(ipaddress.ip_address(packet[24:40]))
    elif ethertype == ARP and len(packet) >= 28:
        return f"arp {ipaddress.ip_address(packet[24:28])}"
    else:
        return None
    return f"{PROTOCOLS.get(protocol, protocol)} {address}"


def main() -> None:
    """Print until standard input is closed."""
    seen: set[str] = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as wire:
        print("watching", flush=True)
        while True:
            ready, _, _ = select.select([wire, sys.stdin], [], [])
            if sys.stdin in ready and not sys.stdin.buffer.read1():
                return
            if wire in ready:
                packet, (_, ethertype, *_rest) = wire.recvfrom(65_535)
                told = written_to(ethertype, packet)
                if told is not None and told not in seen:
                    seen.add(told)
                    print(told, flush=True)


main()
