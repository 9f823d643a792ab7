"""The REST doors as an OpenAPI document (protocol/openapi.json), made of the types that the doors themselves read.

`python -m hoptt.api.description` prints it. A test compares it with the file and with the routes that are served.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from hoptt.api import rest_words
from hoptt.api.line_test import LineTestTold
from hoptt.api.requests import CHANGE_HEADER
from hoptt.signaling.messages import Door, Fault

_REF = "#/components/schemas/{name}"
_TEXT = {"type": "string"}
_REFUSALS = (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503)
"""What any door may answer instead, with the code of a `Fault`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    about: str
    asks: type[msgspec.Struct] | None = None
    answers: type[msgspec.Struct] | None = None
    status: int = HTTPStatus.OK
    bearer: bool = False
    """May carry a join token."""
    session: bool = False
    """Only for whoever is signed in."""

    @property
    def changes(self) -> bool:
        """Tell whether it has to come from a page of ours (S39)."""
        return self.method != "get"


ROUTES = (
    Route("get", "/api/rooms/{slug}/door", "what stands at the door of a room", None, Door, bearer=True),
    Route("post", "/api/line-test", "a transport without a route, to try the line with", None, LineTestTold),
    Route("post", "/api/rooms/{slug}/companions", "a link for one more device of the own seat", rest_words.NewCompanion,
          rest_words.Companion, HTTPStatus.CREATED, bearer=True),
    Route("post", "/api/login", "begin a session", rest_words.SignIn, rest_words.Me),
    Route("post", "/api/logout", "end the session", status=HTTPStatus.NO_CONTENT, session=True),
    Route("get", "/api/me", "who is signed in", None, rest_words.Me, session=True),
    Route("post", "/api/me/password", "another password for the own account", rest_words.ChangePassword,
          status=HTTPStatus.NO_CONTENT, session=True),
    Route("get", "/api/office", "units, rooms and meetings of the own branch", None, rest_words.OfficeView,
          session=True),
    Route("post", "/api/office/rooms", "make a room", rest_words.NewRoom, rest_words.OfficeRoom, HTTPStatus.CREATED,
          session=True),
    Route("put", "/api/office/rooms/{slug}", "change a room", rest_words.RoomChange, rest_words.OfficeRoom,
          session=True),
    Route("post", "/api/office/meetings", "schedule a meeting", rest_words.MeetingPlan, rest_words.MeetingDetail,
          HTTPStatus.CREATED, session=True),
    Route("get", "/api/office/meetings/{meeting}", "a meeting with its list", None, rest_words.MeetingDetail,
          session=True),
    Route("put", "/api/office/meetings/{meeting}", "change a meeting that has not begun", rest_words.MeetingPlan,
          rest_words.MeetingDetail, session=True),
    Route("post", "/api/office/meetings/{meeting}/cancel", "call a meeting off", None, rest_words.MeetingDetail,
          session=True),
)  # fmt: skip


def document() -> dict[str, Any]:
    """Give the whole document."""
    words = {word for route in ROUTES for word in (route.asks, route.answers) if word is not None} | {Fault}
    ordered = sorted(words, key=lambda word: word.__name__)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    references = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hoptt",
            "version": version("hoptt"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                "link": {"type": "http", "scheme": "bearer", "description": "the token of a personal link"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-hoptt-session"},
            },
        },
    }


def _operation(route: Route, references: Mapping[type[msgspec.Struct], dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {"summary": route.about, "parameters": _parameters(route)}
    if route.asks is not None:
        operation["requestBody"] = {"required": True, "content": _json(references[route.asks])}
    answers: dict[str, Any] = {str(int(route.status)): {"description": "done"}}
    if route.answers is not None:
        answers[str(int(route.status))]["content"] = _json(references[route.answers])
    for status in _REFUSALS:
        answers[str(status)] = {"description": HTTPStatus(status).phrase, "content": _json(references[Fault])}
    operation["responses"] = answers
    if route.session:
        operation["security"] = [{"session": []}]
    elif route.bearer:
        operation["security"] = [{"link": []}, {}]
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    named = [part.strip("{}") for part in route.path.split("/") if part.startswith("{")]
    found: list[dict[str, Any]] = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in named]
    if route.changes:
        found.append(
            {"name": CHANGE_HEADER, "in": "header", "required": True, "schema": _TEXT,
             "description": "any value: that a page of another origin cannot send it is what counts"}
        )  # fmt: skip
    return found


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def as_text() -> str:
    """Give the document as it stands in protocol/openapi.json."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
