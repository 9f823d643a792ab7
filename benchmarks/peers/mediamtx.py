"""mediamtx: WHIP in, WHEP out, one stream for each path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from aiohttp import ClientSession

from benchmarks.peers.conversation import Conversation, Guest
from benchmarks.peers.peer import Entrance, NotYetError, Peer, PeerError, on_one_core, patiently, settings

HTTP_PORT, MEDIA_PORT = 18_889, 18_189


class Mediamtx(Peer):
    """One process, everything but WebRTC off."""

    name = "mediamtx"
    variable = "HOPTT_BENCH_MEDIAMTX"
    runs = frozenset({"W1", "W5", "W10"})
    repacks = True
    port = HTTP_PORT

    def launch(self, program: str, folder: Path, address: str, _: Mapping[str, str]) -> list[str]:
        """Its settings are one file."""
        file = settings("mediamtx.yml", folder, address=address, http_port=HTTP_PORT, media_port=MEDIA_PORT)
        return on_one_core([program, str(file)])

    def version(self, program: str) -> list[str]:
        """It tells it and ends."""
        return [program, "--version"]

    def entrance(self, session: ClientSession, address: str) -> Entrance:
        """Plain HTTP."""
        return Door(session, f"http://{address}:{HTTP_PORT}")


class Door(Entrance):
    """Paths are made by whoever publishes there."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def enter(self, guest: Guest, talk: Conversation) -> str:
        """A publisher posts an offer to WHIP, a viewer one to WHEP for each picture it watches."""
        if guest.sends:
            name = f"p{guest.number}"
            await talk.answered(await self._post(f"{name}/whip", await talk.offer(sends=True)))
            return name
        for watched in guest.watches:
            offer = await talk.offer(video=1)
            await talk.answered(await patiently(partial(self._post, f"{watched}/whep", offer)))
        return f"v{guest.number}"

    async def _post(self, path: str, offer: str) -> str:
        headers = {"Content-Type": "application/sdp"}
        async with self._session.post(f"{self._url}/{path}", data=offer.encode(), headers=headers) as answer:
            text = await answer.text()
            if answer.status != 201:
                fault = NotYetError if answer.status == 404 else PeerError
                raise fault(f"{path} was answered with {answer.status}: {text.strip()}")
            return text
