"""Checks to a media engine are sent at a voice's rate, and what comes back is measured."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from tests.support.answering import CREDENTIALS, a_stream_server, answering_tcp, answering_udp

from hoptt.probe.candidates import Candidate, read_candidates
from hoptt.probe.checks import Credentials, Measured, measure


async def test_a_whole_line_loses_nothing() -> None:
    async with answering_udp() as candidate:
        seen = await measure(candidate, CREDENTIALS, seconds=0.5)
    assert (seen.reached, seen.sent, seen.loss, seen.fault) == (True, 25, 0.0, None)
    assert seen.seen_as == "127.0.0.1"


async def test_what_is_lost_is_counted() -> None:
    async with answering_udp(drop=lambda number: number % 4 == 0) as candidate:
        seen = await measure(candidate, CREDENTIALS, seconds=0.8)
    assert seen.sent == 40
    assert seen.loss == pytest.approx(0.25)


async def test_over_tcp_the_frames_are_put_together() -> None:
    async with answering_tcp() as candidate:
        seen = await measure(candidate, CREDENTIALS, seconds=0.5)
    assert (seen.reached, seen.sent, seen.loss) == (True, 25, 0.0)


async def test_an_answer_that_the_password_did_not_sign_is_none() -> None:
    async with answering_udp(password="somebody else's password") as candidate:
        assert not (await measure(candidate, CREDENTIALS, seconds=0.3)).reached


async def test_S4_without_the_credentials_nothing_is_answered() -> None:
    async with answering_udp() as candidate:
        stranger = Credentials(CREDENTIALS.ufrag, "x" * 24, CREDENTIALS.peer_ufrag)
        assert not (await measure(candidate, stranger, seconds=0.3)).reached


async def test_where_nothing_comes_back_it_is_soon_given_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        began = time.monotonic()
        seen = await measure(Candidate("udp", "127.0.0.1", silent.getsockname()[1]), CREDENTIALS, seconds=15)
    assert (seen.reached, seen.loss) == (False, 1.0)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
async def test_a_port_at_which_nobody_is_ends_in_no_exception(protocol: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as gone:
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
    assert not (await measure(Candidate(protocol, "127.0.0.1", port), CREDENTIALS, seconds=0.3)).reached


async def test_who_answers_nonsense_over_tcp_is_no_engine() -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 1_000)

    async with a_stream_server(shout) as port:
        assert not (await measure(Candidate("tcp", "127.0.0.1", port), CREDENTIALS, seconds=0.3)).reached


def test_delay_and_jitter_are_of_the_checks_that_came_back() -> None:
    seen = Measured(Candidate("udp", "192.0.2.1", 1), sent=5, rtts_ms=[10.0, 14.0, 11.0, 15.0])
    assert (seen.rtt_ms, round(seen.jitter_ms, 2), round(seen.loss, 2)) == (12.5, 3.67, 0.2)


def test_candidates_are_the_addresses_that_can_be_tried() -> None:
    lines = [
        "1 1 udp 2130706431 203.0.113.7 7882 typ host",
        "2 1 UDP 2130706431 2001:db8::7 7882 typ host",
        "101 1 tcp 1520435199 203.0.113.7 7882 typ host tcptype passive",
        "102 1 tcp 1520435199 203.0.113.8 9 typ host tcptype active",
        "3 1 udp 1 hop.local 7882 typ host",
        "4 1 udp 1 203.0.113.7 0 typ host",
        "1 1 udp 2130706431 203.0.113.7 7882 typ host",
        "",
    ]
    assert [str(one) for one in read_candidates(lines)] == [
        "203.0.113.7:7882/udp",
        "[2001:db8::7]:7882/udp",
        "203.0.113.7:7882/tcp",
    ]
