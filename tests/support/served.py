"""A web side that runs in a thread, for clients that know nothing of asyncio."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path

from tests.support.people import AN, BINH, fill
from tests.support.web_side import WebSide, serving

from hoptt.auth.sessions import session_cookie_name
from hoptt.signaling.signing_out import SigningOut

A_ROOM = {"slug": "duan", "name": "Dự án", "unit": AN.unit, "entry": "open", "muted_until_allowed": True}


class Served:
    """A web side that runs in a thread."""

    def __init__(self, folder: Path) -> None:
        self.side: WebSide
        self._folder = folder
        self._ready: Future[None] = Future()
        self._over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))
        self._thread.start()
        self._ready.result(timeout=30)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def headers(self, caller: str) -> dict[str, str]:
        """Give what this caller sends along; whoever signs in does so anew."""
        return asyncio.run_coroutine_threadsafe(self._headers(caller), self._loop).result(timeout=30)

    async def _serve(self) -> None:
        async with serving(self._folder, None) as self.side:
            try:
                known = self.side.known
                await fill(
                    known.store,
                    known.office(SigningOut(known.sessions, self.side.house, self.side.lines, known.record)),
                )
                await self.side.signed_in(AN)
                status, told = await self.side.ask("POST", "/api/office/rooms", A_ROOM)
                assert status == 201, told
                self._ready.set_result(None)
            except Exception as fault:
                self._ready.set_exception(fault)
            await self._over.wait()

    async def _headers(self, caller: str) -> dict[str, str]:
        own = {"Origin": self.side.url}
        if caller == "link":
            return own | {"Authorization": f"Bearer {self.side.token('an')}"}
        if caller == "stranger":
            return own
        person = BINH if caller == "user" else AN
        cookie = await self.side.known.sessions.start(person.account, now=self.side.clock.now())
        return own | {"Cookie": f"{session_cookie_name(secure=False)}={cookie}"}
