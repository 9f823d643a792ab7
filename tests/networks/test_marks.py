"""What leaves is marked for networks that carry sound first, and fits narrow paths."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from aiortc.codecs import vpx
from tests.networks.conftest import ROOM, House, a_server, listening
from tests.support.networks import Network
from tests.support.pages import until
from tests.support.peers import Peer

from hoptt.meeting.words import Source
from hoptt.probe.checks import measure
from hoptt.probe.findings import Finding
from hoptt.probe.media import ask

pytestmark = pytest.mark.engine

Networks = tuple[Network, Network, Network]
ADDRESSES = {4: ("198.51.100.7", "198.51.100.100", 24), 6: ("2001:db8:1::7", "2001:db8:1::100", 64)}
BROWSERS, AIORTCS = 1150, 1300
"""Bytes of payload in a packet of a picture."""
NAMES = ("ef", "af41", "cs0", "other")


def laid(networks: Networks, family: int, mtu: int = 1500) -> tuple[str, str]:
    """Connect the server's network with the participants', and give an address in each."""
    inner, _, far = networks
    here, there, length = ADDRESSES[family]
    inner.reach(far, "line", mtu)
    inner.address("line", f"{here}/{length}")
    far.address("line", f"{there}/{length}")
    return here, there


def watched(far: Network, family: int, port: int, protocol: str = "udp") -> None:
    """Count what comes from the engine by its mark, before anything joins what belongs together."""
    ip = "ip" if family == 4 else "ip6"
    own = f"{protocol} sport {port}"
    cut = "ip frag-off & 0x3fff != 0" if family == 4 else "exthdr frag exists"
    far.rules(
        *(f"counter {name} {{}}" for name in (*NAMES, "cut")),
        "chain in { type filter hook prerouting priority -450;",
        f"  {cut} counter name cut",
        f"  {own} {ip} dscp ef counter name ef accept",
        f"  {own} {ip} dscp af41 counter name af41 accept",
        f"  {own} {ip} dscp 0 counter name cs0 accept",
        f"  {own} counter name other",
        "}",
    )


async def shown(house: House, far: Network, address: str) -> None:
    """Let two see and hear each other for some seconds."""
    with far.entered():
        async with (
            Peer(house.server.url, ROOM, number=1, hertz=450, address=address) as one,
            Peer(house.server.url, ROOM, number=2, hertz=600, address=address) as two,
        ):
            await one.join()
            await two.join()
            await one.show((two.you, Source.CAMERA))
            await until(lambda: one.hears(600) and two.hears(450), "sound both ways", 20)
            await until(lambda: len(one.frames_of(2)) > 20, "pictures", 20)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(
    "marks",
    [({}, "ef", "af41"), ({"audio": 0, "video": 0}, "cs0", "cs0"), ({"audio": 46, "video": 0}, "ef", "cs0")],
)
async def test_sound_and_pictures_are_marked_as_was_set(
    tmp_path: Path, networks: Networks, family: int, marks: tuple[dict[str, int], str, str]
) -> None:
    here, there = laid(networks, family)
    settings, audio, video = marks
    with a_server(tmp_path, listening(here, [here], dscp=settings)) as server:
        house = House(networks[0], server)
        house.start()
        far = networks[2]
        watched(far, family, server.settings["rtc"]["port"])
        await shown(house, far, there)
        seen = {name for name in NAMES if far.counted(name) > 0}
        assert seen == {audio, video}
        if audio != video:
            assert far.counted(audio) > 50, "a voice is fifty packets a second"
            assert far.counted(video) > 20


@pytest.mark.parametrize("family", [4, 6])
async def test_a_tcp_connection_is_marked_as_pictures(tmp_path: Path, networks: Networks, family: int) -> None:
    here, _ = laid(networks, family)
    with a_server(tmp_path, listening(here, [here])) as server:
        House(networks[0], server).start()
        far = networks[2]
        watched(far, family, server.settings["rtc"]["port"], "tcp")
        with far.entered():
            async with aiohttp.ClientSession(headers={"Origin": server.url}) as session:
                answer = await ask(session, server.url)
            assert not isinstance(answer, Finding)
            [by_tcp] = [one for one in answer[1] if one.protocol == "tcp"]
            measured = await measure(by_tcp, answer[0], seconds=0.5)
        assert measured.reached
        assert far.counted("af41") > 10
        assert [far.counted(name) for name in ("ef", "cs0", "other")] == [0, 0, 0]


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("payload", [BROWSERS, AIORTCS])
async def test_on_the_narrowest_path_of_ipv6_what_browsers_send_arrives_uncut_and_what_is_longer_arrives(
    tmp_path: Path, networks: Networks, monkeypatch: pytest.MonkeyPatch, family: int, payload: int
) -> None:
    """1,280 bytes are what any path carries (RFC 8200 §5). Browsers send RTP of 1,200 bytes, aiortc more."""
    monkeypatch.setattr(vpx, "PACKET_MAX", payload)
    here, there = laid(networks, family, mtu=1280)
    with a_server(tmp_path, listening(here, [here])) as server:
        house = House(networks[0], server)
        house.start()
        far = networks[2]
        watched(far, family, server.settings["rtc"]["port"])
        await shown(house, far, there)
        await asyncio.sleep(0.1)
        assert (far.counted("cut") == 0) is (payload == BROWSERS)
