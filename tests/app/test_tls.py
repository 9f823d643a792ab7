"""The certificate that is served: replaced while people meet, refused when broken, and watched for its end (F36)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs
from tests.support.certificates import a_certificate, a_key, put, put_certificate, put_key

from hoptt.app.tls import ServedCertificate
from hoptt.errors import ErrorCode, HopttError


@dataclass
class Listener:
    """An echo over TLS."""

    served: ServedCertificate
    port: int

    async def connect(self, name: str | None = "localhost") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=context, server_hostname=name or "")

    async def shown(self, name: str | None = "localhost") -> str:
        """Give the name in the certificate that a new connection sees."""
        _, writer = await self.connect(name)
        seen = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.transport.abort()
        subject = x509.load_der_x509_certificate(seen).subject
        return str(subject.rfc4514_string()).removeprefix("CN=")


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[Listener]:
    served = ServedCertificate(folder / "c.pem", folder / "k.pem")

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=served.context)
    async with server:
        yield Listener(served, server.sockets[0].getsockname()[1])


@pytest.mark.parametrize("old_style", [False, True], ids=["ec", "rsa"])
@pytest.mark.parametrize("name", ["localhost", None], ids=["named", "unnamed"])
async def test_F36_new_connections_see_the_certificate_that_was_laid_there(
    tmp_path: Path, old_style: bool, name: str | None
) -> None:
    put(tmp_path, "first", old_style=not old_style)
    async with listening(tmp_path) as listener:
        assert await listener.shown(name) == "first"
        put(tmp_path, "second", old_style=old_style)
        listener.served.look()
        assert await listener.shown(name) == "second"


async def test_F36_an_open_connection_goes_on_when_the_certificate_is_replaced(tmp_path: Path) -> None:
    put(tmp_path, "first")
    async with listening(tmp_path) as listener:
        reader, writer = await listener.connect()
        put(tmp_path, "second")
        listener.served.look()
        writer.write("còn đây\n".encode())
        assert (await reader.readline()).decode() == "còn đây\n"
        writer.transport.abort()


async def test_F36_a_pair_that_does_not_fit_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    put(tmp_path, "first")
    async with listening(tmp_path) as listener:
        put_certificate(tmp_path, a_certificate("second", a_key()))  # and the key of the first
        with capture_logs() as said:
            for _ in range(5):
                listener.served.look()
        assert [(one["log_level"], one["event"]) for one in said] == [
            ("error", "certificate refused: the old one stays")
        ]
        assert f"{tmp_path}/c.pem" in said[0]["reason"]
        assert await listener.shown() == "first"


async def test_F36_files_that_are_replaced_one_after_the_other_are_no_fault(tmp_path: Path) -> None:
    put(tmp_path, "first")
    async with listening(tmp_path) as listener:
        key = a_key()
        with capture_logs() as said:
            put_certificate(tmp_path, a_certificate("second", key))
            listener.served.look()
            put_key(tmp_path, key)
            listener.served.look()
        assert [one["event"] for one in said] == ["certificate replaced"]
        assert await listener.shown() == "second"


async def test_F36_after_a_refusal_the_right_pair_is_taken(tmp_path: Path) -> None:
    put(tmp_path, "first")
    async with listening(tmp_path) as listener:
        (tmp_path / "c.pem").unlink()
        listener.served.look()
        listener.served.look()
        put(tmp_path, "second")
        listener.served.look()
        assert await listener.shown() == "second"


def test_S48_a_key_that_others_can_read_is_not_taken(tmp_path: Path) -> None:
    put(tmp_path, "first")
    served = ServedCertificate(tmp_path / "c.pem", tmp_path / "k.pem")
    put(tmp_path, "second")
    (tmp_path / "k.pem").chmod(0o604)
    with pytest.raises(HopttError, match="others can read the key: chmod o= ") as refusal:
        served.change(tmp_path / "c.pem", tmp_path / "k.pem")
    assert refusal.value.code is ErrorCode.CONFIG_INVALID


def test_F36_the_end_is_said_thirty_seven_and_one_day_before_once_each(tmp_path: Path) -> None:
    put(tmp_path, "first", days=90)
    served = ServedCertificate(tmp_path / "c.pem", tmp_path / "k.pem")
    begin = datetime.now(UTC)
    with capture_logs() as said:
        for hour in range(92 * 24):
            served.warn(begin + timedelta(hours=hour))
    assert [(one["log_level"], one["days_left"]) for one in said] == [("warning", 29), ("warning", 6), ("error", 0)]


def test_F36_an_expired_certificate_is_said_to_be(tmp_path: Path) -> None:
    put(tmp_path, "first", days=-1)
    served = ServedCertificate(tmp_path / "c.pem", tmp_path / "k.pem")
    with capture_logs() as said:
        served.warn(datetime.now(UTC))
    assert [one["event"] for one in said] == ["certificate has expired"]


def test_F36_a_new_certificate_is_warned_of_anew(tmp_path: Path) -> None:
    put(tmp_path, "first", days=20)
    served = ServedCertificate(tmp_path / "c.pem", tmp_path / "k.pem")
    with capture_logs() as said:
        served.warn(datetime.now(UTC))
        put(tmp_path, "second", days=10)
        served.look()
        served.warn(datetime.now(UTC))
    assert [one["event"] for one in said if one["log_level"] == "warning"] == ["certificate expires soon"] * 2


def test_the_chain_ends_with_the_first_of_its_certificates(tmp_path: Path) -> None:
    key = a_key()
    leaf, above = a_certificate("leaf", key, days=300), a_certificate("above", a_key(), days=20)
    put(tmp_path, "first")
    put_key(tmp_path, key)
    chain = [one.public_bytes(Encoding.PEM) for one in (leaf, above)]
    (tmp_path / "c.pem").write_bytes(b"".join(chain))
    served = ServedCertificate(tmp_path / "c.pem", tmp_path / "k.pem")
    assert served.expires_at == above.not_valid_after_utc
