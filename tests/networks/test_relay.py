"""Who gets out by TLS alone is in the meeting by a relay, which leads to nobody else (S21)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aioice import stun, turn
from tests.networks.conftest import ROOM, House, a_server, listening
from tests.support import coturn
from tests.support.coturn import a_relay
from tests.support.networks import Network
from tests.support.pages import until
from tests.support.peers import Peer

from hoptt.auth.relays import IceServer, Relays
from hoptt.doctor.relay import permission
from hoptt.ids import ParticipantId

pytestmark = pytest.mark.engine

RELAY, SERVER, FAR = "10.20.0.1", "10.20.0.2", "10.10.0.2"
URL = f"turns:{RELAY}:{coturn.TLS}"


@pytest.fixture
def house(
    tmp_path: Path, networks: tuple[Network, Network, Network], monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """A server, and a participant behind a firewall that lets through the page and TLS to the relay only."""
    inner, between, far = networks
    between.reach(inner, "inside")
    between.reach(far, "outside")
    inner.address("inside", f"{SERVER}/24")
    between.address("inside", f"{RELAY}/24")
    between.address("outside", "10.10.0.1/24")
    far.address("outside", f"{FAR}/24")
    far.route("default", "10.10.0.1")
    inner.route("default", RELAY)
    between.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    (tmp_path / "secret").write_text(coturn.SECRET + "\n")
    (tmp_path / "secret").chmod(0o600)
    relays = {"urls": [URL], "secret_file": str(tmp_path / "secret"), "lifetime_s": 30}
    with a_server(tmp_path, listening(SERVER, [SERVER], turn=relays)) as server:
        page = server.settings["http"]["listen"].rpartition(":")[2]
        between.rules(
            "counter blocked {}",
            "chain forward { type filter hook forward priority 0; policy drop;",
            f"  ct state established,related accept; tcp dport {page} accept; counter name blocked",
            "}",
            "chain input { type filter hook input priority 0; policy drop;",
            f'  iif != "outside" accept; ct state established accept; tcp dport {coturn.TLS} accept',
            "}",
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "relay/c.pem"))
        yield House(inner, server)


async def test_S21_who_gets_out_by_tls_alone_is_seen_and_heard_through_the_relay_and_longer_than_credentials_last(
    tmp_path: Path, house: House, networks: tuple[Network, Network, Network]
) -> None:
    inner, between, far = networks
    short = {"max-allocate-lifetime": "12", "channel-lifetime": "60"}
    with a_relay(tmp_path / "relay", between, RELAY, engine=SERVER, changed=short) as log:
        house.start()
        with far.entered():
            async with Peer(house.server.url, ROOM, number=1, hertz=450, address=FAR) as one:
                with inner.entered():
                    near = Peer(house.server.url, ROOM, number=2, hertz=600, address=SERVER)
                    await near.join()
                async with near:
                    await one.join(camera=True)
                    given = one.ice_servers
                    assert [server.urls for server in given] == [[URL]]
                    assert given[0].username.partition(":")[2] == one.you, "the seat, and nothing about a person"
                    assert near.ice_servers[0].username != given[0].username
                    await one.send_media()  # with the relay that the first answer named
                    await until(lambda: one.hears(600) and near.hears(450), "sound both ways by the relay", 30)
                    assert between.counted("blocked") > 0, "the direct way was tried and is closed"
                    await asyncio.sleep(35)  # the credentials are over, and the allocation was refreshed after that
                    assert one.connected
                    assert one.hears(600)
                    assert near.hears(450)
        assert "Nguyễn" not in log.read_text()


async def test_without_the_relay_nothing_gets_through_that_firewall(
    tmp_path: Path, house: House, networks: tuple[Network, Network, Network]
) -> None:
    with a_relay(tmp_path / "relay", networks[1], RELAY, engine=SERVER):
        house.start()
        with networks[2].entered():
            async with Peer(house.server.url, ROOM, address=FAR) as one:
                await one.join()
                await asyncio.sleep(8)
                assert not one.connected


# ---- whom it serves, and where it leads --------------------------------------------------------------


async def allocated(given: IceServer) -> turn.TurnTransport:
    """Get a relayed address as a browser would."""
    async with asyncio.timeout(8):
        way, _ = await turn.create_turn_endpoint(
            asyncio.DatagramProtocol, (RELAY, coturn.PLAIN), given.username, given.credential
        )
        return way


def credentials(who: str, *, lifetime_s: int = 60, secret: str = coturn.SECRET) -> IceServer:
    return Relays((URL,), secret, lifetime_s).servers(ParticipantId(who))[0]


async def ended(way: turn.TurnTransport) -> None:
    way.close()
    await asyncio.sleep(0.3)


@pytest.mark.parametrize("more", ["", "relay-ip=fd20::1\n"])
async def test_S21_a_relay_leads_to_the_engine_and_to_no_other_address(
    tmp_path: Path, networks: tuple[Network, Network, Network], more: str
) -> None:
    between = networks[1]
    between.reach(networks[0], "inside")
    between.address("inside", f"{RELAY}/24", "fd20::1/64")
    with a_relay(tmp_path / "relay", between, RELAY, engine=SERVER, more=more), between.entered():
        way = await allocated(credentials("p_somebody"))
        assert await permission(way, SERVER) == 0
        found = {peer: await permission(way, peer) for peer in FORBIDDEN}
        await ended(way)
    assert {peer: code for peer, code in found.items() if code not in (403, 443)} == {}


FORBIDDEN = (
    "10.20.0.1", "10.20.0.3", "127.0.0.1", "0.0.0.0", "0.0.0.1", "10.255.255.254", "100.64.0.1", "169.254.169.254",
    "172.16.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "8.8.8.8",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.20.0.2", "64:ff9b::a14:2", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:db8::1", "2002:a14:2::1", "fc00::1", "fd20::1", "fe80::1", "ff02::1",
)  # fmt: skip
"""Special ranges of both families, mapped and translated forms among them, and an address of the public internet."""


async def test_S21_credentials_that_are_over_or_signed_by_somebody_else_open_nothing(
    tmp_path: Path, networks: tuple[Network, Network, Network]
) -> None:
    between = networks[1]
    between.reach(networks[0], "inside")
    between.address("inside", f"{RELAY}/24")
    with a_relay(tmp_path / "relay", between, RELAY, engine=SERVER), between.entered():
        for wrong in (credentials("p_late", lifetime_s=-5), credentials("p_other", secret="another secret")):
            with pytest.raises(stun.TransactionFailed) as refused:
                await allocated(wrong)
            assert refused.value.response.error_code == 401


async def test_S21_a_seat_gets_twelve_allocations_however_often_it_asks_for_credentials(
    tmp_path: Path, networks: tuple[Network, Network, Network]
) -> None:
    between = networks[1]
    between.reach(networks[0], "inside")
    between.address("inside", f"{RELAY}/24")
    with a_relay(tmp_path / "relay", between, RELAY, engine=SERVER), between.entered():
        ways = [await allocated(credentials("p_greedy", lifetime_s=60 + n)) for n in range(12)]
        with pytest.raises(stun.TransactionFailed) as refused:
            await allocated(credentials("p_greedy", lifetime_s=99))
        assert refused.value.response.error_code == 486
        ways.append(await allocated(credentials("p_other")))
        for way in ways:
            way.close()
        await asyncio.sleep(0.5)


def test_the_doctor_tells_whether_the_relay_serves_and_is_closed(
    tmp_path: Path, house: House, networks: tuple[Network, Network, Network]
) -> None:
    def found() -> dict[str, str]:
        with house.network.entered():
            told = json.loads(house.server.cli("doctor", "--json").stdout)
        return {one["key"]: one["verdict"] for one in told["findings"] if one["subject"] == "relay"}

    relay, between = tmp_path / "relay", networks[1]
    house.start()
    assert found() == {"relay.unreached": "fail"}
    with a_relay(relay, between, RELAY, engine=SERVER):
        assert found() == {"relay.accepted": "ok", "relay.leads": "ok", "relay.closed": "ok"}
    with a_relay(relay, between, RELAY, engine="10.20.0.9"):
        assert found() == {"relay.accepted": "ok", "relay.deaf": "fail", "relay.closed": "ok"}
    with a_relay(relay, between, RELAY, engine=SERVER, changed={"denied-peer-ip": "192.0.2.1"}):
        assert found() == {"relay.accepted": "ok", "relay.leads": "ok", "relay.open": "fail"}
    with a_relay(relay, between, RELAY, engine=SERVER, changed={"static-auth-secret": "f" * 40}):
        assert found() == {"relay.refused": "fail"}


def test_coturn_is_there() -> None:
    assert coturn.HERE, coturn.MISSING
