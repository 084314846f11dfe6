"""The collector behind a web server: two thin adapters around ``Collector``.

``CollectorASGI`` is the fast path, in front of Flask; ``blueprint`` does the same for plain WSGI servers. Both read the
body, at most one byte beyond the limit, and send the reply only once its entry is on disk.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from flask import Blueprint, Response, request

from analytics.errors import StoreUnavailable
from analytics.ingest import replies
from analytics.ingest.collector import MANY, ONE, PIXEL, WAYS, Collector, Request
from analytics.ingest.replies import Headers, Reply
from analytics.ingest.spool import Spool
from analytics.privacy.door import Door, Knock
from analytics.web.accounts.access import signed_in
from analytics.web.body import Message, Receive, body
from analytics.web.services import services

Send = Callable[[Message], Awaitable[None]]

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def answer(collector: Collector, spool: Spool, asked: Request) -> Reply:
    """Sends the reply's entry to the spool and returns the reply to send once it is on disk. Blocks until then."""
    reply = collector.collect(asked)
    if reply.entry is None:
        return reply
    stored = False
    try:
        spool.append(reply.entry).result()
        stored = True
        return reply
    except StoreUnavailable:
        return replies.UNAVAILABLE
    finally:
        collector.settle(reply, stored)


class CollectorASGI:
    """The ASGI callable for the collector's endpoints."""

    def __init__(self, collector: Collector, door: Door, spool: Spool) -> None:
        self._collector = collector
        self._door = door
        self._spool = spool

    def wants(self, path: str, query: bytes) -> bool:
        """Whether the collector handles the request. Rehearsals by owners go to Flask, which knows who is signed in."""
        return path in WAYS and not (query and _is_rehearsal(path, query))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers one HTTP request. If the client hangs up before its end, nothing is stored."""
        client, path, method = scope.get("client"), scope["path"], scope["method"]
        knock, headers = self._door.admit(client[0] if client else None, scope["headers"])
        if path == MANY:
            reply = await asyncio.to_thread(self._collector.early, method, path, headers)
        else:
            reply = self._collector.early(method, path, headers)
        if reply is None:
            content = await body(receive, WAYS[path].longest)
            if content is None:
                return
            query = scope["query_string"].decode("latin-1") if path == PIXEL else ""
            asked = Request(method, path, query, headers, knock, content)
            if path == MANY:  # a thousand events take long enough to keep the others waiting
                reply = await asyncio.to_thread(answer, self._collector, self._spool, asked)
            else:
                reply = await self._durable(self._collector.collect(asked))
        await _send(send, reply, method)

    async def _durable(self, reply: Reply) -> Reply:
        if reply.entry is None:
            return reply
        try:
            await self._spool.append_soon(reply.entry)
        except StoreUnavailable:
            return replies.UNAVAILABLE
        return reply


def _is_rehearsal(path: str, query: bytes) -> bool:
    """Whether the request is for ``/api/event?debug=1``."""
    return path == ONE and b"debug=1" in query.split(b"&")


async def _send(send: Send, reply: Reply, method: str) -> None:
    headers = _OK_HEADERS if reply.headers is replies.OK_HEADERS else _encoded(reply.headers)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


_OK_HEADERS = _encoded(replies.OK_HEADERS)

blueprint = Blueprint("collect", __name__)


@blueprint.route(ONE, methods=_METHODS, provide_automatic_options=False)
@blueprint.route(MANY, methods=_METHODS, provide_automatic_options=False)
@blueprint.route(PIXEL, methods=_METHODS, provide_automatic_options=False)
def collect() -> Response:
    """The collector's endpoints on servers that do not speak ASGI; and, on all servers, ``POST /api/event?debug=1``."""
    parts = services()
    method, path = request.method, request.path
    headers = {name.lower(): value for name, value in request.headers}
    rehearsal = method == "POST" and _is_rehearsal(path, request.query_string)
    reply = None if rehearsal else parts.collector.early(method, path, headers)
    if reply is None:
        most = WAYS[path].longest + 1
        request.max_content_length = most + 1  # not Flask's limit: the collector answers 413 itself, with CORS headers
        content = request.stream.read(most)
        knock: Knock = request.environ["footfall.knock"]
        asked = Request(method, path, request.query_string.decode("latin-1"), headers, knock, content)
        if rehearsal:
            reply = parts.collector.rehearse(asked, signed_in=signed_in() is not None)
        else:
            reply = answer(parts.collector, parts.spool, asked)
    return Response(reply.body, reply.status, reply.headers)
