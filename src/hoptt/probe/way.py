"""The way to the page, step by step: name, connection, TLS, page, WebSocket. A step that fails ends it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
from cryptography import x509

from hoptt.probe import words
from hoptt.probe.causes import cause_of
from hoptt.probe.findings import Finding, Text, Verdict
from hoptt.probe.target import Target

STEP_S = 5.0
"""A step that takes longer has failed."""
SOON_DAYS = 30


class Way:
    """Use `steps` first; then `session` asks the server as its page does, and `addresses` are the server's."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.addresses: list[str] = []
        self.passed = False
        """Every step went well enough for the next one."""
        self._context = ssl.create_default_context()

    def session(self) -> aiohttp.ClientSession:
        """Give a client for this server; an untrusted certificate was told, and is borne."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._context, force_close=True),
            timeout=aiohttp.ClientTimeout(total=STEP_S),
            headers={"Origin": self.target.origin},
        )

    async def steps(self) -> AsyncIterator[Finding]:
        """Give a finding as soon as it is there."""
        for step in (self._name, self._connect, self._tls, self._page, self._websocket):
            failed = False
            async for finding in step():
                failed = failed or (finding.verdict is Verdict.FAIL and finding.key != "tls.untrusted")
                yield finding
            if failed:
                return
        self.passed = True

    async def _name(self) -> AsyncIterator[Finding]:
        host = self.target.host
        with contextlib.suppress(ValueError):
            self.addresses = [str(ipaddress.ip_address(host))]
            return
        watch = _Watch()
        try:
            async with asyncio.timeout(STEP_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, self.target.port, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError) as fault:
            yield _fail("name", "name.unknown", words.NAME_UNKNOWN, host=host, cause=cause_of(fault))
            return
        self.addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        yield _ok("name", "name.found", words.NAME_FOUND, host=host, addresses=", ".join(self.addresses), ms=watch.ms)

    async def _connect(self) -> AsyncIterator[Finding]:
        port = self.target.port
        connected, last = False, None
        for address in self.addresses:
            watch = _Watch()
            try:
                async with asyncio.timeout(STEP_S):
                    _, writer = await asyncio.open_connection(address, port)
            except (OSError, TimeoutError) as fault:
                values = {"address": address, "port": port, "cause": cause_of(fault)}
                last = Finding(Verdict.FAIL, "tcp", "tcp.none", words.NOT_CONNECTED, values)
                continue
            writer.transport.abort()
            connected = True
            yield _ok("tcp", "tcp.connected", words.CONNECTED, address=address, port=port, ms=watch.ms)
            break
        if not connected and last is not None:
            yield last

    async def _tls(self) -> AsyncIterator[Finding]:
        if not self.target.secure:
            if not _is_local(self.target.host):
                yield Finding(Verdict.WARN, "tls", "tls.none", words.TLS_NONE)
            return
        watch = _Watch()
        try:
            shown = await self._handshake()
        except ssl.SSLCertVerificationError as fault:
            cause = fault.verify_message or str(fault)
            yield _fail("tls", "tls.untrusted", words.TLS_UNTRUSTED, host=self.target.host, cause=cause)
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE
            return
        except (OSError, TimeoutError) as fault:
            yield _fail("tls", "tls.broken", words.TLS_BROKEN, port=self.target.port, cause=cause_of(fault))
            return
        values = {**shown, "host": self.target.host, "ms": watch.ms}
        if shown["days"] <= SOON_DAYS:
            yield Finding(Verdict.WARN, "tls", "tls.ends", words.TLS_ENDS, values)
        else:
            yield _ok("tls", "tls.good", words.TLS_GOOD, **values)

    async def _handshake(self) -> dict[str, Any]:
        async with asyncio.timeout(STEP_S):
            _, writer = await asyncio.open_connection(
                self.addresses[0], self.target.port, ssl=self._context, server_hostname=self.target.host
            )
        seen: ssl.SSLObject = writer.get_extra_info("ssl_object")
        certificate = x509.load_der_x509_certificate(seen.getpeercert(binary_form=True) or b"")
        version = seen.version()
        writer.transport.abort()
        return {"version": version, "days": (certificate.not_valid_after_utc - datetime.now(UTC)).days}

    async def _page(self) -> AsyncIterator[Finding]:
        watch = _Watch()
        try:
            async with self.session() as session, session.get(f"{self.target.origin}/") as answer:
                await answer.read()
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            yield _fail("http", "http.no_answer", words.NO_ANSWER, cause=cause_of(fault))
            return
        if status != 200:
            yield _fail("http", "http.status", words.PAGE_NOT_SERVED, status=status)
        else:
            yield _ok("http", "http.served", words.PAGE_SERVED, ms=watch.ms)

    async def _websocket(self) -> AsyncIterator[Finding]:
        watch = _Watch()
        try:
            async with self.session() as session:
                line = await session.ws_connect(f"{self.target.origin}/ws")
                await line.close()
        except aiohttp.WSServerHandshakeError as fault:
            if fault.status == 403:
                values = {"status": fault.status, "origin": self.target.origin}
                yield _fail("websocket", "websocket.refused", words.WEBSOCKET_REFUSED, **values)
            else:
                yield _fail("websocket", "websocket.cut", words.WEBSOCKET_CUT, cause=f"HTTP {fault.status}")
            return
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            yield _fail("websocket", "websocket.cut", words.WEBSOCKET_CUT, cause=cause_of(fault))
            return
        yield _ok("websocket", "websocket.open", words.WEBSOCKET_OPEN, ms=watch.ms)


class _Watch:
    """Takes the time."""

    def __init__(self) -> None:
        self._began = asyncio.get_running_loop().time()

    @property
    def ms(self) -> int:
        return round((asyncio.get_running_loop().time() - self._began) * 1000)


def _ok(subject: str, key: str, text: Text, **values: Any) -> Finding:
    return Finding(Verdict.OK, subject, key, text, values)


def _fail(subject: str, key: str, text: Text, **values: Any) -> Finding:
    return Finding(Verdict.FAIL, subject, key, text, values)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
