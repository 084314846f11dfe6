"""The first code that a request meets: it opens the door, then passes the rest to the collector or to Flask.

Behind this file there is no address, no User-Agent and no header that is not on the door's list.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol, cast

from a2wsgi import WSGIMiddleware

from analytics.ingest.collector import ONE, WAYS
from analytics.ingest.directory import Directory
from analytics.ingest.replies import CORS
from analytics.privacy.door import Door
from analytics.web.body import LARGEST, Receive, again, body

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Environ = dict[str, Any]
WSGIApp = Callable[[Environ, Any], Iterable[bytes]]

KNOCK = "footfall.knock"
"""Where an environ or scope holds the opaque ``Knock``."""
PAGE_THREADS = 8
"""Pages and API calls that are worked on at once."""
_ANNOUNCING = (b"content-length", b"transfer-encoding")
"""Headers of a request that has a body (RFC 9112, 6.3)."""
_BUSY = b"The service is starting. Please try again in a few seconds.\n"
_PERSONAL = ("REMOTE_", "HTTP_", "gunicorn.", "werkzeug.", "asgi.")
"""What is taken from a WSGI environ by the beginning of its name; allowed headers are put back."""


class Collects(Protocol):
    """The collector's ASGI adapter."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""

    def wants(self, path: str, query: bytes) -> bool:
        """Whether a request is the collector's."""


class Front:
    """ASGI: the collector's paths take the fast path, all others go to Flask in a thread pool.

    ``base_path`` is the part of the public address below which a proxy serves us, such as ``/stats``, or empty; links begin
    with it. It makes no difference whether the proxy strips it. A site's own endpoint is another name for ``/api/event``.
    """

    def __init__(self, door: Door, collector: Collects, pages: WSGIApp, directory: Directory, base_path: str = "") -> None:
        self._door = door
        self._collector = collector
        self._directory = directory
        self._base_path = base_path
        # a2wsgi's types name every message there is; ours are the same messages, less closely described
        self._pages = cast("ASGIApp", WSGIMiddleware(cast("Any", _knock_from_scope(pages)), workers=PAGE_THREADS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        if self._base_path:
            scope["path"] = _below(self._base_path, scope["path"])
        scope["path"] = _way_in(scope["path"], self._directory)
        if self._collector.wants(scope["path"], scope["query_string"]):
            await self._collector(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the whole body before it takes one of the few threads, which eight slow senders would otherwise occupy."""
        cleaned = self._cleaned(scope)
        if any(name in _ANNOUNCING for name, _ in cleaned["headers"]):
            content = await body(receive, LARGEST)
            if content is None:
                return
            receive = again(content)
        await self._pages(cleaned, receive, send)

    def _cleaned(self, scope: Scope) -> Any:
        client = scope.get("client")
        knock, allowed = self._door.admit(client[0] if client else None, scope["headers"])
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in allowed.items()]
        query = scope.get("query_string", b"").decode("latin-1").encode("ascii", "replace")
        return {
            "type": "http",
            "asgi": scope["asgi"],
            "http_version": scope["http_version"],
            "method": scope["method"],
            "scheme": scope.get("scheme", "http"),
            "path": self._base_path + scope["path"],
            "query_string": query,
            "root_path": self._base_path,
            "server": scope.get("server"),
            "headers": headers,
            KNOCK: knock,
        }


class CleanWSGI:
    """The same for a plain WSGI server, on which the collector is an ordinary Flask view."""

    def __init__(self, door: Door, pages: WSGIApp, directory: Directory, base_path: str = "") -> None:
        self._door = door
        self._pages = pages
        self._directory = directory
        self._base_path = base_path

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answers one request, without the personal part of ``environ``."""
        headers = [
            (key[5:].replace("_", "-").lower().encode("latin-1"), value.encode("latin-1"))
            for key, value in environ.items()
            if key.startswith("HTTP_")
        ]
        knock, allowed = self._door.admit(environ.get("REMOTE_ADDR") or None, headers)
        kept = {key: value for key, value in environ.items() if not key.startswith(_PERSONAL)}
        kept.update((f"HTTP_{name.upper().replace('-', '_')}", value) for name, value in allowed.items())
        if self._base_path:
            kept["SCRIPT_NAME"] = self._base_path
            kept["PATH_INFO"] = _below(self._base_path, environ.get("PATH_INFO", ""))
        kept["PATH_INFO"] = _way_in(kept["PATH_INFO"], self._directory)
        kept[KNOCK] = knock
        return self._pages(kept, start_response)


class Doorstep:
    """Holds requests back while the instance is being opened, so that a restart means waiting instead of errors. After
    ``patience`` seconds the answer is 503, with a request to try again."""

    def __init__(self, open_up: Callable[[], ASGIApp], close: Callable[[], None], patience: float = 10.0) -> None:
        self._open_up = open_up
        self._close = close
        self._patience = patience
        self._inside: ASGIApp | None = None
        self._opened: asyncio.Event | None = None
        self._opening: asyncio.Future[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            inside = self._inside or await self._wait()
            await (inside or _busy)(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._begin()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._opening:
            await self._opening
        self._inside = None
        await asyncio.to_thread(self._close)
        await send({"type": "lifespan.shutdown.complete"})

    def _begin(self) -> asyncio.Event:
        if self._opened is None:
            self._opened = asyncio.Event()
            self._opening = asyncio.ensure_future(self._open())
        return self._opened

    async def _open(self) -> None:
        self._inside = await asyncio.to_thread(self._open_up)
        if self._opened:
            self._opened.set()

    async def _wait(self) -> ASGIApp | None:
        try:
            await asyncio.wait_for(self._begin().wait(), self._patience)
        except TimeoutError:
            return None
        return self._inside


async def _busy(_scope: Scope, _receive: Receive, send: Send) -> None:
    told = [*CORS, ("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(_BUSY))), ("retry-after", "5")]
    headers = [(name.encode(), value.encode()) for name, value in told]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _BUSY})


def _below(base_path: str, path: str) -> str:
    """The path as routes know it, whether or not the proxy in front has stripped the base path."""
    return path.removeprefix(base_path) or "/" if f"{path}/".startswith(f"{base_path}/") else path


def _way_in(path: str, directory: Directory) -> str:
    """The collector's path, if a site's own endpoint stands for it or a proxy appended a slash."""
    bare = path.removesuffix("/")
    if bare in directory.endpoints:
        return ONE
    return bare if bare in WAYS else path


def _knock_from_scope(pages: WSGIApp) -> WSGIApp:
    """Moves the Knock to where Flask views look for it; they never see the scope itself."""

    def handle(environ: Environ, start_response: Any) -> Iterable[bytes]:
        scope = environ.pop("asgi.scope")
        environ[KNOCK] = scope[KNOCK]
        return pages(environ, start_response)

    return handle
