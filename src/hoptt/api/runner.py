"""The server's protocol: bytes that are no HTTP get as little as every other refusal, and name nobody in the log."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from hoptt.api.headers import protect
from hoptt.api.status import http_answer


class Runner(web.AppRunner):
    """An AppRunner whose connections answer as the application does."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **made._kwargs)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)


class _Handler(RequestHandler):
    """Left alone, aiohttp logs the address of the sender (S49), says what it is made of, and sends no headers (S38)."""

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what never became a request, or broke while it was answered, and close the connection."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is on its way already") from exc
        known = web.HTTPBadRequest if status < HTTPStatus.INTERNAL_SERVER_ERROR else web.HTTPInternalServerError
        answer = http_answer(known())
        protect(answer, secure=request.secure)
        answer.force_close()
        return answer
