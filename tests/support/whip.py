"""An encoder or player as its HTTP alone: any bytes, any header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from multidict import CIMultiDictProxy
from tests.sfu.sdp.offers import SMALL
from tests.support.web_side import WebSide

from hoptt.errors import ErrorCode
from hoptt.ids import ParticipantId

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
SENDS = SMALL.replace("a=recvonly", "a=sendonly")
RECEIVES = SMALL.replace("a=sendonly", "a=recvonly")
SENDS_SCREEN = SENDS.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + SENDS[SENDS.index("m=video") :].replace(
    "a=mid:1", "a=mid:2"
)
TRICKLE = "a=mid:0\na=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\n"
RESTART = "a=ice-ufrag:EsAw\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\nm=audio 9 RTP/AVP 0\na=mid:0\n"


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str
    fault: dict[str, Any]
    links: tuple[str, ...] = ()

    @property
    def code(self) -> ErrorCode | None:
        return ErrorCode(self.fault["code"]) if self.fault else None

    @property
    def at(self) -> str:
        """Where the session is."""
        return self.headers["Location"]


async def asked(
    side: WebSide, method: str, path: str, token: str | None = None, body: str | bytes | None = None, **headers: str
) -> Told:
    """Ask once."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        said["Authorization"] = f"Bearer {token}"
    raw = body.encode() if isinstance(body, str) else body
    async with side.session.request(
        method, side.url + path, data=raw, headers=said, allow_redirects=False, skip_auto_headers=["Content-Type"]
    ) as answer:
        text = (await answer.read()).decode()
        fault = await answer.json() if answer.content_type == "application/json" else {}
        return Told(answer.status, answer.headers, text, fault, tuple(answer.headers.getall("Link", [])))


async def posted(side: WebSide, path: str, token: str | None, offer: str | bytes = SENDS, **headers: str) -> Told:
    """Offer to send or to receive."""
    return await asked(side, "POST", path, token, offer, **{"Content_Type": SDP, **headers})


async def publish(side: WebSide, token: str) -> Told:
    """Come in as an encoder, which works."""
    told = await posted(side, "/whip/duan", token)
    assert told.status == 201, told
    return told


async def patched(side: WebSide, at: str, token: str | None, fragment: str | bytes, **headers: str) -> Told:
    """Send a fragment."""
    return await asked(side, "PATCH", at, token, fragment, **{"Content_Type": FRAGMENT, **headers})


def only_seat(side: WebSide) -> ParticipantId:
    """Give who sits in the only meeting."""
    [task] = side.house.meetings()
    [who] = task.state.participants
    return who
