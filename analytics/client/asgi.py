"""The adapter for ASGI applications: Starlette, FastAPI, Quart, and Django behind an ASGI server."""

import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from analytics.client.request import Begin, Header, Request

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class CountedASGI:
    """``application`` with its HTTP responses counted; websockets and lifespan events pass through."""

    def __init__(self, application: Application, begin: Begin) -> None:
        self._application, self._begin = application, begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds as the application does."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        exchange = self._begin(_request, scope)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.answered(lambda: (message["status"], _header_of(message.get("headers", ()))("content-type")))
            await send(message)

        try:
            await self._application(scope, receive, sent)
        finally:
            exchange.end()


def _header_of(headers: Iterable[tuple[bytes, bytes]]) -> Header:
    """A function that looks headers up by lower-case name. They are indexed on the first use; repeated headers are joined
    (RFC 9110, 5.3)."""
    found: dict[str, str] = {}

    def header(name: str) -> str:
        if not found:
            for raw, value in headers:
                key, text = raw.decode("latin-1").lower(), value.decode("latin-1")
                found[key] = f"{found[key]}, {text}" if key in found else text
        return found.get(name, "")

    return header


def _request(scope: Scope) -> Request:
    header = _header_of(scope["headers"])
    host, port = scope.get("server") or ("", None)
    client = scope.get("client")
    return Request(
        at=time.time(),
        method=scope["method"],
        scheme=scope.get("scheme", "http"),
        host=header("host") or (f"{host}:{port}" if port else host),
        path=scope["path"] or "/",
        query=scope.get("query_string", b"").decode("latin-1"),
        header=header,
        peer=(client[0] or "") if client else "",
        native=scope,
    )
